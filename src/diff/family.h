/* Families: divergences that are the same thing again, what each of them weighs, and where to look first. */
#ifndef EVD_DIFF_FAMILY_H
#define EVD_DIFF_FAMILY_H

#include "diff/resync.h"

/* Groups the divergences of all pairs by signature into outcome->families, which go to `arena`, and chooses
 * outcome->looks. Causes are known. `natures`: one a pair. False when memory runs out. Cost: n log n for n
 * divergences. */
bool evd_make_families(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                       struct evd_arena *arena);

#endif
