/* By hand: threads paired as the caller says. */
#ifndef EVD_PAIR_BY_HAND_H
#define EVD_PAIR_BY_HAND_H

#include "base/arena.h"
#include "evdiff/error.h"
#include "evdiff/outcome.h"

/* Copies a map to the arena, in ascending order of canary tids. Errors: EVD_E_ARGUMENT when a canary tid is mapped
 * twice, EVD_E_NO_MEMORY. Cost: O(n log n). */
enum evd_status evd_pair_by_hand(const struct evd_tid_pair *map, size_t count, struct evd_arena *arena,
                                 struct evd_tid_pair **pairs, struct evd_error *error);

#endif
