#include "selftest/trial.h"

#include <stdlib.h>

#include "base/fail.h"
#include "selftest/excerpt.h"
#include "selftest/other_names.h"

enum {
    EVENTS_BEFORE = 16,
    EVENTS_AFTER = 64, /* that take part in alignment, beyond what absorbers look ahead */
    LOOKAHEAD_MAX = 8192,
    BATCH_BYTES = 32 << 20, /* text of one log after which it is diffed */
    BATCH_WINDOWS = 8192,
};

/* The copies of one batch. */
enum copy { COPY_CANARY, COPY_OURS, COPY_MUTATED, COPIES };

/* The excerpt that one thread of a mutant is tried in. */
struct window {
    struct evd_boundary from, to;
};

enum { WINDOWS_PER_MUTANT = 2 }; /* the second for EVD_MUTATION_SWAP_THREADS */

struct trial {
    struct evd_selftest_plan *plan;
    const struct evd_log *const *logs;
    unsigned threads;
    uint64_t events_after;
    struct window *windows; /* WINDOWS_PER_MUTANT a mutant */
    struct evd_excerpt_reader readers[EVD_SIDES];
    struct evd_buffer texts[COPIES];
    size_t thread_count; /* windows in the texts */
    struct evd_walker *walker;
    struct evd_arena arena;             /* of one walk's counts */
    struct evd_matched matched[COPIES]; /* with names: what of ours and of the mutated one matches */
    struct evd_other_names other_names;
    struct evd_variants *variants; /* or NULL: the rules have no names */
};

/* One thread of a copy while it is written. */
struct writer {
    struct trial *trial;
    enum copy copy;
    uint64_t idx;
};

static size_t window_count(const struct evd_mutant *mutant)
{
    return mutant->mutation == EVD_MUTATION_SWAP_THREADS ? 2 : 1;
}

/* How many events the absorbers look ahead. */
static uint64_t lookahead(const struct evd_rules *rules)
{
    uint64_t most = 0;
    for (size_t i = 0; i < rules->absorber_count; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        if (rule->type != EVD_ABSORBER_BALANCED_BLOCKS || rule->disabled)
            continue;
        uint64_t events = LOOKAHEAD_MAX;
        if (rule->max_blocks < LOOKAHEAD_MAX && rule->block_kind_count < LOOKAHEAD_MAX)
            events = 2 * rule->max_blocks * rule->block_kind_count;
        if (events > LOOKAHEAD_MAX)
            events = LOOKAHEAD_MAX;
        most = events > most ? events : most;
    }
    return most;
}

/* The window around the events from `first` to `last`. */
static struct window window_around(const struct trial *trial, size_t stretch_index, uint64_t first, uint64_t last)
{
    const struct evd_stretch *stretch = &trial->plan->stretches.items[stretch_index];
    const struct evd_event *events = stretch->stream[EVD_OURS]->events;
    const uint64_t least = stretch->from[EVD_OURS];
    const uint64_t from = first - least > EVENTS_BEFORE ? first - EVENTS_BEFORE : least;
    uint64_t to = last + 1;
    for (uint64_t after = 0; to < stretch->to && after < trial->events_after; to++)
        after += evd_event_tag(&events[to]) != EVD_TAG_ENGINE_LOCAL;
    return (struct window){
        .from = {.stretch = stretch_index, .ours = from}, .to = {.stretch = stretch_index, .ours = to}};
}

static int by_place(const void *a, const void *b)
{
    const struct evd_boundary *left = *(const struct evd_boundary *const *)a;
    const struct evd_boundary *right = *(const struct evd_boundary *const *)b;
    if (left->stretch != right->stretch)
        return left->stretch < right->stretch ? -1 : 1;
    return (left->ours > right->ours) - (left->ours < right->ours);
}

