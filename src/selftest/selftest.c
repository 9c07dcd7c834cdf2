/* evd_selftest: plans mutations, tries them, and adds up what was detected. */
#include "evdiff/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "diff/session.h"
#include "outcome/text.h"
#include "selftest/lost_thread.h"
#include "selftest/trial.h"
#include "selftest/whole.h"

enum { SAMPLES_DEFAULT = 300, SEED_DEFAULT = 1 };

/* A result and the memory behind it. */
struct owned_selftest {
    struct evd_selftest result; /* first, so that a pointer to it is one to the whole */
    struct evd_arena arena;
};

const char *evd_mutation_name(enum evd_mutation mutation)
{
    static const char *const NAMES[EVD_MUTATIONS] = {
        [EVD_MUTATION_DROP] = "drop",
        [EVD_MUTATION_DUPLICATE] = "duplicate",
        [EVD_MUTATION_SWAP] = "swap",
        [EVD_MUTATION_CHANGE] = "change field",
        [EVD_MUTATION_SWAP_THREADS] = "swap threads",
        [EVD_MUTATION_CUT] = "cut the end",
        [EVD_MUTATION_LOSE_THREAD] = "lose thread",
    };
    return (unsigned)mutation < EVD_MUTATIONS ? NAMES[mutation] : NULL;
}

void evd_selftest_free(struct evd_selftest *result)
{
    struct owned_selftest *owned = (struct owned_selftest *)result;
    if (owned == NULL)
        return;
    evd_arena_release(&owned->arena);
    free(owned);
}

/* Why a phase failed: a log changed, or memory ran out. */
static enum evd_status fail_phase(const struct evd_log *const logs[EVD_SIDES], const bool has_changed[EVD_SIDES],
                                  struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_log_check(logs[side], has_changed[side], error);
        if (status != EVD_OK)
            return status;
    }
    return evd_fail_memory(error);
}

static enum evd_status check_arguments(const struct evd_log *const logs[EVD_SIDES],
                                       const struct evd_selftest_options *options, struct evd_error *error)
{
    if (logs[EVD_CANARY]->saved != NULL || logs[EVD_OURS]->saved != NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "a selftest needs logs that were read in full");
    if (options->samples < 1 || options->samples > EVD_SAMPLES_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "samples are from 1 to %d", EVD_SAMPLES_MAX);
    return EVD_OK;
}

/* Finds where the logs match and what may be mutated there. */
static enum evd_status prepare(struct evd_walker *walker, struct evd_pool *pool,
                               const struct evd_log *const logs[EVD_SIDES], const struct evd_outcome *outcome,
                               const struct evd_selftest_options *options, struct evd_selftest_plan *plan,
                               struct evd_error *error)
{
    bool has_changed[EVD_SIDES] = {false, false};
    const enum evd_status status = evd_stretches_find(walker, logs, outcome, &plan->stretches, error);
    if (status != EVD_OK)
        return status;
    if (!evd_candidates_find(pool, logs[EVD_OURS], &plan->stretches, options->seed, options->samples, &plan->candidates,
                             &has_changed[EVD_OURS]) ||
        !evd_plan_mutants(plan, logs[EVD_OURS], options->samples, &has_changed[EVD_OURS]))
        return fail_phase(logs, has_changed, error);
    return EVD_OK;
}

static bool copy_missing_tids(struct evd_arena *arena, const struct evd_missing_tid *from, size_t count,
                              struct evd_missing_tid **missing_tids)
{
    *missing_tids = evd_arena_array(arena, count, sizeof **missing_tids);
    if (*missing_tids == NULL)
        return false;
    if (count > 0)
        memcpy(*missing_tids, from, count * sizeof **missing_tids);
    return true;
}

/* Plants the mutants: in excerpts, then what those leave open. */
static enum evd_status try_mutants(struct evd_walker *walker, struct evd_pool *pool, const struct evd_plain_diff *diff,
                                   unsigned threads, struct evd_selftest_plan *plan, struct evd_error *error)
{
    struct evd_variants variants = {0};
    enum evd_status status = evd_try_mutants(plan, walker, diff->log, threads, diff->steps, &variants, error);
    if (status == EVD_OK)
        status = evd_settle_names(plan, diff, pool, &variants, error);
    if (status == EVD_OK)
        status = evd_settle_swapped_threads(plan, diff, threads, error);
    evd_variants_release(&variants);
    return status;
}

