#include "names/unordered.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "log/operators.h"
#include "names/sided_values.h"

/* An item of a list: its values from `from` to `to` - 1, and the first name in it; where it has none but in a list without
 * order inside it, all names there together. */
struct item {
    size_t from, to;
    size_t named;       /* the value that is the name; NAMED_BY_LIST: several are */
    uint64_t name;      /* 0: it has none */
    uint64_t stood_for; /* what the name has stood for; 0: it is new */
    bool is_paired;
};

#define NAMED_BY_LIST SIZE_MAX

enum { NO_PLACE = 0 };

/* The items of one list, of both sides. */
struct group {
    struct item *items[EVD_SIDES];
    size_t count[EVD_SIDES];
};

/* Values of one side from `from` to `to` - 1. */
struct range {
    const struct evd_canon *canon;
    size_t from, to;
};

static const struct evd_item_level NO_LEVEL;

/* The list without order that a value is in so many of such lists further in. */
static const struct evd_item_level *level_of(const struct evd_sided_value *value, unsigned depth)
{
    const struct evd_item_level *level = &value->level;
    for (; depth > 0 && level != NULL; depth--)
        level = level->within;
    return level != NULL ? level : &NO_LEVEL;
}

static bool is_in_list(const struct evd_canon *canon, size_t value, size_t first, unsigned depth)
{
    return value < canon->sided_count &&
           level_of(&canon->sided[value], depth)->group == level_of(&canon->sided[first], depth)->group;
}

static bool is_item_of(const struct evd_canon *canon, size_t value, size_t first)
{
    return is_in_list(canon, value, first, 0);
}

static bool is_asked(const struct evd_unordered *asked, const struct evd_compare_rule *rule)
{
    return asked->names == EVD_UNORDERED_ALL || rule->is_shared == (asked->names == EVD_UNORDERED_SHARED);
}

/* The name that a value is, and what it stood for; 0: it is none. */
static uint64_t read_name(const struct evd_unordered *asked, struct evd_arena *arena,
                          const struct evd_sided_value *value, int side, uint64_t *stood_for, bool *failed)
{
    const struct evd_compare_rule *rule = value->rule;
    if (value->value.name != 0 || !is_asked(asked, rule))
        return 0;
    for (size_t i = rule->own_count; i < rule->operation_count; i++)
        if (rule->operations[i].op == EVD_AS_RENAMED &&
            evd_operator_is_name(arena, &rule->operations[i], &value->value, failed)) {
            const uint64_t scope = asked->scope == NULL ? 0 : asked->scope(asked->context, rule, side);
            const uint64_t name = evd_stand_in_name(scope, &value->value);
            *stood_for = evd_stand_in_of(asked->known, rule, side, name);
            return name;
        }
    return 0;
}

/* A part of the sum that stands for several names. */
static uint64_t part_of(uint64_t name)
{
    return evd_hash_pair(name, 1);
}

/* The name of an item of a list, and what it stood for. What stands for all names of lists inside it is known when all are. */
static void find_name(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canon,
                      int side, unsigned depth, struct item *item, bool *failed)
{
    uint64_t names = 0, stood_for_all = 0;
    bool is_any_new = false;
    for (size_t i = item->from; i < item->to; i++) {
        uint64_t stood_for = 0;
        const uint64_t name = read_name(asked, arena, &canon->sided[i], side, &stood_for, failed);
        if (name == 0)
            continue;
        if (level_of(&canon->sided[i], depth + 1)->group == 0) {
            item->named = i;
            item->name = name;
            item->stood_for = stood_for;
            return;
        }
        names += part_of(name);
        stood_for_all += part_of(stood_for);
        is_any_new |= stood_for == 0;
    }
    if (names == 0)
        return;
    item->named = NAMED_BY_LIST;
    item->name = names | 1;
    item->stood_for = is_any_new ? 0 : stood_for_all | 1;
}

/* The items of the list that the first value of a range is in. */
static void read_items(const struct evd_unordered *asked, struct evd_arena *arena, struct range range, int side,
                       unsigned depth, struct group *group, bool *failed)
{
    const struct evd_canon *canon = range.canon;
    size_t count = 0, end = range.from;
    for (; end < range.to && is_in_list(canon, end, range.from, depth); end++)
        count += end == range.from ||
                 level_of(&canon->sided[end], depth)->item != level_of(&canon->sided[end - 1], depth)->item;
    group->items[side] = evd_arena_array(arena, count, sizeof *group->items[side]);
    *failed |= group->items[side] == NULL;
    if (*failed)
        return;
    for (size_t i = range.from, next; i < end; i = next) {
        const uint64_t number = level_of(&canon->sided[i], depth)->item;
        for (next = i + 1; next < end && level_of(&canon->sided[next], depth)->item == number;)
            next++;
        struct item *item = &group->items[side][group->count[side]++];
        *item = (struct item){.from = i, .to = next};
        find_name(asked, arena, canon, side, depth, item, failed);
    }
}

