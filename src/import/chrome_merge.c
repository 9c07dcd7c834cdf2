#include "import/chrome_merge.h"

#include <stdlib.h>

#include "base/grow.h"

/* ── Runs ── */

static void set_next(struct evd_chrome_cursor *cursor, const char *at)
{
    cursor->next = evd_chrome_moment_of((const struct evd_chrome_record *)(const void *)at);
}

/* Moves on to the next record of a run, of which there is one. */
static void step(struct evd_chrome_cursor *cursor)
{
    if (cursor->order != NULL)
        set_next(cursor, cursor->run + (size_t)cursor->order[cursor->taken] * EVD_CHROME_RECORD_ALIGNMENT);
    else
        set_next(cursor, (const char *)cursor->next.record + evd_chrome_record_size(cursor->next.record));
}

static void add_run(struct evd_chrome_merge *merge, const char *records, const uint32_t *order, uint64_t count)
{
    if (count == 0)
        return;
    struct evd_chrome_cursor *cursor = &merge->cursors[merge->cursor_count++];
    *cursor = (struct evd_chrome_cursor){.run = records, .order = order, .count = count};
    if (order != NULL)
        step(cursor);
    else
        set_next(cursor, records);
}

/* Moves the cursor at a place down the heap to where it belongs. */
static void sift_down(struct evd_chrome_merge *merge, size_t at)
{
    struct evd_chrome_cursor *cursors = merge->cursors;
    const struct evd_chrome_cursor moved = cursors[at];
    for (size_t child; (child = 2 * at + 1) < merge->cursor_count; at = child) {
        if (child + 1 < merge->cursor_count &&
            evd_chrome_is_before(merge->held, &cursors[child + 1].next, &cursors[child].next))
            child++;
        if (!evd_chrome_is_before(merge->held, &cursors[child].next, &moved.next))
            break;
        cursors[at] = cursors[child];
    }
    cursors[at] = moved;
}

/* Takes the earliest record of all runs. */
static void take_record(struct evd_chrome_merge *merge)
{
    struct evd_chrome_cursor *first = &merge->cursors[0];
    if (++first->taken < first->count)
        step(first);
    else
        *first = merge->cursors[--merge->cursor_count];
    if (merge->cursor_count > 1)
        sift_down(merge, 0);
}

bool evd_chrome_merge_begin(struct evd_chrome_merge *merge, const struct evd_chrome_held *held)
{
    *merge = (struct evd_chrome_merge){.held = held};
    merge->cursors = malloc((held->run_count + 1) * sizeof *merge->cursors);
    if (merge->cursors == NULL)
        return false;
    for (size_t i = 0; i < held->run_count; i++) {
        const struct evd_chrome_run *run = &held->runs[i];
        const char *records = held->file + run->start, *order = records + run->length;
        add_run(merge, records, run->is_ordered ? NULL : (const uint32_t *)(const void *)order, run->count);
    }
    add_run(merge, held->run, held->order, held->count);
    for (size_t i = merge->cursor_count / 2; i-- > 0;)
        sift_down(merge, i);
    return true;
}

/* ── Ends ── */

static bool put_end(struct evd_chrome_merge *merge, const struct evd_chrome_record *record)
{
    const struct evd_chrome_moment end = {record->ns + evd_chrome_duration(record), record, true};
    if (!EVD_MAKE_ROOM(merge->ends, merge->end_count, merge->end_capacity))
        return false;
    size_t at = merge->end_count++;
    for (; at > 0 && evd_chrome_is_before(merge->held, &end, &merge->ends[(at - 1) / 2]); at = (at - 1) / 2)
        merge->ends[at] = merge->ends[(at - 1) / 2];
    merge->ends[at] = end;
    return true;
}

static struct evd_chrome_moment take_end(struct evd_chrome_merge *merge)
{
    struct evd_chrome_moment *ends = merge->ends;
    const struct evd_chrome_moment first = ends[0], last = ends[--merge->end_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < merge->end_count; at = child) {
        if (child + 1 < merge->end_count && evd_chrome_is_before(merge->held, &ends[child + 1], &ends[child]))
            child++;
        if (!evd_chrome_is_before(merge->held, &ends[child], &last))
            break;
        ends[at] = ends[child];
    }
    ends[at] = last;
    return first;
}

bool evd_chrome_merge_take(struct evd_chrome_merge *merge, struct evd_chrome_moment *moment)
{
    const bool has_record = merge->cursor_count > 0;
    if (merge->end_count > 0 &&
        (!has_record || evd_chrome_is_before(merge->held, &merge->ends[0], &merge->cursors[0].next))) {
        *moment = take_end(merge);
        return true;
    }
    *moment = (struct evd_chrome_moment){0};
    if (!has_record)
        return true;
    *moment = merge->cursors[0].next;
    take_record(merge);
    return !moment->record->is_span || put_end(merge, moment->record);
}

void evd_chrome_merge_release(struct evd_chrome_merge *merge)
{
    free(merge->cursors);
    free(merge->ends);
}
