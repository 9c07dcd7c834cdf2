#include "selftest/whole.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "evdiff/diff.h"
#include "names/check.h"

/* ── Names ── */

static bool is_broken_at(const struct evd_name_break_list *list, uint64_t position)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->breaks[middle].position[EVD_OURS] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->breaks[low].position[EVD_OURS] == position;
}

static void settle_mutants(struct evd_selftest_plan *plan, const struct evd_name_break_list *breaks,
                           const struct evd_variants *variants)
{
    for (size_t i = 0; i < plan->mutant_count; i++) {
        struct evd_mutant *mutant = &plan->mutants[i];
        const struct evd_stretch *at = &plan->stretches.items[mutant->at.stretch];
        const struct evd_stretch *other = &plan->stretches.items[mutant->other.stretch];
        if (is_broken_at(&breaks[at->pair], mutant->at.position) ||
            is_broken_at(&breaks[other->pair], mutant->other.position))
            mutant->is_planted = false;
        mutant->is_detected = mutant->is_planted && (mutant->is_detected || variants->is_broken[i]);
    }
    for (size_t i = 0; i < plan->stretches.count; i++) {
        const struct evd_stretch *stretch = &plan->stretches.items[i];
        const struct evd_name_break_list *list = &breaks[stretch->pair];
        for (size_t j = 0; j < list->count; j++)
            plan->broken_events += list->breaks[j].position[EVD_OURS] >= stretch->from[EVD_OURS] &&
                                   list->breaks[j].position[EVD_OURS] < stretch->to;
    }
}

enum evd_status evd_settle_names(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                 struct evd_pool *pool, struct evd_variants *variants, struct evd_error *error)
{
    const size_t count = diff->outcome->pair_count;
    if (diff->matched == NULL)
        return EVD_OK;
    struct evd_names_pair *pairs = calloc(count + 1, sizeof *pairs);
    struct evd_name_break_list *breaks = calloc(count + 1, sizeof *breaks);
    struct evd_names_result result = {0};
    bool is_ready = pairs != NULL && breaks != NULL;
    for (size_t i = 0; is_ready && i < count; i++) {
        pairs[i] = (struct evd_names_pair){.matched = &diff->matched[i], .breaks = &breaks[i]};
        for (int side = 0; side < EVD_SIDES; side++)
            pairs[i].stream[side] = evd_log_stream(diff->log[side], diff->outcome->pairs[i].tid[side]);
    }
    struct evd_variant_check check = {.variants = variants};
    const struct evd_names_options options = {
        .observer = &evd_variant_observer, .observer_context = &check, .steps = diff->steps};
    const enum evd_status status =
        is_ready ? evd_names_check_pairs(diff->log, pool, pairs, count, &options, &result, error)
                 : evd_fail_memory(error);
    if (status == EVD_OK)
        settle_mutants(plan, breaks, variants);
    for (size_t i = 0; breaks != NULL && i < count; i++)
        evd_name_break_list_release(&breaks[i]);
    evd_variant_check_release(&check);
    free(result.uses);
    free(breaks);
    free(pairs);
    return status;
}

/* ── Swapped threads ── */

/* The events of one thread up to a position, then those of another from one on. */
struct splice {
    const struct evd_stream *head, *tail;
    uint64_t head_end, tail_start;
};

/* Makes the stream of a spliced thread; the caller frees its events. */
static bool make_stream(const struct splice *splice, struct evd_event **made, struct evd_stream *stream)
{
    const uint64_t rest = splice->tail->count - splice->tail_start;
    struct evd_event *events = calloc(splice->head_end + rest + 1, sizeof *events);
    if (events == NULL)
        return false;
    for (uint64_t i = 0; i < splice->head_end; i++)
        events[i] = *evd_stream_event(splice->head, i);
    for (uint64_t i = 0; i < rest; i++)
        events[splice->head_end + i] = *evd_stream_event(splice->tail, splice->tail_start + i);
    *made = events;
    *stream = evd_stream_with(splice->head, events, splice->head_end + rest);
    return true;
}

static uint64_t hash_divergence(const struct evd_divergence *divergence)
{
    const struct evd_run run[EVD_SIDES] = {evd_run_of(divergence, EVD_CANARY), evd_run_of(divergence, EVD_OURS)};
    return evd_hash_pair(evd_hash_pair(divergence->class_, run[EVD_CANARY].position),
                         evd_hash_pair(run[EVD_CANARY].count, run[EVD_OURS].count));
}

