#include "log/event_runs.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/log.h"

/* From EVD_LARGE_PAGE_BYTES on they are whole large pages. */
enum { STRETCH_BYTES_MIN = 64 << 10, STRETCH_BYTES_MAX = 128 << 20 };

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
    free(runs->pieces);
    *runs = (struct evd_event_runs){.left = 0};
}

bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint32_t owner, uint64_t count,
                     struct evd_event_room *room)
{
    const uint64_t before = runs->count, full = evd_event_run_start(evd_event_run_count(before)), left = full - before;
    *room = (struct evd_event_room){.next = runs->next};
    if (count <= left) {
        runs->count += count;
        runs->next += count;
        return true;
    }
    if (!EVD_MAKE_ROOM(memory->pieces, memory->piece_count, memory->piece_capacity))
        return false;
    const uint64_t wanted = evd_event_run_start(evd_event_run_count(before + count)) - full;
    struct evd_event *more = take(memory, wanted);
    if (more == NULL)
        return false;
    memory->pieces[memory->piece_count++] = (struct evd_event_piece){owner, (uint32_t)wanted};
    runs->is_split |= before > 0 && more != runs->next + left;
    if (left == 0)
        room->next = more;
    else
        *room = (struct evd_event_room){.next = runs->next, .end = runs->next + left, .more = more};
    runs->next = more + (count - left);
    runs->count += count;
    return true;
}

bool evd_event_runs_walk(const struct evd_event_runs *runs, struct evd_piece_walk *walk, struct evd_event_piece *piece,
                         struct evd_event **events)
{
    if (walk->piece == runs->piece_count)
        return false;
    *piece = runs->pieces[walk->piece++];
    /* As it was taken: a piece is in the next stretch when it has no room in this one. */
    if (piece->count > walk->left) {
        const struct evd_event_stretch *stretch = &runs->stretches[walk->stretch++];
        walk->next = stretch->pages;
        walk->left = stretch->size / sizeof(struct evd_event);
    }
    *events = walk->next;
    walk->next += piece->count;
    walk->left -= piece->count;
    return true;
}

void evd_event_runs_seal(struct evd_event_runs *runs)
{
    free(runs->pieces);
    runs->pieces = NULL;
    runs->piece_count = runs->piece_capacity = 0;
    runs->left = 0;
}
