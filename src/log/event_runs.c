#include "log/event_runs.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/log.h"

/* From EVD_LARGE_PAGE_BYTES on they are whole large pages. Each is as large as a part of all before it, up to the largest: otherwise a log whose
 * events come ever closer together would have more of them than there are numbers. */
enum { STRETCH_BYTES_MIN = 64 << 10, STRETCH_PART = 64 };

_Static_assert(EVD_STRETCH_BYTES_MAX / EVD_RUN_BYTES_MIN == 1 << EVD_RUN_PLACE_BITS &&
                   sizeof(struct evd_event[EVD_RUN_EVENTS_MIN]) == EVD_RUN_BYTES_MIN,
               "a place tells every run of a stretch");

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Of a new stretch with room for so many events at least, in bytes. */
static uint64_t choose_size(const struct evd_event_runs *runs, uint64_t count)
{
    uint64_t before = 0;
    for (size_t i = 0; i < runs->stretch_count; i++)
        before += runs->stretches[i].size;
    const uint64_t likely =
        runs->expected < EVD_STRETCH_BYTES_MAX ? runs->expected * sizeof(struct evd_event) : EVD_STRETCH_BYTES_MAX;
    uint64_t size = larger(larger(likely, before / STRETCH_PART), STRETCH_BYTES_MIN);
    size = size < EVD_STRETCH_BYTES_MAX ? size : EVD_STRETCH_BYTES_MAX;
    if (size > EVD_LARGE_PAGE_BYTES)
        size -= size % EVD_LARGE_PAGE_BYTES;
    return larger(size, count * sizeof(struct evd_event));
}

static bool add_stretch(struct evd_event_runs *runs, uint64_t count)
{
    if (runs->stretch_count == EVD_STRETCHES_MAX || count > EVD_STRETCH_BYTES_MAX / sizeof(struct evd_event) ||
        !EVD_MAKE_ROOM(runs->stretches, runs->stretch_count, runs->stretch_capacity))
        return false;
    const size_t size = (size_t)choose_size(runs, count);
    void *pages = evd_pages_alloc_large(size);
    if (pages == NULL)
        return false;
    runs->stretches[runs->stretch_count++] = (struct evd_event_stretch){pages, size, 0};
    runs->left = size / sizeof(struct evd_event);
    return true;
}

/* Room for so many events in one piece; NULL when memory runs out. */
static struct evd_event *take(struct evd_event_runs *runs, uint64_t count)
{
    if (count > runs->left && !add_stretch(runs, count))
        return NULL;
    struct evd_event_stretch *stretch = &runs->stretches[runs->stretch_count - 1];
    struct evd_event *taken = stretch->pages + stretch->used;
    stretch->used += count;
    runs->left -= count;
    runs->expected -= count < runs->expected ? count : runs->expected;
    return taken;
}

void evd_event_runs_release(struct evd_event_runs *runs)
{
    for (size_t i = 0; i < runs->stretch_count; i++)
        evd_pages_free(runs->stretches[i].pages, runs->stretches[i].size);
    free(runs->stretches);
    free(runs->owners);
    *runs = (struct evd_event_runs){.left = 0};
}

bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint32_t owner, uint64_t count,
                     struct evd_event_room *room)
{
    const uint64_t before = runs->count, had = evd_event_run_count(before);
    const uint64_t full = evd_event_run_start(had), left = full - before;
    *room = (struct evd_event_room){.next = runs->next};
    if (count <= left) {
        runs->count += count;
        runs->next += count;
        return true;
    }
    const uint64_t wanted = evd_event_run_count(before + count);
    struct evd_event *more = take(memory, evd_event_run_start(wanted) - full);
    if (more == NULL)
        return false;
    for (uint64_t run = had; run < wanted; run++) {
        if (!EVD_MAKE_ROOM(memory->owners, memory->owner_count, memory->owner_capacity))
            return false;
        memory->owners[memory->owner_count++] = owner;
    }
    runs->is_split |= before > 0 && more != runs->next + left;
    if (left == 0)
        room->next = more;
    else
        *room = (struct evd_event_room){.next = runs->next, .end = runs->next + left, .more = more};
    runs->next = more + (count - left);
    runs->count += count;
    return true;
}

uint32_t evd_run_walk_next(const struct evd_event_runs *runs, struct evd_run_walk *walk, uint64_t count)
{
    if (walk->offset == runs->stretches[walk->stretch].used) {
        walk->stretch++;
        walk->offset = 0;
    }
    const uint32_t place = (uint32_t)(walk->stretch << EVD_RUN_PLACE_BITS | walk->offset / EVD_RUN_EVENTS_MIN);
    walk->offset += count;
    walk->run++;
    return place;
}

void evd_event_runs_seal(struct evd_event_runs *runs)
{
    if (runs->stretch_count > 0) {
        const struct evd_event_stretch *last = &runs->stretches[runs->stretch_count - 1];
        evd_pages_forget(last->pages + last->used, runs->left * sizeof(struct evd_event));
    }
    free(runs->owners);
    runs->owners = NULL;
    runs->owner_count = runs->owner_capacity = 0;
    runs->left = 0;
}
