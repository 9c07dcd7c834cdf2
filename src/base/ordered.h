/* Ordered: 64-bit keys to 64-bit values, in the order of the keys.
 *
 * Sorted blocks in a sorted list of blocks: a block that is full is cut in two, an empty one is dropped. No
 * input makes it degenerate. Ownership: it owns its memory. Threads: one at a time. */
#ifndef EVD_BASE_ORDERED_H
#define EVD_BASE_ORDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_ordered_entry {
    uint64_t key, value;
};

struct evd_ordered_block;

/* All zero is empty. */
struct evd_ordered {
    struct evd_ordered_block **blocks;
    size_t count, capacity;
};

/* The entry with the greatest key of at most `key`, or NULL; good until the next change. Cost: O(log n). */
const struct evd_ordered_entry *evd_ordered_find(const struct evd_ordered *ordered, uint64_t key);

/* Puts in a key, or gives it another value; false when memory runs out. Cost: O(log n) and moving at most one
 * block's entries, and now and then the list of blocks. */
bool evd_ordered_put(struct evd_ordered *ordered, uint64_t key, uint64_t value);

/* Removes a key, which may be absent. Cost: as evd_ordered_put. */
void evd_ordered_remove(struct evd_ordered *ordered, uint64_t key);

void evd_ordered_release(struct evd_ordered *ordered);

#endif
