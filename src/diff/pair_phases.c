#include "diff/pair_phases.h"

#include <stdlib.h>

#include "base/fail.h"
#include "diff/pair_finish.h"
#include "diff/pair_walk.h"
#include "diff/pairs.h"
#include "names/check.h"
#include "names/shared.h"

enum evd_status evd_phase_choose(struct evd_diff_run *diff, struct evd_error *error)
{
    return evd_choose_pairs(diff->plan.log, diff->options, diff->session->pool, &diff->session->steps, &diff->scratch,
                            &diff->chosen, error);
}

enum evd_status evd_phase_list_pairs(struct evd_diff_run *diff, struct evd_error *error)
{
    diff->works = calloc(diff->chosen.count + 1, sizeof *diff->works);
    diff->order = evd_arena_array(&diff->scratch, diff->chosen.count, sizeof *diff->order);
    if (diff->works == NULL || diff->order == NULL ||
        !evd_list_pairs(&diff->chosen, diff->plan.log, diff->outcome, &diff->owned->arena, diff->works) ||
        !evd_order_pairs(diff->works, diff->outcome->pair_count, diff->order))
        return evd_fail_memory(error);
    return EVD_OK;
}

static void walk_pair(void *context, size_t task, unsigned worker)
{
    evd_run_step(context, evd_pair_walk, task, worker);
}

/* The same, of the pairs behind the longest one. */
static void walk_other_pair(void *context, size_t task, unsigned worker)
{
    evd_run_step(context, evd_pair_walk, task + 1, worker);
}

static void finish_pair(void *context, size_t task, unsigned worker)
{
    struct evd_diff_run *diff = context;
    evd_run_step(diff, evd_pair_finish, task, worker);
    evd_steps_advance(&diff->session->steps, 1);
}

static uint64_t events_of(const struct evd_pair_work *work)
{
    return work->stream[EVD_CANARY]->count + work->stream[EVD_OURS]->count;
}

/* True when the largest pair has more events than all others: then the workers take it apart together, as most of them
 * would only wait for it. */
static bool has_leading_pair(const struct evd_diff_run *diff)
{
    uint64_t others = 0;
    for (size_t i = 1; i < diff->outcome->pair_count; i++)
        others += events_of(&diff->works[diff->order[i]]);
    return diff->plan.has_resync && diff->outcome->pair_count > 0 && events_of(&diff->works[diff->order[0]]) > others;
}

enum evd_status evd_phase_walk(struct evd_diff_run *diff, struct evd_error *error)
{
    uint64_t events = 0;
    for (size_t i = 0; i < diff->outcome->pair_count; i++)
        events += events_of(&diff->works[i]);
    evd_steps_begin(&diff->session->steps, EVD_STEP_ALIGN, events);
    if (!has_leading_pair(diff))
        return evd_run_check_logs(diff, evd_run_pairs(diff, walk_pair, error), error);
    struct evd_pair_worker *worker = &diff->session->workers[0];
    worker->pool = diff->session->pool;
    evd_run_step(diff, evd_pair_walk, 0, 0);
    worker->pool = NULL;
    evd_pool_run(diff->session->pool, diff->outcome->pair_count - 1, walk_other_pair, diff);
    return evd_run_check_logs(diff, evd_failures_tell(&diff->failures, error), error);
}

/* What matches in each pair; NULL when memory runs out. */
static struct evd_names_pair *list_matched(struct evd_diff_run *diff)
{
    const size_t count = diff->outcome->pair_count;
    struct evd_names_pair *pairs = evd_arena_array(&diff->scratch, count, sizeof *pairs);
    for (size_t i = 0; pairs != NULL && i < count; i++) {
        struct evd_pair_work *work = &diff->works[i];
        pairs[i] = (struct evd_names_pair){.stream = {work->stream[EVD_CANARY], work->stream[EVD_OURS]},
                                           .matched = &work->finds->matched,
                                           .breaks = &work->finds->breaks};
    }
    return pairs;
}

/* Checks the names in all that matches. */
static enum evd_status check_names(struct evd_diff_run *diff, const struct evd_names_pair *pairs,
                                   struct evd_error *error)
{
    struct evd_outcome *outcome = diff->outcome;
    const struct evd_names_options options = {
        .is_plain = diff->options->is_plain, .stops_at_breaks = !diff->plan.has_resync, .steps = &diff->session->steps};
    struct evd_names_result result;
    const enum evd_status status = evd_names_check_pairs(
        diff->plan.log, diff->session->pool, pairs, outcome->pair_count, &options, &result, error);
    diff->name_uses = result.uses;
    outcome->bytes_read_again += result.bytes_read;
    return status;
}

enum evd_status evd_phase_finish(struct evd_diff_run *diff, struct evd_error *error)
{
    const bool is_shared = diff->session->rules->compares_shared;
    enum evd_status status = EVD_OK;
    if (diff->plan.has_names || is_shared) {
        const struct evd_names_pair *pairs = list_matched(diff);
        status = pairs == NULL ? evd_fail_memory(error) : EVD_OK;
        if (status == EVD_OK && diff->plan.has_names)
            status = check_names(diff, pairs, error);
        if (status == EVD_OK && is_shared)
            status = evd_shared_check(
                &diff->session->workers[0].walker, diff->plan.log, pairs, diff->outcome->pair_count, error);
    }
    if (status == EVD_OK) {
        evd_steps_begin(&diff->session->steps, EVD_STEP_FINISH, diff->outcome->pair_count);
        status = evd_run_pairs(diff, finish_pair, error);
    }
    return evd_run_check_logs(diff, status, error);
}
