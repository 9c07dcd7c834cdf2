#include "diff/pair_finish.h"

#include "base/fail.h"
#include "diff/pair_forgive.h"
#include "diff/pair_walk.h"
#include "names/breaks.h"
#include "names/sided.h"
#include "walk/first_divergence.h"

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
    const enum evd_status status = evd_pair_walk_to_divergence(work, worker, plan, first, error);
    return status == EVD_OK && !plan->has_resync ? evd_pair_count_to_divergence(work, worker, error) : status;
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
    walker->stop_ours_at = null->position[EVD_OURS];
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
        status = evd_sided_check(&worker->walker, &work->finds->matched, true, &work->finds->breaks, error);
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
        status = evd_pair_forgive(work, worker, plan, &forgiven, error);
    if (status != EVD_OK)
        return status;
    pair->divergence_count = work->finds->divergences.count;
    pair->divergences = evd_divergences_keep(&work->finds->divergences, matched + forgiven.in_step, &worker->arena);
    return EVD_OK;
}
