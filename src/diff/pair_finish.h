/* Pair finish: a pair's part of the outcome once the names of all pairs are checked. */
#ifndef EVD_DIFF_PAIR_FINISH_H
#define EVD_DIFF_PAIR_FINISH_H

#include "diff/pair_work.h"

/* Completes a pair's part of the outcome, but for families and causes. Errors: as evd_walk. Cost: parses the events of
 * each break and each null, and walks the pair again when one comes before its first divergence. */
enum evd_status evd_pair_finish(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                const struct evd_pair_plan *plan, struct evd_error *error);

#endif
