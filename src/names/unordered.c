#include "names/unordered.h"

#include <stdlib.h>
#include <string.h>

#include "log/operators.h"

/* An item of a list: its values from `from` to `to` - 1, and the first name in it. */
struct item {
    size_t from, to;
    uint64_t name;      /* 0: it has none */
    uint64_t stood_for; /* what the name has stood for; 0: it is new */
    bool is_paired;
};

/* The items of one list, of both sides. */
struct group {
    struct item *items[EVD_SIDES];
    size_t count[EVD_SIDES];
};

static bool is_item_of(const struct evd_canon *canon, size_t value, size_t first)
{
    return value < canon->sided_count && canon->sided[value].group == canon->sided[first].group;
}

/* The name of an item, and what it stood for. */
static void find_name(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canon,
                      int side, struct item *item, bool *failed)
{
    for (size_t i = item->from; i < item->to && item->name == 0; i++) {
        const struct evd_sided_value *value = &canon->sided[i];
        const struct evd_compare_rule *rule = value->rule;
        if (value->value.name != 0 || (asked->leaves_shared && rule->is_shared))
            continue;
        for (size_t j = rule->own_count; j < rule->operation_count && item->name == 0; j++)
            if (rule->operations[j].op == EVD_AS_RENAMED &&
                evd_operator_is_name(arena, &rule->operations[j], &value->value, failed)) {
                const uint64_t scope = asked->scope == NULL ? 0 : asked->scope(asked->context, rule, side);
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

/* Puts the values of an item of ours where those of an item of canary are. */
static void pair_items(const struct evd_canon *canary, struct evd_canon *arranged, struct item *item,
                       struct item *other)
{
    item->is_paired = other->is_paired = true;
    for (size_t i = other->from; i < other->to; i++) {
        struct evd_sided_value *value = &arranged->sided[i];
        value->place = 0;
        for (size_t j = item->from; j < item->to; j++)
            if (canary->sided[j].rule == value->rule && canary->sided[j].inner == value->inner)
                value->place = canary->sided[j].place;
    }
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
            pair_items(canary, arranged, item, sorted[from]);
    }
}

/* The next item that is not paired, of names that are known or of others; or NULL. */
static struct item *next_item(const struct group *group, int side, bool is_known, size_t *at)
{
    for (; *at < group->count[side]; ++*at)
        if (!group->items[side][*at].is_paired && (group->items[side][*at].stood_for != 0) == is_known)
            return &group->items[side][(*at)++];
    return NULL;
}

static void pair_rest(const struct evd_canon *canary, struct evd_canon *arranged, struct group *group)
{
    size_t new[EVD_SIDES] = {0, 0}, known[EVD_SIDES] = {0, 0};
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < group->count[side]; i++) {
            const struct item *item = &group->items[side][i];
            new[side] += !item->is_paired && item->stood_for == 0;
            known[side] += !item->is_paired && item->stood_for != 0;
        }
    const bool is_open = known[EVD_CANARY] + known[EVD_OURS] == 0 && new[EVD_CANARY] > 1;
    size_t at[2][EVD_SIDES] = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < known[EVD_CANARY] + new[EVD_CANARY]; i++) {
        struct item *pair[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++) {
            pair[side] = next_item(group, side, true, &at[1][side]);
            pair[side] = pair[side] != NULL ? pair[side] : next_item(group, side, false, &at[0][side]);
        }
        if (pair[EVD_CANARY] == NULL || pair[EVD_OURS] == NULL)
            return;
        pair_items(canary, arranged, pair[EVD_CANARY], pair[EVD_OURS]);
        for (size_t j = pair[EVD_OURS]->from; is_open && j < pair[EVD_OURS]->to; j++)
            arranged->sided[j].place = 0;
    }
}

static bool is_in_list(const struct evd_canon *ours, size_t i, const struct evd_sided_value *value)
{
    return i < ours->sided_count && ours->sided[i].group != 0 && ours->sided[i].rule == value->rule &&
           ours->sided[i].place == value->place;
}

/* The first value of ours in the list that canary's value of that number is in, by its place; both sides mostly have the
 * same in one order. */
static size_t find_list(const struct evd_canon *ours, const struct evd_sided_value *value, size_t number)
{
    size_t i = number;
    if (!is_in_list(ours, i, value))
        for (i = 0; i < ours->sided_count && !is_in_list(ours, i, value);)
            i++;
    while (i > 0 && i < ours->sided_count && ours->sided[i - 1].group == ours->sided[i].group)
        i--;
    return i;
}

void evd_unordered_arrange(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canary,
                           const struct evd_canon *ours, struct evd_canon *arranged, bool *failed)
{
    *arranged = *ours;
    for (size_t i = 0; i < canary->sided_count && !*failed; i++) {
        const struct evd_sided_value *value = &canary->sided[i];
        if (value->group == 0 || (i > 0 && canary->sided[i - 1].group == value->group))
            continue;
        const size_t other = find_list(ours, value, i);
        if (other == ours->sided_count)
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
            pair_rest(canary, arranged, &group);
    }
}
