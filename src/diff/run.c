#include "diff/run.h"

#include <stdlib.h>

#include "base/fail.h"
#include "diff/verdict.h"

/* What the whole log's names are taught behind one pair's first divergence counts for the others: a report must not
 * say something else because another one is written beside it. For the same reason a demand is held against all events,
 * not those up to the first divergence. */
static bool needs_resync(const struct evd_diff_run *diff)
{
    return diff->options->resync || diff->options->control_count > 0 || evd_rules_share_names(diff->session->rules) ||
           diff->session->rules->forgives || evd_has_demands(&diff->options->demands);
}

enum evd_status evd_check_controls(const struct evd_diff_options *options, struct evd_error *error)
{
    if (options->control_count > EVD_CONTROLS_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "at most %d control runs", EVD_CONTROLS_MAX);
    for (size_t i = 0; i < options->control_count; i++)
        if ((unsigned)options->controls[i].side >= EVD_SIDES)
            return evd_fail(error, EVD_E_ARGUMENT,
                            "the side of control run %zu is %d, which is no side; EVD_CANARY and EVD_OURS are", i,
                            (int)options->controls[i].side);
    return EVD_OK;
}

/* Two logs that are on neither side may be diffed, as correct runs that rules are learnt from are; one that was read as the other
 * side may not. */
static bool are_read_as_sides(const struct evd_diff_run *diff)
{
    const struct evd_log *canary = diff->plan.log[EVD_CANARY], *ours = diff->plan.log[EVD_OURS];
    return !diff->session->rules->compares_one_side || diff->is_control ||
           (canary->side == EVD_SIDES && ours->side == EVD_SIDES) ||
           (canary->side == EVD_CANARY && ours->side == EVD_OURS);
}

/* Makes everything ready for the phases. */
enum evd_status evd_phase_prepare(struct evd_diff_run *diff, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (diff->plan.log[side]->rules != diff->session->rules)
            return evd_fail(error, EVD_E_ARGUMENT, "both logs must be read with the same rules");
    if (!are_read_as_sides(diff))
        return evd_fail(error, EVD_E_ARGUMENT,
                        "some rules are about one side, and the logs were not read as canary's and ours");
    enum evd_status status = evd_check_controls(diff->options, error);
    if (status != EVD_OK)
        return status;
    for (size_t i = 0; i < diff->options->control_count; i++)
        if (diff->options->controls[i].log->rules != diff->session->rules)
            return evd_fail(error, EVD_E_ARGUMENT, "control runs must be read with the same rules");
    if (!evd_demands_are_valid(&diff->options->demands))
        return evd_fail(error, EVD_E_ARGUMENT, "a demanded share must be from 0 to 1");
    diff->owned = evd_outcome_new();
    if (diff->owned == NULL)
        return evd_fail_memory(error);
    diff->outcome = &diff->owned->outcome;
    if (!evd_failures_init(&diff->failures, diff->session->worker_count))
        return evd_fail_memory(error);
    diff->outcome->has_resync = diff->plan.has_resync = needs_resync(diff);
    diff->plan.has_names = diff->session->rules->name_class_count > 0;
    diff->plan.keeps_matched = diff->plan.has_names || diff->session->rules->compares_sides;
    diff->plan.keeps_absorbed = diff->options->emit_absorbed_events;
    for (unsigned i = 0; i < diff->session->worker_count; i++)
        evd_pair_worker_set_plain(&diff->session->workers[i], diff->options->is_plain);
    for (unsigned i = 0; i < diff->session->worker_count; i++)
        diff->session->workers[i].recorder.has_mirrored = diff->is_control;
    return EVD_OK;
}

enum evd_status evd_run_phases(struct evd_diff_run *diff, evd_phase *const *phases, size_t count,
                               struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = phases[i](diff, error);
    return status;
}

void evd_run_step(struct evd_diff_run *diff, evd_pair_step *step, size_t task, unsigned worker)
{
    struct evd_error error;
    const size_t pair = diff->order[task];
    const enum evd_status status = step(&diff->works[pair], &diff->session->workers[worker], &diff->plan, &error);
    evd_failures_add(&diff->failures, worker, pair, status, &error);
}

/* What a phase that read the logs has come to. A file that shrinks under its readers may look like anything: that comes
 * first. */
enum evd_status evd_run_check_logs(const struct evd_diff_run *diff, enum evd_status status, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status log_status = evd_log_check(diff->plan.log[side], false, error);
        if (log_status != EVD_OK)
            return log_status;
    }
    return status;
}

/* Does a step for all pairs. */
enum evd_status evd_run_pairs(struct evd_diff_run *diff, evd_task *task, struct evd_error *error)
{
    evd_pool_run(diff->session->pool, diff->outcome->pair_count, task, diff);
    return evd_failures_tell(&diff->failures, error);
}

/* The natures of each pair's divergences; NULL when memory runs out. */
struct evd_nature_list *evd_run_natures(struct evd_diff_run *diff)
{
    struct evd_nature_list *natures = evd_arena_array(&diff->scratch, diff->outcome->pair_count, sizeof *natures);
    for (size_t i = 0; natures != NULL && i < diff->outcome->pair_count; i++)
        natures[i] =
            diff->works[i].finds != NULL ? diff->works[i].finds->divergences.natures : (struct evd_nature_list){0};
    return natures;
}

/* Takes over what the workers have found so far. */
void evd_run_take_over(struct evd_diff_run *diff)
{
    for (unsigned i = 0; diff->owned != NULL && i < diff->session->worker_count; i++)
        evd_pair_worker_hand_over(&diff->session->workers[i], &diff->owned->arena);
}

/* Releases all but the outcome. */
void evd_run_release(struct evd_diff_run *diff)
{
    for (size_t i = 0; diff->works != NULL && i < diff->outcome->pair_count; i++)
        evd_pair_work_release(&diff->works[i]);
    evd_run_take_over(diff);
    free(diff->works);
    evd_arena_release(&diff->scratch);
    free(diff->name_uses);
    evd_failures_release(&diff->failures);
    evd_noise_release(&diff->noise);
}
