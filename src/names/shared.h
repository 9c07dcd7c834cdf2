/* Shared: what compare rules learn of all threads together, as "scope" in the rules has it (rules/compare.h).
 *
 * Ownership: the caller owns all. Threads: one walker, one call at a time. */
#ifndef EVD_NAMES_SHARED_H
#define EVD_NAMES_SHARED_H

#include "names/check.h"
#include "walk/walk.h"

/* Goes through the matching events of all pairs in the order of canary's lines, and adds those in which a name does not stand
 * for what it stood for before to their pair's breaks. The walker lends its readers, and is to be aimed again. Errors: as
 * evd_walk. Cost: reads both texts of all matching events that have such names, one after the other, and a key once of those
 * without. */
enum evd_status evd_shared_check(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                                 const struct evd_names_pair *pairs, size_t pair_count, struct evd_error *error);

#endif
