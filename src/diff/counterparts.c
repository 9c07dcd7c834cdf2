#include "diff/counterparts.h"

#include <stdlib.h>

#include "base/fail.h"
#include "diff/pair_walk.h"

enum { SEEN_PAST_MAX = 64 /* events that are looked at for one's equal */ };

/* Where an event of an arranged stream is in the thread itself; streams are in the order of their lines. */
static uint64_t find_line(const struct evd_stream *stream, uint64_t offset)
{
    uint64_t low = 0, high = stream->count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (evd_event_offset(evd_stream_event(stream, middle)) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < stream->count && evd_event_offset(evd_stream_event(stream, low)) == offset ? low : EVD_NO_COUNTERPART;
}

static void set(struct evd_counterparts *counterparts, const uint64_t position[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (position[side] >= counterparts->count[side])
            return;
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t *other = &counterparts->of[side][position[side]];
        if (*other != EVD_NO_COUNTERPART)
            counterparts->of[1 - side][*other] = EVD_NO_COUNTERPART;
        *other = position[1 - side];
    }
}

/* As the alignment has it: what matches, and two events that differ in a value, also where the rules forgive that. */
static void take_finds(struct evd_counterparts *counterparts, const struct evd_pair_work *work,
                       const struct evd_stream *const stream[EVD_SIDES])
{
    const struct evd_pair_finds *finds = work->finds;
    for (size_t i = 0; i < finds->matched.count; i++) {
        const struct evd_matched_run *run = &finds->matched.runs[i];
        for (uint64_t j = 0; j < run->count; j++) {
            uint64_t position[EVD_SIDES];
            for (int side = 0; side < EVD_SIDES; side++) {
                const uint64_t at = run->first[side] + j;
                position[side] = work->arranged == NULL
                                     ? at
                                     : find_line(stream[side],
                                                 evd_event_offset(evd_stream_event(&work->arranged->stream[side], at)));
            }
            set(counterparts, position);
        }
    }
    for (size_t i = 0; i < finds->divergences.count; i++) {
        const struct evd_divergence *divergence = &finds->divergences.divergences[i];
        uint64_t position[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++)
            position[side] = work->arranged == NULL ? evd_run_of(divergence, side).position
                                                    : find_line(stream[side], evd_run_of(divergence, side).offset);
        if (divergence->class_ == EVD_CLASS_VALUE)
            set(counterparts, position);
    }
}

/* What the outcome says goes before: it may be one of other rules. */
static void take_outcome(struct evd_counterparts *counterparts, const struct evd_pair_outcome *pair,
                         const struct evd_stream *const stream[EVD_SIDES], bool is_arranged)
{
    for (size_t i = 0; i < pair->divergence_count; i++) {
        uint64_t position[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++)
            position[side] = is_arranged ? find_line(stream[side], evd_run_of(&pair->divergences[i], side).offset)
                                         : evd_run_of(&pair->divergences[i], side).position;
        if (pair->divergences[i].class_ == EVD_CLASS_VALUE)
            set(counterparts, position);
    }
}

static bool ascends(const struct evd_counterparts *counterparts)
{
    uint64_t next = 0;
    for (uint64_t i = 0; i < counterparts->count[EVD_CANARY]; i++) {
        const uint64_t other = counterparts->of[EVD_CANARY][i];
        if (other == EVD_NO_COUNTERPART)
            continue;
        if (other < next)
            return false;
        next = other + 1;
    }
    return true;
}

/* Marks what the outcome's divergences have; *marks to be freed. False when memory runs out. */
static bool mark_divergent(const struct evd_pair_outcome *pair, const struct evd_stream *stream, int side, bool **marks)
{
    *marks = calloc(stream->count + 1, sizeof **marks);
    for (size_t i = 0; *marks != NULL && i < pair->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&pair->divergences[i], side);
        uint64_t left = run.count;
        for (uint64_t at = run.position; left > 0 && at < stream->count; at++) {
            if (evd_event_tag(evd_stream_event(stream, at)) == EVD_TAG_ENGINE_LOCAL)
                continue;
            (*marks)[at] = true;
            left--;
        }
    }
    return *marks != NULL;
}

/* An event that takes part, matches none and is in no divergence: the rules see past it. */
static bool is_seen_past(const struct evd_counterparts *counterparts, const struct evd_stream *stream, int side,
                         uint64_t position, const bool *is_divergent)
{
    return counterparts->of[side][position] == EVD_NO_COUNTERPART && !is_divergent[position] &&
           evd_event_tag(evd_stream_event(stream, position)) != EVD_TAG_ENGINE_LOCAL;
}

