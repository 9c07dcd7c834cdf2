#include "diff/outcome_phases.h"

#include <string.h>

#include "base/fail.h"
#include "diff/hints.h"
#include "diff/log_facts.h"
#include "diff/quotations.h"
#include "diff/verdict.h"
#include "explain/cause.h"
#include "explain/failed.h"
#include "explain/family.h"
#include "explain/log_end.h"
#include "explain/news.h"
#include "explain/ordinary.h"
#include "outcome/causes.h"

enum evd_status evd_phase_tell_facts(struct evd_diff_run *diff, struct evd_error *error)
{
    const bool is_told =
        evd_tell_log_facts(diff->outcome, diff->plan.log, &diff->chosen, diff->name_uses, &diff->owned->arena) &&
        evd_tell_controls(diff->outcome, diff->options->controls, diff->options->control_count, diff->control_unmatched,
                          &diff->owned->arena) &&
        evd_tell_asked(diff->outcome, diff->options->asked, diff->options->asked_count, &diff->owned->arena);
    return is_told ? EVD_OK : evd_fail_memory(error);
}

/* The streams of the pairs, as they were compared; NULL when memory runs out. */
static evd_stream_pair *list_streams(struct evd_diff_run *diff)
{
    evd_stream_pair *streams = evd_arena_array(&diff->scratch, diff->outcome->pair_count, sizeof *streams);
    for (size_t i = 0; streams != NULL && i < diff->outcome->pair_count; i++)
        memcpy(streams[i], diff->works[i].stream, sizeof streams[i]);
    return streams;
}

/* Where ours does what canary and its control runs do elsewhere. */
static enum evd_status tell_ordinary(struct evd_diff_run *diff, evd_stream_pair *streams, struct evd_error *error)
{
    const struct evd_log *trusted[1 + EVD_CONTROLS_MAX] = {diff->plan.log[EVD_CANARY]};
    size_t count = 1;
    for (size_t i = 0; i < diff->options->control_count; i++)
        if (diff->options->controls[i].side == EVD_CANARY)
            trusted[count++] = diff->options->controls[i].log;
    return evd_tell_ordinary(diff->outcome, streams, diff->plan.log[EVD_OURS], trusted, count, error);
}

/* Makes the families, with control runs of what is new by itself. */
static bool make_families(struct evd_diff_run *diff, const struct evd_nature_list *natures)
{
    struct evd_outcome *outcome = diff->outcome;
    struct evd_arena *arena = &diff->owned->arena;
    const struct evd_rules *rules = diff->session->rules;
    struct evd_news_part news = {.natures = NULL};
    if (diff->options->control_count == 0)
        return evd_make_families(outcome, natures, rules, NULL, arena);
    const bool is_done = evd_news_explain(&news, outcome, natures, rules, arena) &&
                         evd_make_families_with_news(outcome, natures, &news, arena);
    for (size_t i = 0; is_done && i < outcome->family_count; i++)
        outcome->families[i].controls = evd_noise_controls(&diff->noise, outcome->families[i].signature);
    outcome->news_family_count = news.outcome.family_count;
    evd_news_release(&news);
    return is_done;
}

enum evd_status evd_phase_explain(struct evd_diff_run *diff, struct evd_error *error)
{
    if (!diff->plan.has_resync)
        return EVD_OK;
    struct evd_nature_list *natures = evd_run_natures(diff);
    evd_stream_pair *streams = list_streams(diff);
    evd_steps_begin(&diff->session->steps, EVD_STEP_EXPLAIN, 3);
    if (natures == NULL || streams == NULL || !evd_tell_failed(diff->outcome, natures, diff->session->rules) ||
        !evd_causes_make_room(diff->outcome, &diff->owned->arena))
        return evd_fail_memory(error);
    evd_steps_advance(&diff->session->steps, 1);
    enum evd_status status = evd_find_causes(diff->outcome, natures, diff->plan.log, streams, error);
    evd_steps_advance(&diff->session->steps, 1);
    diff->noise.is_paired_by_hand = diff->options->tid_map != NULL;
    if (status == EVD_OK && diff->options->control_count > 0 &&
        !evd_noise_tell(&diff->noise, diff->outcome, natures, &diff->owned->arena))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = tell_ordinary(diff, streams, error);
    evd_tell_log_ends(diff->outcome, diff->plan.log);
    if (status == EVD_OK && !make_families(diff, natures))
        status = evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < diff->outcome->family_count; i++) {
        struct evd_family *family = &diff->outcome->families[i];
        family->shown_as = evd_shown_as_of(diff->session->rules, family->kind, family->call, family->field);
    }
    return evd_run_check_logs(diff, status, error);
}

static void quote_times(void *context, size_t task, unsigned worker)
{
    evd_run_step(context, evd_quote_times, task, worker);
}

enum evd_status evd_phase_quote(struct evd_diff_run *diff, struct evd_error *error)
{
    if (!diff->plan.has_resync)
        return EVD_OK;
    const bool has_all = diff->options->quotations;
    struct evd_pair_worker *worker = diff->session->workers;
    struct evd_arena *arena = &diff->owned->arena;
    evd_steps_begin(&diff->session->steps, EVD_STEP_QUOTE, 3);
    enum evd_status status = has_all ? evd_run_pairs(diff, quote_times, error) : EVD_OK;
    evd_steps_advance(&diff->session->steps, 1);
    if (status == EVD_OK)
        status = evd_take_quotations(diff->outcome, diff->works, diff->plan.log, worker, arena,
                                     has_all ? EVD_QUOTATIONS_MAX : EVD_LOOKS_MAX, error);
    evd_steps_advance(&diff->session->steps, 1);
    if (status == EVD_OK && has_all)
        status = evd_take_times(diff->outcome, diff->plan.log, worker, arena, error);
    return evd_run_check_logs(diff, status, error);
}

enum evd_status evd_phase_conclude(struct evd_diff_run *diff, struct evd_error *error)
{
    struct evd_arena *arena = &diff->owned->arena;
    evd_count_events(diff->outcome);
    if (!evd_conclude(diff->outcome, &diff->options->demands, arena))
        return evd_fail_memory(error);
    return evd_find_hints(diff->outcome, diff->plan.log, diff->options, diff->session->rules, &diff->chosen, arena,
                          error);
}
