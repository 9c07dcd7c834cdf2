/* The events around a place, side by side: windows of both threads, in which each event stands beside the one that the diff
 * matched with it or set against it (diff/counterparts.h). */
#include "evdiff/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "diff/counterparts.h"
#include "diff/differing_fields.h"
#include "diff/quotations.h"
#include "log/log.h"
#include "outcome/outcome.h"
#include "outcome/text.h"
#include "walk/event_view.h"

enum {
    WINDOW_MAX = 2 * EVD_BESIDE_CONTEXT_MAX + 1,
    EVENTS_MAX = 2 * WINDOW_MAX, /* with counterparts that lie elsewhere */
    SCAN_MAX = 100000            /* events passed over for those that take part */
};

/* Events of one side that take part, around a place, in the order of the thread. */
struct window {
    const struct evd_log *log;
    const struct evd_stream *stream;
    uint64_t positions[EVENTS_MAX];
    size_t count;
};

struct maker {
    struct evd_owned_beside *owned;
    const struct evd_outcome *outcome;
    const struct evd_pair_outcome *pair;
    struct evd_counterparts counterparts;
    struct window windows[EVD_SIDES];
    const struct evd_divergence *divergences[EVENTS_MAX]; /* of the events of canary's window; NULL: none */
    struct evd_reader readers[EVD_SIDES];
    struct evd_buffer scratch;
    uint64_t place; /* position of the event that was asked for */
    enum evd_side side;
    struct evd_error *error;
};

static const struct evd_pair_outcome *find_pair(const struct evd_outcome *outcome, enum evd_side side, int64_t tid)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[side] == tid)
            return &outcome->pairs[i];
    return NULL;
}

static uint64_t counterpart_of(const struct maker *maker, int side, uint64_t position)
{
    return maker->counterparts.of[side][position];
}

/* Where the place is on the other side: its counterpart, or behind that of the last event before it that has one. */
static uint64_t find_there(const struct maker *maker)
{
    uint64_t at = maker->place;
    if (counterpart_of(maker, maker->side, at) != EVD_NO_COUNTERPART)
        return counterpart_of(maker, maker->side, at);
    while (at > 0)
        if (counterpart_of(maker, maker->side, --at) != EVD_NO_COUNTERPART)
            return counterpart_of(maker, maker->side, at) + 1;
    return 0;
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
        window->positions[window->count++] = begin;
    }
    return EVD_OK;
}

