#include "log/list_order.h"

#include <stdlib.h>
#include <string.h>

#include "json/key.h"

/* Stands for the number of any item. */
static const uint64_t ANY_ITEM = UINT64_MAX;

/* An item of a list and its hash, by which lists without order are put in one. */
struct hashed {
    uint64_t hash;
    uint64_t told; /* the same with its values that take both sides */
    size_t number;
    bool is_again; /* in a set */
    struct evd_value value;
    struct evd_item_range range;
};

static int by_hash(const void *a, const void *b)
{
    const struct hashed *left = a, *right = b;
    if (left->is_again != right->is_again)
        return left->is_again ? 1 : -1;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static int by_told(const void *a, const void *b)
{
    const struct hashed *left = a, *right = b;
    if (left->told != right->told)
        return left->told < right->told ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

void evd_sided_forget(struct evd_sided_values *sided, const struct evd_item_range *range)
{
    for (size_t i = range->begin; i < range->end; i++)
        sided->values[i].rule = NULL;
}

static uint64_t tell_item(const struct evd_sided_values *sided, const struct hashed *item)
{
    uint64_t told = item->hash;
    for (size_t i = item->range.begin; i < item->range.end; i++) {
        const struct evd_sided_value *value = &sided->values[i];
        if (value->rule != NULL)
            told = evd_hash_pair(told, evd_hash_pair(value->place, evd_hash_tree(&value->value)));
    }
    return told;
}

/* Finds what is in a set again. */
static void find_again(struct evd_sided_values *sided, struct hashed *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i].told = tell_item(sided, &items[i]);
    qsort(items, count, sizeof *items, by_told);
    for (size_t i = 1; i < count; i++) {
        items[i].is_again = items[i].told == items[i - 1].told;
        if (items[i].is_again)
            evd_sided_forget(sided, &items[i].range);
    }
}

/* Puts values that take both sides in the order of the items that they are in, from `begin` on. From event to event an item is
 * told by what it counts as, and by its number among those that count as the same, whatever others come and go. */
static void order_sided(struct evd_arena *arena, struct evd_sided_values *sided, struct evd_item_range *ranges,
                        const struct hashed *items, size_t count, size_t begin, bool *failed)
{
    const size_t all = sided->count - begin;
    struct evd_sided_value *values = evd_arena_array(arena, all, sizeof *values);
    *failed |= values == NULL;
    if (values == NULL)
        return;
    size_t done = 0, first = 0;
    for (size_t i = 0; i < count; i++) {
        const struct evd_item_range *from = &items[i].range;
        first = items[i].hash == items[first].hash ? first : i;
        for (size_t j = from->begin; j < from->end; j++) {
            values[done++] = sided->values[j];
            sided->values[j].rule = NULL;
        }
        ranges[i] = (struct evd_item_range){begin + done - (from->end - from->begin), begin + done, i,
                                            evd_hash_pair(items[i].hash, i - first), ANY_ITEM};
    }
    for (size_t i = begin; i < sided->count; i++)
        if (sided->values[i].rule != NULL)
            values[done++] = sided->values[i];
    if (done > 0)
        memcpy(sided->values + begin, values, done * sizeof *values);
    sided->count = begin + done;
}

/* Puts a value in a group. One that it is in already is of a list inside the item, unless its place there is its place still: then
 * it is of this list, which is put in order once more. */
static void mark_value(struct evd_arena *arena, struct evd_sided_value *value, uint32_t group, uint64_t item,
                       bool *failed)
{
    const struct evd_item_level *within = value->level.within;
    if (value->level.group != 0 && value->level.inner != value->place) {
        struct evd_item_level *copy = evd_arena_alloc(arena, sizeof *copy);
        *failed |= copy == NULL;
        if (copy != NULL)
            *copy = value->level;
        within = copy;
    }
    value->level = (struct evd_item_level){group, item, value->place, within};
}

/* Items that nothing tells apart but their values that take both sides are a group. */
static void mark_groups(struct evd_arena *arena, struct evd_sided_values *sided, const struct evd_item_range *ranges,
                        const struct hashed *items, size_t count, bool *failed)
{
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && items[end].hash == items[first].hash;)
            end++;
        const struct evd_item_range *range = &ranges[first];
        if (end == first + 1 || range->begin == range->end)
            continue;
        sided->group_count++;
        for (size_t i = first; i < end; i++)
            for (size_t j = ranges[i].begin; j < ranges[i].end; j++)
                mark_value(arena, &sided->values[j], sided->group_count, i, failed);
    }
}

bool evd_list_order(struct evd_arena *arena, struct evd_value *value, bool is_set, struct evd_item_range *ranges,
                    struct evd_sided_values *sided, bool *failed)
{
    if (value->type != EVD_JSON_ARRAY)
        return false;
    const size_t count = value->array.count;
    struct hashed *items = evd_arena_array(arena, count, sizeof *items);
    *failed |= items == NULL;
    if (items == NULL)
        return false;
    size_t begin = sided->count;
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct hashed){.hash = evd_hash_tree(&value->array.items[i]),
                                   .number = i,
                                   .value = value->array.items[i],
                                   .range = ranges != NULL ? ranges[i] : (struct evd_item_range){0, 0, 0, 0, 0}};
        if (ranges != NULL && items[i].range.begin < begin)
            begin = items[i].range.begin;
    }
    if (is_set)
        find_again(sided, items, count);
    qsort(items, count, sizeof *items, by_hash);
    value->array.count = 0;
    while (value->array.count < count && !items[value->array.count].is_again) {
        value->array.items[value->array.count] = items[value->array.count].value;
        value->array.count++;
    }
    if (ranges != NULL && begin < sided->count) {
        order_sided(arena, sided, ranges, items, value->array.count, begin, failed);
        if (!*failed)
            mark_groups(arena, sided, ranges, items, value->array.count, failed);
    }
    return true;
}
