/* The events around a place, side by side: windows of both threads, aligned by the longest common subsequence of their
 * keys; between what is equal, events of the same call are put beside each other the same way. */
#include "evdiff/diff.h"

#include <inttypes.h>
#include <stdlib.h>

#include "align/relocate.h"
#include "base/fail.h"
#include "diff/differing_fields.h"
#include "diff/quotations.h"
#include "log/log.h"
#include "outcome/outcome.h"
#include "walk/event_view.h"
#include "walk/nulls.h"
#include "json/key.h"

enum {
    WINDOW_MAX = 2 * EVD_BESIDE_CONTEXT_MAX + 1,
    SCAN_MAX = 100000 /* events passed over for those that take part */
};

/* Events of one side that take part, around a place. */
struct window {
    const struct evd_log *log;
    const struct evd_stream *stream;
    uint64_t positions[WINDOW_MAX];
    uint64_t keys[WINDOW_MAX], calls[WINDOW_MAX];
    struct evd_event_quotation *events;
    size_t count;
};

struct maker {
    struct evd_owned_beside *owned;
    struct window windows[EVD_SIDES];
    struct evd_reader readers[EVD_SIDES];
    struct evd_buffer scratch;
    uint64_t place;                /* position of the event that was asked for */
    struct evd_arranged *arranged; /* whose streams the windows are of; or NULL: they are the logs' */
    enum evd_side side;
    uint16_t *lengths; /* of common subsequences: (count + 1) squared */
    struct evd_error *error;
};

static const struct evd_pair_outcome *find_pair(const struct evd_outcome *outcome, enum evd_side side, int64_t tid)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[side] == tid)
            return &outcome->pairs[i];
    return NULL;
}

/* Where a position of one side is on the other one, by the last divergence that does not lie behind it. */
static uint64_t counterpart(const struct evd_pair_outcome *pair, enum evd_side side, uint64_t position)
{
    const enum evd_side other = side == EVD_CANARY ? EVD_OURS : EVD_CANARY;
    const struct evd_divergence *last = NULL;
    for (size_t i = 0; i < pair->divergence_count && pair->divergences[i].run[side].position <= position; i++)
        last = &pair->divergences[i];
    if (last == NULL)
        return position;
    const struct evd_run *here = &last->run[side], *there = &last->run[other];
    const uint64_t into = position - here->position;
    if (into < here->count)
        return there->position + (into < there->count ? into : there->count);
    return there->position + there->count + (into - here->count);
}

static bool takes_part(const struct evd_stream *stream, uint64_t position)
{
    return evd_event_tag(evd_stream_event(stream, position)) != EVD_TAG_ENGINE_LOCAL;
}

/* Fills a window with the events around a position, that one among them if it takes part. */
static enum evd_status fill_window(struct window *window, uint64_t position, uint64_t context, struct evd_error *error)
{
    const struct evd_stream *stream = window->stream;
    position = position < stream->count ? position : stream->count;
    const uint64_t first = position > SCAN_MAX ? position - SCAN_MAX : 0;
    const uint64_t end = stream->count - position > SCAN_MAX ? position + SCAN_MAX : stream->count;
    uint64_t begin = position;
    if (!evd_stream_verify(window->log, stream, first, end, NULL))
        return evd_log_check(window->log, true, error);
    for (uint64_t left = context; begin > first && left > 0; begin--)
        left -= takes_part(stream, begin - 1);
    for (uint64_t left = context + 1; begin < end && left > 0 && window->count < WINDOW_MAX; begin++) {
        if (!takes_part(stream, begin))
            continue;
        left -= begin >= position;
        window->positions[window->count] = begin;
        window->keys[window->count++] = evd_stream_event(stream, begin)->key;
    }
    return EVD_OK;
}

static uint64_t hash_call(const struct evd_event_quotation *event)
{
    return evd_stable_hash_pair(evd_stable_hash_string((struct evd_string){event->kind.bytes, event->kind.length}),
                                evd_stable_hash_string((struct evd_string){event->call.bytes, event->call.length}));
}

static enum evd_status read_window(struct maker *maker, int side)
{
    struct window *window = &maker->windows[side];
    struct evd_arena *arena = &maker->owned->arena;
    enum evd_status status = EVD_OK;
    window->events = evd_arena_array(arena, window->count + 1, sizeof *window->events);
    if (window->events == NULL)
        return evd_fail_memory(maker->error);
    for (size_t i = 0; status == EVD_OK && i < window->count; i++) {
        struct evd_event_view view;
        status = evd_reader_read(&maker->readers[side], window->log,
                                 evd_stream_event(window->stream, window->positions[i]), NULL, &view, maker->error);
        if (status == EVD_OK && !evd_quote_view(&view, &maker->scratch, arena, &window->events[i]))
            status = evd_fail_memory(maker->error);
        if (status == EVD_OK)
            window->calls[i] = hash_call(&window->events[i]);
    }
    return status;
}

