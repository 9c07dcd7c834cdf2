/* Rest: the threads that rules of threads have left to the other ways of pairing, as logs that have no others.
 *
 * Threads: called by one. */
#ifndef EVD_PAIR_REST_H
#define EVD_PAIR_REST_H

#include "pair/by_rules.h"
#include "pair/chosen.h"

struct evd_rest {
    struct evd_log log[EVD_SIDES];       /* copies, with the threads alone that are left; what they hold is the logs' */
    const size_t *stream[EVD_SIDES];     /* of each of these its index in the log */
    const struct evd_log *of[EVD_SIDES]; /* the logs */
};

/* All in the arena. False when memory runs out. */
bool evd_rest_make(const struct evd_log *const log[EVD_SIDES], const struct evd_ruled_threads *ruled,
                   struct evd_arena *arena, struct evd_rest *rest);

/* Adds what the rules have settled to what was chosen for the rest. False when memory runs out. */
bool evd_rest_merge(const struct evd_rest *rest, const struct evd_ruled_threads *ruled, struct evd_arena *arena,
                    struct evd_chosen_pairs *chosen);

#endif
