/* Pair: which thread of canary is which of ours. */
#ifndef EVD_PAIR_FIRST_CALL_H
#define EVD_PAIR_FIRST_CALL_H

#include "base/arena.h"
#include "evdiff/outcome.h"
#include "log/log.h"

/* Pairs threads whose first event of the pairing kind has an equal pairing field: among those, the
 * smallest tid of one log with the smallest of the other, and so on. The pairs, in ascending order of
 * canary tids, go to the arena. Errors: EVD_E_NO_MEMORY. Cost: O(t log t) for t threads. */
enum evd_status evd_pair_by_first_call(const struct evd_log *canary, const struct evd_log *ours,
                                       struct evd_arena *arena, struct evd_tid_pair **pairs, size_t *count,
                                       struct evd_error *error);

#endif
