/* Runs: divergences of one thread that lie close to each other, told as one where there are too many. */
#ifndef EVD_REPORT_RUNS_H
#define EVD_REPORT_RUNS_H

#include "evdiff/outcome.h"

/* The least number of matching events between two divergences that keeps them apart, so that there are at most `most` runs; 0 when
 * each may be one. Cost: linear in the divergences, a few dozen times at most. */
uint64_t evd_runs_gap(const struct evd_pair_outcome *pair, size_t most);

/* The end of the run that begins with a divergence: the index behind its last one. */
size_t evd_run_end(const struct evd_pair_outcome *pair, size_t first, uint64_t gap);

#endif
