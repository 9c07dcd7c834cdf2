#include "selftest/stretch.h"

#include "base/fail.h"
#include "base/grow.h"

/* A walk through one stretch, in steps. */
struct steps {
    struct evd_walker *walker;
    struct evd_stream ours; /* ends where the next step shall */
    uint64_t ours_end;      /* where it really ends */
};

static void begin(struct steps *steps, const struct evd_log *const logs[EVD_SIDES], const struct evd_stretch *stretch)
{
    steps->ours = *stretch->stream[EVD_OURS];
    steps->ours_end = steps->ours.count;
    for (int side = 0; side < EVD_SIDES; side++) {
        steps->walker->whole[side] = logs[side];
        evd_cursor_aim(&steps->walker->side[side], logs[side], side == EVD_OURS ? &steps->ours : stretch->stream[side],
                       stretch->from[side]);
    }
}

/* A walk ends with either stream; what is engine-local in the other one needs no counterpart. */
static void pass_engine_local(const struct evd_rules *rules, struct evd_cursor *cursor)
{
    while (!evd_cursor_is_at_end(cursor) &&
           evd_event_tag(evd_stream_event(cursor->stream, cursor->position)) == EVD_TAG_ENGINE_LOCAL)
        evd_cursor_advance(rules, cursor);
}

/* Goes on until ours is at `to`; short of it where the streams part or canary ends. */
static enum evd_status step_to(struct steps *steps, uint64_t to, bool *is_reached, struct evd_error *error)
{
    struct evd_walker *walker = steps->walker;
    struct evd_cursor *canary = &walker->side[EVD_CANARY], *ours = &walker->side[EVD_OURS];
    enum evd_walk_end end;
    steps->ours.count = to;
    walker->has_open_end = to != steps->ours_end;
    const enum evd_status status = evd_walk(walker, &end, error);
    walker->has_open_end = false;
    if (status != EVD_OK)
        return status;
    if (evd_cursor_is_at_end(canary))
        pass_engine_local(walker->rules, ours);
    if (to == steps->ours_end && evd_cursor_is_at_end(ours))
        pass_engine_local(walker->rules, canary);
    *is_reached = ours->position == to;
    return EVD_OK;
}

enum { EVENTS_BEFORE_END = 8 };

/* The end of a stretch or, when a stream goes on behind it, some events that take part in alignment before. */
static uint64_t plant_end(const struct evd_stretch *stretch, uint64_t canary_to)
{
    const struct evd_stream *ours = stretch->stream[EVD_OURS];
    uint64_t position = stretch->to;
    if (position == ours->count && canary_to == stretch->stream[EVD_CANARY]->count)
        return position;
    for (int kept = 0; position > stretch->from[EVD_OURS] && kept < EVENTS_BEFORE_END;)
        kept += evd_event_tag(evd_stream_event(ours, --position)) != EVD_TAG_ENGINE_LOCAL;
    return position;
}

static bool add(struct evd_stretch_list *list, const struct evd_stretch *stretch)
{
    void *items = evd_grow(list->items, list->count, &list->capacity, sizeof *list->items);
    if (items == NULL)
        return false;
    list->items = items;
    list->items[list->count++] = *stretch;
    return true;
}

/* The position behind a run. */
static uint64_t end_of(const struct evd_stream *stream, struct evd_run run)
{
    uint64_t position = run.position;
    for (uint64_t left = run.count; left > 0 && position < stream->count; position++)
        left -= evd_event_tag(evd_stream_event(stream, position)) != EVD_TAG_ENGINE_LOCAL;
    return position;
}

/* The stretches of one pair, divergence by divergence. */
static enum evd_status find_in_pair(struct steps *steps, const struct evd_log *const logs[EVD_SIDES],
                                    const struct evd_pair_outcome *pair, struct evd_stretch *stretch,
                                    struct evd_stretch_list *list, struct evd_error *error)
{
    uint64_t done[EVD_SIDES] = {0, 0}; /* a run that moved may lead back: each event is in one stretch */
    for (size_t i = 0;; i++) {
        /* The walk takes broken names and hidden nulls for matching: a stretch goes on there. */
        const size_t first = i;
        while (i < pair->divergence_count &&
               (evd_is_name_break(&pair->divergences[i]) || evd_is_null(&pair->divergences[i])))
            i++;
        const bool is_last = i == pair->divergence_count;
        const uint64_t limit =
            is_last ? stretch->stream[EVD_OURS]->count : evd_run_of(&pair->divergences[i], EVD_OURS).position;
        bool is_reached;
        if (stretch->from[EVD_OURS] >= done[EVD_OURS] && stretch->from[EVD_CANARY] >= done[EVD_CANARY] &&
            limit > stretch->from[EVD_OURS]) {
            begin(steps, logs, stretch);
            const enum evd_status status = step_to(steps, limit, &is_reached, error);
            if (status != EVD_OK)
                return status;
            for (int side = 0; side < EVD_SIDES; side++)
                done[side] = steps->walker->side[side].position;
            stretch->to = done[EVD_OURS];
            stretch->plant_to = plant_end(stretch, done[EVD_CANARY]);
            for (size_t j = first; j < i; j++)
                list->nulls += evd_is_null(&pair->divergences[j]) &&
                               evd_run_of(&pair->divergences[j], EVD_OURS).position >= stretch->from[EVD_OURS] &&
                               evd_run_of(&pair->divergences[j], EVD_OURS).position < stretch->to;
            if (stretch->to > stretch->from[EVD_OURS] && !add(list, stretch))
                return evd_fail_memory(error);
        }
        if (is_last)
            return EVD_OK;
        for (int side = 0; side < EVD_SIDES; side++)
            stretch->from[side] = end_of(stretch->stream[side], evd_run_of(&pair->divergences[i], side));
    }
}

enum evd_status evd_stretches_find(struct evd_walker *walker, const struct evd_log *const logs[EVD_SIDES],
                                   const struct evd_outcome *outcome, struct evd_stretch_list *list,
                                   struct evd_error *error)
{
    struct steps steps = {.walker = walker};
    enum evd_status status = EVD_OK;
    *list = (struct evd_stretch_list){0};
    for (size_t i = 0; status == EVD_OK && i < outcome->pair_count; i++) {
        struct evd_stretch stretch = {.pair = i};
        for (int side = 0; side < EVD_SIDES; side++)
            stretch.stream[side] = evd_log_stream(logs[side], outcome->pairs[i].tid[side]);
        status = find_in_pair(&steps, logs, &outcome->pairs[i], &stretch, list, error);
    }
    return status;
}

enum evd_status evd_stretches_map(struct evd_walker *walker, const struct evd_log *const logs[EVD_SIDES],
                                  const struct evd_stretch_list *list, struct evd_boundary **boundaries, size_t count,
                                  struct evd_error *error)
{
    struct steps steps = {.walker = walker};
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < count; i++) {
        struct evd_boundary *boundary = boundaries[i];
        if (i == 0 || boundaries[i - 1]->stretch != boundary->stretch)
            begin(&steps, logs, &list->items[boundary->stretch]);
        status = step_to(&steps, boundary->ours, &boundary->is_reached, error);
        boundary->canary = walker->side[EVD_CANARY].position;
    }
    return status;
}