/* Chooses all windows, and finds what they are in canary. */
static bool open_windows(struct trial *trial)
{
    const struct evd_selftest_plan *plan = trial->plan;
    const size_t most = plan->mutant_count * WINDOWS_PER_MUTANT;
    struct evd_boundary **boundaries = malloc((2 * most + 1) * sizeof *boundaries);
    size_t count = 0;
    bool is_done = false;
    trial->windows = calloc(most + 1, sizeof *trial->windows);
    if (boundaries == NULL || trial->windows == NULL)
        goto out;
    for (size_t i = 0; i < plan->mutant_count; i++) {
        const struct evd_mutant *mutant = &plan->mutants[i];
        struct window *windows = &trial->windows[i * WINDOWS_PER_MUTANT];
        const uint64_t last = mutant->mutation == EVD_MUTATION_SWAP ? mutant->other.position : mutant->at.position;
        windows[0] = window_around(trial, mutant->at.stretch, mutant->at.position, last);
        if (window_count(mutant) == 2)
            windows[1] = window_around(trial, mutant->other.stretch, mutant->other.position, mutant->other.position);
        for (size_t j = 0; j < window_count(mutant); j++) {
            boundaries[count++] = &windows[j].from;
            boundaries[count++] = &windows[j].to;
        }
    }
    qsort(boundaries, count, sizeof *boundaries, by_place);
    is_done = evd_stretches_map(trial->walker, trial->logs, &plan->stretches, boundaries, count);
out:
    free(boundaries);
    return is_done;
}

/* ── Writing ── */

/* Begins a thread with an event of its own, so that no thread is empty. */
static struct writer begin_thread(struct trial *trial, enum copy copy)
{
    evd_buffer_format(&trial->texts[copy], "{\"kind\":\"evdiff.selftest\",\"tid\":%zu,\"tid_event_idx\":0}\n",
                      trial->thread_count);
    return (struct writer){trial, copy, 1};
}

/* Writes one event; `payload` replaces its own unless it is NULL. */
static bool write_event(struct writer *writer, const struct evd_stretch *stretch, uint64_t position,
                        const struct evd_text *payload)
{
    struct trial *trial = writer->trial;
    struct evd_buffer *out = &trial->texts[writer->copy];
    const int side = writer->copy == COPY_CANARY ? EVD_CANARY : EVD_OURS;
    struct evd_excerpt excerpt;
    if (!evd_excerpt_read(&trial->readers[side], trial->logs[side], &stretch->stream[side]->events[position], &excerpt))
        return false;
    evd_buffer_string(out, "{\"kind\":\"");
    evd_append_spelled(out, excerpt.kind);
    evd_buffer_format(out, "\",\"tid\":%zu,\"tid_event_idx\":%llu", trial->thread_count,
                      (unsigned long long)writer->idx++);
    const struct evd_string text =
        payload == NULL ? excerpt.payload : (struct evd_string){payload->bytes, payload->length};
    if (text.length > 0) {
        evd_buffer_string(out, ",\"payload\":");
        evd_buffer_append(out, text.bytes, text.length);
    }
    evd_buffer_string(out, "}\n");
    return !out->failed;
}

static bool write_events(struct writer *writer, const struct evd_stretch *stretch, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        if (!write_event(writer, stretch, i, NULL))
            return false;
    return true;
}

/* Writes a window of ours with a mutation in it. */
static bool write_mutated(struct writer *writer, const struct evd_mutant *mutant, const struct evd_stretch *stretch,
                          const struct window *window)
{
    const uint64_t at = mutant->at.position, other = mutant->other.position;
    uint64_t next = at + 1;
    if (!write_events(writer, stretch, window->from.ours, at))
        return false;
    switch (mutant->mutation) {
    case EVD_MUTATION_DUPLICATE:
        if (!write_event(writer, stretch, at, NULL) || !write_event(writer, stretch, at, NULL))
            return false;
        break;
    case EVD_MUTATION_SWAP:
        if (!write_event(writer, stretch, other, NULL) || !write_events(writer, stretch, at + 1, other) ||
            !write_event(writer, stretch, at, NULL))
            return false;
        next = other + 1;
        break;
    case EVD_MUTATION_CHANGE:
        if (!write_event(writer, stretch, at, &mutant->payload))
            return false;
        break;
    case EVD_MUTATION_CUT: return true;
    default: /* dropped */ break;
    }
    return write_events(writer, stretch, next, window->to.ours);
}

