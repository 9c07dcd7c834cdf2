#include "import/chrome_held.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/pages.h"

/* ── Order ── */

static bool is_in_memory(const struct evd_chrome_held *held, const struct evd_chrome_record *record)
{
    const char *at = (const char *)record;
    return at >= held->run && at < held->run + held->length;
}

/* Runs are in the file in the order of the trace, and the one in memory is the last. */
static bool is_earlier_in_trace(const struct evd_chrome_held *held, const struct evd_chrome_record *a,
                                const struct evd_chrome_record *b)
{
    const bool a_is_last = is_in_memory(held, a), b_is_last = is_in_memory(held, b);
    return a_is_last != b_is_last ? b_is_last : a < b;
}

bool evd_chrome_is_before_at_one_time(const struct evd_chrome_held *held, const struct evd_chrome_moment *a,
                                      const struct evd_chrome_moment *b)
{
    const int order = evd_chrome_compare_at_one_time(a->record, a->is_end, b->record, b->is_end);
    if (order != 0)
        return order < 0;
    return a->record != b->record ? is_earlier_in_trace(held, a->record, b->record) : !a->is_end && b->is_end;
}

/* The record at a place of an order. */
static const struct evd_chrome_record *record_at(const struct evd_chrome_held *held, size_t place)
{
    const char *at = held->run + place * EVD_CHROME_RECORD_ALIGNMENT;
    return (const struct evd_chrome_record *)(const void *)at;
}

static bool is_record_before(const struct evd_chrome_held *held, const struct evd_chrome_record *a,
                             const struct evd_chrome_record *b)
{
    const struct evd_chrome_moment first = evd_chrome_moment_of(a), second = evd_chrome_moment_of(b);
    return evd_chrome_is_before(held, &first, &second);
}

static int by_time(const void *a, const void *b, void *held)
{
    const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    if (first == second)
        return 0;
    return is_record_before(held, record_at(held, first), record_at(held, second)) ? -1 : 1;
}

/* Moves each to its place among those before it; false when that takes more steps than sorting would. */
static bool insert_in_order(const struct evd_chrome_held *held)
{
    enum { STEPS_EACH = 8 };
    uint32_t *order = held->order;
    size_t steps = STEPS_EACH * held->count;
    for (size_t i = 1; i < held->count; i++) {
        const uint32_t event = order[i];
        size_t at = i;
        for (; at > 0 && is_record_before(held, record_at(held, event), record_at(held, order[at - 1])); at--) {
            if (steps-- == 0) {
                order[at] = event;
                return false;
            }
            order[at] = order[at - 1];
        }
        order[at] = event;
    }
    return true;
}

/* Puts the run in memory in order, where it is not. */
static bool put_in_order(struct evd_chrome_held *held)
{
    if (!held->is_unordered)
        return true;
    if (held->length / EVD_CHROME_RECORD_ALIGNMENT > UINT32_MAX)
        return false;
    held->order = malloc(held->count * sizeof *held->order);
    if (held->order == NULL)
        return false;
    const char *at = held->run;
    for (size_t i = 0; i < held->count; i++) {
        held->order[i] = (uint32_t)((size_t)(at - held->run) / EVD_CHROME_RECORD_ALIGNMENT);
        at += evd_chrome_record_size((const struct evd_chrome_record *)(const void *)at);
    }
    if (!insert_in_order(held))
        qsort_r(held->order, held->count, sizeof *held->order, by_time, held);
    return true;
}

/* ── The file ── */

static bool write_all(struct evd_chrome_held *held, uint64_t offset, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        const ssize_t count = pwrite(held->fd, (const char *)bytes + done, length - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            evd_spill_note(held->spill, count < 0 ? errno : EIO);
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

/* Takes the run in memory to the file, and begins another one. */
static bool spill_run(struct evd_chrome_held *held)
{
    if (!EVD_MAKE_ROOM(held->runs, held->run_count, held->run_capacity))
        return false;
    if (held->run_count == 0 && (held->fd = evd_spill_open(held->spill)) < 0)
        return false;
    /* From here on there is a file to be closed. */
    struct evd_chrome_run *run = &held->runs[held->run_count++];
    *run = (struct evd_chrome_run){held->file_length, held->count, held->length, !held->is_unordered};
    const size_t order_length = held->is_unordered ? held->count * sizeof *held->order : 0;
    const bool is_done = put_in_order(held) && write_all(held, run->start, held->run, held->length) &&
                         write_all(held, run->start + held->length, held->order, order_length);
    free(held->order);
    held->order = NULL;
    held->file_length += held->length + order_length;
    held->length = held->count = held->last = 0;
    held->is_unordered = false;
    return is_done;
}

/* ── Holding ── */

static bool grow(struct evd_chrome_held *held, size_t capacity, bool is_counted)
{
    char *records = realloc(held->run, capacity);
    if (records == NULL) {
        if (is_counted)
            evd_spill_give_back(held->spill, capacity - held->capacity);
        return false;
    }
    held->counted += is_counted ? capacity - held->capacity : 0;
    held->run = records;
    held->capacity = capacity;
    return true;
}

/* Room for a record of `size` bytes in the run in memory, or in another one when the spill has none for this one. */
static bool make_room(struct evd_chrome_held *held, size_t size)
{
    for (;;) {
        size_t capacity = held->capacity > 0 ? held->capacity : EVD_CHROME_RUN_BYTES;
        while (capacity - held->length < size)
            capacity *= 2;
        if (capacity == held->capacity)
            return true;
        const bool is_counted = evd_spill_hold(held->spill, capacity - held->capacity);
        /* One record there must be room for. */
        if (is_counted || held->length == 0)
            return grow(held, capacity, is_counted);
        if (!spill_run(held))
            return false;
    }
}

bool evd_chrome_hold(struct evd_chrome_held *held, const struct evd_chrome_event *event)
{
    const size_t room = evd_chrome_record_room(event);
    if (held->capacity - held->length < room && !make_room(held, room))
        return false;
    char *at = held->run + held->length;
    const size_t size = evd_chrome_record_write(at, event, held->has_places);
    const struct evd_chrome_record *last = record_at(held, held->last / EVD_CHROME_RECORD_ALIGNMENT);
    held->last = held->length;
    held->length += size;
    if (held->count++ > 0 && is_record_before(held, (const struct evd_chrome_record *)(const void *)at, last))
        held->is_unordered = true;
    return true;
}

bool evd_chrome_held_finish(struct evd_chrome_held *held)
{
    if (!put_in_order(held))
        return false;
    if (held->run_count == 0)
        return true;
    void *file = held->file_length > SIZE_MAX / 2
                     ? MAP_FAILED
                     : mmap(NULL, (size_t)held->file_length, PROT_READ, MAP_SHARED, held->fd, 0);
    if (file == MAP_FAILED)
        return false;
    held->file = file;
    return true;
}

void evd_chrome_held_release(struct evd_chrome_held *held)
{
    if (held->run_count > 0 && held->fd >= 0)
        close(held->fd);
    evd_pages_free(held->file, (size_t)held->file_length);
    evd_spill_give_back(held->spill, held->counted);
    free(held->run);
    free(held->order);
    free(held->runs);
}
