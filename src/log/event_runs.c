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

struct evd_event *evd_event_runs_take(struct evd_event_runs *runs, size_t count)
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
