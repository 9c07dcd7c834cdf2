/* Pairs: which threads a diff compares, and which it begins with. */
#ifndef EVD_DIFF_PAIRS_H
#define EVD_DIFF_PAIRS_H

#include "base/pool.h"
#include "base/steps.h"
#include "diff/pair_work.h"
#include "evdiff/diff.h"
#include "pair/chosen.h"

/* The pairs by the map that the caller gave, or by the rules of threads, and of the rest by similarity or by first call. Errors: EVD_E_NO_MAPPING when there are
 * none, EVD_E_ARGUMENT (tid_map, pairing), EVD_E_INDEX, EVD_E_IO, EVD_E_NO_MEMORY. Cost: see pair/; by first call as by
 * similarity where the logs create other threads. */
enum evd_status evd_choose_pairs(const struct evd_log *const log[EVD_SIDES], const struct evd_diff_options *options,
                                 struct evd_pool *pool, struct evd_steps *steps, struct evd_arena *arena,
                                 struct evd_chosen_pairs *chosen, struct evd_error *error);

/* Makes the pairs whose threads both logs have the outcome's, and warns of the others there. `works`, which has room for
 * all that were chosen, becomes what is to be done, one a pair of the outcome. False when memory runs out. */
bool evd_list_pairs(const struct evd_chosen_pairs *chosen, const struct evd_log *const log[EVD_SIDES],
                    struct evd_outcome *outcome, struct evd_arena *arena, struct evd_pair_work *works);

/* Lists the indexes of the pairs, the longest first, so that no worker is left alone with one at the end. False when
 * memory runs out. */
bool evd_order_pairs(const struct evd_pair_work *works, size_t count, size_t *order);

#endif
