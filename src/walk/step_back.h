/* Step back: a walk that has matched the first events of a block that is to be absorbed goes back to where the block begins.
 *
 *     canary  lr sc          the two part at the second event: ours' block lr sc1 begins before it, so canary's lr
 *     ours    lr sc1 lr sc   is matched with the second one of ours
 *
 * Keys tell that the same events follow, but not that they are equal in names and in what takes both sides: which of the two
 * matches tells what is compared. Threads: as the walker. */
#ifndef EVD_WALK_STEP_BACK_H
#define EVD_WALK_STEP_BACK_H

#include "walk/walk.h"

/* True when the last events that matched are all those of the side from `first` to its cursor that take part, one by one, and
 * nothing else of the other side lies between: then the walk may go back there. Cost: linear in those events. */
bool evd_can_step_back(const struct evd_walker *walker, enum evd_side side, uint64_t first);

/* Goes back there: both cursors, and what was counted since. Cost: the same. */
void evd_step_back(struct evd_walker *walker, enum evd_side side, uint64_t first);

#endif