/* Writes the windows of a mutant to all copies. */
static bool write_mutant(struct trial *trial, size_t index)
{
    const struct evd_mutant *mutant = &trial->plan->mutants[index];
    const struct window *windows = &trial->windows[index * WINDOWS_PER_MUTANT];
    const struct evd_stretch *stretches = trial->plan->stretches.items;
    const size_t count = window_count(mutant);
    for (size_t i = 0; i < count; i++) {
        const struct window *window = &windows[i], *rest = &windows[count - 1 - i];
        const struct evd_stretch *stretch = &stretches[window->from.stretch];
        trial->thread_count++;
        struct writer canary = begin_thread(trial, COPY_CANARY);
        struct writer ours = begin_thread(trial, COPY_OURS);
        struct writer mutated = begin_thread(trial, COPY_MUTATED);
        if (!write_events(&canary, stretch, window->from.canary, window->to.canary) ||
            !write_events(&ours, stretch, window->from.ours, window->to.ours))
            return false;
        if (mutant->mutation != EVD_MUTATION_SWAP_THREADS) {
            if (!write_mutated(&mutated, mutant, stretch, window))
                return false;
            continue;
        }
        const uint64_t own_end = i == 0 ? mutant->at.position : mutant->other.position;
        const uint64_t rest_start = i == 0 ? mutant->other.position : mutant->at.position;
        if (!write_events(&mutated, stretch, window->from.ours, own_end) ||
            !write_events(&mutated, &stretches[rest->from.stretch], rest_start, rest->to.ours))
            return false;
    }
    return true;
}

/* ── Diffing ── */

static bool begin_batch(struct trial *trial)
{
    trial->thread_count = 0;
    bool is_done = true;
    for (int copy = 0; copy < COPIES; copy++) {
        evd_buffer_clear(&trial->texts[copy]);
        evd_buffer_string(&trial->texts[copy], "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        is_done = !trial->texts[copy].failed && is_done;
    }
    return is_done;
}

static bool is_over(const struct evd_cursor *cursor)
{
    for (uint64_t i = cursor->position; i < cursor->stream->count; i++)
        if (evd_event_tag(&cursor->stream->events[i]) != EVD_TAG_ENGINE_LOCAL)
            return false;
    return true;
}

/* Walks a thread of a copy: whether it matches canary's to the end. */
static bool walk(struct trial *trial, struct evd_log *const logs[COPIES], enum copy copy, int64_t tid, bool *is_equal)
{
    struct evd_walker *walker = trial->walker;
    struct evd_pair_outcome counts;
    bool is_diverged;
    evd_walker_aim(walker, logs[COPY_CANARY], evd_log_stream(logs[COPY_CANARY], tid), logs[copy],
                   evd_log_stream(logs[copy], tid));
    evd_arena_reset(&trial->arena);
    evd_matched_clear(&trial->matched[copy]);
    walker->matched = trial->variants != NULL ? &trial->matched[copy] : NULL;
    const bool is_done = evd_walk_begin(walker, &trial->arena, &counts) && evd_walk_on(walker, &counts, &is_diverged);
    walker->matched = NULL;
    *is_equal = is_done && !is_diverged && is_over(&walker->side[EVD_CANARY]) && is_over(&walker->side[EVD_OURS]);
    return is_done;
}

/* Lists the events of a mutant's thread that have other names than without the mutation. */
static bool list_other_names(struct trial *trial, struct evd_log *const logs[COPIES], int64_t tid, size_t index)
{
    const struct evd_boundary *from = &trial->windows[index * WINDOWS_PER_MUTANT].from;
    const struct evd_stretch *stretch = &trial->plan->stretches.items[from->stretch];
    const struct evd_excerpt_match plain = {
        logs[COPY_OURS], evd_log_stream(logs[COPY_OURS], tid), &trial->matched[COPY_OURS]};
    const struct evd_excerpt_match mutated = {
        logs[COPY_MUTATED], evd_log_stream(logs[COPY_MUTATED], tid), &trial->matched[COPY_MUTATED]};
    return evd_other_names_list(&trial->other_names, logs[COPY_CANARY], evd_log_stream(logs[COPY_CANARY], tid), &plain,
                                &mutated, (struct evd_variant_event){.variant = index, .pair = stretch->pair},
                                stretch->stream[EVD_CANARY]->events + from->canary, trial->variants);
}

/* Tells which of the mutants `from` to `to` - 1 were planted and detected. */
static bool judge(struct trial *trial, struct evd_log *const logs[COPIES], size_t from, size_t to)
{
    int64_t tid = 0;
    for (size_t i = from; i < to; i++) {
        struct evd_mutant *mutant = &trial->plan->mutants[i];
        const struct window *windows = &trial->windows[i * WINDOWS_PER_MUTANT];
        mutant->is_planted = true;
        for (size_t j = 0; j < window_count(mutant); j++) {
            bool is_plain_equal, is_mutated_equal;
            tid++;
            if (!walk(trial, logs, COPY_OURS, tid, &is_plain_equal) ||
                !walk(trial, logs, COPY_MUTATED, tid, &is_mutated_equal))
                return false;
            mutant->is_planted =
                mutant->is_planted && windows[j].from.is_reached && windows[j].to.is_reached && is_plain_equal;
            mutant->is_detected = mutant->is_detected || !is_mutated_equal;
        }
        mutant->is_detected = mutant->is_detected && mutant->is_planted;
        if (trial->variants != NULL && mutant->is_planted && !mutant->is_detected && window_count(mutant) == 1 &&
            !list_other_names(trial, logs, tid, i))
            return false;
    }
    return true;
}

/* Lends copies the shared SIDs of the logs that they were taken from, or takes them back. */
static void exchange_floating(struct trial *trial, struct evd_log *logs[COPIES], struct evd_table own[COPIES],
                              bool lend)
{
    for (int copy = 0; copy < COPIES; copy++) {
        if (lend)
            own[copy] = logs[copy]->floating;
        logs[copy]->floating = lend ? trial->logs[copy == COPY_CANARY ? EVD_CANARY : EVD_OURS]->floating : own[copy];
    }
}

static enum evd_status run_batch(struct trial *trial, size_t from, size_t to, struct evd_error *error)
{
    struct evd_string texts[COPIES];
    struct evd_log *logs[COPIES];
    struct evd_table own[COPIES];
    for (int copy = 0; copy < COPIES; copy++)
        texts[copy] = (struct evd_string){trial->texts[copy].data, trial->texts[copy].length};
    const struct evd_read_options options = {.threads = trial->threads};
    enum evd_status status = evd_logs_open_texts(texts, COPIES, trial->logs[EVD_OURS]->rules, &options, logs, error);
    if (status != EVD_OK)
        return status;
    exchange_floating(trial, logs, own, true);
    if (!judge(trial, logs, from, to))
        status = evd_fail_memory(error);
    exchange_floating(trial, logs, own, false);
    for (int copy = 0; copy < COPIES; copy++)
        evd_log_free(logs[copy]);
    return status;
}

static bool is_batch_full(const struct trial *trial)
{
    return trial->thread_count >= BATCH_WINDOWS ||
           trial->texts[COPY_CANARY].length + trial->texts[COPY_OURS].length >= 2 * BATCH_BYTES;
}

/* When writing stopped: why. */
static enum evd_status fail_writing(const struct trial *trial, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_log_check(trial->logs[side], trial->readers[side].has_changed, error);
        if (status != EVD_OK)
            return status;
    }
    return evd_fail_memory(error);
}

