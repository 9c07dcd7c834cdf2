/* Failed: which values say that a call failed, as the rules tell it. */
#ifndef EVD_EXPLAIN_FAILED_H
#define EVD_EXPLAIN_FAILED_H

#include "align/divergences.h"
#include "rules/rules.h"

/* Fills evd_divergence::fails of all divergences. `natures`: one a pair. False when memory runs out. Cost: linear in
 * the divergences, and in the rules of failures for each family. */
bool evd_tell_failed(struct evd_outcome *outcome, const struct evd_nature_list *natures, const struct evd_rules *rules);

#endif
