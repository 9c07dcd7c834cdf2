#include "base/text_memory.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/held.h"
#include "base/pages.h"

enum { FIRST_SIZE = 1 << 20 };

static struct evd_spill *spill_of(const struct evd_text_memory *memory)
{
    return memory->limit != NULL ? memory->limit->spill : NULL;
}

/* Takes the span to a file, `size` bytes. */
static bool move_to_file(struct evd_text_memory *memory, size_t size)
{
    int fd;
    char *pages = evd_spill_map_file(spill_of(memory), size, &fd);
    if (pages == NULL)
        return false;
    if (memory->length > 0)
        memcpy(pages, memory->pages, memory->length);
    evd_pages_free(memory->pages, memory->size);
    evd_spill_give_back(spill_of(memory), memory->size);
    memory->pages = pages;
    memory->is_file = true;
    memory->fd = fd;
    return true;
}

static bool resize_memory(struct evd_text_memory *memory, size_t size)
{
    void *pages =
        memory->pages == NULL ? evd_pages_alloc(size) : mremap(memory->pages, memory->size, size, MREMAP_MAYMOVE);
    if (pages == NULL || pages == MAP_FAILED)
        return false;
    memory->pages = pages;
    return true;
}

static bool resize(struct evd_text_memory *memory, size_t size)
{
    struct evd_spill *spill = spill_of(memory);
    bool is_done;
    if (memory->is_file) {
        char *pages = evd_spill_resize_file(spill, memory->fd, memory->pages, memory->size, size);
        is_done = pages != NULL;
        if (is_done)
            memory->pages = pages;
    } else if (size > memory->size && !evd_spill_hold(spill, size - memory->size)) {
        is_done = move_to_file(memory, size);
    } else {
        is_done = resize_memory(memory, size);
        if (is_done && size < memory->size)
            evd_spill_give_back(spill, memory->size - size);
        if (!is_done && size > memory->size)
            evd_spill_give_back(spill, size - memory->size);
    }
    if (is_done)
        memory->size = size;
    return is_done;
}

bool evd_text_memory_reserve(struct evd_text_memory *memory, size_t extra)
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

bool evd_text_memory_add(struct evd_text_memory *memory, size_t count)
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

bool evd_text_memory_hold(struct evd_text_memory *memory, size_t count)
{
    struct evd_text_limit *limit = memory->limit;
    return limit == NULL || evd_held_add(&limit->held, limit->most, count);
}

void evd_text_memory_add_held(struct evd_text_memory *memory, size_t count)
{
    memory->length += count;
    memory->added += count;
}

void evd_text_memory_give_back(struct evd_text_memory *memory, size_t count)
{
    if (memory->limit != NULL)
        atomic_fetch_sub(&memory->limit->held, count);
}

/* The pages stay. */
static void close_file(struct evd_text_memory *memory)
{
    if (memory->is_file && memory->fd >= 0)
        close(memory->fd);
    memory->fd = -1;
}

bool evd_text_memory_finish(struct evd_text_memory *memory, size_t padding)
{
    if (!evd_text_memory_reserve(memory, padding))
        return false;
    memset(memory->pages + memory->length, 0, padding);
    if (!resize(memory, memory->length + padding))
        return false;
    close_file(memory);
    return true;
}

void evd_text_memory_release(struct evd_text_memory *memory)
{
    if (!memory->is_file)
        evd_spill_give_back(spill_of(memory), memory->size);
    close_file(memory);
    evd_pages_free(memory->pages, memory->size);
    *memory = (struct evd_text_memory){0};
}