/* A part of both windows. */
struct stretch {
    size_t from[EVD_SIDES], to[EVD_SIDES];
};

/* The length of the longest common subsequence of what is left of a stretch, by how much of either side is passed over. */
static uint16_t *length_at(const struct maker *maker, const struct stretch *stretch, size_t c, size_t o)
{
    return &maker->lengths[(c - stretch->from[EVD_CANARY]) * (stretch->to[EVD_OURS] - stretch->from[EVD_OURS] + 1) +
                           (o - stretch->from[EVD_OURS])];
}

static void measure(const struct maker *maker, const struct stretch *stretch, const uint64_t *canary,
                    const uint64_t *ours)
{
    for (size_t c = stretch->to[EVD_CANARY] + 1; c-- > stretch->from[EVD_CANARY];)
        for (size_t o = stretch->to[EVD_OURS] + 1; o-- > stretch->from[EVD_OURS];) {
            uint16_t *length = length_at(maker, stretch, c, o);
            if (c == stretch->to[EVD_CANARY] || o == stretch->to[EVD_OURS]) {
                *length = 0;
            } else if (canary[c] == ours[o]) {
                *length = (uint16_t)(*length_at(maker, stretch, c + 1, o + 1) + 1);
            } else {
                const uint16_t down = *length_at(maker, stretch, c + 1, o),
                               right = *length_at(maker, stretch, c, o + 1);
                *length = down > right ? down : right;
            }
        }
}

static struct evd_beside_row *add_row(struct maker *maker, enum evd_beside_kind kind)
{
    struct evd_beside *beside = &maker->owned->beside;
    struct evd_beside_row *row = &beside->rows[beside->row_count++];
    *row = (struct evd_beside_row){.kind = kind};
    return row;
}

static void put_event(struct maker *maker, struct evd_beside_row *row, int side, size_t index)
{
    row->event[side] = maker->windows[side].events[index];
    row->is_place |= side == (int)maker->side && maker->windows[side].positions[index] == maker->place;
}

/* Whether two events whose keys are equal differ in what a mark hides: a pointer that is null on one side. */
static bool has_hidden_null(const struct maker *maker, const size_t indexes[EVD_SIDES])
{
    const struct evd_event *events[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct window *window = &maker->windows[side];
        events[side] = evd_stream_event(window->stream, window->positions[indexes[side]]);
    }
    return evd_differ_in_null(maker->windows[EVD_CANARY].log->rules, events[EVD_CANARY], events[EVD_OURS]);
}

static enum evd_status add_pair(struct maker *maker, size_t canary, size_t ours, bool is_equal)
{
    struct evd_beside_row *row = add_row(maker, EVD_BESIDE_EQUAL);
    const size_t indexes[EVD_SIDES] = {canary, ours};
    struct evd_event_view views[EVD_SIDES];
    struct evd_field_list list = {NULL, 0};
    for (int side = 0; side < EVD_SIDES; side++)
        put_event(maker, row, side, indexes[side]);
    if (is_equal && !has_hidden_null(maker, indexes))
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct window *window = &maker->windows[side];
        const enum evd_status status = evd_reader_read(
            &maker->readers[side], window->log, evd_stream_event(window->stream, window->positions[indexes[side]]),
            NULL, &views[side], maker->error);
        if (status != EVD_OK)
            return status;
    }
    if (!evd_find_differing_fields(views, row->event[EVD_CANARY].call, maker->windows[EVD_CANARY].log->rules,
                                   &maker->scratch, &maker->owned->arena, &list))
        return evd_fail_memory(maker->error);
    row->fields = list.fields;
    row->field_count = list.count;
    row->kind = list.count > 0 ? EVD_BESIDE_DIFFERS : EVD_BESIDE_EQUAL;
    return EVD_OK;
}

static void add_lone(struct maker *maker, int side, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        put_event(maker, add_row(maker, side == EVD_CANARY ? EVD_BESIDE_CANARY : EVD_BESIDE_OURS), side, i);
}

static enum evd_status align(struct maker *maker, struct stretch stretch, bool by_keys);

