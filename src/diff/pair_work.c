#include "diff/pair_work.h"

#include <stdlib.h>
#include <string.h>

#include "align/resync.h"
#include "base/fail.h"
#include "diff/forgive.h"
#include "names/breaks.h"
#include "names/sided.h"
#include "walk/first_divergence.h"

bool evd_pair_worker_init(struct evd_pair_worker *worker, const struct evd_rules *rules)
{
    *worker = (struct evd_pair_worker){.text = {0}};
    const bool has_walker = evd_walker_init(&worker->walker, rules);
    return evd_recorder_init(&worker->recorder) && has_walker;
}

void evd_pair_worker_release(struct evd_pair_worker *worker)
{
    evd_walker_release(&worker->walker);
    evd_recorder_release(&worker->recorder);
    evd_buffer_release(&worker->text);
    free(worker->absorbed.events);
    evd_arena_release(&worker->arena);
}

uint64_t evd_pair_worker_bytes_read(const struct evd_pair_worker *worker)
{
    return evd_walker_bytes_read(&worker->walker) + worker->recorder.reader.reread.bytes_read;
}

struct evd_matched *evd_pair_work_take_matched(struct evd_pair_work *works, size_t count)
{
    struct evd_matched *matched = calloc(count + 1, sizeof *matched);
    for (size_t i = 0; matched != NULL && i < count; i++) {
        matched[i] = works[i].finds->matched;
        works[i].finds->matched = (struct evd_matched){0};
    }
    return matched;
}

static void release_finds(struct evd_pair_finds *finds)
{
    evd_divergences_release(&finds->divergences);
    evd_matched_release(&finds->matched);
    evd_name_break_list_release(&finds->breaks);
    evd_null_list_release(&finds->nulls);
}

void evd_pair_work_release(struct evd_pair_work *work)
{
    evd_arranged_free(work->arranged);
    work->arranged = NULL;
    if (work->finds == NULL)
        return;
    release_finds(work->finds);
    free(work->finds);
    work->finds = NULL;
}

void evd_pair_worker_hand_over(struct evd_pair_worker *worker, struct evd_arena *arena)
{
    evd_arena_take(arena, &worker->arena);
    worker->zeros = NULL;
}

/* ---- up to the first divergence ---- */

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
static enum evd_status keep_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
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
static enum evd_status walk_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
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
        status = keep_divergence(work, worker, end == EVD_WALK_AT_STOP ? break_ : NULL, error);
    return status == EVD_OK ? keep_counts(work, worker, error) : status;
}

/* ---- in all ---- */

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
static enum evd_status count_to_divergence(struct evd_pair_work *work, struct evd_pair_worker *worker,
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
    if (!pair->is_diverged && pair->left_over[EVD_CANARY] == 0 && pair->left_over[EVD_OURS] == 0)
        return EVD_OK;
    evd_recorder_aim(&worker->recorder, &worker->walker, &worker->arena, &work->finds->divergences);
    const enum evd_status status = evd_resync_pair(&worker->recorder, &result, error);
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
        release_finds(finds);
    return work->finds != NULL || !is_kept;
}

enum evd_status evd_pair_walk(struct evd_pair_work *work, struct evd_pair_worker *worker,
                              const struct evd_pair_plan *plan, struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    struct evd_pair_finds finds = {.matched = {0}};
    work->finds = &finds;
    for (int side = 0; side < EVD_SIDES; side++)
        work->outcome->total[side] = work->stream[side]->count;
    enum evd_status status = evd_arrange(walker, plan->log, work->stream, &work->arranged, error);
    for (int side = 0; work->arranged != NULL && side < EVD_SIDES; side++)
        work->stream[side] = &work->arranged->stream[side];
    walker->matched = plan->keeps_matched ? &work->finds->matched : NULL;
    walker->nulls = &work->finds->nulls;
    if (status == EVD_OK)
        status = walk_to_divergence(work, worker, plan, NULL, error);
    if (status == EVD_OK)
        status = count_to_divergence(work, worker, error);
    if (status == EVD_OK && plan->has_resync)
        status = resync(work, worker, error);
    walker->matched = NULL;
    walker->nulls = NULL;
    return keep_finds(work, plan->keeps_matched) || status != EVD_OK ? status : evd_fail_memory(error);
}

