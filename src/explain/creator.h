/* Creator: what the threads that have no counterpart follow from.
 *
 * EVD_CAUSE_CREATOR: a thread without a counterpart follows from the last divergence of the thread that created it that
 * begins with the event by which it did, or before. Where rules put events in another order, it is that of which an event is
 * the last one in the log until then. Where the other side never created it, and that event is one of
 * the divergence's, this is where the thread was lost. */
#ifndef EVD_EXPLAIN_CREATOR_H
#define EVD_EXPLAIN_CREATOR_H

#include "evdiff/outcome.h"
#include "log/log.h"

/* Fills in the causes of outcome->unpaired. `logs`: canary's and ours; `streams`: one a pair. Errors: EVD_E_INDEX when a saved index is damaged,
 * EVD_E_IO when its log has shrunk, EVD_E_NO_MEMORY. Cost: linear in the threads, but for a logarithm of the divergences;
 * and in the events of the divergences that are causes. */
enum evd_status evd_find_creators(struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES],
                                  evd_stream_pair *streams, struct evd_error *error);

#endif
