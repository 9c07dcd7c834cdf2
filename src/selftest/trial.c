#include "selftest/trial.h"

#include <stdlib.h>

#include "align/relocate.h"
#include "base/fail.h"
#include "names/sided.h"
#include "rules/absorber.h"
#include "selftest/copies.h"
#include "selftest/other_names.h"

struct trial {
    struct evd_selftest_plan *plan;
    const struct evd_log *const *logs;
    unsigned threads;
    struct evd_window *windows; /* EVD_WINDOWS_PER_MUTANT a mutant */
    struct evd_copies copies;   /* of the mutants that are tried at a time */
    struct evd_walker *walker;
    struct evd_steps *steps;
    struct evd_matched matched[EVD_COPIES];       /* with names: what of ours and of the mutated one matches */
    struct evd_null_list nulls[EVD_COPIES];       /* of those, where a mark hides a null */
    struct evd_name_break_list sided[EVD_COPIES]; /* of those, where a value is not what a rule allows of both sides */
    struct evd_other_names other_names;
    struct evd_variants *variants; /* or NULL: the rules have no names */
    bool has_order;                /* some rule sees past order: what differs is put in order, as a diff does */
};

static bool is_over(const struct evd_cursor *cursor)
{
    for (uint64_t i = cursor->position; i < cursor->stream->count; i++)
        if (evd_event_tag(evd_stream_event(cursor->stream, i)) != EVD_TAG_ENGINE_LOCAL)
            return false;
    return true;
}

/* Walks two streams: whether they match to the end. */
static enum evd_status walk_streams(struct trial *trial, const struct evd_log *const sides[EVD_SIDES],
                                    const struct evd_stream *const streams[EVD_SIDES], enum evd_copy copy,
                                    bool *is_equal, struct evd_error *error)
{
    struct evd_walker *walker = trial->walker;
    enum evd_walk_end end;
    evd_walker_aim(walker, sides, streams);
    for (int side = 0; side < EVD_SIDES; side++)
        walker->whole[side] = trial->logs[side];
    evd_matched_clear(&trial->matched[copy]);
    evd_null_list_clear(&trial->nulls[copy]);
    const bool is_sided = walker->rules->compares_sides;
    walker->matched = trial->variants != NULL || is_sided ? &trial->matched[copy] : NULL;
    walker->nulls = &trial->nulls[copy];
    enum evd_status status = evd_walk(walker, &end, error);
    trial->sided[copy].count = 0;
    if (status == EVD_OK && is_sided)
        status = evd_sided_check(walker, &trial->matched[copy], false, &trial->sided[copy], error);
    walker->matched = NULL;
    walker->nulls = NULL;
    *is_equal = status == EVD_OK && end == EVD_WALK_AT_END && is_over(&walker->side[EVD_CANARY]) &&
                is_over(&walker->side[EVD_OURS]);
    return status;
}

/* What a walk of a thread of a copy came to. */
struct walked {
    bool is_equal;
    bool is_by_order; /* once both were put in order: positions are those of that order */
};

/* Walks a thread of a copy: whether it matches canary's to the end. */
static enum evd_status walk(struct trial *trial, struct evd_log *const logs[EVD_COPIES], enum evd_copy copy,
                            int64_t tid, struct walked *walked, struct evd_error *error)
{
    const struct evd_log *const sides[EVD_SIDES] = {logs[EVD_COPY_CANARY], logs[copy]};
    const struct evd_stream *streams[EVD_SIDES] = {
        evd_log_stream(sides[EVD_CANARY], tid), evd_log_stream(sides[EVD_OURS], tid)};
    struct evd_arranged *arranged = NULL;
    *walked = (struct walked){0};
    enum evd_status status = walk_streams(trial, sides, streams, copy, &walked->is_equal, error);
    if (status != EVD_OK || walked->is_equal || !trial->has_order)
        return status;
    status = evd_arrange(trial->walker, sides, streams, &arranged, error);
    if (status == EVD_OK && arranged != NULL)
        status = evd_relocate(trial->walker, arranged, error);
    for (int side = 0; arranged != NULL && side < EVD_SIDES; side++)
        streams[side] = &arranged->stream[side];
    if (status == EVD_OK && arranged != NULL)
        status = walk_streams(trial, sides, streams, copy, &walked->is_equal, error);
    walked->is_by_order = walked->is_equal;
    evd_arranged_free(arranged);
    return status;
}