static bool are_alike(const struct evd_sided_value *a, const struct evd_sided_value *b, unsigned depth)
{
    return a->rule == b->rule && level_of(a, depth)->inner == level_of(b, depth)->inner;
}

static uint64_t key_in_item(const struct evd_sided_value *value, unsigned depth)
{
    return evd_hash_pair(value->rule->index, level_of(value, depth)->inner);
}

/* All that the items of a list are paired by. */
struct matching {
    const struct evd_unordered *asked;
    struct evd_arena *arena;
    const struct evd_canon *canary;
    struct evd_canon *arranged;
    unsigned depth;   /* of the list, among lists without order */
    bool may_be_open; /* new names may be left open: as many of them occur once, twice and so on in both lists */
    bool *failed;
};

/* The value of canary's item that is where one of ours is in its item, or NULL. Both mostly have the same in one order, of
 * which `number` is the next; else it is searched for by `index`, which is empty before the first search of an item. */
static const struct evd_sided_value *find_in_item(const struct matching *matching, const struct item *item,
                                                  size_t number, const struct evd_sided_value *value,
                                                  struct evd_table *index)
{
    const struct evd_sided_value *sided = matching->canary->sided;
    const unsigned depth = matching->depth;
    if (number < item->to && are_alike(&sided[number], value, depth))
        return &sided[number];
    for (size_t i = item->from; index->count == 0 && i < item->to && !*matching->failed; i++)
        *matching->failed |= evd_table_put(index, key_in_item(&sided[i], depth), i, NULL) == NULL;
    const uint64_t *found = *matching->failed ? NULL : evd_table_get(index, key_in_item(value, depth));
    return found != NULL && are_alike(&sided[*found], value, depth) ? &sided[*found] : NULL;
}

static bool arrange_list(const struct matching *matching, struct range canary, struct range ours);

/* Where a value of ours begins a list without order inside an item, and `found` is one of canary's list there: arranges that
 * list, and returns where it ends; else, or when it has no names, `at`. */
static size_t arrange_inner(const struct matching *matching, const struct item *item, const struct item *other,
                            size_t at, const struct evd_sided_value *found)
{
    const unsigned depth = matching->depth + 1;
    const struct evd_canon *canary = matching->canary, *ours = matching->arranged;
    size_t first = (size_t)(found - canary->sided), end = at;
    if (level_of(&ours->sided[at], depth)->group == 0 || level_of(found, depth)->group == 0 ||
        (at > other->from && is_in_list(ours, at - 1, at, depth)))
        return at;
    while (first > item->from && is_in_list(canary, first - 1, first, depth))
        first--;
    while (end < other->to && is_in_list(ours, end, at, depth))
        end++;
    struct matching inner = *matching;
    inner.depth = depth;
    return arrange_list(&inner, (struct range){canary, first, item->to}, (struct range){ours, at, end}) ? end : at;
}

