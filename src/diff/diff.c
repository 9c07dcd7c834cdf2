/* The diff of two logs, phase by phase; each works on what those before it have found.
 *
 *     phase     entry                                             what it does
 *     choose    evd_choose_pairs (diff/pairs.c)                   which thread is which
 *                 evd_pair_by_hand, evd_pair_by_first_call,
 *                 evd_pair_by_similarity (pair/)
 *     list      evd_list_pairs, evd_order_pairs (diff/pairs.c)    pairs that both logs have; warnings of others
 *     walk      evd_pair_walk (diff/pair_work.c)                  in parallel, a pair a task: up to the first
 *                 evd_walk (walk/walk.c)                          divergence and, with resync, behind it
 *                 evd_resync_pair (align/resync.c)
 *     names     evd_names_check_pairs (names/check.c)             where names break a renaming, over all pairs
 *     finish    evd_pair_finish (diff/pair_work.c)                in parallel: breaks among the divergences
 *                 evd_breaks_add (names/breaks.c)
 *     controls  evd_noise_learn (explain/noise.c)                 the phases so far for each control run, and what
 *                                                                 differs there
 *     facts     evd_tell_log_facts (diff/log_facts.c)             what is told of the logs beside the pairs
 *     explain   evd_tell_failed, evd_find_causes, evd_noise_tell, evd_news_explain, evd_make_families (explain/)
 *                                                                 causes, what is new, families, where to look first
 *     quote     evd_quote_times, evd_take_quotations (diff/quotations.c)   times, and events around families' places
 *     conclude  evd_conclude (diff/verdict.c)                     counts, demands and the verdict
 *                 evd_find_hints (diff/hints.c)                   what another way of diffing would see better
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "diff/hints.h"
#include "diff/log_facts.h"
#include "diff/pairs.h"
#include "diff/quotations.h"
#include "diff/session.h"
#include "diff/verdict.h"
#include "explain/cause.h"
#include "explain/failed.h"
#include "explain/family.h"
#include "explain/news.h"
#include "explain/noise.h"
#include "names/check.h"
#include "outcome/outcome.h"

/* All that one diff works on. */
struct diff {
    struct evd_session *session;
    const struct evd_diff_options *options;
    struct evd_pair_plan plan;
    struct evd_owned_outcome *owned;
    struct evd_outcome *outcome;
    struct evd_chosen_pairs chosen;
    struct evd_pair_work *works;  /* one a pair of the outcome, whose index is its own */
    size_t *order;                /* pairs, the longest first */
    uint64_t *name_uses;          /* one a class of names; NULL when the rules have none */
    struct evd_failures failures; /* of the steps that run in parallel */
    bool is_control;              /* a control run's, which is diffed to learn from */
    struct evd_noise noise;       /* what control runs have taught */
};

typedef enum evd_status phase(struct diff *diff, struct evd_error *error);

static enum evd_status choose(struct diff *diff, struct evd_error *error)
{
    return evd_choose_pairs(
        diff->plan.log, diff->options, diff->session->pool, &diff->owned->arena, &diff->chosen, error);
}

static enum evd_status list_pairs(struct diff *diff, struct evd_error *error)
{
    diff->works = calloc(diff->chosen.count + 1, sizeof *diff->works);
    diff->order = evd_arena_array(&diff->owned->arena, diff->chosen.count, sizeof *diff->order);
    if (diff->works == NULL || diff->order == NULL ||
        !evd_list_pairs(&diff->chosen, diff->plan.log, diff->outcome, &diff->owned->arena, diff->works) ||
        !evd_order_pairs(diff->works, diff->outcome->pair_count, diff->order))
        return evd_fail_memory(error);
    return EVD_OK;
}

typedef enum evd_status pair_step(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                  const struct evd_pair_plan *plan, struct evd_error *error);

static void run_step(struct diff *diff, pair_step *step, size_t task, unsigned worker)
{
    struct evd_error error;
    const size_t pair = diff->order[task];
    const enum evd_status status = step(&diff->works[pair], &diff->session->workers[worker], &diff->plan, &error);
    evd_failures_add(&diff->failures, worker, pair, status, &error);
}

