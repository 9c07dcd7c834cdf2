#include "base/ordered.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

enum { BLOCK_ENTRIES = 256 };

struct evd_ordered_block {
    size_t count; /* at least 1 */
    struct evd_ordered_entry entries[BLOCK_ENTRIES];
};

/* The index of the last block whose first key is at most `key`; 0 when there is none. */
static size_t find_block(const struct evd_ordered *ordered, uint64_t key)
{
    size_t low = 0, high = ordered->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ordered->blocks[middle]->entries[0].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : low - 1;
}

/* How many keys of a block are at most `key`. */
static size_t find_end(const struct evd_ordered_block *block, uint64_t key)
{
    size_t low = 0, high = block->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (block->entries[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct evd_ordered_entry *evd_ordered_find(const struct evd_ordered *ordered, uint64_t key)
{
    if (ordered->count == 0)
        return NULL;
    const struct evd_ordered_block *block = ordered->blocks[find_block(ordered, key)];
    const size_t end = find_end(block, key);
    return end == 0 ? NULL : &block->entries[end - 1];
}

/* Makes a block at `index` in the list; NULL when memory runs out. */
static struct evd_ordered_block *add_block(struct evd_ordered *ordered, size_t index)
{
    struct evd_ordered_block **blocks = evd_grow(ordered->blocks, ordered->count, &ordered->capacity, sizeof *blocks);
    if (blocks == NULL)
        return NULL;
    ordered->blocks = blocks;
    struct evd_ordered_block *block = malloc(sizeof *block);
    if (block == NULL)
        return NULL;
    block->count = 0;
    memmove(ordered->blocks + index + 1, ordered->blocks + index, (ordered->count - index) * sizeof *ordered->blocks);
    ordered->blocks[index] = block;
    ordered->count++;
    return block;
}

static bool cut_block(struct evd_ordered *ordered, size_t index)
{
    struct evd_ordered_block *upper = add_block(ordered, index + 1);
    if (upper == NULL)
        return false;
    struct evd_ordered_block *lower = ordered->blocks[index];
    upper->count = BLOCK_ENTRIES / 2;
    lower->count = BLOCK_ENTRIES - upper->count;
    memcpy(upper->entries, lower->entries + lower->count, upper->count * sizeof *upper->entries);
    return true;
}

bool evd_ordered_put(struct evd_ordered *ordered, uint64_t key, uint64_t value)
{
    if (ordered->count == 0 && add_block(ordered, 0) == NULL)
        return false;
    size_t index = find_block(ordered, key);
    size_t end = find_end(ordered->blocks[index], key);
    if (end > 0 && ordered->blocks[index]->entries[end - 1].key == key) {
        ordered->blocks[index]->entries[end - 1].value = value;
        return true;
    }
    if (ordered->blocks[index]->count == BLOCK_ENTRIES) {
        if (!cut_block(ordered, index))
            return false;
        index = find_block(ordered, key);
        end = find_end(ordered->blocks[index], key);
    }
    struct evd_ordered_block *block = ordered->blocks[index];
    memmove(block->entries + end + 1, block->entries + end, (block->count - end) * sizeof *block->entries);
    block->entries[end] = (struct evd_ordered_entry){key, value};
    block->count++;
    return true;
}

void evd_ordered_remove(struct evd_ordered *ordered, uint64_t key)
{
    if (ordered->count == 0)
        return;
    const size_t index = find_block(ordered, key);
    struct evd_ordered_block *block = ordered->blocks[index];
    const size_t end = find_end(block, key);
    if (end == 0 || block->entries[end - 1].key != key)
        return;
    memmove(block->entries + end - 1, block->entries + end, (block->count - end) * sizeof *block->entries);
    if (--block->count > 0)
        return;
    free(block);
    memmove(ordered->blocks + index, ordered->blocks + index + 1,
            (ordered->count - index - 1) * sizeof *ordered->blocks);
    ordered->count--;
}

void evd_ordered_release(struct evd_ordered *ordered)
{
    for (size_t i = 0; i < ordered->count; i++)
        free(ordered->blocks[i]);
    free(ordered->blocks);
    *ordered = (struct evd_ordered){0};
}
