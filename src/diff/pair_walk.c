#include "diff/pair_walk.h"

#include <stdlib.h>
#include <string.h>

#include "align/parts.h"
#include "align/relocate.h"
#include "align/resync.h"
#include "base/fail.h"
#include "names/breaks.h"
#include "walk/first_divergence.h"

/* Copies what was absorbed, one count an absorber; where nothing was, all pairs of a worker share the zeros. */
static const uint64_t *keep_absorbed(struct evd_pair_worker *worker, int side)
{
    const size_t count = worker->walker.rules->absorber_count;
    const uint64_t *absorbed = worker->walker.counts.absorbed[side];
    bool has_any = false;
    for (size_t i = 0; i < count; i++)
        has_any |= absorbed[i] != 0;
    if (!has_any && worker->zeros != NULL)
        return worker->zeros;
    uint64_t *kept = evd_arena_array(&worker->arena, count, sizeof *kept);
    if (kept != NULL && count > 0)
        memcpy(kept, absorbed, count * sizeof *kept);
    if (!has_any)
        worker->zeros = kept;
    return kept;
}

/* Takes over what the walk has counted up to where it stopped. */
static enum evd_status keep_counts(struct evd_pair_work *work, struct evd_pair_worker *worker, struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    struct evd_pair_outcome *pair = work->outcome;
    const struct evd_walk_counts *counts = &walker->counts;
    pair->matched = counts->matched;
    pair->exact_comparisons = counts->exact_comparisons;
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_cursor_left_over(&walker->side[side], &pair->left_over[side], error);
        if (status != EVD_OK)
            return status;
        pair->engine_local[side] = counts->engine_local[side];
        pair->absorbed[side] = keep_absorbed(worker, side);
        if (pair->absorbed[side] == NULL)
            return evd_fail_memory(error);
    }
    return EVD_OK;
}

/* Quotes where the walk stopped: at events that differ, or at those of a break. */
enum evd_status evd_pair_quote_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                          const struct evd_name_break *break_, struct evd_error *error)
{
    const struct evd_broken_renaming *breaks = NULL;
    if (break_ != NULL) {
        const enum evd_status status = evd_name_break_read(break_, &worker->walker, error);
        if (status != EVD_OK)
            return status;
        if (!break_->is_sided)
            breaks = evd_name_break_tell(break_, worker->walker.rules, &worker->text, &worker->arena);
        if (breaks == NULL && !break_->is_sided)
            return evd_fail_memory(error);
    }
    struct evd_first_divergence *divergence = evd_arena_alloc(&worker->arena, sizeof *divergence);
    if (divergence == NULL)
        return evd_fail_memory(error);
    work->outcome->divergence = divergence;
    return evd_quote_first_divergence(&worker->walker, breaks, &worker->text, &worker->arena, divergence, error);
}

/* Walks to the first divergence; `break_`: the first two matching events whose names differ, or NULL. */
enum evd_status evd_pair_walk_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                            const struct evd_pair_plan *plan, const struct evd_name_break *break_,
                                            struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    struct evd_pair_outcome *pair = work->outcome;
    struct evd_absorbed_list *absorbed = &worker->absorbed;
    const struct evd_absorbed_listener listener = {evd_hear_absorbed, absorbed};
    enum evd_walk_end end;
    absorbed->arena = &worker->arena;
    absorbed->scratch = &worker->text;
    absorbed->count = 0;
    evd_walker_aim(walker, plan->log, work->stream);
    walker->listener = plan->keeps_absorbed ? &listener : NULL;
    walker->stop_at = break_ != NULL ? break_->position[EVD_CANARY] : EVD_NO_STOP;
    walker->stop_ours_at = break_ != NULL ? break_->position[EVD_OURS] : EVD_NO_STOP;
    enum evd_status status = evd_walk(walker, &end, error);
    walker->listener = NULL; /* those up to the first divergence are what was asked for */
    walker->stop_at = EVD_NO_STOP;
    if (status != EVD_OK)
        return status;
    pair->is_diverged = end != EVD_WALK_AT_END;
    pair->divergence = NULL;
    pair->absorbed_event_count = absorbed->count;
    pair->absorbed_events = evd_absorbed_list_keep(absorbed);
    if (pair->absorbed_events == NULL)
        return evd_fail_memory(error);
    if (pair->is_diverged)
        status = evd_pair_quote_divergence(work, worker, end == EVD_WALK_AT_STOP ? break_ : NULL, error);
    return status == EVD_OK ? keep_counts(work, worker, error) : status;
}

/* Counts the events that were left out before the walk as absorbed: for it they take no part. */
static enum evd_status count_left_out(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                      struct evd_error *error)
{
    struct evd_pair_outcome *pair = work->outcome;
    const size_t rules = worker->walker.rules->absorber_count;
    if (work->arranged == NULL)
        return EVD_OK;
    uint64_t *moved = evd_arena_array(&worker->arena, EVD_SIDES * rules, sizeof *moved);
    if (moved == NULL)
        return evd_fail_memory(error);
    pair->moved = moved;
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t *absorbed = evd_arena_array(&worker->arena, rules, sizeof *absorbed);
        if (absorbed == NULL)
            return evd_fail_memory(error);
        for (size_t i = 0; i < rules; i++) {
            absorbed[i] = pair->absorbed_in_all[side][i] + work->arranged->left_out[side][i];
            *moved++ = work->arranged->moved[side][i];
            pair->counts[side].engine_local -= work->arranged->left_out[side][i];
        }
        pair->absorbed_in_all[side] = absorbed;
    }
    return EVD_OK;
}

