/* Gaps: what lies between two meeting points, taken apart into divergences.
 *
 *     nothing on one side                        missing, extra; truncated at the streams' end
 *     the same keys in another order             reordered
 *     the same calls (kind and name) in order    value, call by call
 *     anything else between those                missing, extra, replaced
 *
 * A run that is missing here and extra nearby has moved: it becomes one divergence, reordered, when all gaps are known
 * (align/moved.h).
 *
 * Ownership: who aligns the sequences owns them. Threads: as the recorder. */
#ifndef EVD_ALIGN_GAP_H
#define EVD_ALIGN_GAP_H

#include "align/recorder.h"
#include "base/pool.h"

/* The participating events of a stream from the first divergence on. */
struct evd_sequence {
    uint32_t *positions; /* in the stream, from `start` on: at most EVD_ALIGN_LENGTH_MAX */
    uint64_t start;
    size_t count;
};

static inline uint64_t evd_sequence_position(const struct evd_sequence *sequence, size_t place)
{
    return sequence->start + sequence->positions[place];
}

/* A stretch of both sequences between two meeting points. */
struct evd_gap {
    size_t from[EVD_SIDES], to[EVD_SIDES];
};

/* Workers that have nothing else to do. */
struct evd_gap_help {
    struct evd_pool *pool;
    size_t part_events_min; /* what has fewer events of a side is not worth a part; at least 1 */
};

/* What the gaps of one pair have in common. */
struct evd_gaps {
    struct evd_recorder *recorder; /* takes the divergences; its `matched` counts the pairs found in gaps too */
    struct evd_sequence sequence[EVD_SIDES];
    uint64_t cut_short;              /* searches that became too costly */
    const struct evd_gap_help *help; /* with a large gap; or NULL */
};

/* Counts two events of the sequences, by their places there, as matching. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_gap_match(struct evd_gaps *gaps, size_t canary, size_t ours, struct evd_error *error);

/* Events that may match have one symbol: the same key and what numbers the same, whatever the numbers are and
 * whether a pointer is null. */
static inline uint64_t evd_symbol_of(const struct evd_rules *rules, const struct evd_event *event)
{
    return event->key + evd_tag_without_null(rules, evd_event_tag(event)) * (uint64_t)0x9e3779b97f4a7c15u;
}

/* The symbol of a side's event at a place of its sequence. */
static inline uint64_t evd_gap_symbol(const struct evd_gaps *gaps, int side, size_t place)
{
    const struct evd_walker *walker = gaps->recorder->walker;
    return evd_symbol_of(walker->rules, evd_stream_event(walker->side[side].stream,
                                                         evd_sequence_position(&gaps->sequence[side], place)));
}

/* Takes a gap apart into divergences. Errors: as evd_walk. Cost: parses its events, and aligns their calls. */
enum evd_status evd_gap_classify(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error);

#endif
