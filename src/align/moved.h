/* Moved: runs that are missing in one place and extra nearby, or the other way round. */
#ifndef EVD_ALIGN_MOVED_H
#define EVD_ALIGN_MOVED_H

#include "align/divergences.h"

/* Makes of two runs of the same events that stand alone on one side each, not far from each other, one divergence in the
 * place of the first: reordered. Runs are told by evd_divergence_nature::run_hash, which those that a stream ends with have
 * up to here. False when memory runs out. Cost: linear. */
bool evd_join_moved(struct evd_divergence_list *list);

#endif