/* *has_more: a pair has a divergence that `other` does not have; with `also_names` it may be a broken name. */
static bool find_more(const struct evd_pair_outcome *pair, const struct evd_pair_outcome *other, bool also_names,
                      bool *has_more)
{
    struct evd_table known = {0};
    bool is_done = true;
    for (size_t i = 0; is_done && i < other->divergence_count; i++)
        is_done = evd_table_put(&known, hash_divergence(&other->divergences[i]), 0, NULL) != NULL;
    for (size_t i = 0; is_done && !*has_more && i < pair->divergence_count; i++)
        *has_more = (also_names || !evd_is_name_break(&pair->divergences[i])) &&
                    evd_table_get(&known, hash_divergence(&pair->divergences[i])) == NULL;
    evd_table_release(&known);
    return is_done;
}

static int by_canary_tid(const void *key, const void *element)
{
    const int64_t tid = *(const int64_t *)key, other = ((const struct evd_pair_outcome *)element)->tid[EVD_CANARY];
    return (tid > other) - (tid < other);
}

static const struct evd_pair_outcome *find_pair(const struct evd_outcome *outcome, int64_t canary_tid)
{
    return bsearch(&canary_tid, outcome->pairs, outcome->pair_count, sizeof *outcome->pairs, by_canary_tid);
}

/* Diffs canary with a copy of ours in which two threads are others. */
static enum evd_status diff_spliced(const struct evd_plain_diff *diff, const struct evd_log *spliced,
                                    const struct evd_tid_pair *map, size_t map_count, unsigned threads,
                                    bool *is_detected, struct evd_error *error)
{
    const struct evd_diff_options options = {
        .threads = threads, .tid_map = map, .tid_map_count = map_count, .resync = true};
    struct evd_outcome *outcome;
    enum evd_status status = evd_diff(diff->log[EVD_CANARY], spliced, &options, &outcome, error);
    if (status != EVD_OK)
        return status;
    *is_detected = false;
    for (size_t i = 0; status == EVD_OK && i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        const struct evd_pair_outcome *plain = find_pair(diff->outcome, pair->tid[EVD_CANARY]);
        if (!find_more(pair, plain, true, is_detected) || !find_more(plain, pair, false, is_detected))
            status = evd_fail_memory(error);
    }
    evd_outcome_free(outcome);
    return status;
}

/* Lists the pairs to diff: the mutant's two, or all. */
static size_t list_pairs(const struct evd_plain_diff *diff, const size_t swapped[2], struct evd_tid_pair *map)
{
    const bool needs_all = evd_rules_share_names(diff->log[EVD_OURS]->rules);
    size_t count = 0;
    for (size_t i = 0; i < diff->outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &diff->outcome->pairs[i];
        if (needs_all || i == swapped[0] || i == swapped[1])
            map[count++] = (struct evd_tid_pair){pair->tid[EVD_CANARY], pair->tid[EVD_OURS]};
    }
    return count;
}

static enum evd_status settle_swapped(const struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                      unsigned threads, struct evd_mutant *mutant, struct evd_error *error)
{
    const struct evd_log *ours = diff->log[EVD_OURS];
    const struct evd_place *places[2] = {&mutant->at, &mutant->other};
    const struct evd_stretch *stretches[2];
    struct evd_event *events[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++)
        stretches[i] = &plan->stretches.items[places[i]->stretch];
    const size_t pairs[2] = {stretches[0]->pair, stretches[1]->pair};
    struct evd_tid_pair *map = calloc(diff->outcome->pair_count + 1, sizeof *map);
    struct evd_log spliced = *ours;
    spliced.streams = malloc((ours->stream_count + 1) * sizeof *spliced.streams);
    bool is_done = map != NULL && spliced.streams != NULL;
    if (is_done)
        memcpy(spliced.streams, ours->streams, ours->stream_count * sizeof *spliced.streams);
    for (int i = 0; is_done && i < 2; i++) {
        const struct splice splice = {stretches[i]->stream[EVD_OURS], stretches[1 - i]->stream[EVD_OURS],
                                      places[i]->position, places[1 - i]->position};
        is_done = make_stream(&splice, &events[i], &spliced.streams[splice.head - ours->streams]);
    }
    enum evd_status status = evd_fail_memory(error);
    if (is_done)
        status = diff_spliced(diff, &spliced, map, list_pairs(diff, pairs, map), threads, &mutant->is_detected, error);
    for (int i = 0; i < 2; i++)
        free(events[i]);
    free(spliced.streams);
    free(map);
    return status;
}

enum evd_status evd_settle_swapped_threads(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                           unsigned threads, struct evd_error *error)
{
    evd_steps_begin(diff->steps, EVD_STEP_SWAP, plan->mutant_count);
    for (size_t i = 0; i < plan->mutant_count; i++) {
        struct evd_mutant *mutant = &plan->mutants[i];
        evd_steps_advance(diff->steps, 1);
        if (mutant->mutation != EVD_MUTATION_SWAP_THREADS || !mutant->is_planted || mutant->is_detected)
            continue;
        const enum evd_status status = settle_swapped(plan, diff, threads, mutant, error);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}
