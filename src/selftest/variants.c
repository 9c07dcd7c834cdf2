#include "selftest/variants.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

bool evd_variants_add(struct evd_variants *variants, const struct evd_variant_event *event,
                      const struct evd_name_use *uses)
{
    const size_t first = variants->use_count;
    for (size_t i = 0; i < event->use_count; i++) {
        struct evd_name_use *grown =
            evd_grow(variants->uses, variants->use_count, &variants->use_capacity, sizeof *grown);
        if (grown == NULL)
            return false;
        variants->uses = grown;
        grown[variants->use_count++] = uses[i];
    }
    struct evd_variant_event *events =
        evd_grow(variants->events, variants->event_count, &variants->event_capacity, sizeof *events);
    if (events == NULL)
        return false;
    variants->events = events;
    events[variants->event_count] = *event;
    events[variants->event_count++].first_use = first;
    return true;
}

void evd_variants_release(struct evd_variants *variants)
{
    free(variants->events);
    free(variants->uses);
    free(variants->is_broken);
    *variants = (struct evd_variants){0};
}

static int by_offset(const void *a, const void *b)
{
    const struct evd_variant_event *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return (left->variant > right->variant) - (left->variant < right->variant);
}

static bool start(void *context, struct evd_known_names *known)
{
    struct evd_variant_check *check = context;
    struct evd_variants *variants = check->variants;
    check->known = known;
    variants->is_broken = calloc(variants->count + 1, sizeof *variants->is_broken);
    check->events = malloc((variants->event_count + 1) * sizeof *check->events);
    if (variants->is_broken == NULL || check->events == NULL)
        return false;
    if (variants->event_count > 0) {
        memcpy(check->events, variants->events, variants->event_count * sizeof *check->events);
        qsort(check->events, variants->event_count, sizeof *check->events, by_offset);
    }
    return true;
}

void evd_variant_check_release(struct evd_variant_check *check)
{
    for (size_t i = 0; i < check->list_count; i++) {
        for (size_t j = 0; j < check->lists[i].count; j++)
            evd_renaming_view_release(&check->lists[i].views[j].view);
        free(check->lists[i].views);
    }
    free(check->events);
    free(check->lists);
    free(check->sizes);
    free(check->broken);
}

/* ── Sizes ── */

static struct evd_variant_size *find_size(struct evd_variant_check *check, size_t variant, uint32_t size_index)
{
    for (size_t i = 0; i < check->size_count; i++)
        if (check->sizes[i].variant == variant && check->sizes[i].size_index == size_index)
            return &check->sizes[i];
    return NULL;
}

/* What a variant has waiting; `really`: what there is without it. */
static struct evd_name_size size_of(struct evd_variant_check *check, size_t variant, uint32_t size_index,
                                    struct evd_name_size really)
{
    const struct evd_variant_size *own = find_size(check, variant, size_index);
    return own != NULL ? own->size : really;
}

/* Sets what a variant has waiting, which is kept only while it is not what there is without it. */
static bool set_size(struct evd_variant_check *check, const struct evd_variant_size *size, struct evd_name_size really)
{
    struct evd_variant_size *own = find_size(check, size->variant, size->size_index);
    if (memcmp(&size->size, &really, sizeof really) == 0) {
        if (own != NULL)
            *own = check->sizes[--check->size_count];
        return true;
    }
    if (own == NULL) {
        struct evd_variant_size *sizes =
            evd_grow(check->sizes, check->size_count, &check->size_capacity, sizeof *sizes);
        if (sizes == NULL)
            return false;
        check->sizes = sizes;
        own = &sizes[check->size_count++];
    }
    *own = *size;
    return true;
}

/* ── Views ── */

static struct evd_variant_view_list *list_of(struct evd_variant_check *check, size_t renaming)
{
    while (check->list_count <= renaming) {
        struct evd_variant_view_list *lists =
            evd_grow(check->lists, check->list_count, &check->list_capacity, sizeof *lists);
        if (lists == NULL)
            return NULL;
        check->lists = lists;
        lists[check->list_count++] = (struct evd_variant_view_list){0};
    }
    return &check->lists[renaming];
}

