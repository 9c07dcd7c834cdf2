#include "names/renaming.h"

#include <stdlib.h>

#include "base/grow.h"

/* The range that a value is in, or NULL. */
static const struct evd_name_pair *find(const struct evd_renaming *renaming, int side, uint64_t value, size_t *index)
{
    const struct evd_ordered_entry *entry = evd_ordered_find(&renaming->ranges[side], value);
    if (entry == NULL)
        return NULL;
    const struct evd_name_pair *range = &renaming->pairs.pairs[entry->value];
    *index = entry->value;
    return value - range->value[side] < range->size[side] ? range : NULL;
}

static bool forget(struct evd_renaming *renaming, size_t index)
{
    struct evd_name_pairs *pairs = &renaming->pairs;
    for (int side = 0; side < EVD_SIDES; side++)
        evd_ordered_remove(&renaming->ranges[side], pairs->pairs[index].value[side]);
    size_t *unused = evd_grow(pairs->unused, pairs->unused_count, &pairs->unused_capacity, sizeof *unused);
    if (unused == NULL)
        return false;
    pairs->unused = unused;
    unused[pairs->unused_count++] = index;
    return true;
}

/* Learns a range that shares no value with another. */
static bool learn(struct evd_renaming *renaming, const struct evd_name_pair *range)
{
    struct evd_name_pairs *pairs = &renaming->pairs;
    size_t index = pairs->count;
    if (pairs->unused_count > 0) {
        index = pairs->unused[--pairs->unused_count];
    } else {
        struct evd_name_pair *grown = evd_grow(pairs->pairs, pairs->count, &pairs->capacity, sizeof *grown);
        if (grown == NULL)
            return false;
        pairs->pairs = grown;
        pairs->count++;
    }
    pairs->pairs[index] = *range;
    return evd_ordered_put(&renaming->ranges[EVD_CANARY], range->value[EVD_CANARY], index) &&
           evd_ordered_put(&renaming->ranges[EVD_OURS], range->value[EVD_OURS], index);
}

bool evd_renaming_use(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES], struct evd_learnt_at at,
                      bool *is_broken, struct evd_name_pair *earlier)
{
    size_t index;
    const struct evd_name_pair *canary = find(renaming, EVD_CANARY, value[EVD_CANARY], &index);
    const struct evd_name_pair *ours = find(renaming, EVD_OURS, value[EVD_OURS], &index);
    *is_broken = false;
    if (canary != NULL && canary == ours &&
        value[EVD_CANARY] - canary->value[EVD_CANARY] == value[EVD_OURS] - ours->value[EVD_OURS])
        return true;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_name_pair *range = find(renaming, side, value[side], &index);
        if (range == NULL)
            continue;
        if (!*is_broken)
            *earlier = *range;
        *is_broken = true;
        if (!forget(renaming, index))
            return false;
    }
    return learn(renaming, &(struct evd_name_pair){{value[0], value[1]}, {1, 1}, at});
}

/* Forgets the ranges that share a value with the one that begins at `value`. */
static bool forget_overlaps(struct evd_renaming *renaming, int side, uint64_t value, uint64_t size)
{
    const uint64_t last = size - 1 > UINT64_MAX - value ? UINT64_MAX : value + (size - 1);
    for (;;) {
        const struct evd_ordered_entry *entry = evd_ordered_find(&renaming->ranges[side], last);
        if (entry == NULL)
            return true;
        const struct evd_name_pair *range = &renaming->pairs.pairs[entry->value];
        if (entry->key < value && value - entry->key >= range->size[side])
            return true;
        if (!forget(renaming, entry->value))
            return false;
    }
}

bool evd_renaming_birth(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES], const uint64_t size[EVD_SIDES],
                        struct evd_learnt_at at)
{
    struct evd_name_pair range = {{value[0], value[1]}, {size[0], size[1]}, at};
    for (int side = 0; side < EVD_SIDES; side++) {
        range.size[side] += range.size[side] == 0;
        if (!forget_overlaps(renaming, side, value[side], range.size[side]))
            return false;
    }
    return learn(renaming, &range);
}

bool evd_renaming_end(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        size_t index;
        const struct evd_name_pair *range = find(renaming, side, value[side], &index);
        if (range != NULL && range->value[side] == value[side] && !forget(renaming, index))
            return false;
    }
    return true;
}

const struct evd_name_pair *evd_renaming_find(const struct evd_renaming *renaming, int side, uint64_t value)
{
    const struct evd_ordered_entry *entry = evd_ordered_find(&renaming->ranges[side], value);
    return entry == NULL ? NULL : &renaming->pairs.pairs[entry->value];
}

void evd_renaming_release(struct evd_renaming *renaming)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_ordered_release(&renaming->ranges[side]);
    free(renaming->pairs.pairs);
    free(renaming->pairs.unused);
    *renaming = (struct evd_renaming){0};
}
