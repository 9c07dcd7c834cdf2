/* Pair phases: the phases of a diff that compare: from two logs to the divergences of each pair of threads. */
#ifndef EVD_DIFF_PAIR_PHASES_H
#define EVD_DIFF_PAIR_PHASES_H

#include "diff/run.h"

/* Which thread is which. Errors: as evd_choose_pairs. */
enum evd_status evd_phase_choose(struct evd_diff_run *diff, struct evd_error *error);

/* The pairs that both logs have become the outcome's. */
enum evd_status evd_phase_list_pairs(struct evd_diff_run *diff, struct evd_error *error);

/* Each pair up to its first divergence, and behind it with resync. Errors: as evd_pair_walk. */
enum evd_status evd_phase_walk(struct evd_diff_run *diff, struct evd_error *error);

/* The names of all pairs are checked, and each pair's part of the outcome is completed. Errors: as evd_names_check_pairs
 * and evd_pair_finish. */
enum evd_status evd_phase_finish(struct evd_diff_run *diff, struct evd_error *error);

#endif