/* Puts the values of an item of ours where those of an item of canary are. */
static void pair_items(const struct matching *matching, struct item *item, struct item *other)
{
    struct evd_table index = {0};
    item->is_paired = other->is_paired = true;
    for (size_t i = other->from, number = item->from, next; i < other->to && !*matching->failed; i = next) {
        struct evd_sided_value *value = &matching->arranged->sided[i];
        const struct evd_sided_value *found = find_in_item(matching, item, number, value, &index);
        next = found == NULL ? i : arrange_inner(matching, item, other, i, found);
        if (next > i) {
            number += next - i;
            continue;
        }
        value->place = found == NULL ? NO_PLACE : found->place;
        number = found == NULL ? number + 1 : (size_t)(found - matching->canary->sided) + 1;
        next = i + 1;
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
static void pair_known(const struct matching *matching, struct group *group)
{
    const size_t count = group->count[EVD_OURS];
    struct item **sorted = evd_arena_array(matching->arena, count, sizeof *sorted);
    *matching->failed |= sorted == NULL;
    if (*matching->failed)
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
            pair_items(matching, item, sorted[from]);
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
static void leave_open(const struct matching *matching, const struct item *item, const struct item *other)
{
    if (item->name == 0 || other->name == 0 || item->named == NAMED_BY_LIST || other->named == NAMED_BY_LIST)
        return;
    struct evd_sided_value *name = &matching->arranged->sided[other->named];
    if (name->place == matching->canary->sided[item->named].place)
        name->place = NO_PLACE;
}

static void pair_rest(const struct matching *matching, struct group *group)
{
    size_t left[EVD_SIDES][NAME_STATES] = {{0}};
    struct rest rest[EVD_SIDES] = {{{0}}};
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < group->count[side]; i++)
            if (!group->items[side][i].is_paired)
                left[side][state_of(&group->items[side][i])]++;
    const bool is_open = matching->may_be_open && left[EVD_CANARY][NAME_KNOWN] + left[EVD_OURS][NAME_KNOWN] == 0 &&
                         (left[EVD_CANARY][NAME_NEW] > 1 || left[EVD_OURS][NAME_NEW] > 1);
    for (;;) {
        struct item *item = next_item(group, EVD_CANARY, &rest[EVD_CANARY]);
        struct item *other = next_item(group, EVD_OURS, &rest[EVD_OURS]);
        if (item == NULL || other == NULL)
            return;
        pair_items(matching, item, other);
        if (is_open)
            leave_open(matching, item, other);
    }
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* How often each new name is in a list, sorted; their number is the result. */
static size_t count_new_names(const struct matching *matching, struct range range, int side, uint64_t **counts)
{
    const struct evd_canon *canon = range.canon;
    size_t count = 0, different = 0;
    uint64_t *names = evd_arena_array(matching->arena, range.to - range.from, sizeof *names);
    *matching->failed |= names == NULL;
    *counts = names;
    for (size_t i = range.from; names != NULL && i < range.to && is_in_list(canon, i, range.from, 0); i++) {
        uint64_t stood_for = 0;
        const uint64_t name =
            read_name(matching->asked, matching->arena, &canon->sided[i], side, &stood_for, matching->failed);
        if (name != 0 && stood_for == 0)
            names[count++] = evd_hash_pair(canon->sided[i].rule->index, name);
    }
    if (count > 0)
        qsort(names, count, sizeof *names, by_number);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && names[next] == names[i];)
            next++;
        names[different++] = next - i;
    }
    if (different > 0)
        qsort(names, different, sizeof *names, by_number);
    return different;
}

/* Whether new names could stand for each other at all: two that differ never stand for one that is there twice. */
static bool may_be_renamed(const struct matching *matching, struct range canary, struct range ours)
{
    uint64_t *counts[EVD_SIDES];
    const size_t left = count_new_names(matching, canary, EVD_CANARY, &counts[EVD_CANARY]);
    const size_t right = count_new_names(matching, ours, EVD_OURS, &counts[EVD_OURS]);
    return !*matching->failed && left == right &&
           (left == 0 || memcmp(counts[EVD_CANARY], counts[EVD_OURS], left * sizeof **counts) == 0);
}

/* Arranges the list that the first values of both ranges are in. False when there is no name in it. */
static bool arrange_list(const struct matching *matching, struct range canary, struct range ours)
{
    struct group group = {{NULL, NULL}, {0, 0}};
    bool has_names = false;
    read_items(matching->asked, matching->arena, canary, EVD_CANARY, matching->depth, &group, matching->failed);
    read_items(matching->asked, matching->arena, ours, EVD_OURS, matching->depth, &group, matching->failed);
    for (size_t i = 0; !*matching->failed && i < group.count[EVD_CANARY]; i++)
        has_names |= group.items[EVD_CANARY][i].name != 0;
    if (*matching->failed || !has_names)
        return false;
    if (matching->depth > 0)
        for (size_t i = ours.from; i < ours.to; i++)
            matching->arranged->sided[i].place = NO_PLACE;
    pair_known(matching, &group);
    if (!*matching->failed)
        pair_rest(matching, &group);
    return true;
}

/* The first value of ours in the list that has a value of canary's list, which begins at `first`, by its place. `index` is that
 * of evd_sided_counterpart. */
static size_t find_list(const struct evd_canon *ours, const struct evd_canon *canary, size_t first,
                        struct evd_table *index, bool *failed)
{
    size_t found = ours->sided_count;
    for (size_t i = first; found == ours->sided_count && is_item_of(canary, i, first) && !*failed; i++) {
        const struct evd_sided_value *value = evd_sided_counterpart(ours, &canary->sided[i], i, index, failed);
        if (value != NULL && value->level.group != 0)
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
        if (value->level.group == 0 || (i > 0 && is_item_of(canary, i - 1, i)))
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
        struct matching matching = {asked, arena, canary, arranged, 0, false, failed};
        const struct range ranges[EVD_SIDES] = {
            {canary, i, canary->sided_count}, {arranged, other, arranged->sided_count}};
        matching.may_be_open = may_be_renamed(&matching, ranges[EVD_CANARY], ranges[EVD_OURS]);
        arrange_list(&matching, ranges[EVD_CANARY], ranges[EVD_OURS]);
    }
    evd_table_release(&lists);
}
