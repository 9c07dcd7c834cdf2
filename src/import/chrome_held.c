#include "import/chrome_held.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/grow.h"
#include "base/seed.h"

/* ── Labels ── */

static bool is_label(const struct evd_chrome_held *held, size_t number, const char *label, size_t length)
{
    const struct evd_chrome_label *known = &held->labels[number];
    return known->length == length && memcmp(held->names.data + known->start, label, length) == 0;
}

static bool add_label(struct evd_chrome_held *held, const char *label, size_t length)
{
    void *labels = evd_grow(held->labels, held->label_count, &held->label_capacity, sizeof *held->labels);
    if (labels == NULL || held->label_count >= UINT32_MAX || !evd_buffer_reserve(&held->names, length + 1))
        return false;
    held->labels = labels;
    held->labels[held->label_count++] = (struct evd_chrome_label){.start = held->names.length, .length = length};
    evd_buffer_append(&held->names, label, length);
    return true;
}

bool evd_chrome_label(struct evd_chrome_held *held, const char *label, size_t length, uint32_t *number)
{
    if (held->label_count == 0 || !is_label(held, held->last_label, label, length)) {
        /* Another label may have the same hash. */
        for (uint64_t key = XXH3_64bits_withSeed(label, length, evd_seed_of_process().factor);; key++) {
            bool is_new;
            const uint64_t *place = evd_table_put(&held->by_hash, key, held->label_count, &is_new);
            if (place == NULL || (is_new && !add_label(held, label, length)))
                return false;
            held->last_label = *place;
            if (is_new || is_label(held, *place, label, length))
                break;
        }
    }
    *number = (uint32_t)held->last_label;
    return true;
}

/* ── Order ── */

enum rank { RANK_END, RANK_BEGIN, RANK_OTHER };

static enum rank rank_of(const struct evd_chrome_event *event, bool is_end)
{
    if (event->is_span)
        return event->duration == 0 ? RANK_OTHER : is_end ? RANK_END : RANK_BEGIN;
    return event->kind == EVD_CHROME_END ? RANK_END : event->kind == EVD_CHROME_BEGIN ? RANK_BEGIN : RANK_OTHER;
}

/* Among ends and beginnings of one time. */
static int64_t order_of(const struct evd_chrome_event *event, bool is_end)
{
    if (event->is_span)
        return is_end ? event->duration : -event->duration;
    return event->kind == EVD_CHROME_BEGIN ? INT64_MIN : 0;
}

static bool is_before_at_one_time(const struct evd_chrome_event *a, bool a_is_end, const struct evd_chrome_event *b,
                                  bool b_is_end)
{
    const enum rank a_rank = rank_of(a, a_is_end), b_rank = rank_of(b, b_is_end);
    if (a_rank != b_rank)
        return a_rank < b_rank;
    const int64_t a_order = order_of(a, a_is_end), b_order = order_of(b, b_is_end);
    /* Among the rest only the file's order counts. */
    if (a_rank != RANK_OTHER && a_order != b_order)
        return a_order < b_order;
    return a != b ? a < b : !a_is_end && b_is_end;
}

static inline bool is_before(const struct evd_chrome_moment *a, bool a_is_end, const struct evd_chrome_moment *b,
                             bool b_is_end)
{
    return a->ns != b->ns ? a->ns < b->ns : is_before_at_one_time(a->event, a_is_end, b->event, b_is_end);
}

static struct evd_chrome_moment moment_of(const struct evd_chrome_held *held, size_t index)
{
    return (struct evd_chrome_moment){held->events[index].ns, &held->events[index]};
}

static bool is_event_before(const struct evd_chrome_held *held, size_t a, size_t b)
{
    const struct evd_chrome_moment first = moment_of(held, a), second = moment_of(held, b);
    return is_before(&first, false, &second, false);
}

static int by_time(const void *a, const void *b, void *held)
{
    const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return first == second ? 0 : is_event_before(held, first, second) ? -1 : 1;
}

static bool is_in_order(const struct evd_chrome_held *held)
{
    for (size_t i = 1; i < held->count; i++)
        if (is_event_before(held, i, i - 1))
            return false;
    return true;
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
        for (; at > 0 && is_event_before(held, event, order[at - 1]); at--) {
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

bool evd_chrome_order(struct evd_chrome_held *held)
{
    if (is_in_order(held))
        return true;
    held->order = malloc(held->count * sizeof *held->order);
    if (held->order == NULL)
        return false;
    for (size_t i = 0; i < held->count; i++)
        held->order[i] = (uint32_t)i;
    if (!insert_in_order(held))
        qsort_r(held->order, held->count, sizeof *held->order, by_time, held);
    return true;
}

/* ── Ends ── */

static bool put_end(struct evd_chrome_held *held, const struct evd_chrome_event *event)
{
    const struct evd_chrome_moment end = {event->ns + event->duration, event};
    void *ends = evd_grow(held->ends, held->end_count, &held->end_capacity, sizeof *held->ends);
    if (ends == NULL)
        return false;
    held->ends = ends;
    size_t at = held->end_count++;
    for (; at > 0 && is_before(&end, true, &held->ends[(at - 1) / 2], true); at = (at - 1) / 2)
        held->ends[at] = held->ends[(at - 1) / 2];
    held->ends[at] = end;
    return true;
}

static struct evd_chrome_moment take_end(struct evd_chrome_held *held)
{
    struct evd_chrome_moment *ends = held->ends;
    const struct evd_chrome_moment first = ends[0], last = ends[--held->end_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < held->end_count; at = child) {
        if (child + 1 < held->end_count && is_before(&ends[child + 1], true, &ends[child], true))
            child++;
        if (!is_before(&ends[child], true, &last, true))
            break;
        ends[at] = ends[child];
    }
    ends[at] = last;
    return first;
}

bool evd_chrome_take(struct evd_chrome_held *held, struct evd_chrome_moment *moment, bool *is_end)
{
    struct evd_chrome_moment next = {0, NULL};
    if (held->taken < held->count)
        next = moment_of(held, held->order != NULL ? held->order[held->taken] : held->taken);
    *is_end = held->end_count > 0 && (next.event == NULL || is_before(&held->ends[0], true, &next, false));
    if (*is_end) {
        *moment = take_end(held);
        return true;
    }
    *moment = next;
    held->taken += next.event != NULL;
    return next.event == NULL || !next.event->is_span || put_end(held, next.event);
}

void evd_chrome_held_release(struct evd_chrome_held *held)
{
    evd_buffer_release(&held->payloads.buffer);
    evd_buffer_release(&held->names);
    evd_table_release(&held->by_hash);
    free(held->events);
    free(held->labels);
    free(held->order);
    free(held->ends);
}

/* ── Events ── */

bool evd_chrome_hold(struct evd_chrome_held *held, const struct evd_chrome_event *event)
{
    if (held->count >= UINT32_MAX || !EVD_MAKE_ROOM(held->events, held->count, held->capacity))
        return false;
    held->events[held->count++] = *event;
    return true;
}
