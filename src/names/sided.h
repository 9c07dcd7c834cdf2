/* Sided: values that compare rules hold against each other when both sides are known (rules/compare.h), in matching events.
 *
 * What such a rule says is not settled by a key: to be within a tolerance is no equality, since 1 may be close to 2 and 2 to
 * 3. So keys leave these values out, and events that match are read again for them, as they are for names.
 *
 * Ownership: the caller owns all. Threads: one walker, one thread at a time. */
#ifndef EVD_NAMES_SIDED_H
#define EVD_NAMES_SIDED_H

#include "names/name_break.h"
#include "walk/matched.h"
#include "walk/walk.h"

/* Adds the matching events of the pair that the walker is aimed at in which a value is not what a rule allows to `breaks`,
 * where those whose names break the renaming may be already: an event is listed once. `is_shared_settled`: what rules learn of
 * all threads was checked by evd_shared_check; else it is learnt of this pair alone. The walker's cursors are used, and
 * are to be aimed again. Errors: as evd_walk. Cost: reads both texts of all matching events with such values, and a key
 * once of those without. */
enum evd_status evd_sided_check(struct evd_walker *walker, const struct evd_matched *matched, bool is_shared_settled,
                                struct evd_name_break_list *breaks, struct evd_error *error);

#endif
