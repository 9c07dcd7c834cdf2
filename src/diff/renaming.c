#include "diff/renaming.h"

#include <stdlib.h>

/* Values are no hashes; this is a one-to-one mapping (the finalizer of SplitMix64), so nothing collides. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static bool add_pair(struct evd_name_pairs *pairs, const struct evd_name_pair *pair, size_t *index)
{
    if (pairs->unused_count > 0) {
        *index = pairs->unused[--pairs->unused_count];
        pairs->pairs[*index] = *pair;
        return true;
    }
    if (pairs->count == pairs->capacity) {
        const size_t capacity = pairs->capacity == 0 ? 64 : pairs->capacity * 2;
        struct evd_name_pair *grown = realloc(pairs->pairs, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        pairs->pairs = grown;
        size_t *unused = realloc(pairs->unused, capacity * sizeof *unused);
        if (unused == NULL)
            return false;
        pairs->unused = unused;
        pairs->capacity = capacity;
    }
    *index = pairs->count++;
    pairs->pairs[*index] = *pair;
    return true;
}

static struct evd_name_pair *find_single(const struct evd_renaming *renaming, int side, uint64_t value,
                                         size_t *index)
{
    const uint64_t *known = evd_table_get(&renaming->single[side], mix(value));
    if (known == NULL || *known == 0)
        return NULL;
    *index = *known - 1;
    return &renaming->pairs.pairs[*index];
}

/* The range that a value is in, or NULL. */
static struct evd_name_pair *find_range(const struct evd_renaming *renaming, int side, uint64_t value,
                                        size_t *index)
{
    const struct evd_ordered_entry *entry = evd_ordered_find(&renaming->ranges[side], value);
    if (entry == NULL)
        return NULL;
    struct evd_name_pair *range = &renaming->pairs.pairs[entry->value];
    *index = entry->value;
    return value - range->value[side] < range->size[side] ? range : NULL;
}

static void forget(struct evd_renaming *renaming, size_t index)
{
    const struct evd_name_pair *pair = &renaming->pairs.pairs[index];
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t *known = pair->size[side] > 0
                              ? NULL
                              : evd_table_get(&renaming->single[side], mix(pair->value[side]));
        if (pair->size[side] > 0)
            evd_ordered_remove(&renaming->ranges[side], pair->value[side]);
        else if (known != NULL)
            *known = 0;
    }
    renaming->pairs.unused[renaming->pairs.unused_count++] = index;
}

static bool learn_single(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES],
                         struct evd_learnt_at at)
{
    const struct evd_name_pair pair = {{value[0], value[1]}, {0, 0}, at};
    uint64_t *known[EVD_SIDES];
    size_t index;
    for (int side = 0; side < EVD_SIDES; side++)
        if ((known[side] = evd_table_put(&renaming->single[side], mix(value[side]), 0, NULL)) == NULL)
            return false;
    if (!add_pair(&renaming->pairs, &pair, &index))
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        *known[side] = index + 1;
    return true;
}

typedef struct evd_name_pair *find_function(const struct evd_renaming *renaming, int side,
                                            uint64_t value, size_t *index);

/* Forgets what `find` finds for either side's value; *earlier, unless *is_broken already, becomes it. */
static void forget_both(struct evd_renaming *renaming, find_function *find,
                        const uint64_t value[EVD_SIDES], bool *is_broken, struct evd_name_pair *earlier)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        size_t index;
        const struct evd_name_pair *pair = find(renaming, side, value[side], &index);
        if (pair == NULL)
            continue;
        if (!*is_broken)
            *earlier = *pair;
        *is_broken = true;
        forget(renaming, index);
    }
}

bool evd_renaming_use(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES],
                      struct evd_learnt_at at, bool *is_broken, struct evd_name_pair *earlier)
{
    size_t index;
    *is_broken = false;
    const struct evd_name_pair *canary = find_range(renaming, EVD_CANARY, value[EVD_CANARY], &index);
    const struct evd_name_pair *ours = find_range(renaming, EVD_OURS, value[EVD_OURS], &index);
    if (canary != NULL && canary == ours &&
        value[EVD_CANARY] - canary->value[EVD_CANARY] == value[EVD_OURS] - ours->value[EVD_OURS])
        return true;
    if (canary == NULL && ours == NULL) {
        canary = find_single(renaming, EVD_CANARY, value[EVD_CANARY], &index);
        if (canary != NULL && canary->value[EVD_OURS] == value[EVD_OURS])
            return true;
    } else {
        forget_both(renaming, find_range, value, is_broken, earlier);
    }
    forget_both(renaming, find_single, value, is_broken, earlier);
    return learn_single(renaming, value, at);
}

/* Forgets the ranges that share a value with the one that begins at `value`. */
static void forget_overlaps(struct evd_renaming *renaming, int side, uint64_t value, uint64_t size)
{
    const uint64_t last = size - 1 > UINT64_MAX - value ? UINT64_MAX : value + (size - 1);
    for (;;) {
        const struct evd_ordered_entry *entry = evd_ordered_find(&renaming->ranges[side], last);
        if (entry == NULL)
            return;
        const struct evd_name_pair *range = &renaming->pairs.pairs[entry->value];
        const uint64_t begin = range->value[side];
        if (begin < value && value - begin >= range->size[side])
            return;
        forget(renaming, entry->value);
    }
}

bool evd_renaming_birth(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES],
                        const uint64_t size[EVD_SIDES], struct evd_learnt_at at)
{
    struct evd_name_pair range = {{value[0], value[1]}, {size[0], size[1]}, at}, unused;
    bool is_broken = true;
    size_t index;
    forget_both(renaming, find_single, value, &is_broken, &unused);
    for (int side = 0; side < EVD_SIDES; side++) {
        range.size[side] += range.size[side] == 0;
        forget_overlaps(renaming, side, value[side], range.size[side]);
    }
    return add_pair(&renaming->pairs, &range, &index) &&
           evd_ordered_put(&renaming->ranges[EVD_CANARY], value[EVD_CANARY], index) &&
           evd_ordered_put(&renaming->ranges[EVD_OURS], value[EVD_OURS], index);
}

void evd_renaming_end(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES])
{
    struct evd_name_pair unused;
    bool is_broken = true;
    forget_both(renaming, find_single, value, &is_broken, &unused);
    for (int side = 0; side < EVD_SIDES; side++) {
        size_t index;
        const struct evd_name_pair *range = find_range(renaming, side, value[side], &index);
        if (range != NULL && range->value[side] == value[side])
            forget(renaming, index);
    }
}

void evd_renaming_release(struct evd_renaming *renaming)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_table_release(&renaming->single[side]);
        evd_ordered_release(&renaming->ranges[side]);
    }
    free(renaming->pairs.pairs);
    free(renaming->pairs.unused);
    *renaming = (struct evd_renaming){0};
}