/* The variant's view in the list, an empty one when it had none; NULL when memory runs out. */
static struct evd_variant_view *view_of(struct evd_variant_view_list *list, size_t variant)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->views[i].variant == variant)
            return &list->views[i];
    struct evd_variant_view *views = evd_grow(list->views, list->count, &list->capacity, sizeof *views);
    if (views == NULL)
        return NULL;
    list->views = views;
    views[list->count] = (struct evd_variant_view){.variant = variant};
    return &views[list->count++];
}

static void drop_view(struct evd_variant_view_list *list, size_t index)
{
    evd_renaming_view_release(&list->views[index].view);
    list->views[index] = list->views[--list->count];
}

static bool is_empty(const struct evd_variant_view *view)
{
    return view->view.hidden.count == 0 && view->view.own.count == 0;
}

static bool note_broken(struct evd_variant_check *check, size_t variant)
{
    size_t *broken = evd_grow(check->broken, check->broken_count, &check->broken_capacity, sizeof *broken);
    if (broken == NULL)
        return false;
    check->broken = broken;
    broken[check->broken_count++] = variant;
    return true;
}

static struct evd_name_step step_of(const struct evd_name_use *use, struct evd_name_size size)
{
    struct evd_name_step step = {.form = use->rule->form};
    for (int side = 0; side < EVD_SIDES; side++) {
        step.value[side] = use->value[side];
        step.size[side] = size.value[side] + (size.value[side] == 0);
    }
    return step;
}

/* Takes one step in the variant and another really; either may be NULL. */
static bool take_steps(struct evd_variant_check *check, const struct evd_renaming *renaming,
                       struct evd_variant_view *view, const struct evd_name_step *own,
                       const struct evd_name_step *really)
{
    struct evd_renaming_view after = {0};
    bool is_broken = false, unused;
    bool is_done = own == NULL || evd_renaming_view_step(&view->view, renaming, own, &is_broken);
    if (is_done && really != NULL)
        is_done =
            evd_renaming_view_step(&after, renaming, really, &unused) && evd_renaming_view_rebase(&view->view, &after);
    evd_renaming_view_release(&after);
    return is_done && (!is_broken || note_broken(check, view->variant));
}

/* ── Events ── */

/* Whether the variant has another event in the place of the one that is looked at. */
static bool is_replaced(const struct evd_variant_check *check, size_t variant)
{
    for (size_t i = check->current; i < check->next; i++)
        if (check->events[i].variant == variant)
            return true;
    return false;
}

/* A size, or a birth that takes one, in the events as they are: what it leaves waiting. */
static bool leave_size(struct evd_variant_check *check, size_t pair, uint32_t size_index, struct evd_name_size before,
                       struct evd_name_size after)
{
    for (size_t i = check->size_count; i-- > 0;) {
        const struct evd_variant_size *own = &check->sizes[i];
        if (own->pair == pair && own->size_index == size_index && !is_replaced(check, own->variant))
            check->sizes[i] = check->sizes[--check->size_count];
    }
    for (size_t i = check->current; i < check->next; i++) {
        const size_t variant = check->events[i].variant;
        struct evd_variant_size own = {variant, pair, size_index, size_of(check, variant, size_index, before)};
        if (!set_size(check, &own, after))
            return false;
    }
    return true;
}

/* Makes sure that there is a view of each variant that the name may touch, whatever it knows. */
static bool add_views(struct evd_variant_check *check, struct evd_variant_view_list *list, size_t pair,
                      uint32_t size_index)
{
    for (size_t i = check->current; i < check->next; i++)
        if (view_of(list, check->events[i].variant) == NULL)
            return false;
    for (size_t i = 0; size_index != 0 && i < check->size_count; i++)
        if (check->sizes[i].pair == pair && check->sizes[i].size_index == size_index &&
            view_of(list, check->sizes[i].variant) == NULL)
            return false;
    return true;
}

