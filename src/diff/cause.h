/* Cause: which divergences are consequences of earlier ones. */
#ifndef EVD_DIFF_CAUSE_H
#define EVD_DIFF_CAUSE_H

#include "diff/resync.h"

/* Finds the causes of divergences: one whose two values are those of an earlier divergence of another
 * nature, by canary's order of emission, repeats it: the same differing handle or address, handed on.
 * `natures`: one a pair. False when memory runs out. Cost: n log n for n divergences. */
bool evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures);

#endif