static void walk_pair(void *context, size_t task, unsigned worker)
{
    run_step(context, evd_pair_walk, task, worker);
}

static void finish_pair(void *context, size_t task, unsigned worker)
{
    run_step(context, evd_pair_finish, task, worker);
}

/* What a phase that read the logs has come to. A file that shrinks under its readers may look like anything: that comes
 * first. */
static enum evd_status check_logs(const struct diff *diff, enum evd_status status, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status log_status = evd_log_check(diff->plan.log[side], false, error);
        if (log_status != EVD_OK)
            return log_status;
    }
    return status;
}

/* Does a step for all pairs. */
static enum evd_status run_pairs(struct diff *diff, evd_task *task, struct evd_error *error)
{
    evd_pool_run(diff->session->pool, diff->outcome->pair_count, task, diff);
    return evd_failures_tell(&diff->failures, error);
}

static enum evd_status walk_pairs(struct diff *diff, struct evd_error *error)
{
    return check_logs(diff, run_pairs(diff, walk_pair, error), error);
}

/* Checks the names in all that matches. */
static enum evd_status check_names(struct diff *diff, struct evd_error *error)
{
    struct evd_outcome *outcome = diff->outcome;
    struct evd_names_pair *pairs = evd_arena_array(&diff->owned->arena, outcome->pair_count, sizeof *pairs);
    if (pairs == NULL)
        return evd_fail_memory(error);
    for (size_t i = 0; i < outcome->pair_count; i++) {
        struct evd_pair_work *work = &diff->works[i];
        pairs[i] = (struct evd_names_pair){.stream = {work->stream[EVD_CANARY], work->stream[EVD_OURS]},
                                           .matched = &work->finds->matched,
                                           .breaks = &work->finds->breaks};
    }
    const struct evd_names_options options = {
        .is_plain = diff->options->is_plain, .stops_at_breaks = !diff->plan.has_resync};
    struct evd_names_result result;
    const enum evd_status status = evd_names_check_pairs(
        diff->plan.log, diff->session->pool, pairs, outcome->pair_count, &options, &result, error);
    diff->name_uses = result.uses;
    outcome->bytes_read_again += result.bytes_read;
    return status;
}

static enum evd_status finish_pairs(struct diff *diff, struct evd_error *error)
{
    enum evd_status status = diff->plan.has_names ? check_names(diff, error) : EVD_OK;
    if (status == EVD_OK)
        status = run_pairs(diff, finish_pair, error);
    return check_logs(diff, status, error);
}

static enum evd_status tell_facts(struct diff *diff, struct evd_error *error)
{
    const bool is_told =
        evd_tell_log_facts(diff->outcome, diff->plan.log, &diff->chosen, diff->name_uses, &diff->owned->arena) &&
        evd_tell_controls(diff->outcome, diff->options->controls, diff->options->control_count, &diff->owned->arena);
    return is_told ? EVD_OK : evd_fail_memory(error);
}

/* The natures of each pair's divergences; NULL when memory runs out. */
static struct evd_nature_list *list_natures(struct diff *diff)
{
    struct evd_nature_list *natures = evd_arena_array(&diff->owned->arena, diff->outcome->pair_count, sizeof *natures);
    for (size_t i = 0; natures != NULL && i < diff->outcome->pair_count; i++)
        natures[i] =
            diff->works[i].finds != NULL ? diff->works[i].finds->divergences.natures : (struct evd_nature_list){0};
    return natures;
}

/* Tells what is new from noise, and makes the families. */
static bool make_families(struct diff *diff, const struct evd_nature_list *natures)
{
    struct evd_outcome *outcome = diff->outcome;
    struct evd_arena *arena = &diff->owned->arena;
    const struct evd_rules *rules = diff->session->rules;
    struct evd_news_part news = {.natures = NULL};
    diff->noise.is_paired_by_hand = diff->options->tid_map != NULL;
    if (diff->options->control_count == 0)
        return evd_make_families(outcome, natures, rules, NULL, arena);
    const bool is_done =
        evd_noise_tell(&diff->noise, outcome, natures) && evd_news_explain(&news, outcome, natures, rules, arena) &&
        evd_make_families_with_news(outcome, natures, &news, arena);
    for (size_t i = 0; is_done && i < outcome->family_count; i++)
        outcome->families[i].controls = evd_noise_controls(&diff->noise, outcome->families[i].signature);
    outcome->news_family_count = news.outcome.family_count;
    evd_news_release(&news);
    return is_done;
}

