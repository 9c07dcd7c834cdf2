#include "base/memory.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/pages.h"

enum { FIRST_SIZE = 1 << 20 };

static bool resize(struct evd_memory *memory, size_t size)
{
    void *pages =
        memory->pages == NULL ? evd_pages_alloc(size) : mremap(memory->pages, memory->size, size, MREMAP_MAYMOVE);
    if (pages == NULL || pages == MAP_FAILED)
        return false;
    memory->pages = pages;
    memory->size = size;
    return true;
}

bool evd_memory_reserve(struct evd_memory *memory, size_t extra)
{
    if (memory->size - memory->length >= extra)
        return true;
    if (extra > SIZE_MAX / 4 || memory->length > SIZE_MAX / 4)
        return false;
    size_t size = memory->size ? memory->size : FIRST_SIZE;
    while (size - memory->length < extra)
        size += size / 2;
    /* No room for what may not come. */
    const uint64_t most = memory->limit == NULL ? SIZE_MAX : memory->limit->most;
    if (most < size - extra)
        size = most < memory->length ? memory->length + extra : (size_t)most + extra;
    return resize(memory, size);
}

bool evd_memory_add(struct evd_memory *memory, size_t count)
{
    struct evd_text_limit *limit = memory->limit;
    const bool has_kept_all = memory->added == memory->length;
    memory->added += count;
    if (limit == NULL) {
        memory->length += count;
        return true;
    }
    if (has_kept_all && atomic_fetch_add(&limit->held, count) + count <= limit->most)
        memory->length += count;
    return memory->added <= limit->most;
}

bool evd_memory_finish(struct evd_memory *memory, size_t padding)
{
    if (!evd_memory_reserve(memory, padding))
        return false;
    memset(memory->pages + memory->length, 0, padding);
    return resize(memory, memory->length + padding);
}

void evd_memory_release(struct evd_memory *memory)
{
    evd_pages_free(memory->pages, memory->size);
    *memory = (struct evd_memory){0};
}
