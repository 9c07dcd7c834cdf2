/* Pair forgive: a pair without the divergences that the rules forgive. */
#ifndef EVD_DIFF_PAIR_FORGIVE_H
#define EVD_DIFF_PAIR_FORGIVE_H

#include "diff/forgive.h"
#include "diff/pair_work.h"

/* Takes the forgiven divergences out of the pair's list, and tells anew what is told up to the first that is left.
 * Errors and cost: as evd_forgive; where one was forgiven, also the events of the first that is left are parsed. */
enum evd_status evd_pair_forgive(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                 const struct evd_pair_plan *plan, struct evd_forgiven *forgiven,
                                 struct evd_error *error);

#endif
