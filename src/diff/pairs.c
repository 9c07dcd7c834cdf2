#include "diff/pairs.h"

#include <stdlib.h>

#include "base/fail.h"
#include "diff/known_kinds.h"
#include "outcome/text.h"
#include "pair/by_hand.h"
#include "pair/first_call.h"
#include "pair/lost.h"
#include "pair/rest.h"
#include "pair/similarity.h"

/* Refuses what no way of pairing is. */
static enum evd_status check_pairing(const struct evd_diff_options *options, struct evd_error *error)
{
    const int pairing = (int)options->pairing;
    if (pairing != EVD_PAIR_FIRST_CALL && pairing != EVD_PAIR_SIMILARITY)
        return evd_fail(error, EVD_E_ARGUMENT,
                        "pairing is %d, which is no way of pairing; EVD_PAIR_FIRST_CALL and EVD_PAIR_SIMILARITY are",
                        pairing);
    if (options->tid_map != NULL && options->tid_map_count == 0)
        return evd_fail(error, EVD_E_NO_MAPPING,
                        "tid_map has no entry (tid_map_count is 0); with a tid_map of NULL, threads are paired by "
                        "`pairing`");
    return EVD_OK;
}

/* The one thread of each log, whatever they begin with, where the rules do not ask for the same beginning. */
static void pair_only_threads(const struct evd_log *const log[EVD_SIDES], struct evd_chosen_pairs *chosen)
{
    const struct evd_log *canary = log[EVD_CANARY], *ours = log[EVD_OURS];
    if (!canary->rules->pairs_only_threads || chosen->count > 0 || canary->stream_count != 1 ||
        ours->stream_count != 1 || evd_knows_no_kind(log))
        return;
    chosen->pairs[chosen->count++] = (struct evd_tid_pair){canary->streams[0].tid, ours->streams[0].tid};
}

/* Pairs by the rules. Where the logs create other threads, what these do tells which are lost. */
static enum evd_status pair_by_first_call(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                                          struct evd_steps *steps, struct evd_arena *arena,
                                          struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    bool differ;
    if (!evd_creations_differ(log, &differ))
        return evd_fail_memory(error);
    if (differ) {
        const enum evd_status status = evd_pair_by_similarity(log, pool, steps, arena, chosen, error);
        if (status != EVD_OK)
            return status;
        chosen->evidence = NULL;
    }
    return evd_pair_by_first_call(log, arena, chosen, error);
}

/* By likeness, or by first call. */
static enum evd_status pair_otherwise(
    const struct evd_log *const log[EVD_SIDES], const struct evd_diff_options *options, struct evd_pool *pool,
    struct evd_steps *steps, struct evd_arena *arena, struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    return options->pairing == EVD_PAIR_SIMILARITY
               ? evd_pair_by_similarity(log, pool, steps, arena, chosen, error)
               : pair_by_first_call(log, pool, steps, arena, chosen, error);
}

/* First as the rules of threads say, where there are some. */
static enum evd_status pair_threads(const struct evd_log *const log[EVD_SIDES], const struct evd_diff_options *options,
                                    struct evd_pool *pool, struct evd_steps *steps, struct evd_arena *arena,
                                    struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    struct evd_ruled_threads ruled;
    struct evd_rest rest;
    enum evd_status status;
    if (log[EVD_CANARY]->rules->thread_count == 0) {
        status = pair_otherwise(log, options, pool, steps, arena, chosen, error);
        if (status == EVD_OK && options->pairing == EVD_PAIR_FIRST_CALL)
            pair_only_threads(log, chosen);
        return status;
    }
    status = evd_pair_by_rules(log, options->is_plain, pool, arena, &ruled, error);
    if (status != EVD_OK)
        return status;
    if (!evd_rest_make(log, &ruled, arena, &rest))
        return evd_fail_memory(error);
    const struct evd_log *const left[EVD_SIDES] = {&rest.log[EVD_CANARY], &rest.log[EVD_OURS]};
    status = pair_otherwise(left, options, pool, steps, arena, chosen, error);
    if (status == EVD_OK && !evd_rest_merge(&rest, &ruled, arena, chosen))
        return evd_fail_memory(error);
    return status;
}

enum evd_status evd_choose_pairs(const struct evd_log *const log[EVD_SIDES], const struct evd_diff_options *options,
                                 struct evd_pool *pool, struct evd_steps *steps, struct evd_arena *arena,
                                 struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    *chosen = (struct evd_chosen_pairs){.pairs = NULL};
    enum evd_status status = check_pairing(options, error);
    if (status != EVD_OK)
        return status;
    if (options->tid_map != NULL) {
        chosen->count = options->tid_map_count;
        status = evd_pair_by_hand(options->tid_map, options->tid_map_count, arena, &chosen->pairs, error);
    } else {
        status = pair_threads(log, options, pool, steps, arena, chosen, error);
    }
    if (status != EVD_OK || chosen->count > 0)
        return status;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_log *read = log[side];
        if (read->stream_count == 0)
            return evd_fail_at(error, EVD_E_NO_MAPPING, read->path, 0, 0, "%s",
                               read->skipped.count > 0 ? "has no events: all its lines but the header were skipped"
                                                       : "is a header alone: it has no events");
    }
    if (options->pairing == EVD_PAIR_SIMILARITY)
        return evd_fail(error, EVD_E_NO_MAPPING, "no two threads are similar; pair them by hand with --tid-map");
    if (evd_knows_no_kind(log))
        return evd_fail_unknown_kinds(log, options, error);
    return evd_fail(error, EVD_E_NO_MAPPING,
                    "no two threads begin with the same call, as \"pairing\" in the rules tells it; pair "
                    "them by what they do with --pair similarity, or by hand with --tid-map");
}

