#include "selftest/renaming_view.h"

#include <stdlib.h>

#include "base/grow.h"

static bool add(struct evd_range_list *list, const struct evd_name_pair *range)
{
    struct evd_name_pair *ranges = evd_grow(list->ranges, list->count, &list->capacity, sizeof *ranges);
    if (ranges == NULL)
        return false;
    list->ranges = ranges;
    ranges[list->count++] = *range;
    return true;
}

/* Where it was learnt does not matter. */
static bool are_equal(const struct evd_name_pair *a, const struct evd_name_pair *b)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (a->value[side] != b->value[side] || a->size[side] != b->size[side])
            return false;
    return true;
}

static const struct evd_name_pair *find_equal(const struct evd_range_list *list, const struct evd_name_pair *range)
{
    for (size_t i = 0; i < list->count; i++)
        if (are_equal(&list->ranges[i], range))
            return &list->ranges[i];
    return NULL;
}

/* Removes an equal range; false when there is none. */
static bool take(struct evd_range_list *list, const struct evd_name_pair *range)
{
    const struct evd_name_pair *found = find_equal(list, range);
    if (found != NULL)
        list->ranges[found - list->ranges] = list->ranges[--list->count];
    return found != NULL;
}

static bool overlaps(const struct evd_name_pair *range, int side, uint64_t value, uint64_t size)
{
    return value >= range->value[side] ? value - range->value[side] < range->size[side]
                                       : range->value[side] - value < size;
}

/* A range that shares a value with the `size` values from `value` on; false when there is none. */
static bool find(const struct evd_renaming_view *view, const struct evd_renaming *base, int side, uint64_t value,
                 uint64_t size, struct evd_name_pair *found)
{
    for (size_t i = 0; i < view->own.count; i++)
        if (overlaps(&view->own.ranges[i], side, value, size)) {
            *found = view->own.ranges[i];
            return true;
        }
    uint64_t last = size - 1 > UINT64_MAX - value ? UINT64_MAX : value + (size - 1);
    for (;;) {
        const struct evd_name_pair *range = evd_renaming_find(base, side, last);
        if (range == NULL || !overlaps(range, side, value, size))
            return false;
        if (find_equal(&view->hidden, range) == NULL) {
            *found = *range;
            return true;
        }
        if (range->value[side] <= value)
            return false;
        last = range->value[side] - 1;
    }
}

static bool forget(struct evd_renaming_view *view, const struct evd_name_pair *range)
{
    return take(&view->own, range) || add(&view->hidden, range);
}

static bool learn(struct evd_renaming_view *view, const struct evd_name_step *step)
{
    const struct evd_name_pair range = {
        .value = {step->value[0], step->value[1]}, .size = {step->size[0], step->size[1]}};
    return take(&view->hidden, &range) || add(&view->own, &range);
}

/* Forgets all that overlaps the step's ranges, then learns them. */
static bool replace(struct evd_renaming_view *view, const struct evd_renaming *base, const struct evd_name_step *step,
                    bool *has_forgotten)
{
    struct evd_name_pair range;
    *has_forgotten = false;
    for (int side = 0; side < EVD_SIDES; side++)
        while (find(view, base, side, step->value[side], step->size[side], &range)) {
            *has_forgotten = true;
            if (!forget(view, &range))
                return false;
        }
    return learn(view, step);
}

static bool use(struct evd_renaming_view *view, const struct evd_renaming *base, const struct evd_name_step *step,
                bool *is_broken)
{
    struct evd_name_pair canary, ours;
    *is_broken = false;
    if (find(view, base, EVD_CANARY, step->value[EVD_CANARY], 1, &canary) &&
        find(view, base, EVD_OURS, step->value[EVD_OURS], 1, &ours) && are_equal(&canary, &ours) &&
        step->value[EVD_CANARY] - canary.value[EVD_CANARY] == step->value[EVD_OURS] - ours.value[EVD_OURS])
        return true;
    const struct evd_name_step single = {EVD_NAME_VALUE, {step->value[EVD_CANARY], step->value[EVD_OURS]}, {1, 1}};
    return replace(view, base, &single, is_broken);
}

/* Forgets the ranges that begin with the step's values. */
static bool end(struct evd_renaming_view *view, const struct evd_renaming *base, const struct evd_name_step *step)
{
    struct evd_name_pair range;
    for (int side = 0; side < EVD_SIDES; side++)
        if (find(view, base, side, step->value[side], 1, &range) && range.value[side] == step->value[side] &&
            !forget(view, &range))
            return false;
    return true;
}

bool evd_renaming_view_step(struct evd_renaming_view *view, const struct evd_renaming *base,
                            const struct evd_name_step *step, bool *is_broken)
{
    bool has_forgotten;
    *is_broken = false;
    if (step->form == EVD_NAME_BIRTH)
        return replace(view, base, step, &has_forgotten);
    return use(view, base, step, is_broken) && (step->form != EVD_NAME_END || end(view, base, step));
}

static bool list_touches(const struct evd_range_list *list, const struct evd_name_step *step)
{
    for (size_t i = 0; i < list->count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            if (overlaps(&list->ranges[i], side, step->value[side],
                         step->form == EVD_NAME_BIRTH ? step->size[side] : 1))
                return true;
    return false;
}

bool evd_renaming_view_touches(const struct evd_renaming_view *view, const struct evd_name_step *step)
{
    return list_touches(&view->hidden, step) || list_touches(&view->own, step);
}

/* Adds to `list` what is in one list and not in another. */
static bool add_rest(struct evd_range_list *list, const struct evd_range_list *from, const struct evd_range_list *less)
{
    for (size_t i = 0; i < from->count; i++)
        if (find_equal(less, &from->ranges[i]) == NULL && !add(list, &from->ranges[i]))
            return false;
    return true;
}

bool evd_renaming_view_rebase(struct evd_renaming_view *view, const struct evd_renaming_view *base_view)
{
    struct evd_renaming_view rebased = {0};
    if (!add_rest(&rebased.hidden, &view->hidden, &base_view->hidden) ||
        !add_rest(&rebased.hidden, &base_view->own, &view->own) ||
        !add_rest(&rebased.own, &base_view->hidden, &view->hidden) ||
        !add_rest(&rebased.own, &view->own, &base_view->own)) {
        evd_renaming_view_release(&rebased);
        return false;
    }
    evd_renaming_view_release(view);
    *view = rebased;
    return true;
}

void evd_renaming_view_release(struct evd_renaming_view *view)
{
    free(view->hidden.ranges);
    free(view->own.ranges);
    *view = (struct evd_renaming_view){0};
}
