#include "log/event_runs.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/log.h"

/* From EVD_LARGE_PAGE_BYTES on they are whole large pages. */
enum { STRETCH_BYTES_MIN = 64 << 10, STRETCH_BYTES_MAX = 32 << 20 };

struct evd_event_stretch {
    void *pages;
    size_t size;
};

/* A new stretch with room for so many events at least. */
static bool add_stretch(struct evd_event_runs *runs, size_t count)
{
    if (!EVD_MAKE_ROOM(runs->stretches, runs->stretch_count, runs->stretch_capacity))
        return false;
    const uint64_t likely =
        runs->expected < STRETCH_BYTES_MAX ? runs->expected * sizeof(struct evd_event) : STRETCH_BYTES_MAX;
    size_t size = likely < STRETCH_BYTES_MAX ? (size_t)likely : STRETCH_BYTES_MAX;
    if (size < STRETCH_BYTES_MIN)
        size = STRETCH_BYTES_MIN;
    if (size > EVD_LARGE_PAGE_BYTES)
        size -= size % EVD_LARGE_PAGE_BYTES;
    if (size < count * sizeof(struct evd_event))
        size = count * sizeof(struct evd_event);
    void *pages = evd_pages_alloc_large(size);
    if (pages == NULL)
        return false;
    runs->stretches[runs->stretch_count++] = (struct evd_event_stretch){pages, size};
    runs->next = pages;
    runs->left = size / sizeof(struct evd_event);
    return true;
}

/* Room for so many events in one piece; NULL when memory runs out. */
static struct evd_event *take(struct evd_event_runs *runs, size_t count)
{
    if (count > runs->left && !add_stretch(runs, count))
        return NULL;
    struct evd_event *taken = runs->next;
    runs->next += count;
    runs->left -= count;
    runs->expected -= count < runs->expected ? count : runs->expected;
    return taken;
}

void evd_event_runs_release(struct evd_event_runs *runs)
{
    for (size_t i = 0; i < runs->stretch_count; i++)
        evd_pages_free(runs->stretches[i].pages, runs->stretches[i].size);
    free(runs->stretches);
    *runs = (struct evd_event_runs){.left = 0};
}

/* Makes room for a list of so many runs: at first for 3 and then for twice as many and one, which are sizes that memory comes in. */
static bool make_room(struct evd_runs *runs, size_t count)
{
    if (count <= runs->list_capacity)
        return true;
    enum { FIRST = 3 };
    const size_t more = runs->list_capacity == 0 ? FIRST : 2 * runs->list_capacity + 1;
    const size_t capacity = count > more ? count : more;
    struct evd_event **list = realloc(runs->list, capacity * sizeof(struct evd_event *));
    if (list == NULL)
        return false;
    runs->list = list;
    runs->list_capacity = capacity;
    return true;
}

bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint64_t count, struct evd_event_room *room)
{
    const uint64_t full = evd_event_run_start(runs->list_count), left = full - runs->count;
    *room = (struct evd_event_room){.next = runs->next};
    if (count <= left) {
        runs->count += count;
        runs->next += count;
        return true;
    }
    uint64_t unused;
    const uint64_t wanted = evd_event_run_of(runs->count + count - 1, &unused) + 1;
    struct evd_event *more = take(memory, evd_event_run_start(wanted) - full);
    if (more == NULL || !make_room(runs, wanted))
        return false;
    runs->is_split |= runs->list_count > 0 && more != runs->next + left;
    for (struct evd_event *run = more; runs->list_count < wanted; runs->list_count++) {
        runs->list[runs->list_count] = run;
        run += evd_event_run_start(runs->list_count + 1) - evd_event_run_start(runs->list_count);
    }
    if (left == 0)
        room->next = more;
    else
        *room = (struct evd_event_room){.next = runs->next, .end = runs->next + left, .more = more};
    runs->next = more + (count - left);
    runs->count += count;
    return true;
}