static enum evd_status run_batches(struct trial *trial, struct evd_error *error)
{
    const size_t count = trial->plan->mutant_count;
    for (size_t from = 0; from < count;) {
        size_t to = from;
        if (!begin_batch(trial))
            return evd_fail_memory(error);
        while (to < count && !is_batch_full(trial))
            if (!write_mutant(trial, to++))
                return fail_writing(trial, error);
        const enum evd_status status = run_batch(trial, from, to, error);
        if (status != EVD_OK)
            return status;
        from = to;
    }
    return EVD_OK;
}

enum evd_status evd_try_mutants(struct evd_selftest_plan *plan, struct evd_walker *walker,
                                const struct evd_log *const logs[EVD_SIDES], unsigned threads,
                                struct evd_variants *variants, struct evd_error *error)
{
    const struct evd_rules *rules = logs[EVD_OURS]->rules;
    struct trial trial = {
        .plan = plan,
        .logs = logs,
        .threads = threads,
        .events_after = EVENTS_AFTER + lookahead(rules),
        .walker = walker,
        .variants = rules->name_class_count > 0 ? variants : NULL};
    bool is_ready = evd_other_names_init(&trial.other_names, rules);
    variants->count = plan->mutant_count;
    for (int side = 0; side < EVD_SIDES; side++)
        is_ready = evd_excerpt_reader_init(&trial.readers[side]) && is_ready;
    is_ready = is_ready && open_windows(&trial);
    const enum evd_status status = is_ready ? run_batches(&trial, error) : evd_fail_memory(error);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_excerpt_reader_release(&trial.readers[side]);
    for (int copy = 0; copy < COPIES; copy++) {
        evd_buffer_release(&trial.texts[copy]);
        evd_matched_release(&trial.matched[copy]);
    }
    evd_other_names_release(&trial.other_names);
    evd_arena_release(&trial.arena);
    free(trial.windows);
    return status;
}
