/* evd_diff: pairs threads, walks every pair on the pool, and gathers the outcome. */
#include "diff/diff.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/pool.h"
#include "diff/log_facts.h"
#include "diff/verdict.h"
#include "explain/cause.h"
#include "explain/family.h"
#include "names/check.h"
#include "outcome/text.h"
#include "pair/first_call.h"
#include "pair/similarity.h"

/* An outcome and the memory behind it. */
struct owned_outcome {
    struct evd_outcome outcome; /* first, so that a pointer to it is one to the whole */
    struct evd_arena arena;
    struct evd_arena *pair_arenas; /* one a pair, since pairs are walked in parallel */
};

/* All that one call works on. */
struct session {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_rules *rules;
    const struct evd_diff_options *options;
    struct owned_outcome *owned;
    struct evd_outcome *outcome;
    struct evd_pool *pool;
    struct evd_walker *walkers;      /* one a worker */
    struct evd_resync *resyncs;      /* one a worker; NULL without resync */
    struct evd_nature_list *natures; /* one a pair; NULL without resync */
    unsigned walker_count;
    size_t *order;                         /* pairs, the longest first */
    struct evd_matched *matched;           /* one a pair; NULL when the rules have no names */
    struct evd_name_break_list *breaks;    /* the same */
    uint64_t *name_uses;                   /* one a class of names; NULL when the rules have none */
    struct evd_pairing_evidence *evidence; /* one a pair; NULL unless threads were paired by similarity */
    atomic_bool failed;
};

void evd_outcome_free(struct evd_outcome *outcome)
{
    if (outcome == NULL)
        return;
    struct owned_outcome *owned = (struct owned_outcome *)outcome;
    for (size_t i = 0; owned->pair_arenas != NULL && i < outcome->pair_count; i++)
        evd_arena_release(&owned->pair_arenas[i]);
    free(owned->pair_arenas);
    evd_arena_release(&owned->arena);
    free(owned);
}

static int by_canary_tid(const void *a, const void *b)
{
    const struct evd_tid_pair *left = a, *right = b;
    return (left->canary > right->canary) - (left->canary < right->canary);
}

/* What a phase found wrong with the logs, or that memory ran out. `saw_change` tells of each log whether an
 * event's text was not what its record says. */
static enum evd_status explain(const struct session *session, const bool saw_change[EVD_SIDES], struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_log_check(session->log[side], saw_change[side], error);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}

/* The pairs by the map that the caller gave, by similarity, or by the rules. */
static enum evd_status choose_pairs(struct session *session, struct evd_tid_pair **pairs, size_t *count,
                                    struct evd_error *error)
{
    const struct evd_diff_options *options = session->options;
    struct evd_arena *arena = &session->owned->arena;
    if (options->tid_map != NULL) {
        *count = options->tid_map_count;
        *pairs = evd_arena_array(arena, *count, sizeof **pairs);
        if (*pairs == NULL)
            return evd_fail_memory(error);
        if (*count > 0)
            memcpy(*pairs, options->tid_map, *count * sizeof **pairs);
        qsort(*pairs, *count, sizeof **pairs, by_canary_tid);
        for (size_t i = 1; i < *count; i++)
            if ((*pairs)[i].canary == (*pairs)[i - 1].canary)
                return evd_fail(error, EVD_E_ARGUMENT, "canary tid %lld is mapped twice",
                                (long long)(*pairs)[i].canary);
    } else if (options->pairing == EVD_PAIR_SIMILARITY) {
        if (!evd_pair_by_similarity(session->log[EVD_CANARY], session->log[EVD_OURS], session->pool, arena, pairs,
                                    &session->evidence, count)) {
            const enum evd_status status = explain(session, (const bool[EVD_SIDES]){false, false}, error);
            return status != EVD_OK ? status : evd_fail_memory(error);
        }
    } else if (!evd_pair_by_first_call(session->log[EVD_CANARY], session->log[EVD_OURS], arena, pairs, count)) {
        return evd_fail_memory(error);
    }
    if (*count == 0 && options->pairing == EVD_PAIR_SIMILARITY)
        return evd_fail(error, EVD_E_NO_MAPPING, "no two threads are similar; pair them by hand with --tid-map");
    if (*count == 0)
        return evd_fail(error, EVD_E_NO_MAPPING,
                        "no two threads begin with the same call, as \"pairing\" in the rules tells it; pair "
                        "them by what they do with --pair similarity, or by hand with --tid-map");
    return EVD_OK;
}

