/* Resync: behind the first divergence of a pair, to the ends of its streams.
 *
 * The rest of both streams is aligned by keys (align/align.h). A stretch of matching events is a meeting
 * point when it is not likely to be there by chance: it must be more telling than the distance over which it
 * was searched, and common events tell little. From each meeting point the walk goes on by the rules,
 * absorbers included, to the next divergence; what lies between that and the next meeting point is a gap,
 * which align/gap.c takes apart into divergences.
 *
 *     canary  ═══════╗      ┌─ gap ─┐      ╔══════════╗  ┌ gap ┐
 *                 walk     divergence    meeting    walk …
 *     ours    ═══════╝      └───────┘      ╚══════════╝  └─────┘
 *
 * Behind a divergence the two sides' ordinals are not compared but start anew at each meeting point: they
 * would repeat what is missing or extra before it.
 *
 * Ownership: what a resync finds is released with it, but for texts, which go to the arena it was given.
 * Threads: one resync, one thread. */
#ifndef EVD_ALIGN_RESYNC_H
#define EVD_ALIGN_RESYNC_H

#include "align/align.h"
#include "base/table.h"
#include "log/call.h"
#include "names/name_break.h"
#include "walk/walk.h"

/* What a kind of event is called, once a pair. */
struct evd_call_text {
    uint64_t hash;
    uint64_t kind_hash;
    struct evd_text kind, name;
};

enum { EVD_BEFORE_MAX = 2 };
#define EVD_NO_CALL UINT32_MAX

/* What families are made of: what a divergence is, without its place and values. */
struct evd_divergence_nature {
    uint64_t signature;
    uint32_t call;                   /* index into evd_resync::calls, of its first event */
    uint32_t before[EVD_BEFORE_MAX]; /* of the events before it, the nearest first; EVD_NO_CALL: none */
    struct evd_text field;
    uint64_t run_hash; /* EVD_CLASS_MISSING and EVD_CLASS_EXTRA: of the events' keys; else 0 */
};

/* The natures of a pair's divergences; all zero is an empty list. */
struct evd_nature_list {
    struct evd_divergence_nature *natures; /* one a divergence */
    struct evd_call_text *calls;
    size_t call_count;
};

void evd_nature_list_release(struct evd_nature_list *list);

/* A call that was read lately: gaps are looked at from several sides. */
struct evd_recent_call {
    uint64_t position; /* in the stream, + 1; 0: none */
    uint32_t call;     /* index into evd_resync::calls */
    int64_t tid_event_idx;
};

enum { EVD_RECENT_CALLS = 256 };

/* The participating events of a stream from the first divergence on. */
struct evd_sequence {
    uint64_t *symbols;   /* keys; equal ones match */
    uint64_t *positions; /* in the stream */
    size_t count;
};

/* A stretch of both sequences between two meeting points. */
struct evd_gap {
    size_t from[EVD_SIDES], to[EVD_SIDES];
};

struct evd_resync {
    struct evd_walker *walker;
    struct evd_arena *arena; /* the pair's */
    struct evd_call_reader reader;
    struct evd_sequence sequence[EVD_SIDES];
    struct evd_divergence *divergences;    /* in the order of the streams */
    struct evd_divergence_nature *natures; /* one a divergence */
    size_t count, capacity;
    struct evd_call_text *calls;
    size_t call_count, call_capacity;
    struct evd_recent_call recent[EVD_SIDES][EVD_RECENT_CALLS]; /* by position */
    struct evd_table call_indexes;                              /* evd_call_text::hash → index */
    struct evd_table lone_runs; /* by symbols and side → index of the divergence, for what moved */
    uint64_t matched;           /* in gaps and from all meeting points */
    uint64_t matched_before;    /* of those, before the last divergence found */
    uint64_t cut_short;
};

/* False when memory runs out; release in either case. */
bool evd_resync_init(struct evd_resync *resync);
void evd_resync_release(struct evd_resync *resync);

/* Goes on with the pair that the walker has just walked: fills the pair's counts and divergences, but for
 * families and causes, and their natures, which the caller releases. False when memory runs out or a log
 * changed. Cost: near n log n for n events behind the first divergence, about 100 bytes of memory for each on
 * the way; parses the events in gaps. */
bool evd_resync_pair(struct evd_resync *resync, struct evd_walker *walker, struct evd_arena *arena,
                     struct evd_pair_outcome *pair, struct evd_nature_list *natures);

/* Adds what breaks the renaming to the divergences of a pair that has been resynced, and to what it counts;
 * `streams` are the pair's. False as above. Cost: parses the events of each break and those before. */
bool evd_resync_add_breaks(struct evd_resync *resync, struct evd_walker *walker,
                           const struct evd_log *const log[EVD_SIDES],
                           const struct evd_stream *const streams[EVD_SIDES], const struct evd_name_break_list *breaks,
                           struct evd_arena *arena, struct evd_pair_outcome *pair, struct evd_nature_list *natures);

/* Adds a value divergence, a gap of one event on each side, which the walker's cursors have read; how they
 * differ is in walker->difference (align/gap.c). False as above. */
bool evd_gap_add_value(struct evd_resync *resync, const struct evd_gap *gap);

/* Forgets the last pair (align/resync.c). */
void evd_resync_begin(struct evd_resync *resync, struct evd_walker *walker, struct evd_arena *arena);

/* Takes a gap apart into divergences (align/gap.c). False as above. */
bool evd_gap_classify(struct evd_resync *resync, const struct evd_gap *gap);

#endif
