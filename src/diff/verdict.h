/* Verdict: how all events came out, and what that comes to. */
#ifndef EVD_DIFF_VERDICT_H
#define EVD_DIFF_VERDICT_H

#include "evdiff/outcome.h"

/* Adds up the events of all pairs and threads, and gives the verdict. The pairs are complete. Cost: linear
 * in the pairs. */
void evd_conclude(struct evd_outcome *outcome);

#endif