static bool warn(struct session *session, const char *side, int64_t tid)
{
    struct evd_outcome *outcome = session->outcome;
    struct evd_buffer text = {0};
    evd_buffer_format(&text, "warn: %s tid %lld not in stream; skipping", side, (long long)tid);
    const bool is_kept = evd_keep_text(&session->owned->arena, &text, &outcome->warnings[outcome->warning_count++]);
    evd_buffer_release(&text);
    return is_kept;
}

/* Keeps the pairs whose threads both logs have; warns of the others. */
static bool list_pairs(struct session *session, const struct evd_tid_pair *pairs, size_t count)
{
    struct evd_outcome *outcome = session->outcome;
    struct evd_arena *arena = &session->owned->arena;
    outcome->pairs = evd_arena_array(arena, count, sizeof *outcome->pairs);
    outcome->warnings = evd_arena_array(arena, count, sizeof *outcome->warnings);
    session->owned->pair_arenas = calloc(count + 1, sizeof *session->owned->pair_arenas);
    if (outcome->pairs == NULL || outcome->warnings == NULL || session->owned->pair_arenas == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *missing = NULL;
        if (evd_log_stream(session->log[EVD_CANARY], pairs[i].canary) == NULL)
            missing = "canary";
        else if (evd_log_stream(session->log[EVD_OURS], pairs[i].ours) == NULL)
            missing = "ours";
        if (missing == NULL)
            outcome->pairs[outcome->pair_count++] = (struct evd_pair_outcome){.tid = {pairs[i].canary, pairs[i].ours}};
        else if (!warn(session, missing, *missing == 'c' ? pairs[i].canary : pairs[i].ours))
            return false;
    }
    return true;
}

static void walk_pair(void *context, size_t task, unsigned worker)
{
    struct session *session = context;
    const size_t index = session->order[task];
    struct evd_pair_outcome *pair = &session->outcome->pairs[index];
    const struct evd_log *canary = session->log[EVD_CANARY], *ours = session->log[EVD_OURS];
    struct evd_walker *walker = &session->walkers[worker];
    struct evd_arena *arena = &session->owned->pair_arenas[index];
    walker->matched = session->matched != NULL ? &session->matched[index] : NULL;
    if (!evd_walk(walker, canary, evd_log_stream(canary, pair->tid[EVD_CANARY]), ours,
                  evd_log_stream(ours, pair->tid[EVD_OURS]), arena, pair) ||
        (session->resyncs != NULL &&
         !evd_resync_pair(&session->resyncs[worker], walker, arena, pair, &session->natures[index])))
        atomic_store(&session->failed, true);
    /* Every thread of both logs is there: no pair was left out. */
    if (session->evidence != NULL)
        pair->pairing = session->evidence[index];
}

/* Takes in what the pair's names break: its divergences behind the first one, and where the first one is. */
static void take_breaks(void *context, size_t task, unsigned worker)
{
    struct session *session = context;
    const size_t index = session->order[task];
    struct evd_pair_outcome *pair = &session->outcome->pairs[index];
    const struct evd_name_break_list *breaks = &session->breaks[index];
    struct evd_walker *walker = &session->walkers[worker];
    struct evd_arena *arena = &session->owned->pair_arenas[index];
    const struct evd_stream *streams[EVD_SIDES];
    if (breaks->count == 0)
        return;
    for (int side = 0; side < EVD_SIDES; side++)
        streams[side] = evd_log_stream(session->log[side], pair->tid[side]);
    walker->matched = NULL;
    bool is_done = session->resyncs == NULL ||
                   evd_resync_add_breaks(&session->resyncs[worker], walker, session->log, streams, breaks, arena, pair,
                                         &session->natures[index]);
    if (is_done && breaks->breaks[0].rank < pair->matched) {
        const struct evd_pair_outcome whole = *pair;
        walker->stop = &breaks->breaks[0];
        is_done = evd_walk(walker, session->log[EVD_CANARY], streams[EVD_CANARY], session->log[EVD_OURS],
                           streams[EVD_OURS], arena, pair);
        walker->stop = NULL;
        pair->pairing = whole.pairing;
        pair->divergences = whole.divergences;
        pair->divergence_count = whole.divergence_count;
        pair->searches_cut_short = whole.searches_cut_short;
        for (int side = 0; session->resyncs != NULL && side < EVD_SIDES; side++) {
            pair->counts[side] = whole.counts[side];
            pair->absorbed_in_all[side] = whole.absorbed_in_all[side];
        }
    }
    if (!is_done)
        atomic_store(&session->failed, true);
}

