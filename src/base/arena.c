#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

/* Blocks double up to the largest: small arenas stay small, large ones need few blocks. */
enum { BLOCK_BYTES_MIN = 1024, BLOCK_BYTES_MAX = 64 * 1024 };

struct evd_arena_block {
    struct evd_arena_block *older;
    size_t used;
    size_t capacity;
    alignas(max_align_t) unsigned char bytes[];
};

void *evd_arena_alloc(struct evd_arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX - sizeof(struct evd_arena_block) - alignment)
        return NULL;
    size = (size + alignment - 1) / alignment * alignment;

    struct evd_arena_block *block = arena->blocks;
    if (block == NULL || block->capacity - block->used < size) {
        size_t capacity = BLOCK_BYTES_MIN;
        if (block != NULL)
            capacity = block->capacity < BLOCK_BYTES_MAX / 2 ? block->capacity * 2 : BLOCK_BYTES_MAX;
        if (capacity < size)
            capacity = size;
        block = malloc(sizeof *block + capacity);
        if (block == NULL)
            return NULL;
        block->older = arena->blocks;
        block->used = 0;
        block->capacity = capacity;
        arena->blocks = block;
    }
    void *allocation = block->bytes + block->used;
    block->used += size;
    return allocation;
}

void *evd_arena_array(struct evd_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return evd_arena_alloc(arena, total);
}

static struct evd_arena_block *block_of(void *array)
{
    return array == NULL ? NULL : (void *)((unsigned char *)array - offsetof(struct evd_arena_block, bytes));
}

void *evd_arena_grow(void *array, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct evd_arena_block))
        return NULL;
    struct evd_arena_block *block = realloc(block_of(array), sizeof *block + bytes);
    if (block == NULL)
        return NULL;
    /* Full, so that nothing else is put there. */
    block->used = block->capacity = bytes;
    return block->bytes;
}

void evd_arena_drop(void *array)
{
    free(block_of(array));
}

void evd_arena_keep(struct evd_arena *arena, void *array)
{
    struct evd_arena_block *kept = block_of(array);
    if (kept == NULL)
        return;
    /* Behind the newest block, which has room left. */
    struct evd_arena_block **place = arena->blocks == NULL ? &arena->blocks : &arena->blocks->older;
    kept->older = *place;
    *place = kept;
}

void evd_arena_take(struct evd_arena *arena, struct evd_arena *other)
{
    struct evd_arena_block *oldest = other->blocks;
    if (oldest == NULL)
        return;
    while (oldest->older != NULL)
        oldest = oldest->older;
    oldest->older = arena->blocks;
    arena->blocks = other->blocks;
    other->blocks = NULL;
}

void evd_arena_reset(struct evd_arena *arena)
{
    struct evd_arena_block *kept = arena->blocks;
    if (kept == NULL)
        return;
    struct evd_arena older = {kept->older};
    evd_arena_release(&older);
    if (kept->capacity > BLOCK_BYTES_MAX) {
        free(kept);
        arena->blocks = NULL;
        return;
    }
    kept->older = NULL;
    kept->used = 0;
}

void evd_arena_release(struct evd_arena *arena)
{
    struct evd_arena_block *block = arena->blocks;
    while (block != NULL) {
        struct evd_arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena->blocks = NULL;
}
