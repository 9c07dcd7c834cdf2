/* Verdict: how all events came out, and what that comes to. */
#ifndef EVD_DIFF_VERDICT_H
#define EVD_DIFF_VERDICT_H

#include "base/arena.h"
#include "evdiff/diff.h"

/* True when anything is demanded. */
bool evd_has_demands(const struct evd_demands *demands);

/* True for demands that a result can be held against. */
bool evd_demands_are_valid(const struct evd_demands *demands);

/* Fills outcome->counts and ::unpaired_events: adds up the events of all pairs and threads, which are complete. Cost: linear in
 * them. */
void evd_count_events(struct evd_outcome *outcome);

/* Events of a side that differ, are left over, or are in threads without a counterpart; they are counted. */
uint64_t evd_unmatched_events(const struct evd_outcome *outcome, enum evd_side side);

/* Gives the verdict; the pairs are complete, the events counted. The demands that are not met go to `arena`. False when
 * memory runs out. Cost: linear in the pairs. */
bool evd_conclude(struct evd_outcome *outcome, const struct evd_demands *demands, struct evd_arena *arena);

#endif