/* What lies between two pairs: by calls, and then on one side each. */
static enum evd_status add_gap(struct maker *maker, const struct stretch *gap, bool by_keys)
{
    if (by_keys && gap->from[EVD_CANARY] < gap->to[EVD_CANARY] && gap->from[EVD_OURS] < gap->to[EVD_OURS])
        return align(maker, *gap, false);
    for (int side = 0; side < EVD_SIDES; side++)
        add_lone(maker, side, gap->from[side], gap->to[side]);
    return EVD_OK;
}

/* Finds the pairs of a stretch first, since what measures them is used again for what lies between. */
static enum evd_status align(struct maker *maker, struct stretch stretch, bool by_keys)
{
    const uint64_t *canary = by_keys ? maker->windows[EVD_CANARY].keys : maker->windows[EVD_CANARY].calls;
    const uint64_t *ours = by_keys ? maker->windows[EVD_OURS].keys : maker->windows[EVD_OURS].calls;
    const size_t most = stretch.to[EVD_CANARY] - stretch.from[EVD_CANARY];
    size_t(*pairs)[EVD_SIDES] = evd_arena_array(&maker->owned->arena, most + 1, sizeof *pairs);
    size_t count = 0, c = stretch.from[EVD_CANARY], o = stretch.from[EVD_OURS];
    enum evd_status status = EVD_OK;
    if (pairs == NULL)
        return evd_fail_memory(maker->error);
    measure(maker, &stretch, canary, ours);
    while (c < stretch.to[EVD_CANARY] && o < stretch.to[EVD_OURS]) {
        if (canary[c] == ours[o]) {
            pairs[count][EVD_CANARY] = c++;
            pairs[count++][EVD_OURS] = o++;
        } else if (*length_at(maker, &stretch, c + 1, o) >= *length_at(maker, &stretch, c, o + 1)) {
            c++;
        } else {
            o++;
        }
    }
    struct stretch gap = stretch;
    for (size_t i = 0; status == EVD_OK && i < count; i++) {
        for (int side = 0; side < EVD_SIDES; side++)
            gap.to[side] = pairs[i][side];
        status = add_gap(maker, &gap, by_keys);
        if (status == EVD_OK)
            status = add_pair(maker, pairs[i][EVD_CANARY], pairs[i][EVD_OURS], by_keys);
        for (int side = 0; side < EVD_SIDES; side++)
            gap.from[side] = pairs[i][side] + 1;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        gap.to[side] = stretch.to[side];
    return status == EVD_OK ? add_gap(maker, &gap, by_keys) : status;
}

/* How many rows from `from` on, by `step`, are alone on the same side. */
static size_t count_lone(const struct evd_beside *beside, size_t from, int step)
{
    const enum evd_beside_kind kind = beside->rows[from].kind;
    size_t count = 0;
    if (kind != EVD_BESIDE_CANARY && kind != EVD_BESIDE_OURS)
        return 0;
    for (size_t at = from; count < beside->row_count; at += (size_t)step, count++) {
        const struct evd_beside_row *row = &beside->rows[at];
        if (row->is_place || row->kind == EVD_BESIDE_EQUAL || row->kind == EVD_BESIDE_DIFFERS)
            return count;
        if (row->kind != kind)
            return 0;
    }
    return 0;
}

/* Where one window reaches further than the other, events of one side seem to be alone at its end: they are left out. */
static void trim(struct evd_beside *beside)
{
    if (beside->row_count == 0)
        return;
    const size_t begin = count_lone(beside, 0, 1), end = count_lone(beside, beside->row_count - 1, -1);
    beside->rows += begin;
    beside->row_count -= begin + end;
}

static enum evd_status make(struct maker *maker)
{
    const size_t c = maker->windows[EVD_CANARY].count, o = maker->windows[EVD_OURS].count;
    maker->lengths = calloc((c + 1) * (o + 1), sizeof *maker->lengths);
    maker->owned->beside.rows = evd_arena_array(&maker->owned->arena, c + o + 1, sizeof *maker->owned->beside.rows);
    if (maker->lengths == NULL || maker->owned->beside.rows == NULL)
        return evd_fail_memory(maker->error);
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = read_window(maker, side);
    if (status == EVD_OK)
        status = align(maker, (struct stretch){{0, 0}, {c, o}}, true);
    trim(&maker->owned->beside);
    return maker->scratch.failed && status == EVD_OK ? evd_fail_memory(maker->error) : status;
}

/* Puts the streams into the order in which rules have them compared; the positions of the outcome, and then those of the windows, are
 * of these. */
static enum evd_status arrange(struct maker *maker)
{
    struct window *const windows = maker->windows;
    const struct evd_log *const logs[EVD_SIDES] = {windows[EVD_CANARY].log, windows[EVD_OURS].log};
    const struct evd_stream *const streams[EVD_SIDES] = {windows[EVD_CANARY].stream, windows[EVD_OURS].stream};
    struct evd_walker walker;
    enum evd_status status = evd_walker_init(&walker, logs[EVD_CANARY]->rules) ? EVD_OK : evd_fail_memory(maker->error);
    if (status == EVD_OK)
        status = evd_arrange(&walker, logs, streams, &maker->arranged, maker->error);
    if (status == EVD_OK && maker->arranged != NULL)
        status = evd_relocate(&walker, maker->arranged, maker->error);
    evd_walker_release(&walker);
    if (status != EVD_OK || maker->arranged == NULL)
        return status;
    const uint64_t offset = evd_event_offset(evd_stream_event(streams[maker->side], maker->place));
    for (int side = 0; side < EVD_SIDES; side++)
        windows[side].stream = &maker->arranged->stream[side];
    const struct evd_stream *stream = windows[maker->side].stream;
    for (maker->place = 0; evd_event_offset(evd_stream_event(stream, maker->place)) != offset;)
        maker->place++;
    return EVD_OK;
}

/* Fills both windows. */
static enum evd_status find_windows(struct maker *maker, const struct evd_outcome *outcome, int64_t tid,
                                    int64_t tid_event_idx, uint64_t context)
{
    const enum evd_side side = maker->side, other = side == EVD_CANARY ? EVD_OURS : EVD_CANARY;
    const struct evd_log *log = maker->windows[side].log;
    enum evd_status status = evd_log_find(log, tid, tid_event_idx, &maker->place, maker->error);
    if (status != EVD_OK)
        return status;
    const struct evd_pair_outcome *pair = find_pair(outcome, side, tid);
    if (pair == NULL)
        return evd_fail_at(maker->error, EVD_E_ARGUMENT, log->path, 0, 0, "tid %" PRId64 " has no counterpart", tid);
    for (int i = 0; i < EVD_SIDES; i++) {
        maker->owned->beside.tid[i] = pair->tid[i];
        maker->windows[i].stream = evd_log_stream(maker->windows[i].log, pair->tid[i]);
        if (maker->windows[i].stream == NULL)
            return evd_fail_at(maker->error, EVD_E_ARGUMENT, maker->windows[i].log->path, 0, 0,
                               "the log has no tid %" PRId64 ", which the outcome pairs", pair->tid[i]);
    }
    if (log->rules->arranges)
        status = arrange(maker);
    if (status != EVD_OK)
        return status;
    const uint64_t there = counterpart(pair, side, maker->place);
    status = fill_window(&maker->windows[side], maker->place, context, maker->error);
    return status == EVD_OK ? fill_window(&maker->windows[other], there, context, maker->error) : status;
}

enum evd_status evd_beside_make(const struct evd_log *const logs[EVD_SIDES], const struct evd_outcome *outcome,
                                enum evd_side side, int64_t tid, int64_t tid_event_idx, uint64_t context,
                                struct evd_beside **beside, struct evd_error *error)
{
    *beside = NULL;
    if ((unsigned)side >= EVD_SIDES)
        return evd_fail(error, EVD_E_ARGUMENT, "the side is %d, which is no side; EVD_CANARY and EVD_OURS are",
                        (int)side);
    if (context > EVD_BESIDE_CONTEXT_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "at most %d events before and behind an event", EVD_BESIDE_CONTEXT_MAX);
    struct maker *maker = calloc(1, sizeof *maker);
    struct evd_owned_beside *owned = evd_beside_new();
    enum evd_status status = EVD_E_NO_MEMORY;
    if (maker == NULL || owned == NULL) {
        evd_fail_memory(error);
        goto out;
    }
    maker->owned = owned;
    maker->side = side;
    maker->error = error;
    bool is_ready = true;
    for (int i = 0; i < EVD_SIDES; i++) {
        maker->windows[i].log = logs[i];
        is_ready = evd_reader_init(&maker->readers[i]) && is_ready;
    }
    status = is_ready ? find_windows(maker, outcome, tid, tid_event_idx, context) : evd_fail_memory(error);
    if (status == EVD_OK)
        status = make(maker);
    for (int i = 0; i < EVD_SIDES; i++)
        evd_reader_release(&maker->readers[i]);
    evd_buffer_release(&maker->scratch);
    evd_arranged_free(maker->arranged);
    free(maker->lengths);
out:
    free(maker);
    if (status == EVD_OK) {
        *beside = &owned->beside;
    } else {
        evd_beside_free((struct evd_beside *)owned);
    }
    return status;
}