static bool take_name(void *context, size_t pair, const struct evd_name_use *use)
{
    static const struct evd_name_size NO_SIZE;
    struct evd_variant_check *check = context;
    struct evd_name_size size = NO_SIZE;
    const uint32_t size_index = use->rule->size_index;
    if (size_index != 0) {
        const struct evd_name_size *waiting = evd_known_size(check->known, pair, size_index);
        if (waiting == NULL)
            return false;
        size = *waiting;
    }
    if (use->rule->form == EVD_NAME_SIZE) {
        const struct evd_name_size after = {{use->value[EVD_CANARY], use->value[EVD_OURS]}};
        return leave_size(check, pair, size_index, size, after);
    }
    size_t index;
    const struct evd_renaming *renaming = evd_known_renaming(check->known, use->rule->class_index, pair, &index);
    struct evd_variant_view_list *list = renaming == NULL ? NULL : list_of(check, index);
    if (list == NULL || !add_views(check, list, pair, size_index))
        return false;
    const struct evd_name_step really = step_of(use, size);
    for (size_t i = list->count; i-- > 0;) {
        struct evd_variant_view *view = &list->views[i];
        const struct evd_name_step own =
            step_of(use, size_index != 0 ? size_of(check, view->variant, size_index, size) : size);
        const bool is_same = !is_replaced(check, view->variant) && memcmp(own.size, really.size, sizeof own.size) == 0;
        if (!check->variants->is_broken[view->variant] &&
            (!is_same || evd_renaming_view_touches(&view->view, &really)) &&
            !take_steps(check, renaming, view, is_replaced(check, view->variant) ? NULL : &own, &really))
            return false;
        if (check->variants->is_broken[view->variant] || is_empty(view))
            drop_view(list, i);
    }
    return size_index == 0 || leave_size(check, pair, size_index, size, NO_SIZE);
}

/* Learns a name of the event that a variant has in the place of the real one. */
static bool take_own(struct evd_variant_check *check, const struct evd_variant_event *event,
                     const struct evd_name_use *use)
{
    static const struct evd_name_size NO_SIZE;
    struct evd_name_size size = NO_SIZE;
    const uint32_t size_index = use->rule->size_index;
    if (size_index != 0) {
        const struct evd_name_size *waiting = evd_known_size(check->known, event->pair, size_index);
        if (waiting == NULL)
            return false;
        struct evd_variant_size own = {event->variant, event->pair, size_index, NO_SIZE};
        size = size_of(check, event->variant, size_index, *waiting);
        if (use->rule->form == EVD_NAME_SIZE)
            memcpy(own.size.value, use->value, sizeof own.size.value);
        if (!set_size(check, &own, *waiting))
            return false;
        if (use->rule->form == EVD_NAME_SIZE)
            return true;
    }
    size_t index;
    const struct evd_renaming *renaming = evd_known_renaming(check->known, use->rule->class_index, event->pair, &index);
    struct evd_variant_view_list *list = renaming == NULL ? NULL : list_of(check, index);
    struct evd_variant_view *view = list == NULL ? NULL : view_of(list, event->variant);
    const struct evd_name_step own = step_of(use, size);
    if (view == NULL || !take_steps(check, renaming, view, &own, NULL))
        return false;
    if (is_empty(view))
        drop_view(list, (size_t)(view - list->views));
    return true;
}

static bool end(void *context, bool is_broken)
{
    struct evd_variant_check *check = context;
    for (size_t i = check->current; i < check->next; i++) {
        const struct evd_variant_event *event = &check->events[i];
        for (size_t j = 0; j < event->use_count && !check->variants->is_broken[event->variant]; j++)
            if (!take_own(check, event, &check->variants->uses[event->first_use + j]))
                return false;
    }
    for (size_t i = 0; i < check->broken_count && !is_broken; i++)
        check->variants->is_broken[check->broken[i]] = true;
    check->broken_count = 0;
    check->current = check->next;
    return true;
}

static bool begin(void *context, uint64_t offset)
{
    struct evd_variant_check *check = context;
    const size_t count = check->variants->event_count;
    /* Events that match in a variant only. */
    while (check->next < count && check->events[check->next].offset < offset) {
        check->next++;
        if (!end(check, false))
            return false;
    }
    while (check->next < count && check->events[check->next].offset == offset)
        check->next++;
    return true;
}

static bool finish(void *context)
{
    return begin(context, UINT64_MAX) && end(context, false);
}

const struct evd_names_observer evd_variant_observer = {
    .start = start, .begin = begin, .name = take_name, .end = end, .finish = finish};
