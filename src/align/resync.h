/* Resync: behind the first divergence of a pair, to the ends of its streams.
 *
 * The rest of both streams is aligned by keys (align/align.h). A stretch of matching events is a meeting
 * point when it is not likely to be there by chance: it must be more telling than the distance over which it
 * was searched, and common events tell little; or it has a single event that occurs once on each side, at the same place
 * among all those that do. From each meeting point the walk goes on by the rules,
 * absorbers included, to the next divergence; what lies between that and the next meeting point is a gap,
 * which align/gap.h takes apart into divergences.
 *
 *     canary  ═══════╗      ┌─ gap ─┐      ╔══════════╗  ┌ gap ┐
 *                 walk     divergence    meeting    walk …
 *     ours    ═══════╝      └───────┘      ╚══════════╝  └─────┘
 *
 * Behind a divergence the two sides' ordinals are not compared but start anew at each meeting point: they
 * would repeat what is missing or extra before it.
 *
 * Ownership: a resync owns its memory; what it finds goes to the recorder's list. Threads: one resync, one thread at
 * a time. */
#ifndef EVD_ALIGN_RESYNC_H
#define EVD_ALIGN_RESYNC_H

#include "align/gap.h"

/* How all events of a pair came out. */
struct evd_resync_result {
    bool is_whole; /* false: the rest of a stream is too long to be aligned, and was left */
    uint64_t matched, engine_local[EVD_SIDES];
    uint64_t differing[EVD_SIDES], left_over[EVD_SIDES];
    uint64_t searches_cut_short; /* stretches whose alignment became too costly to be the best one */
};

/* Goes on with the pair that the recorder's walker has just walked up to its first divergence, or up to where one
 * stream ends: what follows goes to the recorder's list, and what the walker counts to its counts, in `result`
 * with what was matched in gaps. `help`: takes a share of a large pair, while no other task
 * of its pool runs; or NULL: what is found is the same. Errors: as evd_walk. Cost: near n log n for n events behind the first divergence,
 * about 100 bytes of memory for each on the way; parses the events in gaps. */
enum evd_status evd_resync_pair(struct evd_recorder *recorder, const struct evd_gap_help *help,
                                struct evd_resync_result *result, struct evd_error *error);

#endif