/* Checks the names in all that matches; `saw_change` as for explain. */
static bool check_names(struct session *session, bool saw_change[EVD_SIDES])
{
    struct evd_outcome *outcome = session->outcome;
    struct evd_names_pair *pairs = evd_arena_array(&session->owned->arena, outcome->pair_count, sizeof *pairs);
    if (pairs == NULL)
        return false;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        pairs[i] = (struct evd_names_pair){.matched = &session->matched[i], .breaks = &session->breaks[i]};
        for (int side = 0; side < EVD_SIDES; side++)
            pairs[i].stream[side] = evd_log_stream(session->log[side], outcome->pairs[i].tid[side]);
    }
    const struct evd_names_options options = {
        .is_plain = session->options->is_plain, .stops_at_breaks = session->resyncs == NULL};
    struct evd_names_result result;
    const bool is_done =
        evd_names_check_pairs(session->log, session->pool, pairs, outcome->pair_count, &options, &result);
    session->name_uses = result.uses;
    outcome->bytes_read_again += result.bytes_read;
    memcpy(saw_change, result.saw_change, sizeof result.saw_change);
    if (is_done)
        evd_pool_run(session->pool, outcome->pair_count, take_breaks, session);
    return is_done;
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

/* The longest pairs first, so that no worker is left alone with one at the end. */
static bool order_pairs(struct session *session)
{
    const struct evd_outcome *outcome = session->outcome;
    struct evd_arena *arena = &session->owned->arena;
    struct weight *weights = evd_arena_array(arena, outcome->pair_count, sizeof *weights);
    session->order = evd_arena_array(arena, outcome->pair_count, sizeof *session->order);
    if (weights == NULL || session->order == NULL)
        return false;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        weights[i].pair = i;
        weights[i].events = evd_log_stream(session->log[EVD_CANARY], pair->tid[EVD_CANARY])->count +
                            evd_log_stream(session->log[EVD_OURS], pair->tid[EVD_OURS])->count;
    }
    qsort(weights, outcome->pair_count, sizeof *weights, by_weight);
    for (size_t i = 0; i < outcome->pair_count; i++)
        session->order[i] = weights[i].pair;
    return true;
}

/* What the whole log's names are taught behind one pair's first divergence counts for the others: a report must not
 * say something else because another one is written beside it. */
static bool needs_resync(const struct session *session)
{
    return session->options->resync || evd_rules_share_names(session->rules);
}

static enum evd_status walk_all(struct session *session, struct evd_error *error)
{
    if (!order_pairs(session))
        return evd_fail_memory(error);
    session->walker_count = evd_pool_size(session->pool);
    session->walkers = calloc(session->walker_count, sizeof *session->walkers);
    if (session->walkers == NULL)
        return evd_fail_memory(error);
    bool is_ready = true;
    for (unsigned i = 0; i < session->walker_count; i++)
        is_ready =
            evd_walker_init(&session->walkers[i], session->rules, session->options->emit_absorbed_events) && is_ready;
    for (unsigned i = 0; i < session->walker_count; i++)
        session->walkers[i].is_plain = session->options->is_plain;
    if (needs_resync(session)) {
        session->resyncs = calloc(session->walker_count, sizeof *session->resyncs);
        for (unsigned i = 0; session->resyncs != NULL && i < session->walker_count; i++)
            is_ready = evd_resync_init(&session->resyncs[i]) && is_ready;
        session->natures = calloc(session->outcome->pair_count + 1, sizeof *session->natures);
        is_ready = session->resyncs != NULL && session->natures != NULL && is_ready;
        session->outcome->has_resync = true;
    }
    if (session->rules->name_class_count > 0) {
        session->matched = calloc(session->outcome->pair_count + 1, sizeof *session->matched);
        session->breaks = calloc(session->outcome->pair_count + 1, sizeof *session->breaks);
        is_ready = session->matched != NULL && session->breaks != NULL && is_ready;
    }
    if (!is_ready)
        return evd_fail_memory(error);
    bool saw_change[EVD_SIDES] = {false, false};
    evd_pool_run(session->pool, session->outcome->pair_count, walk_pair, session);
    if (session->matched != NULL && !atomic_load(&session->failed) && !check_names(session, saw_change))
        atomic_store(&session->failed, true);
    for (unsigned i = 0; i < session->walker_count; i++)
        session->outcome->bytes_read_again +=
            evd_walker_bytes_read(&session->walkers[i]) +
            (session->resyncs != NULL ? session->resyncs[i].reader.reread.bytes_read : 0);
    for (int side = 0; side < EVD_SIDES; side++)
        for (unsigned i = 0; i < session->walker_count; i++)
            saw_change[side] |=
                evd_walker_saw_change(&session->walkers[i], session->log[side]) ||
                (session->resyncs != NULL && session->resyncs[i].reader.changed_log == session->log[side]);
    const enum evd_status status = explain(session, saw_change, error);
    if (status != EVD_OK)
        return status;
    return atomic_load(&session->failed) ? evd_fail_memory(error) : EVD_OK;
}

