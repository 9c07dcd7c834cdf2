#include "names/unordered.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "log/operators.h"
#include "names/sided_values.h"

/* An item of a list: its values from `from` to `to` - 1, and the first name in it. */
struct item {
    size_t from, to;
    size_t named;       /* the value that is the name */
    uint64_t name;      /* 0: it has none */
    uint64_t stood_for; /* what the name has stood for; 0: it is new */
    bool is_paired;
};

enum { NO_PLACE = 0 };

/* The items of one list, of both sides. */
struct group {
    struct item *items[EVD_SIDES];
    size_t count[EVD_SIDES];
};

static bool is_item_of(const struct evd_canon *canon, size_t value, size_t first)
{
    return value < canon->sided_count && canon->sided[value].group == canon->sided[first].group;
}

static bool is_asked(const struct evd_unordered *asked, const struct evd_compare_rule *rule)
{
    return asked->names == EVD_UNORDERED_ALL || rule->is_shared == (asked->names == EVD_UNORDERED_SHARED);
}

/* The name of an item, and what it stood for. */
static void find_name(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canon,
                      int side, struct item *item, bool *failed)
{
    for (size_t i = item->from; i < item->to && item->name == 0; i++) {
        const struct evd_sided_value *value = &canon->sided[i];
        const struct evd_compare_rule *rule = value->rule;
        if (value->value.name != 0 || !is_asked(asked, rule))
            continue;
        for (size_t j = rule->own_count; j < rule->operation_count && item->name == 0; j++)
            if (rule->operations[j].op == EVD_AS_RENAMED &&
                evd_operator_is_name(arena, &rule->operations[j], &value->value, failed)) {
                const uint64_t scope = asked->scope == NULL ? 0 : asked->scope(asked->context, rule, side);
                item->named = i;
                item->name = evd_stand_in_name(scope, &value->value);
                item->stood_for = evd_stand_in_of(asked->known, rule, side, item->name);
            }
    }
}

/* The items of the list that the value `first` is in. */
static void read_items(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canon,
                       int side, size_t first, struct group *group, bool *failed)
{
    size_t count = 0, end = first;
    for (; is_item_of(canon, end, first); end++)
        count += end == first || canon->sided[end].item != canon->sided[end - 1].item;
    group->items[side] = evd_arena_array(arena, count, sizeof *group->items[side]);
    *failed |= group->items[side] == NULL;
    if (*failed)
        return;
    for (size_t i = first, next; i < end; i = next) {
        for (next = i + 1; next < end && canon->sided[next].item == canon->sided[i].item;)
            next++;
        struct item *item = &group->items[side][group->count[side]++];
        *item = (struct item){.from = i, .to = next};
        find_name(asked, arena, canon, side, item, failed);
    }
}

static bool are_alike(const struct evd_sided_value *a, const struct evd_sided_value *b)
{
    return a->rule == b->rule && a->inner == b->inner;
}

static uint64_t key_in_item(const struct evd_sided_value *value)
{
    return evd_hash_pair(value->rule->index, value->inner);
}

/* The value of canary's item that is where one of ours is in its item, or NULL. Both mostly have the same in one order, of
 * which `number` is the next; else it is searched for by `index`, which is empty before the first search of an item. */
static const struct evd_sided_value *find_in_item(const struct evd_canon *canary, const struct item *item,
                                                  size_t number, const struct evd_sided_value *value,
                                                  struct evd_table *index, bool *failed)
{
    if (number < item->to && are_alike(&canary->sided[number], value))
        return &canary->sided[number];
    for (size_t i = item->from; index->count == 0 && i < item->to && !*failed; i++)
        *failed |= evd_table_put(index, key_in_item(&canary->sided[i]), i, NULL) == NULL;
    const uint64_t *found = *failed ? NULL : evd_table_get(index, key_in_item(value));
    return found != NULL && are_alike(&canary->sided[*found], value) ? &canary->sided[*found] : NULL;
}

/* Puts the values of an item of ours where those of an item of canary are. */
static void pair_items(const struct evd_canon *canary, struct evd_canon *arranged, struct item *item,
                       struct item *other, bool *failed)
{
    struct evd_table index = {0};
    item->is_paired = other->is_paired = true;
    for (size_t i = other->from, number = item->from; i < other->to && !*failed; i++, number++) {
        struct evd_sided_value *value = &arranged->sided[i];
        const struct evd_sided_value *found = find_in_item(canary, item, number, value, &index, failed);
        value->place = NO_PLACE;
        if (found == NULL)
            continue;
        value->place = found->place;
        number = (size_t)(found - canary->sided);
    }
    evd_table_release(&index);
}

static int by_name(const void *a, const void *b)
{
    const struct item *const *left = a, *const *right = b;
    if ((*left)->name != (*right)->name)
        return (*left)->name < (*right)->name ? -1 : 1;
    return ((*left)->from > (*right)->from) - ((*left)->from < (*right)->from);
}

/* Pairs items whose names stand for each other. */
static void pair_known(const struct evd_canon *canary, struct evd_canon *arranged, struct evd_arena *arena,
                       struct group *group, bool *failed)
{
    const size_t count = group->count[EVD_OURS];
    struct item **sorted = evd_arena_array(arena, count, sizeof *sorted);
    *failed |= sorted == NULL;
    if (*failed)
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &group->items[EVD_OURS][i];
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < group->count[EVD_CANARY]; i++) {
        struct item *item = &group->items[EVD_CANARY][i];
        if (item->stood_for == 0)
            continue;
        size_t from = 0, to = count;
        while (from < to) {
            const size_t middle = from + (to - from) / 2;
            const bool is_before = sorted[middle]->name < item->stood_for ||
                                   (sorted[middle]->name == item->stood_for && sorted[middle]->is_paired);
            *(is_before ? &from : &to) = is_before ? middle + 1 : middle;
        }
        if (from < count && sorted[from]->name == item->stood_for)
            pair_items(canary, arranged, item, sorted[from], failed);
    }
}