/* True when the last thread of ours that was walked and its mutated copy have nulls at the same events of canary; by order, as
 * many. */
static bool have_same_nulls(const struct trial *trial, bool is_by_order)
{
    const struct evd_null_list *plain = &trial->nulls[EVD_COPY_OURS], *mutated = &trial->nulls[EVD_COPY_MUTATED];
    if (plain->count != mutated->count)
        return false;
    for (size_t i = 0; !is_by_order && i < plain->count; i++)
        if (plain->nulls[i].position[EVD_CANARY] != mutated->nulls[i].position[EVD_CANARY])
            return false;
    return true;
}

/* The same of values that take both sides. */
static bool have_same_sided(const struct trial *trial, bool is_by_order)
{
    const struct evd_name_break_list *plain = &trial->sided[EVD_COPY_OURS], *mutated = &trial->sided[EVD_COPY_MUTATED];
    if (plain->count != mutated->count)
        return false;
    for (size_t i = 0; !is_by_order && i < plain->count; i++)
        if (plain->breaks[i].position[EVD_CANARY] != mutated->breaks[i].position[EVD_CANARY])
            return false;
    return true;
}

/* Lists the events of a mutant's thread that have other names than without the mutation. */
static enum evd_status list_other_names(struct trial *trial, struct evd_log *const logs[EVD_COPIES], int64_t tid,
                                        size_t index, struct evd_error *error)
{
    const struct evd_boundary *from = &trial->windows[index * EVD_WINDOWS_PER_MUTANT].from;
    const struct evd_stretch *stretch = &trial->plan->stretches.items[from->stretch];
    const struct evd_excerpt_match plain = {
        logs[EVD_COPY_OURS], evd_log_stream(logs[EVD_COPY_OURS], tid), &trial->matched[EVD_COPY_OURS]};
    const struct evd_excerpt_match mutated = {
        logs[EVD_COPY_MUTATED], evd_log_stream(logs[EVD_COPY_MUTATED], tid), &trial->matched[EVD_COPY_MUTATED]};
    return evd_other_names_list(&trial->other_names, logs[EVD_COPY_CANARY], evd_log_stream(logs[EVD_COPY_CANARY], tid),
                                &plain, &mutated, (struct evd_variant_event){.variant = index, .pair = stretch->pair},
                                stretch->stream[EVD_CANARY], from->canary, trial->variants, error);
}

