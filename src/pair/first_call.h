/* First call: threads paired by what they begin with, as the rules tell it. */
#ifndef EVD_PAIR_FIRST_CALL_H
#define EVD_PAIR_FIRST_CALL_H

#include "base/arena.h"
#include "log/log.h"
#include "pair/chosen.h"

/* Pairs threads whose first event of the pairing kind has an equal pairing field: among those, the
 * smallest tid of one log with the smallest of the other, and so on. Threads that chosen->is_lost names stay alone. The
 * pairs go to the arena. Errors: EVD_E_NO_MEMORY. Cost: O(t log t) for t threads. */
enum evd_status evd_pair_by_first_call(const struct evd_log *const log[EVD_SIDES], struct evd_arena *arena,
                                       struct evd_chosen_pairs *chosen, struct evd_error *error);

#endif
