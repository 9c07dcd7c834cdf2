/* Causes: what divergences follow from, as numbers beside them.
 *
 * A divergence's number counts those of all pairs before its own, and those before it. There may be millions of divergences, and
 * what they follow from is not known before all of them are, so it has arrays of its own, which are touched no earlier. */
#ifndef EVD_OUTCOME_CAUSES_H
#define EVD_OUTCOME_CAUSES_H

#include "base/arena.h"
#include "evdiff/outcome.h"

/* Numbers the divergences, and makes room for causes and roots in the arena. False when memory runs out, or there are more than
 * numbers. Cost: linear in the pairs. */
bool evd_causes_make_room(struct evd_outcome *outcome, struct evd_arena *arena);

/* The number of a divergence. */
uint32_t evd_number_of(const struct evd_outcome *outcome, size_t pair, size_t divergence);

/* How many divergences are numbered. */
size_t evd_count_numbered(const struct evd_outcome *outcome);

/* Where the divergence with that number is. Cost: a logarithm of the pairs. */
struct evd_cause_place evd_divergence_numbered(const struct evd_outcome *outcome, uint32_t number);

/* Sets what a divergence follows from. */
void evd_cause_put(struct evd_outcome *outcome, size_t pair, size_t divergence, enum evd_cause cause,
                   struct evd_cause_place place);

/* Fills in where the chains of causes end. False, with the pair and the index of a divergence in `circle`, when one is its own
 * cause. Cost: linear in the divergences, whatever the chains are. */
bool evd_roots_find(struct evd_outcome *outcome, struct evd_cause_place *circle);

#endif