/* The index of a position in a window; its count when it is not there. */
static size_t index_in(const struct window *window, uint64_t position)
{
    size_t low = 0, high = window->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (window->positions[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < window->count && window->positions[low] == position ? low : window->count;
}

/* Whether an event's counterpart is in the other side's window, or it has none. */
static bool is_settled(const struct maker *maker, int side, uint64_t position)
{
    const struct window *other = &maker->windows[1 - side];
    const uint64_t counterpart = counterpart_of(maker, side, position);
    return counterpart == EVD_NO_COUNTERPART || index_in(other, counterpart) < other->count;
}

/* Cuts a window at both ends to where every event is settled: before `middle` from the last one on that is not, and behind it
 * up to the first. An event whose counterpart is not told would seem to have none. */
static bool cut(struct maker *maker, int side, uint64_t middle)
{
    struct window *window = &maker->windows[side];
    size_t begin = 0, end = window->count;
    for (size_t i = 0; i < end; i++) {
        if (is_settled(maker, side, window->positions[i]))
            continue;
        if (window->positions[i] < middle)
            begin = i + 1;
        else
            end = i;
    }
    const bool has_cut = begin > 0 || end < window->count;
    memmove(window->positions, window->positions + begin, (end - begin) * sizeof *window->positions);
    window->count = end - begin;
    return has_cut;
}

static int by_position(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Where counterparts do not ascend, those of the place's side lie anywhere: each is fetched, and what is not settled on the
 * other side is left out. */
static void fetch(struct maker *maker)
{
    const int here = (int)maker->side, there = 1 - here;
    struct window *other = &maker->windows[there];
    size_t kept = 0;
    for (size_t i = 0; i < other->count; i++)
        if (is_settled(maker, there, other->positions[i]))
            other->positions[kept++] = other->positions[i];
    other->count = kept;
    for (size_t i = 0; i < maker->windows[here].count; i++) {
        const uint64_t position = maker->windows[here].positions[i];
        if (!is_settled(maker, here, position))
            other->positions[kept++] = counterpart_of(maker, here, position);
    }
    other->count = kept;
    qsort(other->positions, kept, sizeof *other->positions, by_position);
}

static enum evd_status read_event(struct maker *maker, int side, uint64_t position, struct evd_event_view *view)
{
    const struct window *window = &maker->windows[side];
    return evd_reader_read(
        &maker->readers[side], window->log, evd_stream_event(window->stream, position), NULL, view, maker->error);
}

static struct evd_beside_row *add_row(struct maker *maker, enum evd_beside_kind kind)
{
    struct evd_beside *beside = &maker->owned->beside;
    struct evd_beside_row *row = &beside->rows[beside->row_count++];
    *row = (struct evd_beside_row){.kind = kind};
    return row;
}

static enum evd_status put_event(struct maker *maker, struct evd_beside_row *row, int side, uint64_t position,
                                 struct evd_event_view *view)
{
    const enum evd_status status = read_event(maker, side, position, view);
    row->is_place |= side == (int)maker->side && position == maker->place;
    return status == EVD_OK && !evd_quote_view(view, &maker->scratch, &maker->owned->arena, &row->event[side])
               ? evd_fail_memory(maker->error)
               : status;
}

static uint64_t offset_of(const struct window *window, uint64_t position)
{
    return evd_event_offset(evd_stream_event(window->stream, position));
}

/* The index of the event at an offset in a window, whose events are in the order of their lines; its count when it is not
 * there. */
static size_t index_at(const struct window *window, uint64_t offset)
{
    size_t low = 0, high = window->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (offset_of(window, window->positions[middle]) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < window->count && offset_of(window, window->positions[low]) == offset ? low : window->count;
}

/* Finds the divergences that set events of canary's window against their counterparts, once for all of them: there may be
 * millions that lie elsewhere. */
static void find_divergences(struct maker *maker)
{
    const struct window *canary = &maker->windows[EVD_CANARY], *ours = &maker->windows[EVD_OURS];
    for (size_t i = 0; i < maker->pair->divergence_count; i++) {
        const struct evd_divergence *divergence = &maker->pair->divergences[i];
        if (divergence->class_ != EVD_CLASS_VALUE)
            continue;
        const size_t at = index_at(canary, evd_run_of(divergence, EVD_CANARY).offset);
        if (at == canary->count || maker->divergences[at] != NULL)
            continue;
        const uint64_t there = counterpart_of(maker, EVD_CANARY, canary->positions[at]);
        if (there != EVD_NO_COUNTERPART && offset_of(ours, there) == evd_run_of(divergence, EVD_OURS).offset)
            maker->divergences[at] = divergence;
    }
}

/* All fields in which two events differ, first the one that the diff tells. */
static enum evd_status tell_fields(struct maker *maker, struct evd_beside_row *row,
                                   const struct evd_event_view views[EVD_SIDES],
                                   const struct evd_divergence *divergence)
{
    const struct evd_family *family = &maker->outcome->families[divergence->family];
    struct evd_arena *arena = &maker->owned->arena;
    struct evd_field_list list = {
        evd_arena_array(arena, EVD_QUOTATION_FIELDS_MAX, sizeof *list.fields), 1, EVD_QUOTATION_FIELDS_MAX};
    if (list.fields == NULL)
        return evd_fail_memory(maker->error);
    struct evd_differing_field *first = &list.fields[0];
    *first = (struct evd_differing_field){
        .shown_as = family->shown_as, .value = {divergence->value[EVD_CANARY], divergence->value[EVD_OURS]}};
    bool is_copied = evd_copy_text(arena, family->field, &first->path);
    for (int side = 0; side < EVD_SIDES; side++)
        is_copied = is_copied && evd_copy_text(arena, first->value[side].shown, &first->value[side].shown);
    if (!is_copied || !evd_find_differing_fields(views, row->event[EVD_CANARY].call,
                                                 maker->windows[EVD_CANARY].log->rules, &maker->scratch, arena, &list))
        return evd_fail_memory(maker->error);
    row->kind = EVD_BESIDE_DIFFERS;
    row->fields = list.fields;
    row->field_count = list.count;
    return EVD_OK;
}

/* `divergence`: the one that set the two against each other; NULL when they match. */
static enum evd_status add_pair(struct maker *maker, const uint64_t position[EVD_SIDES],
                                const struct evd_divergence *divergence)
{
    struct evd_beside_row *row = add_row(maker, EVD_BESIDE_EQUAL);
    struct evd_event_view views[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = put_event(maker, row, side, position[side], &views[side]);
        if (status != EVD_OK)
            return status;
    }
    return divergence == NULL ? EVD_OK : tell_fields(maker, row, views, divergence);
}

static enum evd_status add_lone(struct maker *maker, int side, uint64_t position)
{
    struct evd_event_view view;
    return put_event(maker, add_row(maker, side == EVD_CANARY ? EVD_BESIDE_CANARY : EVD_BESIDE_OURS), side, position,
                     &view);
}

/* Ours from *at up to an index, but for those that stand beside canary's. */
static enum evd_status add_ours(struct maker *maker, size_t *at, size_t to)
{
    const struct window *ours = &maker->windows[EVD_OURS];
    enum evd_status status = EVD_OK;
    for (; status == EVD_OK && *at < to; ++*at)
        if (counterpart_of(maker, EVD_OURS, ours->positions[*at]) == EVD_NO_COUNTERPART)
            status = add_lone(maker, EVD_OURS, ours->positions[*at]);
    return status;
}

/* In canary's order. */
static enum evd_status make(struct maker *maker)
{
    const struct window *canary = &maker->windows[EVD_CANARY], *ours = &maker->windows[EVD_OURS];
    struct evd_beside *beside = &maker->owned->beside;
    size_t at = 0;
    enum evd_status status = EVD_OK;
    beside->rows = evd_arena_array(&maker->owned->arena, canary->count + ours->count + 1, sizeof *beside->rows);
    if (beside->rows == NULL)
        return evd_fail_memory(maker->error);
    find_divergences(maker);
    for (size_t i = 0; status == EVD_OK && i < canary->count; i++) {
        const uint64_t position[EVD_SIDES] = {
            canary->positions[i], counterpart_of(maker, EVD_CANARY, canary->positions[i])};
        if (position[EVD_OURS] == EVD_NO_COUNTERPART) {
            status = add_lone(maker, EVD_CANARY, position[EVD_CANARY]);
            continue;
        }
        status = add_ours(maker, &at, index_in(ours, position[EVD_OURS]));
        if (status == EVD_OK)
            status = add_pair(maker, position, maker->divergences[i]);
    }
    if (status == EVD_OK)
        status = add_ours(maker, &at, ours->count);
    return maker->scratch.failed && status == EVD_OK ? evd_fail_memory(maker->error) : status;
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
    maker->pair = pair;
    const struct evd_log *const logs[EVD_SIDES] = {maker->windows[EVD_CANARY].log, maker->windows[EVD_OURS].log};
    const struct evd_stream *const streams[EVD_SIDES] = {
        maker->windows[EVD_CANARY].stream, maker->windows[EVD_OURS].stream};
    status = evd_counterparts_find(logs, streams, pair, &maker->counterparts, maker->error);
    if (status != EVD_OK)
        return status;
    const uint64_t there = find_there(maker);
    status = fill_window(&maker->windows[side], maker->place, context, maker->error);
    if (status == EVD_OK)
        status = fill_window(&maker->windows[other], there, context, maker->error);
    if (status != EVD_OK)
        return status;
    if (!maker->counterparts.ascends) {
        fetch(maker);
        return EVD_OK;
    }
    /* What is cut on one side leaves events of the other without their counterparts; it cuts nothing but the ends. */
    bool has_cut;
    do {
        has_cut = cut(maker, side, maker->place);
        has_cut = cut(maker, other, there) || has_cut;
    } while (has_cut);
    return EVD_OK;
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
    maker->outcome = outcome;
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
    evd_counterparts_release(&maker->counterparts);
out:
    free(maker);
    if (status == EVD_OK) {
        *beside = &owned->beside;
    } else {
        evd_beside_free((struct evd_beside *)owned);
    }
    return status;
}