/* ---- with what the walk took for matching ---- */

/* Turns matching events whose names break a renaming, or in which a mark hides a null, into divergences. */
static enum evd_status add_breaks(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                  const struct evd_pair_plan *plan, struct evd_error *error)
{
    evd_walker_aim(&worker->walker, plan->log, work->stream);
    evd_recorder_aim(&worker->recorder, &worker->walker, &worker->arena, &work->finds->divergences);
    return evd_breaks_add(&work->finds->breaks, &work->finds->nulls, &worker->recorder, error);
}

/* The first divergence may be a break. */
static enum evd_status walk_to_break(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                     const struct evd_pair_plan *plan, struct evd_error *error)
{
    const struct evd_name_break *first = &work->finds->breaks.breaks[0];
    if (first->rank >= work->outcome->matched)
        return EVD_OK;
    const enum evd_status status = walk_to_divergence(work, worker, plan, first, error);
    return status == EVD_OK && !plan->has_resync ? count_to_divergence(work, worker, error) : status;
}

/* Quotes the first null when it comes before the first divergence: the walk is taken up to there again. */
static enum evd_status quote_null(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                  const struct evd_pair_plan *plan, struct evd_error *error)
{
    struct evd_walker *walker = &worker->walker;
    const struct evd_null *null = &work->finds->nulls.nulls[0];
    if (null->rank >= work->outcome->matched)
        return EVD_OK;
    struct evd_first_null *first = evd_arena_alloc(&worker->arena, sizeof *first);
    if (first == NULL)
        return evd_fail_memory(error);
    enum evd_walk_end end;
    enum evd_side side;
    evd_walker_aim(walker, plan->log, work->stream);
    walker->stop_at = null->position[EVD_CANARY];
    enum evd_status status = evd_walk(walker, &end, error);
    walker->stop_at = EVD_NO_STOP;
    if (status == EVD_OK && end != EVD_WALK_AT_STOP)
        status = evd_logs_blame(plan->log, EVD_SIDES, error);
    if (status == EVD_OK)
        status = evd_null_read(null, walker->side, &walker->difference, &side, error);
    if (status == EVD_OK)
        status = evd_quote_first_divergence(walker, NULL, &worker->text, &worker->arena, &first->divergence, error);
    if (status != EVD_OK)
        return status;
    first->matched = walker->counts.matched;
    work->outcome->first_null = first;
    return EVD_OK;
}

/* ---- with what the rules forgive ---- */

/* Puts a cursor at the first divergence that is left, with the ordinals that the stream has there. */
static enum evd_status go_to(struct evd_walker *walker, int side, const struct evd_run *run, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const uint64_t last = cursor->stream->count - 1;
    const uint64_t position = run->position < last ? run->position : last;
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
        if (breaks->breaks[i].position[EVD_CANARY] == divergence->run[EVD_CANARY].position)
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
        status = go_to(walker, side, &first->run[side], error);
    if (status != EVD_OK)
        return status;
    struct evd_cursor *canary = &walker->side[EVD_CANARY], *ours = &walker->side[EVD_OURS];
    const struct evd_name_break *break_ = find_break(&work->finds->breaks, first);
    if (first->marked_null != NULL && break_ == NULL) {
        const struct evd_null null = {.position = {canary->position, ours->position}};
        enum evd_side side;
        status = evd_null_read(&null, walker->side, &walker->difference, &side, error);
    } else if (evd_compare(&canary->view, &ours->view, &walker->difference) && break_ == NULL) {
        /* Behind a meeting point ordinals begin anew: they differ there, and from the streams' beginnings do not. */
        for (uint32_t i = 0; i < walker->rules->slot_count; i++)
            ours->ordinals[i]++;
        ours->is_read = false;
        status = evd_cursor_read(ours, error);
        if (status == EVD_OK)
            evd_compare(&canary->view, &ours->view, &walker->difference);
    }
    if (status != EVD_OK)
        return status;
    return keep_divergence(work, worker, break_, error);
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
        pair->marked_null_count += list->divergences[i].marked_null != NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->left_over[side] = ends ? first->run[side].count : 0;
        pair->absorbed[side] = pair->absorbed_in_all[side];
        if (!pair->is_diverged)
            continue;
        evd_walker_aim(&worker->walker, plan->log, work->stream);
        worker->walker.side[side].position = first->run[side].position;
        const enum evd_status status = evd_cursor_left_over(&worker->walker.side[side], &pair->left_over[side], error);
        if (status != EVD_OK)
            return status;
    }
    if (!pair->is_diverged)
        return EVD_OK;
    evd_walker_aim(&worker->walker, plan->log, work->stream);
    return quote_left(work, worker, first, error);
}

