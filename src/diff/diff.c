/* The diff of two logs, phase by phase; each works on what those before it have found. Those that compare are in
 * diff/pair_phases.c, those that tell in diff/outcome_phases.c; diff/run.h has what they share.
 *
 *     phase     entry                                             what it does
 *     choose    evd_choose_pairs (diff/pairs.c)                   which thread is which
 *                 evd_pair_by_hand, evd_pair_by_rules,
 *                 evd_pair_by_first_call,
 *                 evd_pair_by_similarity (pair/)
 *     list      evd_list_pairs, evd_order_pairs (diff/pairs.c)    pairs that both logs have; warnings of others
 *     walk      evd_pair_walk (diff/pair_walk.c)                  in parallel, a pair a task: up to the first
 *                 evd_walk (walk/walk.c)                          divergence and, with resync, behind it
 *                 evd_resync_pair (align/resync.c)
 *     names     evd_names_check_pairs (names/check.c)             where names break a renaming, over all pairs
 *     finish    evd_pair_finish (diff/pair_finish.c)              in parallel: breaks among the divergences
 *                 evd_breaks_add (names/breaks.c)
 *     controls  evd_noise_learn (explain/noise.c)                 the phases so far for each control run, and what
 *                 evd_learn_fields (diff/new_fields.c)            differs there
 *               evd_phase_tell_new_fields (diff/new_fields.c)     what differs beside noise in one event
 *     facts     evd_tell_log_facts (diff/log_facts.c)             what is told of the logs beside the pairs
 *     explain   evd_tell_failed, evd_find_causes, evd_noise_tell, evd_tell_ordinary, evd_tell_log_ends,
 *                 evd_news_explain, evd_make_families (explain/)  causes, what is new, families, where to look first
 *     quote     evd_quote_times, evd_take_quotations (diff/quotations.c)   times, and events around families' places
 *     conclude  evd_conclude (diff/verdict.c)                     counts, demands and the verdict
 *                 evd_find_hints (diff/hints.c)                   what another way of diffing would see better
 */
#include "base/clock.h"
#include "base/fail.h"
#include "diff/new_fields.h"
#include "diff/outcome_phases.h"
#include "diff/pair_phases.h"
#include "diff/verdict.h"
#include "explain/failed.h"

/* Diffs the log of a control's side with the control. */
static enum evd_status learn_control(struct evd_diff_run *diff, unsigned index, struct evd_error *error)
{
    static evd_phase *const PHASES[] = {evd_phase_prepare, evd_phase_choose, evd_phase_list_pairs,
                                        evd_phase_walk,    evd_phase_finish, evd_phase_tell_facts};
    const struct evd_control *control = &diff->options->controls[index];
    const struct evd_diff_options options = {
        .pairing = diff->options->pairing, .resync = true, .is_plain = diff->options->is_plain};
    struct evd_diff_run learning = {
        .session = diff->session,
        .options = &options,
        .plan = {.log = {diff->plan.log[control->side], control->log}},
        .is_control = true};
    enum evd_status status = evd_run_phases(&learning, PHASES, sizeof PHASES / sizeof PHASES[0], error);
    if (status == EVD_E_NO_MAPPING)
        evd_fail_at(
            error, status, control->log->path, 0, 0,
            "this control run has no thread that is the counterpart of one of %s; leave it out if it is of another "
            "program%s",
            diff->plan.log[control->side]->path,
            options.pairing == EVD_PAIR_FIRST_CALL ? ", or pair threads by what they do with --pair similarity" : "");
    struct evd_nature_list *natures = status == EVD_OK ? evd_run_natures(&learning) : NULL;
    if (status == EVD_OK && (natures == NULL || !evd_tell_failed(learning.outcome, natures, diff->session->rules) ||
                             !evd_noise_learn(&diff->noise, index, control->side, learning.outcome, natures)))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = evd_learn_fields(&learning, &diff->noise, index, control->side, error);
    if (status == EVD_OK) {
        evd_count_events(learning.outcome);
        diff->control_unmatched[index] = evd_unmatched_events(learning.outcome, EVD_CANARY);
    }
    evd_run_release(&learning);
    evd_outcome_free(learning.outcome);
    return status;
}

static enum evd_status learn_controls(struct evd_diff_run *diff, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    evd_run_take_over(diff); /* before the workers turn to other diffs */
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
    static evd_phase *const PHASES[] = {
        evd_phase_prepare, evd_phase_choose, evd_phase_list_pairs,      evd_phase_walk,
        evd_phase_finish,  learn_controls,   evd_phase_tell_new_fields, evd_phase_tell_facts,
        evd_phase_explain, evd_phase_quote,  evd_phase_conclude};
    struct evd_diff_run diff = {.session = session,
                                .options = options != NULL ? options : &DEFAULTS,
                                .plan = {.log = {log[EVD_CANARY], log[EVD_OURS]}}};
    /* Control runs are diffed by the same session, and so shown too. */
    session->steps.tell = diff.options->progress;
    session->steps.context = diff.options->progress_context;
    const uint64_t read_before = evd_session_bytes_read(session);
    const double started = evd_seconds_now();
    *outcome = NULL;
    if (matched != NULL)
        *matched = NULL;
    enum evd_status status = evd_run_phases(&diff, PHASES, sizeof PHASES / sizeof PHASES[0], error);
    if (status == EVD_OK && matched != NULL && diff.plan.has_names) {
        *matched = evd_pair_work_take_matched(diff.works, diff.outcome->pair_count);
        status = *matched != NULL ? EVD_OK : evd_fail_memory(error);
    }
    evd_run_release(&diff);
    session->steps.tell = NULL;
    if (status != EVD_OK) {
        evd_outcome_free(diff.outcome);
        return status;
    }
    diff.outcome->bytes_read_again += evd_session_bytes_read(session) - read_before;
    diff.outcome->walk_seconds = evd_seconds_now() - started;
    *outcome = diff.outcome;
    return EVD_OK;
}
