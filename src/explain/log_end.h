/* Log end: which divergences lie where the logs end. An engine is stopped when its program is done, and what it still does in
 * its last moments depends on when that is. */
#ifndef EVD_EXPLAIN_LOG_END_H
#define EVD_EXPLAIN_LOG_END_H

#include "evdiff/outcome.h"
#include "log/log.h"

/* Fills evd_divergence::is_at_end. A side without events does not matter. Cost: linear in the divergences. */
void evd_tell_log_ends(struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES]);

enum { EVD_LOG_END_PART = 64 }; /* the last part of so many */

#endif
