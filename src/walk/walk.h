/* Walk: the aligner of one pair of threads.
 *
 * Advances over two streams while keys are equal, which touches 16 bytes an event; where both logs have a
 * saved index, over whole blocks of events whose hashes are equal, without touching them. Where keys
 * differ, it reads the two events again, compares them exactly, tries the absorbers, or stops. Ordinals
 * need no pass of their own: each side counts the values it numbers as they are consumed, matched or
 * not. */
#ifndef EVD_WALK_WALK_H
#define EVD_WALK_WALK_H

#include "evdiff/outcome.h"
#include "walk/compare.h"
#include "walk/matched.h"

/* One side of a walk. */
struct evd_cursor {
    const struct evd_log *log;
    const struct evd_stream *stream;
    uint64_t position;             /* of the next event to align */
    uint64_t known_from, known_to; /* positions whose events are verified (evd_stream_verify) */
    uint64_t *ordinals;            /* what each slot stands at, before that event */
    struct evd_reader reader;
    struct evd_event_view view; /* the event at `position`, when the walk has read it */
    bool is_read;               /* it has, since it came to these two events */
};

/* The last matching pairs, by position: the n-th, counted from 0, at n % EVD_CONTEXT_MAX. Those in blocks that
 * were passed over are found only when they are needed: they are the last ones before where the walk went on. */
struct evd_walk_context {
    uint64_t positions[EVD_CONTEXT_MAX][EVD_SIDES];
    uint64_t passed_over;           /* pairs that matched up to the end of the last such blocks; 0: none */
    uint64_t went_on_at[EVD_SIDES]; /* the position after those blocks */
};

/* What an absorber asked about an event that has the same answer for all events with its key. */
struct evd_absorber_memo {
    uint64_t key;
    uint64_t aim;      /* walker->aim when it was asked */
    uint32_t question; /* from 1; 0: an empty memo */
    uint32_t place;    /* of a block, where it is about one */
    bool is_so;
};

enum { EVD_ABSORBER_MEMOS = 4096 };

/* What the walks of one worker use again and again. */
struct evd_walker {
    const struct evd_rules *rules;
    struct evd_cursor side[EVD_SIDES];
    const struct evd_log *whole[EVD_SIDES]; /* whose facts about all threads absorbers see: the logs, unless the walker
                                               is told of those that they are excerpts of, after it was aimed */
    struct evd_reader block_reader;         /* for events ahead of a cursor */
    struct evd_walk_context context;
    struct evd_difference difference; /* between the events that the walk diverged at */
    struct evd_buffer text;           /* scratch */
    struct evd_buffer absorbed;       /* the pair's absorbed events, as JSON lines */
    bool emit_absorbed_events;
    bool is_plain;                /* reads and compares events also where their keys tell enough: the slow twin */
    uint64_t *lookahead_ordinals; /* scratch */
    /* Where the rules have names: */
    struct evd_matched *matched;       /* the pair's matching events so far; else NULL */
    const struct evd_name_break *stop; /* matching events whose names differ: evd_walk stops there; or NULL */
    uint64_t aim; /* how often it was aimed at two streams. Memos of other aims are not used: which pairs a worker
                     had before is chance, and what is read again is reported */
    struct evd_absorber_memo memos[EVD_ABSORBER_MEMOS]; /* by key, question and place */
};

/* True when a walk failed because the log's text changed since it was read. */
bool evd_walker_saw_change(const struct evd_walker *walker, const struct evd_log *log);

/* Bytes of text that its walks have read again. */
uint64_t evd_walker_bytes_read(const struct evd_walker *walker);

/* False when memory runs out; release in either case. */
bool evd_walker_init(struct evd_walker *walker, const struct evd_rules *rules, bool emit_absorbed_events);
void evd_walker_release(struct evd_walker *walker);

/* Puts the cursors at the beginnings of two streams. */
void evd_walker_aim(struct evd_walker *walker, const struct evd_log *canary, const struct evd_stream *canary_stream,
                    const struct evd_log *ours, const struct evd_stream *ours_stream);

/* Aligns two streams up to their first divergence into `pair`, whose texts and counts go to `arena`. False
 * when memory runs out or a mapped log changed under the walk. */
bool evd_walk(struct evd_walker *walker, const struct evd_log *canary, const struct evd_stream *canary_stream,
              const struct evd_log *ours, const struct evd_stream *ours_stream, struct evd_arena *arena,
              struct evd_pair_outcome *pair);

/* Makes a pair's counts ready for evd_walk_on; they go to `arena`. */
bool evd_walk_begin(const struct evd_walker *walker, struct evd_arena *arena, struct evd_pair_outcome *pair);

/* Goes on from the cursors, matching, passing over and absorbing, which `pair` counts, up to the next
 * divergence or the end of a stream. *is_diverged: the cursors stand at two events that differ, which they
 * have read; how is in walker->difference. False as evd_walk. */
bool evd_walk_on(struct evd_walker *walker, struct evd_pair_outcome *pair, bool *is_diverged);

/* The event at `position`, verified; NULL when the saved index is damaged there. */
const struct evd_event *evd_cursor_event(struct evd_cursor *cursor, uint64_t position);

/* The ordinals of a side as they stand before the event at `position`, at or after the cursor's or
 * before it; counted from the cursor's, into walker->lookahead_ordinals. NULL when a saved index is
 * damaged. Cost: linear in the distance. */
const uint64_t *evd_walk_ordinals(struct evd_walker *walker, enum evd_side side, uint64_t position);

/* Reads the event at a side's cursor into its view, unless that was done since the walk came to it. False as
 * evd_walk. */
bool evd_walk_read(struct evd_walker *walker, enum evd_side side);

/* Passes over one event: numbers its canonical values and moves on. */
void evd_cursor_advance(const struct evd_rules *rules, struct evd_cursor *cursor);

#endif