enum evd_status evd_selftest_try(const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_selftest_options *options, struct evd_selftest_plan *plan,
                                 struct evd_error *error)
{
    static const struct evd_selftest_options DEFAULTS = {.seed = SEED_DEFAULT, .samples = SAMPLES_DEFAULT};
    const struct evd_log *const logs[EVD_SIDES] = {canary, ours};
    options = options ? options : &DEFAULTS;
    *plan = (struct evd_selftest_plan){0};
    enum evd_status status = check_arguments(logs, options, error);
    if (status != EVD_OK)
        return status;
    const struct evd_diff_options diff = {
        .tid_map = options->tid_map,
        .tid_map_count = options->tid_map_count,
        .pairing = options->pairing,
        .resync = true,
        .progress = options->progress,
        .progress_context = options->progress_context};
    struct evd_session *session;
    status = evd_session_open(ours->rules, options->threads, &session, error);
    if (status != EVD_OK)
        return status;
    struct evd_outcome *outcome;
    struct evd_matched *matched;
    status = evd_session_diff_matched(session, logs, &diff, &outcome, &matched, error);
    if (status != EVD_OK)
        goto out;
    session->steps.tell = options->progress;
    const struct evd_plain_diff plain = {{canary, ours}, outcome, matched, &session->steps};
    struct evd_walker *walker = &session->workers[0].walker;
    status = prepare(walker, session->pool, logs, outcome, options, plan, error);
    if (status == EVD_OK)
        status = try_mutants(walker, session->pool, &plain, options->threads, plan, error);
    if (status == EVD_OK)
        status = evd_settle_lost_threads(plan, &plain, session, &diff, error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = evd_log_check(logs[side], false, error);
    if (status == EVD_OK &&
        !copy_missing_tids(&plan->arena, outcome->missing_tids, outcome->missing_tid_count, &plan->missing_tids))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        plan->missing_tid_count = outcome->missing_tid_count;
    evd_matched_free(matched, outcome->pair_count);
    evd_outcome_free(outcome);
out:
    evd_session_close(session);
    return status;
}

static void count(struct evd_detection *detection, const struct evd_mutant *mutant)
{
    detection->planted++;
    detection->detected += mutant->is_detected;
}

static int by_field(const void *a, const void *b)
{
    const struct evd_mutant *left = *(const struct evd_mutant *const *)a;
    const struct evd_mutant *right = *(const struct evd_mutant *const *)b;
    if (left->mutation != right->mutation)
        return left->mutation < right->mutation ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return evd_string_compare((struct evd_string){left->field.bytes, left->field.length},
                              (struct evd_string){right->field.bytes, right->field.length});
}

/* Adds up mutants, sorted by field, into the lists of a result that have room for all. */
static bool add_up(struct owned_selftest *owned, const struct evd_mutant *const *mutants, size_t mutant_count)
{
    struct evd_selftest *result = &owned->result;
    for (size_t i = 0; i < mutant_count; i++) {
        const struct evd_mutant *mutant = mutants[i];
        struct evd_kind_detection *kind = &result->kinds[mutant->kind];
        count(&result->all, mutant);
        count(&result->by_mutation[mutant->mutation], mutant);
        count(&kind->all, mutant);
        count(&kind->by_mutation[mutant->mutation], mutant);
        if (i == 0 || by_field(&mutants[i - 1], &mutants[i]) != 0) {
            struct evd_field_detection *field = &result->fields[result->field_count++];
            *field = (struct evd_field_detection){.mutation = mutant->mutation, .kind = kind->kind};
            if (!evd_copy_text(&owned->arena, mutant->field, &field->field))
                return false;
        }
        count(&result->fields[result->field_count - 1].detection, mutant);
    }
    return true;
}

static bool summarize(struct owned_selftest *owned, const struct evd_selftest_plan *plan)
{
    struct evd_selftest *result = &owned->result;
    const size_t kind_count = plan->candidates.kind_count;
    const struct evd_mutant **planted = malloc((plan->mutant_count + 1) * sizeof *planted);
    size_t planted_count = 0;
    result->kinds = evd_arena_array(&owned->arena, kind_count, sizeof *result->kinds);
    result->fields = evd_arena_array(&owned->arena, plan->mutant_count, sizeof *result->fields);
    bool is_done = planted != NULL && result->kinds != NULL && result->fields != NULL &&
                   copy_missing_tids(&owned->arena, plan->missing_tids, plan->missing_tid_count, &result->missing_tids);
    for (size_t i = 0; is_done && i < kind_count; i++) {
        const struct evd_string name = plan->candidates.kinds[i].name;
        result->kinds[i] = (struct evd_kind_detection){0};
        is_done = evd_copy_text(&owned->arena, (struct evd_text){name.bytes, name.length}, &result->kinds[i].kind);
    }
    if (is_done) {
        result->kind_count = kind_count;
        result->missing_tid_count = plan->missing_tid_count;
        for (size_t i = 0; i < plan->mutant_count; i++)
            if (plan->mutants[i].is_planted)
                planted[planted_count++] = &plan->mutants[i];
        result->passed_over = plan->mutant_count - planted_count;
        qsort(planted, planted_count, sizeof *planted, by_field);
        is_done = is_done && add_up(owned, planted, planted_count);
        for (size_t i = 0; i < plan->stretches.count; i++)
            result->matched_events += plan->stretches.items[i].to - plan->stretches.items[i].from[EVD_OURS];
        result->matched_events -= plan->broken_events + plan->stretches.nulls;
    }
    free(planted);
    return is_done;
}

enum evd_status evd_selftest(const struct evd_log *canary, const struct evd_log *ours,
                             const struct evd_selftest_options *options, struct evd_selftest **result,
                             struct evd_error *error)
{
    struct evd_selftest_plan plan;
    struct owned_selftest *owned = NULL;
    *result = NULL;
    enum evd_status status = evd_selftest_try(canary, ours, options, &plan, error);
    if (status == EVD_OK) {
        owned = calloc(1, sizeof *owned);
        if (owned == NULL || !summarize(owned, &plan))
            status = evd_fail_memory(error);
    }
    evd_selftest_plan_release(&plan);
    if (status != EVD_OK) {
        evd_selftest_free(owned == NULL ? NULL : &owned->result);
        return status;
    }
    owned->result.event_count = ours->event_count;
    *result = &owned->result;
    return EVD_OK;
}
