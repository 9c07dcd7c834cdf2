/* Ordinary: where ours differs, and yet does nothing but what trusted runs do elsewhere.
 *
 * Three events in a row are a step; a stream's begin and end count as events. Where each step of ours, from the two events
 * before the divergence to the two behind it, is one that a trusted run takes somewhere, in whatever thread, ours has gone a
 * way that is known: another turn of a loop, the path for the case that a file is not there. An engine that is wrong mostly
 * does what no correct run does anywhere. Two events would be too few: one of two is often a return that says nothing but
 * success, and then a lost call is like the end of the call before it. */
#ifndef EVD_EXPLAIN_ORDINARY_H
#define EVD_EXPLAIN_ORDINARY_H

#include "evdiff/outcome.h"
#include "log/log.h"

/* Fills evd_divergence::is_ordinary of the divergences that may be looked at: with control runs of those that are new, else
 * of those that have no cause. Events are told apart by their keys, so it is false where those of both sides are the same: a
 * name, an ordinal or a null under a mark is all that differs. The engine's own events take no part. Of a run the first
 * EVD_ORDINARY_EVENTS count, and the two behind those.
 *
 * `streams`: one a pair.
 * `trusted`: canary's log first, then its control runs. Errors: EVD_E_INDEX when a saved index is damaged, EVD_E_NO_MEMORY.
 * Cost: linear in the events of the trusted logs, a few nanoseconds for each; and in those of the divergences. None where
 * there are no such divergences. */
enum evd_status evd_tell_ordinary(struct evd_outcome *outcome, evd_stream_pair *streams, const struct evd_log *ours,
                                  const struct evd_log *const *trusted, size_t trusted_count, struct evd_error *error);

enum { EVD_ORDINARY_EVENTS = 64 };

#endif
