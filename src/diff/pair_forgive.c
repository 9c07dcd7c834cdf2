#include "diff/pair_forgive.h"

#include <string.h>

#include "base/fail.h"
#include "diff/pair_walk.h"

/* Puts a cursor at the first divergence that is left, with the ordinals that the stream has there. */
static enum evd_status go_to(struct evd_walker *walker, int side, uint64_t position, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const uint64_t last = cursor->stream->count - 1;
    position = position < last ? position : last;
    enum evd_status status = evd_cursor_ordinals(cursor, position, walker->lookahead_ordinals, error);
    if (status != EVD_OK)
        return status;
    memcpy(cursor->ordinals, walker->lookahead_ordinals, walker->rules->slot_count * sizeof *cursor->ordinals);
    cursor->position = position;
    return evd_cursor_event(cursor, position) == NULL ? evd_cursor_fail(cursor, error) : evd_cursor_read(cursor, error);
}

/* The break at the events of a divergence, or NULL. */
static const struct evd_name_break *find_break(const struct evd_name_break_list *breaks,
                                               const struct evd_divergence *divergence)
{
    for (size_t i = 0; i < breaks->count; i++)
        if (breaks->breaks[i].position[EVD_CANARY] == evd_run_of(divergence, EVD_CANARY).position)
            return &breaks->breaks[i];
    return NULL;
}

/* Quotes the first divergence that is left. */
static enum evd_status quote_left(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                  const struct evd_divergence *first, struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = go_to(walker, side, evd_run_of(first, side).position, error);
    if (status != EVD_OK)
        return status;
    struct evd_cursor *canary = &walker->side[EVD_CANARY], *ours = &walker->side[EVD_OURS];
    const struct evd_name_break *break_ = find_break(&work->finds->breaks, first);
    if (evd_marked_null_of(first) != NULL && break_ == NULL) {
        const struct evd_null null = {.position = {canary->position, ours->position}};
        enum evd_side side;
        status = evd_null_read(&null, walker->side, &walker->difference, &side, error);
    } else if (evd_compare(&canary->view, &ours->view, &walker->difference) && break_ == NULL) {
        /* Behind a meeting point ordinals begin anew: they differ there, and from the streams' beginnings do not. */
        for (uint32_t i = 0; i < walker->rules->slot_count; i++)
            ours->ordinals[i]++;
        ours->is_read = false;
        status = evd_cursor_read(ours, error);
        /* A run that has moved, or that another like it follows, begins with events that are equal: one of them is lacking. */
        if (status == EVD_OK && evd_compare(&canary->view, &ours->view, &walker->difference))
            evd_differ_in_kind(evd_run_of(first, EVD_CANARY).count > 0 ? &canary->view : NULL,
                               evd_run_of(first, EVD_CANARY).count > 0 ? NULL : &ours->view, &walker->difference);
    }
    if (status != EVD_OK)
        return status;
    return evd_pair_quote_divergence(work, worker, break_, error);
}

/* Tells anew what is told of a pair up to its first divergence, now that some are gone. */
static enum evd_status tell_left(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                 const struct evd_pair_plan *plan, const struct evd_forgiven *forgiven,
                                 struct evd_error *error)
{
    struct evd_pair_outcome *pair = work->outcome;
    const struct evd_divergence_list *list = &work->finds->divergences;
    const struct evd_divergence *first = list->count > 0 ? &list->divergences[0] : NULL;
    const bool ends = first != NULL && first->class_ == EVD_CLASS_TRUNCATED;
    pair->is_diverged = first != NULL && !ends;
    pair->divergence = NULL;
    pair->first_null = NULL;
    pair->matched = first != NULL ? forgiven->first_matched : pair->counts[EVD_CANARY].matched;
    pair->marked_null_count = 0;
    for (size_t i = 0; i < list->count; i++)
        pair->marked_null_count += evd_marked_null_of(&list->divergences[i]) != NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->left_over[side] = ends ? evd_run_of(first, side).count : 0;
        pair->absorbed[side] = pair->absorbed_in_all[side];
        if (!pair->is_diverged)
            continue;
        evd_walker_aim(&worker->walker, plan->log, work->stream);
        worker->walker.side[side].position = evd_run_of(first, side).position;
        const enum evd_status status = evd_cursor_left_over(&worker->walker.side[side], &pair->left_over[side], error);
        if (status != EVD_OK)
            return status;
    }
    if (!pair->is_diverged)
        return EVD_OK;
    evd_walker_aim(&worker->walker, plan->log, work->stream);
    return quote_left(work, worker, first, error);
}

enum evd_status evd_pair_forgive(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                 const struct evd_pair_plan *plan, struct evd_forgiven *forgiven,
                                 struct evd_error *error)
{
    struct evd_pair_outcome *pair = work->outcome;
    const size_t rules = worker->walker.rules->absorber_count;
    uint64_t *absorbed[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        absorbed[side] = evd_arena_array(&worker->arena, rules, sizeof *absorbed[side]);
        if (absorbed[side] == NULL)
            return evd_fail_memory(error);
        memcpy(absorbed[side], pair->absorbed_in_all[side], rules * sizeof *absorbed[side]);
    }
    evd_walker_aim(&worker->walker, plan->log, work->stream);
    const enum evd_status status =
        evd_forgive(&worker->walker, &work->finds->breaks, &work->finds->divergences, pair, absorbed, forgiven, error);
    if (status != EVD_OK || forgiven->count == 0)
        return status;
    for (int side = 0; side < EVD_SIDES; side++)
        pair->absorbed_in_all[side] = absorbed[side];
    return tell_left(work, worker, plan, forgiven, error);
}
