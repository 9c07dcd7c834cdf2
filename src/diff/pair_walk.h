/* Pair walk: a pair up to its first divergence, and behind it with resync. */
#ifndef EVD_DIFF_PAIR_WALK_H
#define EVD_DIFF_PAIR_WALK_H

#include "diff/pair_work.h"

/* Walks a pair to its first divergence and, with resync, to the ends of its streams. Errors: as evd_walk. Cost: see
 * evd_walk and evd_resync_pair. */
enum evd_status evd_pair_walk(struct evd_pair_work *work, struct evd_pair_worker *worker,
                              const struct evd_pair_plan *plan, struct evd_error *error);

/* Walks to the first divergence, counts up to there and quotes it. `break_`: the first two matching events whose names
 * differ, where the walk stops; NULL: none. Errors and cost: as evd_walk. */
enum evd_status evd_pair_walk_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                            const struct evd_pair_plan *plan, const struct evd_name_break *break_,
                                            struct evd_error *error);

/* Counts what lies behind the first divergence, where evd_pair_walk_to_divergence has stopped, as not looked at. Errors: as
 * evd_walk. */
enum evd_status evd_pair_count_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                             struct evd_error *error);

/* Quotes where the walker stands as the pair's first divergence: at events that differ, or at those of a break. Errors: as
 * evd_walk. Cost: parses both events. */
enum evd_status evd_pair_quote_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                          const struct evd_name_break *break_, struct evd_error *error);

#endif