static enum evd_status explain(struct diff *diff, struct evd_error *error)
{
    if (!diff->plan.has_resync)
        return EVD_OK;
    struct evd_nature_list *natures = list_natures(diff);
    if (natures == NULL || !evd_tell_failed(diff->outcome, natures, diff->session->rules))
        return evd_fail_memory(error);
    enum evd_status status = evd_find_causes(diff->outcome, natures, diff->plan.log, error);
    if (status == EVD_OK && !make_families(diff, natures))
        status = evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < diff->outcome->family_count; i++) {
        struct evd_family *family = &diff->outcome->families[i];
        family->shown_as = evd_shown_as_of(diff->session->rules, family->kind, family->call, family->field);
    }
    return check_logs(diff, status, error);
}

static void quote_times(void *context, size_t task, unsigned worker)
{
    run_step(context, evd_quote_times, task, worker);
}

static enum evd_status quote(struct diff *diff, struct evd_error *error)
{
    if (!diff->plan.has_resync)
        return EVD_OK;
    const bool has_all = diff->options->quotations;
    struct evd_pair_worker *worker = diff->session->workers;
    struct evd_arena *arena = &diff->owned->arena;
    enum evd_status status = has_all ? run_pairs(diff, quote_times, error) : EVD_OK;
    if (status == EVD_OK)
        status = evd_take_quotations(diff->outcome, diff->works, diff->plan.log, worker, arena,
                                     has_all ? EVD_QUOTATIONS_MAX : EVD_LOOKS_MAX, error);
    if (status == EVD_OK && has_all)
        status = evd_take_times(diff->outcome, diff->plan.log, worker, arena, error);
    return check_logs(diff, status, error);
}

static enum evd_status conclude(struct diff *diff, struct evd_error *error)
{
    const bool is_done = evd_conclude(diff->outcome, &diff->options->demands, &diff->owned->arena) &&
                         evd_find_hints(diff->outcome, diff->options, diff->session->rules, &diff->owned->arena);
    return is_done ? EVD_OK : evd_fail_memory(error);
}

/* What the whole log's names are taught behind one pair's first divergence counts for the others: a report must not
 * say something else because another one is written beside it. For the same reason a demand is held against all events,
 * not those up to the first divergence. */
static bool needs_resync(const struct diff *diff)
{
    return diff->options->resync || diff->options->control_count > 0 || evd_rules_share_names(diff->session->rules) ||
           diff->session->rules->forgives || evd_has_demands(&diff->options->demands);
}

enum evd_status evd_check_control_count(const struct evd_diff_options *options, struct evd_error *error)
{
    return options->control_count <= EVD_CONTROLS_MAX
               ? EVD_OK
               : evd_fail(error, EVD_E_ARGUMENT, "at most %d control runs", EVD_CONTROLS_MAX);
}

/* Makes everything ready for the phases. */
static enum evd_status prepare(struct diff *diff, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (diff->plan.log[side]->rules != diff->session->rules)
            return evd_fail(error, EVD_E_ARGUMENT, "both logs must be read with the same rules");
    for (size_t i = 0; i < diff->options->control_count && i < EVD_CONTROLS_MAX; i++)
        if (diff->options->controls[i].log->rules != diff->session->rules)
            return evd_fail(error, EVD_E_ARGUMENT, "control runs must be read with the same rules");
    const enum evd_status status = evd_check_control_count(diff->options, error);
    if (status != EVD_OK)
        return status;
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
        diff->session->workers[i].walker.is_plain = diff->options->is_plain;
    for (unsigned i = 0; i < diff->session->worker_count; i++)
        diff->session->workers[i].recorder.has_mirrored = diff->is_control;
    return EVD_OK;
}