/* Takes out what the rules forgive. */
static enum evd_status forgive(struct evd_pair_work *work, struct evd_pair_worker *worker,
                               const struct evd_pair_plan *plan, struct evd_forgiven *forgiven, struct evd_error *error)
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
        evd_forgive(&worker->walker, &work->finds->divergences, pair, absorbed, forgiven, error);
    if (status != EVD_OK || forgiven->count == 0)
        return status;
    for (int side = 0; side < EVD_SIDES; side++)
        pair->absorbed_in_all[side] = absorbed[side];
    return tell_left(work, worker, plan, forgiven, error);
}

/* Without resync what is behind the first divergence, which may be a break, is not told. */
static void leave_out_nulls(struct evd_pair_work *work)
{
    struct evd_null_list *nulls = &work->finds->nulls;
    while (nulls->count > 0 && nulls->nulls[nulls->count - 1].rank >= work->outcome->matched)
        nulls->count--;
}

enum evd_status evd_pair_finish(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                const struct evd_pair_plan *plan, struct evd_error *error)
{
    if (work->finds == NULL)
        return EVD_OK;
    struct evd_pair_outcome *pair = work->outcome;
    const size_t before = work->finds->divergences.count;
    struct evd_forgiven forgiven = {0};
    const uint64_t matched = pair->counts[EVD_CANARY].matched;
    enum evd_status status = EVD_OK;
    if (worker->walker.rules->compares_sides) {
        evd_walker_aim(&worker->walker, plan->log, work->stream);
        status = evd_sided_check(&worker->walker, &work->finds->matched, &work->finds->breaks, error);
        if (status != EVD_OK)
            return status;
    }
    if (plan->has_resync && work->finds->breaks.count + work->finds->nulls.count > 0)
        status = add_breaks(work, worker, plan, error);
    if (status == EVD_OK && work->finds->breaks.count > 0)
        status = walk_to_break(work, worker, plan, error);
    if (status == EVD_OK && !plan->has_resync)
        leave_out_nulls(work);
    if (status == EVD_OK && work->finds->nulls.count > 0)
        status = quote_null(work, worker, plan, error);
    if (status != EVD_OK)
        return status;
    const uint64_t differing = plan->has_resync ? work->finds->divergences.count - before : work->finds->nulls.count;
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->counts[side].matched -= differing;
        pair->counts[side].differing += differing;
    }
    pair->marked_null_count = work->finds->nulls.count;
    if (plan->has_resync && worker->walker.rules->forgives && work->finds->divergences.count > 0)
        status = forgive(work, worker, plan, &forgiven, error);
    if (status != EVD_OK)
        return status;
    pair->divergence_count = work->finds->divergences.count;
    if (!evd_divergences_keep(&work->finds->divergences, matched + forgiven.in_step, &worker->arena,
                              &pair->divergences))
        return evd_fail_memory(error);
    return EVD_OK;
}
