/* Renaming view: a renaming that is like another, the base, but for a few ranges.
 *
 * Ownership: a view owns its lists, not the base. Threads: one at a time. */
#ifndef EVD_SELFTEST_RENAMING_VIEW_H
#define EVD_SELFTEST_RENAMING_VIEW_H

#include "names/renaming.h"
#include "rules/rules.h"

struct evd_range_list {
    struct evd_name_pair *ranges;
    size_t count, capacity;
};

/* With empty lists it is the base. */
struct evd_renaming_view {
    struct evd_range_list hidden; /* ranges of the base that the view does not have */
    struct evd_range_list own;    /* ranges that the base does not have */
};

/* What a name does to a renaming. */
struct evd_name_step {
    enum evd_name_form form; /* VALUE, BIRTH or END */
    uint64_t value[EVD_SIDES];
    uint64_t size[EVD_SIDES]; /* of a BIRTH: at least 1 */
};

/* Does to the view what evd_renaming_use, _birth and _end do to a renaming; *is_broken as the first of them. False
 * when memory runs out. Cost: O(log n) in the base, linear in the view's lists. */
bool evd_renaming_view_step(struct evd_renaming_view *view, const struct evd_renaming *base,
                            const struct evd_name_step *step, bool *is_broken);

/* Whether a step concerns what the view and its base do not share. Otherwise it does the same to both. */
bool evd_renaming_view_touches(const struct evd_renaming_view *view, const struct evd_name_step *step);

/* Makes `view` what it is to another base: to `base_view`, both being views of one. False when memory runs out. */
bool evd_renaming_view_rebase(struct evd_renaming_view *view, const struct evd_renaming_view *base_view);

void evd_renaming_view_release(struct evd_renaming_view *view);

#endif