/* Sets events that the rules see past on both sides beside each other where they are equal, between the same matches. */
static void pair_seen_past(struct evd_counterparts *counterparts, const struct evd_stream *const stream[EVD_SIDES],
                           bool *const is_divergent[EVD_SIDES])
{
    uint64_t ours = 0;
    for (uint64_t canary = 0; canary < counterparts->count[EVD_CANARY]; canary++) {
        const uint64_t counterpart = counterparts->of[EVD_CANARY][canary];
        if (counterpart != EVD_NO_COUNTERPART)
            ours = counterpart + 1;
        else if (is_seen_past(counterparts, stream[EVD_CANARY], EVD_CANARY, canary, is_divergent[EVD_CANARY]))
            for (uint64_t at = ours; at < counterparts->count[EVD_OURS] && at - ours < SEEN_PAST_MAX &&
                                     counterparts->of[EVD_OURS][at] == EVD_NO_COUNTERPART;
                 at++)
                if (is_seen_past(counterparts, stream[EVD_OURS], EVD_OURS, at, is_divergent[EVD_OURS]) &&
                    evd_stream_event(stream[EVD_OURS], at)->key == evd_stream_event(stream[EVD_CANARY], canary)->key) {
                    set(counterparts, (const uint64_t[EVD_SIDES]){canary, at});
                    ours = at + 1;
                    break;
                }
    }
}

static bool make_lists(struct evd_counterparts *counterparts, const struct evd_stream *const stream[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        counterparts->count[side] = stream[side]->count;
        counterparts->of[side] = malloc((stream[side]->count + 1) * sizeof *counterparts->of[side]);
        for (uint64_t i = 0; counterparts->of[side] != NULL && i < stream[side]->count; i++)
            counterparts->of[side][i] = EVD_NO_COUNTERPART;
    }
    return counterparts->of[EVD_CANARY] != NULL && counterparts->of[EVD_OURS] != NULL;
}

enum evd_status evd_counterparts_find(
    const struct evd_log *const log[EVD_SIDES], const struct evd_stream *const stream[EVD_SIDES],
    const struct evd_pair_outcome *pair, struct evd_counterparts *counterparts, struct evd_error *error)
{
    const struct evd_pair_plan plan = {
        .log = {log[EVD_CANARY], log[EVD_OURS]}, .has_resync = true, .keeps_matched = true};
    struct evd_pair_outcome outcome = {.tid = {pair->tid[EVD_CANARY], pair->tid[EVD_OURS]}};
    struct evd_pair_work work = {.stream = {stream[EVD_CANARY], stream[EVD_OURS]}, .outcome = &outcome};
    struct evd_pair_worker *worker = malloc(sizeof *worker);
    *counterparts = (struct evd_counterparts){.count = {0, 0}};
    if (worker == NULL)
        return evd_fail_memory(error);
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        if (!evd_stream_verify(log[side], stream[side], 0, stream[side]->count, NULL))
            status = evd_log_check(log[side], true, error);
    if (!evd_pair_worker_init(worker, log[EVD_CANARY]->rules) || !make_lists(counterparts, stream))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = evd_pair_walk(&work, worker, &plan, error);
    if (status == EVD_OK) {
        take_finds(counterparts, &work, stream);
        take_outcome(counterparts, pair, stream, work.arranged != NULL);
        counterparts->ascends = ascends(counterparts);
    }
    if (status == EVD_OK && counterparts->ascends) {
        bool *is_divergent[EVD_SIDES] = {NULL, NULL};
        bool are_marked = true;
        for (int side = 0; side < EVD_SIDES; side++)
            are_marked = mark_divergent(pair, stream[side], side, &is_divergent[side]) && are_marked;
        if (are_marked)
            pair_seen_past(counterparts, stream, is_divergent);
        else
            status = evd_fail_memory(error);
        for (int side = 0; side < EVD_SIDES; side++)
            free(is_divergent[side]);
    }
    evd_pair_work_release(&work);
    evd_pair_worker_release(worker);
    free(worker);
    return status;
}

void evd_counterparts_release(struct evd_counterparts *counterparts)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        free(counterparts->of[side]);
        counterparts->of[side] = NULL;
    }
}