enum evd_status evd_diff_matched(const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_diff_options *options, struct evd_outcome **outcome,
                                 struct evd_matched **matched, struct evd_error *error)
{
    static const struct evd_diff_options DEFAULTS = {0};
    struct session session = {.log = {canary, ours}, .rules = canary->rules, .options = options ? options : &DEFAULTS};
    enum evd_status status;
    *outcome = NULL;
    *matched = NULL;
    if (canary->rules != ours->rules)
        return evd_fail(error, EVD_E_ARGUMENT, "both logs must be read with the same rules");
    if (session.options->threads > EVD_THREADS_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "at most %d threads", EVD_THREADS_MAX);
    if (!evd_demands_are_valid(&session.options->demands))
        return evd_fail(error, EVD_E_ARGUMENT, "a demanded share must be from 0 to 1");
    session.owned = calloc(1, sizeof *session.owned);
    if (session.owned == NULL)
        return evd_fail_memory(error);
    session.outcome = &session.owned->outcome;

    const double started = evd_seconds_now();
    struct evd_tid_pair *pairs;
    size_t pair_count;
    session.pool = evd_pool_create(session.options->threads);
    status = session.pool == NULL ? evd_fail_memory(error) : choose_pairs(&session, &pairs, &pair_count, error);
    if (status == EVD_OK && !list_pairs(&session, pairs, pair_count))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = walk_all(&session, error);
    if (status == EVD_OK && !evd_tell_log_facts(session.outcome, session.log, session.name_uses, &session.owned->arena))
        status = evd_fail_memory(error);
    if (status == EVD_OK && session.natures != NULL &&
        !(evd_find_causes(session.outcome, session.natures, session.log) &&
          evd_make_families(session.outcome, session.natures, &session.owned->arena))) {
        status = explain(&session, (const bool[EVD_SIDES]){false, false}, error);
        if (status == EVD_OK)
            status = evd_fail_memory(error);
    }
    if (status == EVD_OK && !evd_conclude(session.outcome, &session.options->demands, &session.owned->arena))
        status = evd_fail_memory(error);
    session.outcome->walk_seconds = evd_seconds_now() - started;

    for (unsigned i = 0; session.walkers != NULL && i < session.walker_count; i++)
        evd_walker_release(&session.walkers[i]);
    for (unsigned i = 0; session.resyncs != NULL && i < session.walker_count; i++)
        evd_resync_release(&session.resyncs[i]);
    for (size_t i = 0; session.natures != NULL && i < session.outcome->pair_count; i++)
        evd_nature_list_release(&session.natures[i]);
    if (status == EVD_OK)
        *matched = session.matched;
    else
        evd_matched_free(session.matched, session.outcome->pair_count);
    for (size_t i = 0; session.breaks != NULL && i < session.outcome->pair_count; i++)
        evd_name_break_list_release(&session.breaks[i]);
    free(session.breaks);
    free(session.name_uses);
    free(session.natures);
    free(session.walkers);
    free(session.resyncs);
    evd_pool_destroy(session.pool);
    if (status == EVD_OK)
        *outcome = session.outcome;
    else
        evd_outcome_free(session.outcome);
    return status;
}

enum evd_status evd_diff(const struct evd_log *canary, const struct evd_log *ours,
                         const struct evd_diff_options *options, struct evd_outcome **outcome, struct evd_error *error)
{
    struct evd_matched *matched;
    const enum evd_status status = evd_diff_matched(canary, ours, options, outcome, &matched, error);
    if (status == EVD_OK)
        evd_matched_free(matched, (*outcome)->pair_count);
    return status;
}