static enum evd_status run_phases(struct diff *diff, phase *const *phases, size_t count, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = phases[i](diff, error);
    return status;
}

/* Takes over what the workers have found so far. */
static void take_over(struct diff *diff)
{
    for (unsigned i = 0; diff->owned != NULL && i < diff->session->worker_count; i++)
        evd_pair_worker_hand_over(&diff->session->workers[i], &diff->owned->arena);
}

/* Releases all but the outcome. */
static void release(struct diff *diff)
{
    for (size_t i = 0; diff->works != NULL && i < diff->outcome->pair_count; i++)
        evd_pair_work_release(&diff->works[i]);
    take_over(diff);
    free(diff->works);
    free(diff->name_uses);
    evd_failures_release(&diff->failures);
    evd_noise_release(&diff->noise);
}

/* Diffs the log of a control's side with the control. */
static enum evd_status learn_control(struct diff *diff, unsigned index, struct evd_error *error)
{
    static phase *const PHASES[] = {prepare, choose, list_pairs, walk_pairs, finish_pairs, tell_facts};
    const struct evd_control *control = &diff->options->controls[index];
    const struct evd_diff_options options = {
        .pairing = diff->options->pairing, .resync = true, .is_plain = diff->options->is_plain};
    struct diff learning = {.session = diff->session,
                            .options = &options,
                            .plan = {.log = {diff->plan.log[control->side], control->log}},
                            .is_control = true};
    enum evd_status status = run_phases(&learning, PHASES, sizeof PHASES / sizeof PHASES[0], error);
    if (status == EVD_E_NO_MAPPING)
        evd_fail_at(error, status, control->log->path, 0, 0,
                    "this control run has no thread that is the counterpart of one of %s",
                    diff->plan.log[control->side]->path);
    struct evd_nature_list *natures = status == EVD_OK ? list_natures(&learning) : NULL;
    if (status == EVD_OK && (natures == NULL || !evd_tell_failed(learning.outcome, natures, diff->session->rules) ||
                             !evd_noise_learn(&diff->noise, index, control->side, learning.outcome, natures)))
        status = evd_fail_memory(error);
    release(&learning);
    evd_outcome_free(learning.outcome);
    return status;
}

static enum evd_status learn_controls(struct diff *diff, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    take_over(diff); /* before the workers turn to other diffs */
    for (size_t i = 0; status == EVD_OK && i < diff->options->control_count; i++)
        status = learn_control(diff, (unsigned)i, error);
    evd_noise_seal(&diff->noise);
    return status;
}

enum evd_status evd_session_diff_matched(struct evd_session *session, const struct evd_log *const log[EVD_SIDES],
                                         const struct evd_diff_options *options, struct evd_outcome **outcome,
                                         struct evd_matched **matched, struct evd_error *error)
{
    static const struct evd_diff_options DEFAULTS = {0};
    static phase *const PHASES[] = {
        prepare, choose, list_pairs, walk_pairs, finish_pairs, learn_controls, tell_facts, explain, quote, conclude};
    struct diff diff = {.session = session,
                        .options = options != NULL ? options : &DEFAULTS,
                        .plan = {.log = {log[EVD_CANARY], log[EVD_OURS]}}};
    const uint64_t read_before = evd_session_bytes_read(session);
    const double started = evd_seconds_now();
    *outcome = NULL;
    if (matched != NULL)
        *matched = NULL;
    enum evd_status status = run_phases(&diff, PHASES, sizeof PHASES / sizeof PHASES[0], error);
    if (status == EVD_OK && matched != NULL && diff.plan.has_names) {
        *matched = evd_pair_work_take_matched(diff.works, diff.outcome->pair_count);
        status = *matched != NULL ? EVD_OK : evd_fail_memory(error);
    }
    release(&diff);
    if (status != EVD_OK) {
        evd_outcome_free(diff.outcome);
        return status;
    }
    diff.outcome->bytes_read_again += evd_session_bytes_read(session) - read_before;
    diff.outcome->walk_seconds = evd_seconds_now() - started;
    *outcome = diff.outcome;
    return EVD_OK;
}
