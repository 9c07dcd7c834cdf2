/* Cause: which divergences are consequences of earlier ones. */
#ifndef EVD_DIFF_CAUSE_H
#define EVD_DIFF_CAUSE_H

#include "diff/resync.h"

/* Finds causes, as far as they are plain:
 *
 *   - A divergence whose two values are those of an earlier divergence of another nature, by canary's order of
 *     emission, repeats it: the same differing handle or address, handed on.
 *   - A thread without a counterpart follows from the last divergence of the thread that created it, before it
 *     did.
 *
 * `natures`: one a pair. `logs`: canary's and ours. False when memory runs out or, which evd_log_check tells, a
 * saved index is damaged. Cost: n log n for n divergences. */
bool evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                     const struct evd_log *const logs[EVD_SIDES]);

#endif
