/* Outcome phases: the phases of a diff that tell: from the divergences of each pair to a whole outcome. */
#ifndef EVD_DIFF_OUTCOME_PHASES_H
#define EVD_DIFF_OUTCOME_PHASES_H

#include "diff/run.h"

/* What is told of the logs and controls beside the pairs. */
enum evd_status evd_phase_tell_facts(struct evd_diff_run *diff, struct evd_error *error);

/* With resync: causes, what is new, families, where to look first. Errors: as evd_find_causes. */
enum evd_status evd_phase_explain(struct evd_diff_run *diff, struct evd_error *error);

/* With resync: the events around places, and times where reports ask for them. Errors: as evd_take_quotations. */
enum evd_status evd_phase_quote(struct evd_diff_run *diff, struct evd_error *error);

/* Counts, demands, the verdict and hints. */
enum evd_status evd_phase_conclude(struct evd_diff_run *diff, struct evd_error *error);

#endif
