/* Arena: many small allocations that are freed together.
 *
 * Ownership: what evd_arena_alloc returns belongs to the arena, until reset or release.
 * Threads: one arena, one thread at a time. */
#ifndef EVD_BASE_ARENA_H
#define EVD_BASE_ARENA_H

#include <stddef.h>

struct evd_arena_block;

/* All zero is an empty arena. */
struct evd_arena {
    struct evd_arena_block *blocks; /* newest first */
};

/* `size` bytes, aligned for any type and not cleared; NULL when memory runs out. Cost: O(1). */
void *evd_arena_alloc(struct evd_arena *arena, size_t size);

/* As evd_arena_alloc for `count` items of `size` bytes; NULL also when the product overflows. */
void *evd_arena_array(struct evd_arena *arena, size_t count, size_t size);

/* Takes over all that another arena holds, which is empty then. Cost: linear in its blocks, which are few. */
void evd_arena_take(struct evd_arena *arena, struct evd_arena *other);

/* An array that grows, and that an arena can take over without a copy: made and grown to `bytes` from an earlier one or NULL;
 * what it held stays. NULL when memory runs out; then the earlier one is as it was. */
void *evd_arena_grow(void *array, size_t bytes);

/* Frees such an array that no arena has; takes NULL too. */
void evd_arena_drop(void *array);

/* Takes over such an array; takes NULL too. */
void evd_arena_keep(struct evd_arena *arena, void *array);

/* Forgets every allocation but keeps one block for the next ones. */
void evd_arena_reset(struct evd_arena *arena);

/* Frees everything; the arena is empty again and may be used again. */
void evd_arena_release(struct evd_arena *arena);

#endif