/* Which thread of a pair its log does not have, canary's first; false: both do. */
static bool find_missing(const struct evd_log *const log[EVD_SIDES], const struct evd_tid_pair *tids,
                         struct evd_missing_tid *missing)
{
    *missing = (struct evd_missing_tid){EVD_CANARY, tids->canary};
    if (evd_log_stream(log[EVD_CANARY], tids->canary) == NULL)
        return true;
    *missing = (struct evd_missing_tid){EVD_OURS, tids->ours};
    return evd_log_stream(log[EVD_OURS], tids->ours) == NULL;
}

/* Pairs by hand alone may have threads that are in no log. */
static bool list_missing(const struct evd_chosen_pairs *chosen, const struct evd_log *const log[EVD_SIDES],
                         struct evd_outcome *outcome, struct evd_arena *arena)
{
    const size_t count = chosen->count - outcome->pair_count;
    struct evd_missing_tid missing;
    outcome->missing_tids = evd_arena_array(arena, count, sizeof *outcome->missing_tids);
    if (outcome->missing_tids == NULL)
        return false;
    for (size_t i = 0; outcome->missing_tid_count < count && i < chosen->count; i++)
        if (find_missing(log, &chosen->pairs[i], &missing))
            outcome->missing_tids[outcome->missing_tid_count++] = missing;
    return true;
}

/* Of a pair that is not measured there is none. */
static bool keep_evidence(const struct evd_pairing_evidence *evidence, struct evd_arena *arena,
                          const struct evd_pairing_evidence **kept)
{
    struct evd_pairing_evidence *copy = NULL;
    if (evidence->similarity > 0) {
        copy = evd_arena_alloc(arena, sizeof *copy);
        if (copy == NULL)
            return false;
        *copy = *evidence;
    }
    *kept = copy;
    return true;
}

/* The stream of a tid, which is often the next one. */
static const struct evd_stream *find_stream(const struct evd_log *log, int64_t tid, size_t *next)
{
    const struct evd_stream *stream =
        *next < log->stream_count && log->streams[*next].tid == tid ? &log->streams[*next] : evd_log_stream(log, tid);
    if (stream != NULL)
        *next = (size_t)(stream - log->streams) + 1;
    return stream;
}

bool evd_list_pairs(const struct evd_chosen_pairs *chosen, const struct evd_log *const log[EVD_SIDES],
                    struct evd_outcome *outcome, struct evd_arena *arena, struct evd_pair_work *works)
{
    outcome->pairs = evd_arena_array(arena, chosen->count, sizeof *outcome->pairs);
    if (outcome->pairs == NULL)
        return false;
    size_t next[EVD_SIDES] = {0, 0};
    for (size_t i = 0; i < chosen->count; i++) {
        const struct evd_tid_pair tids = chosen->pairs[i];
        const struct evd_stream *canary = find_stream(log[EVD_CANARY], tids.canary, &next[EVD_CANARY]);
        const struct evd_stream *ours = find_stream(log[EVD_OURS], tids.ours, &next[EVD_OURS]);
        if (canary == NULL || ours == NULL)
            continue;
        struct evd_pair_outcome *pair = &outcome->pairs[outcome->pair_count];
        *pair = (struct evd_pair_outcome){.tid = {tids.canary, tids.ours}};
        if (chosen->evidence != NULL && !keep_evidence(&chosen->evidence[i], arena, &pair->pairing))
            return false;
        works[outcome->pair_count++] = (struct evd_pair_work){.stream = {canary, ours}, .outcome = pair};
    }
    return list_missing(chosen, log, outcome, arena);
}

/* A pair and how long it may take, for sorting. */
struct weight {
    uint64_t events;
    size_t pair;
};

static int by_weight(const void *a, const void *b)
{
    const struct weight *left = a, *right = b;
    if (left->events != right->events)
        return left->events > right->events ? -1 : 1;
    return (left->pair > right->pair) - (left->pair < right->pair);
}

bool evd_order_pairs(const struct evd_pair_work *works, size_t count, size_t *order)
{
    struct weight *weights = malloc((count + 1) * sizeof *weights);
    if (weights == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        weights[i] = (struct weight){works[i].stream[EVD_CANARY]->count + works[i].stream[EVD_OURS]->count, i};
    qsort(weights, count, sizeof *weights, by_weight);
    for (size_t i = 0; i < count; i++)
        order[i] = weights[i].pair;
    free(weights);
    return true;
}