/* Tells which of the mutants `from` to `to` - 1 were planted and detected. */
static enum evd_status judge(struct trial *trial, struct evd_log *const logs[EVD_COPIES], size_t from, size_t to,
                             struct evd_error *error)
{
    int64_t tid = 0;
    for (size_t i = from; i < to; i++) {
        struct evd_mutant *mutant = &trial->plan->mutants[i];
        const struct evd_window *windows = &trial->windows[i * EVD_WINDOWS_PER_MUTANT];
        enum evd_status status = EVD_OK;
        mutant->is_planted = true;
        bool is_by_order = false;
        for (size_t j = 0; j < evd_window_count(mutant); j++) {
            struct walked plain, mutated;
            tid++;
            status = walk(trial, logs, EVD_COPY_OURS, tid, &plain, error);
            if (status == EVD_OK)
                status = walk(trial, logs, EVD_COPY_MUTATED, tid, &mutated, error);
            if (status != EVD_OK)
                return status;
            mutant->is_planted =
                mutant->is_planted && windows[j].from.is_reached && windows[j].to.is_reached && plain.is_equal;
            is_by_order = is_by_order || plain.is_by_order || mutated.is_by_order;
            mutant->is_detected = mutant->is_detected || !mutated.is_equal || !have_same_nulls(trial, is_by_order) ||
                                  !have_same_sided(trial, is_by_order);
        }
        mutant->is_detected = mutant->is_detected && mutant->is_planted;
        if (trial->variants != NULL && mutant->is_planted && !mutant->is_detected && !is_by_order &&
            evd_window_count(mutant) == 1)
            status = list_other_names(trial, logs, tid, i, error);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}

static enum evd_status run_batch(struct trial *trial, size_t from, size_t to, struct evd_error *error)
{
    struct evd_string texts[EVD_COPIES];
    struct evd_log *logs[EVD_COPIES];
    for (int copy = 0; copy < EVD_COPIES; copy++)
        texts[copy] = (struct evd_string){trial->copies.texts[copy].data, trial->copies.texts[copy].length};
    enum evd_side sides[EVD_COPIES];
    for (int copy = 0; copy < EVD_COPIES; copy++)
        sides[copy] = trial->logs[EVD_OURS]->side;
    const struct evd_read_options options = {.threads = trial->threads, .sides = sides};
    enum evd_status status =
        evd_logs_open_texts(texts, EVD_COPIES, trial->logs[EVD_OURS]->rules, &options, logs, error);
    if (status != EVD_OK)
        return status;
    status = judge(trial, logs, from, to, error);
    for (int copy = 0; copy < EVD_COPIES; copy++)
        evd_log_free(logs[copy]);
    return status;
}

static enum evd_status run_batches(struct trial *trial, struct evd_error *error)
{
    const size_t count = trial->plan->mutant_count;
    enum evd_status status = EVD_OK;
    evd_steps_begin(trial->steps, EVD_STEP_PLANT, count);
    for (size_t from = 0, to = 0; status == EVD_OK && from < count; from = to) {
        if (!evd_copies_begin(&trial->copies))
            return evd_fail_memory(error);
        while (status == EVD_OK && to < count && !evd_copies_are_full(&trial->copies))
            status = evd_copies_add(&trial->copies, to++, error);
        if (status == EVD_OK)
            status = run_batch(trial, from, to, error);
        evd_steps_advance(trial->steps, to - from);
    }
    return status;
}

enum evd_status evd_try_mutants(struct evd_selftest_plan *plan, struct evd_walker *walker,
                                const struct evd_log *const logs[EVD_SIDES], unsigned threads, struct evd_steps *steps,
                                struct evd_variants *variants, struct evd_error *error)
{
    const struct evd_rules *rules = logs[EVD_OURS]->rules;
    struct trial trial = {
        .plan = plan,
        .logs = logs,
        .threads = threads,
        .walker = walker,
        .steps = steps,
        .variants = rules->name_class_count > 0 ? variants : NULL};
    for (size_t i = 0; i < rules->absorber_count; i++)
        trial.has_order |= !rules->absorbers[i].disabled &&
                           (rules->absorbers[i].type->arrange != NULL || rules->absorbers[i].type->moved != NULL);
    bool is_ready = evd_other_names_init(&trial.other_names, rules);
    variants->count = plan->mutant_count;
    enum evd_status status = evd_windows_open(plan, walker, logs, &trial.windows, error);
    is_ready = evd_copies_init(&trial.copies, plan, logs, trial.windows) && is_ready;
    if (status == EVD_OK)
        status = is_ready ? run_batches(&trial, error) : evd_fail_memory(error);
    evd_copies_release(&trial.copies);
    for (int copy = 0; copy < EVD_COPIES; copy++) {
        evd_matched_release(&trial.matched[copy]);
        evd_null_list_release(&trial.nulls[copy]);
        evd_name_break_list_release(&trial.sided[copy]);
    }
    evd_other_names_release(&trial.other_names);
    free(trial.windows);
    return status;
}