/* What is known of an item's name: such items are counterparts of each other before others are. */
enum name_state { NAME_KNOWN, NAME_NEW, NAMELESS, NAME_STATES };

static enum name_state state_of(const struct item *item)
{
    return item->stood_for != 0 ? NAME_KNOWN : item->name != 0 ? NAME_NEW : NAMELESS;
}

/* How far the search for items of each state has come. */
struct rest {
    size_t at[NAME_STATES];
};

/* The next item that is not paired, of those whose names are known first; or NULL. */
static struct item *next_item(const struct group *group, int side, struct rest *rest)
{
    for (int state = 0; state < NAME_STATES; state++)
        for (size_t *at = &rest->at[state]; *at < group->count[side]; ++*at) {
            struct item *item = &group->items[side][*at];
            if (!item->is_paired && (int)state_of(item) == state)
                return item;
        }
    return NULL;
}

/* Names that could stand for any of several others are held against none, so that no chance decides who is who. */
static void leave_open(const struct evd_canon *canary, struct evd_canon *arranged, const struct item *item,
                       const struct item *other)
{
    struct evd_sided_value *name = &arranged->sided[other->named];
    if (item->name != 0 && other->name != 0 && name->place == canary->sided[item->named].place)
        name->place = NO_PLACE;
}

static void pair_rest(const struct evd_canon *canary, struct evd_canon *arranged, struct group *group, bool *failed)
{
    size_t left[EVD_SIDES][NAME_STATES] = {{0}};
    struct rest rest[EVD_SIDES] = {{{0}}};
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < group->count[side]; i++)
            if (!group->items[side][i].is_paired)
                left[side][state_of(&group->items[side][i])]++;
    const bool is_open = left[EVD_CANARY][NAME_KNOWN] + left[EVD_OURS][NAME_KNOWN] == 0 &&
                         (left[EVD_CANARY][NAME_NEW] > 1 || left[EVD_OURS][NAME_NEW] > 1);
    for (;;) {
        struct item *item = next_item(group, EVD_CANARY, &rest[EVD_CANARY]);
        struct item *other = next_item(group, EVD_OURS, &rest[EVD_OURS]);
        if (item == NULL || other == NULL)
            return;
        pair_items(canary, arranged, item, other, failed);
        if (is_open)
            leave_open(canary, arranged, item, other);
    }
}

/* The first value of ours in the list that has a value of canary's list, which begins at `first`, by its place. `index` is that
 * of evd_sided_counterpart. */
static size_t find_list(const struct evd_canon *ours, const struct evd_canon *canary, size_t first,
                        struct evd_table *index, bool *failed)
{
    size_t found = ours->sided_count;
    for (size_t i = first; found == ours->sided_count && is_item_of(canary, i, first) && !*failed; i++) {
        const struct evd_sided_value *value = evd_sided_counterpart(ours, &canary->sided[i], i, index, failed);
        if (value != NULL && value->group != 0)
            found = (size_t)(value - ours->sided);
    }
    for (; found > 0 && found < ours->sided_count && is_item_of(ours, found - 1, found);)
        found--;
    return found;
}

/* Whether rules that learn for all threads and others are about values of one list: each kind is checked by itself, and
 * could find other counterparts. */
static bool has_both_scopes(const struct evd_canon *canon, size_t first)
{
    for (size_t i = first; is_item_of(canon, i, first); i++)
        if (canon->sided[i].rule->is_shared != canon->sided[first].rule->is_shared)
            return true;
    return false;
}

void evd_unordered_arrange(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canary,
                           const struct evd_canon *ours, struct evd_canon *arranged, bool *failed)
{
    struct evd_table lists = {0};
    *arranged = *ours;
    for (size_t i = 0; i < canary->sided_count && !*failed; i++) {
        const struct evd_sided_value *value = &canary->sided[i];
        if (value->group == 0 || (i > 0 && canary->sided[i - 1].group == value->group))
            continue;
        if (asked->names != EVD_UNORDERED_ALL && has_both_scopes(canary, i))
            continue;
        const size_t other = find_list(ours, canary, i, &lists, failed);
        if (*failed || other == ours->sided_count)
            continue;
        if (arranged->sided == ours->sided) {
            arranged->sided = evd_arena_array(arena, ours->sided_count, sizeof *arranged->sided);
            *failed |= arranged->sided == NULL;
            if (*failed)
                break;
            memcpy(arranged->sided, ours->sided, ours->sided_count * sizeof *arranged->sided);
        }
        struct group group = {{NULL, NULL}, {0, 0}};
        read_items(asked, arena, canary, EVD_CANARY, i, &group, failed);
        read_items(asked, arena, ours, EVD_OURS, other, &group, failed);
        bool has_names = false;
        for (size_t j = 0; !*failed && j < group.count[EVD_CANARY]; j++)
            has_names |= group.items[EVD_CANARY][j].name != 0;
        if (*failed || !has_names)
            continue;
        pair_known(canary, arranged, arena, &group, failed);
        if (!*failed)
            pair_rest(canary, arranged, &group, failed);
    }
    evd_table_release(&lists);
}
