/* Grow: arrays that double. */
#ifndef EVD_BASE_GROW_H
#define EVD_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one more item in an array of `count` items of `item_size` bytes, which has room for *capacity. Returns
 * the array, which may have moved, or NULL when memory runs out; then it is as it was. The caller frees it. */
void *evd_grow(void *items, size_t count, size_t *capacity, size_t item_size);

/* The same in place, of an array whose pointer is at `items`: false when memory runs out. */
bool evd_grow_at(void **items, size_t count, size_t *capacity, size_t item_size);

#define EVD_MAKE_ROOM(items, count, capacity) \
    ((count) < (capacity) || evd_grow_at((void **)&(items), count, &(capacity), sizeof *(items)))

#endif