/* How all events of the pair came out, of which the walk has counted the absorbed ones. */
static enum evd_status count_absorbed(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                      struct evd_error *error)
{
    struct evd_pair_outcome *pair = work->outcome;
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->absorbed_in_all[side] = keep_absorbed(worker, side);
        if (pair->absorbed_in_all[side] == NULL)
            return evd_fail_memory(error);
    }
    const enum evd_status status = count_left_out(work, worker, error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        pair->counts[side].absorbed = 0;
        for (size_t i = 0; i < worker->walker.rules->absorber_count; i++)
            pair->counts[side].absorbed += pair->absorbed_in_all[side][i];
    }
    return status;
}

/* What lies behind the first divergence was not looked at. */
enum evd_status evd_pair_count_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                             struct evd_error *error)
{
    const struct evd_walker *walker = &worker->walker;
    struct evd_pair_outcome *pair = work->outcome;
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t rest = pair->total[side] - walker->side[side].position;
        pair->counts[side] = (struct evd_event_counts){
            .matched = pair->matched,
            .differing = pair->is_diverged,
            .left_over = pair->left_over[side] - pair->is_diverged,
            .engine_local = pair->engine_local[side] + rest - pair->left_over[side]};
    }
    return count_absorbed(work, worker, error);
}

/* Goes on behind the first divergence. */
static enum evd_status resync(struct evd_pair_work *work, struct evd_pair_worker *worker, struct evd_error *error)
{
    struct evd_pair_outcome *pair = work->outcome;
    struct evd_resync_result result;
    const struct evd_gap_help help = {worker->pool, EVD_PART_EVENTS_MIN};
    if (!pair->is_diverged && pair->left_over[EVD_CANARY] == 0 && pair->left_over[EVD_OURS] == 0)
        return EVD_OK;
    evd_recorder_aim(&worker->recorder, &worker->walker, &worker->arena, &work->finds->divergences);
    const enum evd_status status =
        evd_resync_pair(&worker->recorder, worker->pool == NULL ? NULL : &help, &result, error);
    if (status != EVD_OK)
        return status;
    pair->searches_cut_short = result.searches_cut_short;
    if (!result.is_whole)
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++)
        pair->counts[side] = (struct evd_event_counts){
            .matched = result.matched,
            .differing = result.differing[side],
            .left_over = result.left_over[side],
            .engine_local = result.engine_local[side]};
    return count_absorbed(work, worker, error);
}

/* Puts what was found, which is on the caller's stack, where it stays; false when memory runs out. */
static bool keep_finds(struct evd_pair_work *work, bool has_names)
{
    struct evd_pair_finds *finds = work->finds;
    const bool is_kept = has_names || finds->divergences.count > 0 || finds->nulls.count > 0;
    work->finds = is_kept ? malloc(sizeof *work->finds) : NULL;
    if (work->finds != NULL)
        *work->finds = *finds;
    else
        evd_pair_finds_release(finds);
    return work->finds != NULL || !is_kept;
}

enum evd_status evd_pair_walk(struct evd_pair_work *work, struct evd_pair_worker *worker,
                              const struct evd_pair_plan *plan, struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    struct evd_pair_finds finds = {.matched = {0}};
    work->finds = &finds;
    worker->recorder.told = 0;
    for (int side = 0; side < EVD_SIDES; side++)
        work->outcome->total[side] = work->stream[side]->count;
    enum evd_status status = evd_arrange(walker, plan->log, work->stream, &work->arranged, error);
    if (status == EVD_OK && work->arranged != NULL)
        status = evd_relocate(walker, work->arranged, error);
    for (int side = 0; work->arranged != NULL && side < EVD_SIDES; side++)
        work->stream[side] = &work->arranged->stream[side];
    walker->matched = plan->keeps_matched ? &work->finds->matched : NULL;
    walker->nulls = &work->finds->nulls;
    if (status == EVD_OK)
        status = evd_pair_walk_to_divergence(work, worker, plan, NULL, error);
    if (status == EVD_OK)
        status = evd_pair_count_to_divergence(work, worker, error);
    if (status == EVD_OK && plan->has_resync) {
        evd_recorder_tell(&worker->recorder, walker->side[EVD_CANARY].position + walker->side[EVD_OURS].position);
        status = resync(work, worker, error);
    }
    evd_recorder_tell(&worker->recorder, work->outcome->total[EVD_CANARY] + work->outcome->total[EVD_OURS]);
    walker->matched = NULL;
    walker->nulls = NULL;
    return keep_finds(work, plan->keeps_matched) || status != EVD_OK ? status : evd_fail_memory(error);
}
