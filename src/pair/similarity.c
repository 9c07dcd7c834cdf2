#include "pair/similarity.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/failures.h"
#include "base/grow.h"
#include "base/log2.h"
#include "pair/assign.h"
#include "pair/beginning.h"
#include "pair/left_over.h"
#include "pair/lost.h"
#include "pair/sketch.h"
#include "pair/start.h"

enum {
    ONE = EVD_SIMILARITY_ONE,
    PARTS_KEYS = 6,
    PARTS_FIRST = 2,
    PARTS_LENGTH = 1,
    PARTS_ORIGIN = 1,
    PROPOSALS_BY_KEY = 4096,  /* pairs of threads that one key may propose, a power of two */
    PROPOSALS_MAX = 1 << 26,  /* and all keys together */
    CANDIDATES_MAX = 1 << 22, /* pairs of threads that are compared */
    LEAST = ONE / 20,         /* threads that are less similar are no counterparts */
    ORDER_WEIGHT = EVD_SCORE_ORDERS,
};

/* A key in a thread's sketch. */
struct posting {
    uint64_t key;
    uint32_t thread;
    uint32_t side;
    uint32_t count, first; /* as in evd_sketch_key */
};

/* What two threads have in common. */
struct candidate {
    uint32_t thread[EVD_SIDES];
    uint64_t shared; /* weight of the keys in common */
    uint64_t early;  /* of those that both have within as many events as the shorter has; each counts once */
};

struct pairing {
    const struct evd_log *log[EVD_SIDES];
    struct evd_sketch *sketches[EVD_SIDES];            /* one a stream */
    size_t *order[EVD_SIDES];                          /* streams' places in the order of start */
    uint64_t (*weights[EVD_SIDES])[EVD_SKETCH_LEVELS]; /* per stream and level: weight of its keys from
                                                          that level on */
    struct evd_beginning *beginnings[EVD_SIDES];       /* one a stream */
    struct posting *postings;
    size_t posting_count;
    struct evd_table by_pair; /* the two threads → index into candidates */
    struct candidate *candidates;
    size_t candidate_count, candidate_capacity;
    struct evd_score *scores;
    size_t score_count;
    size_t *partners;             /* of canary's streams */
    bool *is_lost[EVD_SIDES];     /* one a stream; in the arena */
    struct evd_failures failures; /* of the tasks that make sketches */
    struct evd_steps *steps;
};

static void make_sketch(void *context, size_t task, unsigned worker)
{
    struct pairing *pairing = context;
    struct evd_error error;
    const int side = task >= pairing->log[EVD_CANARY]->stream_count;
    const size_t stream = task - (side ? pairing->log[EVD_CANARY]->stream_count : 0);
    const enum evd_status status = evd_sketch_make(
        pairing->log[side], &pairing->log[side]->streams[stream], &pairing->sketches[side][stream], &error);
    evd_failures_add(&pairing->failures, worker, task, status, &error);
    evd_steps_advance(pairing->steps, 1);
}

static int by_posting(const void *a, const void *b)
{
    const struct posting *l = a, *r = b;
    if (l->key != r->key)
        return l->key < r->key ? -1 : 1;
    if (l->side != r->side)
        return l->side < r->side ? -1 : 1;
    return (l->thread > r->thread) - (l->thread < r->thread);
}

static bool list_postings(struct pairing *pairing)
{
    size_t count = 0;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++)
            count += pairing->sketches[side][i].key_count;
    pairing->postings = malloc((count + 1) * sizeof *pairing->postings);
    if (pairing->postings == NULL)
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++) {
            const struct evd_sketch *sketch = &pairing->sketches[side][i];
            for (size_t k = 0; k < sketch->key_count; k++)
                pairing->postings[pairing->posting_count++] = (struct posting){
                    .key = sketch->keys[k].key,
                    .thread = (uint32_t)i,
                    .side = (uint32_t)side,
                    .count = sketch->keys[k].count,
                    .first = sketch->keys[k].first,
                };
        }
    qsort(pairing->postings, count, sizeof *pairing->postings, by_posting);
    return true;
}

/* What one key of a thread weighs: more the rarer it is among threads; and the more often it occurs there, but a
 * loop must not outweigh all else. In 1/256, twice. */
static uint64_t weigh(uint64_t rarity, uint64_t count)
{
    return rarity * (256 + evd_log2(count));
}

/* The candidate of two threads; NULL when there are too many to add one. False when memory runs out. */
static bool find_candidate(struct pairing *pairing, uint32_t canary, uint32_t ours, struct candidate **candidate)
{
    const uint64_t key = (uint64_t)canary << 32 | ours;
    const uint64_t *index = evd_table_get(&pairing->by_pair, key);
    *candidate = NULL;
    if (index != NULL)
        *candidate = &pairing->candidates[*index];
    if (index != NULL || pairing->candidate_count == CANDIDATES_MAX)
        return true;
    void *candidates = evd_grow(
        pairing->candidates, pairing->candidate_count, &pairing->candidate_capacity, sizeof *pairing->candidates);
    if (candidates == NULL)
        return false;
    pairing->candidates = candidates;
    *candidate = &pairing->candidates[pairing->candidate_count];
    **candidate = (struct candidate){.thread = {canary, ours}};
    return evd_table_put(&pairing->by_pair, key, pairing->candidate_count++, NULL) != NULL;
}

/* The threads with one key: postings `from` to `middle` - 1 of canary, `middle` to `to` - 1 of ours. */
struct sharers {
    size_t from, middle, to;
};

/* Goes from key to key, from the first when `sharers` is all zero; false at the end. */
static bool next_key(const struct pairing *pairing, struct sharers *sharers)
{
    const struct posting *postings = pairing->postings;
    const size_t from = sharers->to;
    size_t to = from;
    while (to < pairing->posting_count && postings[to].key == postings[from].key)
        to++;
    size_t middle = from;
    while (middle < to && postings[middle].side == EVD_CANARY)
        middle++;
    *sharers = (struct sharers){from, middle, to};
    return from < to;
}

static uint64_t rarity_of(const struct pairing *pairing, const struct sharers *sharers)
{
    const uint64_t threads = pairing->log[EVD_CANARY]->stream_count + pairing->log[EVD_OURS]->stream_count;
    return 256 + evd_log2(threads) - evd_log2(sharers->to - sharers->from);
}

/* How many pairs of threads a key proposes. */
static uint64_t count_proposals(const struct sharers *sharers)
{
    return (uint64_t)(sharers->middle - sharers->from) * (sharers->to - sharers->middle);
}

static void weigh_threads(struct pairing *pairing)
{
    for (struct sharers sharers = {0}; next_key(pairing, &sharers);) {
        const uint64_t rarity = rarity_of(pairing, &sharers);
        for (size_t i = sharers.from; i < sharers.to; i++) {
            const struct posting *posting = &pairing->postings[i];
            const struct evd_sketch *sketch = &pairing->sketches[posting->side][posting->thread];
            uint64_t *weights = pairing->weights[posting->side][posting->thread];
            /* Its part in the sums from its thread's level up to the last that samples it. */
            for (unsigned l = sketch->level; l < EVD_SKETCH_LEVELS && evd_sketch_samples(posting->key, l); l++)
                weights[l] += weigh(rarity, posting->count);
            evd_beginning_add(&pairing->beginnings[posting->side][posting->thread], sketch, posting->key,
                              posting->first, weigh(rarity, 1));
        }
    }
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++)
            evd_beginning_seal(&pairing->beginnings[side][i]);
}

/* True when both threads have the key within as many events as the shorter has. */
static bool is_early(const struct pairing *pairing, const struct posting *canary, const struct posting *ours)
{
    const uint64_t a = pairing->sketches[EVD_CANARY][canary->thread].participating;
    const uint64_t b = pairing->sketches[EVD_OURS][ours->thread].participating;
    return canary->first < (a < b ? a : b) && ours->first < (a < b ? a : b);
}

static bool propose(struct pairing *pairing, const struct sharers *sharers)
{
    const struct posting *postings = pairing->postings;
    const uint64_t rarity = rarity_of(pairing, sharers);
    for (size_t i = sharers->from; i < sharers->middle; i++)
        for (size_t j = sharers->middle; j < sharers->to; j++) {
            struct candidate *candidate;
            if (!find_candidate(pairing, postings[i].thread, postings[j].thread, &candidate))
                return false;
            const uint64_t count = postings[i].count < postings[j].count ? postings[i].count : postings[j].count;
            if (candidate == NULL)
                continue;
            candidate->shared += weigh(rarity, count);
            candidate->early += is_early(pairing, &postings[i], &postings[j]) ? weigh(rarity, 1) : 0;
        }
    return true;
}

/* The rarest keys propose first, those of the same power of two in the order of keys, which are hashes: when
 * there are too many proposals, a sample of the commonest is left out. */
static bool find_candidates(struct pairing *pairing)
{
    uint64_t rest = PROPOSALS_MAX, least = 1;
    for (uint64_t most = 1; most <= PROPOSALS_BY_KEY; least = most + 1, most *= 2)
        for (struct sharers sharers = {0}; next_key(pairing, &sharers);) {
            const uint64_t proposals = count_proposals(&sharers);
            if (proposals < least || proposals > most)
                continue;
            if (proposals > rest)
                return true;
            rest -= proposals;
            if (!propose(pairing, &sharers))
                return false;
        }
    return true;
}

/* part / whole of ONE; ONE when both are 0. */
static int64_t share(uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return ONE;
    while (part >= (uint64_t)1 << 43) {
        part >>= 1;
        whole >>= 1;
    }
    return (int64_t)(part * ONE / whole);
}

static int64_t compare_first(const struct evd_sketch *a, const struct evd_sketch *b)
{
    uint64_t common = 0;
    for (size_t i = 0, j = 0; i < a->first_count && j < b->first_count;) {
        if (a->first[i] == b->first[j])
            common++;
        const bool is_lower = a->first[i] <= b->first[j];
        j += a->first[i] >= b->first[j];
        i += is_lower;
    }
    return share(2 * common, a->first_count + b->first_count);
}

/* Where they were created to begin, and by whom: creators are alike when they begin alike. */
static int64_t compare_origins(const struct pairing *pairing, const struct evd_sketch *a, const struct evd_sketch *b)
{
    return ((a->entry == b->entry ? ONE : 0) +
            compare_first(&pairing->sketches[EVD_CANARY][a->creator], &pairing->sketches[EVD_OURS][b->creator])) /
           2;
}

/* By the keys of the shorter thread, and by those of as much of the longer one; of the length nothing. */
static int64_t compare_beginnings(const struct pairing *pairing, const struct candidate *candidate)
{
    const struct evd_beginning *beginnings[EVD_SIDES];
    const struct evd_sketch *sketches[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        beginnings[side] = &pairing->beginnings[side][candidate->thread[side]];
        sketches[side] = &pairing->sketches[side][candidate->thread[side]];
    }
    const uint64_t whole = evd_beginnings_weight(beginnings, sketches);
    return whole == 0 ? 0 : PARTS_KEYS * share(2 * candidate->early, whole);
}

static int64_t compare_threads(const struct pairing *pairing, const struct candidate *candidate)
{
    const struct evd_sketch *a = &pairing->sketches[EVD_CANARY][candidate->thread[EVD_CANARY]];
    const struct evd_sketch *b = &pairing->sketches[EVD_OURS][candidate->thread[EVD_OURS]];
    const unsigned level = a->level > b->level ? a->level : b->level;
    const uint64_t whole = pairing->weights[EVD_CANARY][candidate->thread[EVD_CANARY]][level] +
                           pairing->weights[EVD_OURS][candidate->thread[EVD_OURS]][level];
    const uint64_t shorter = a->participating < b->participating ? a->participating : b->participating;
    const uint64_t longer = a->participating + b->participating - shorter;
    const int64_t all = PARTS_KEYS * share(2 * candidate->shared, whole) + PARTS_LENGTH * share(shorter, longer);
    const int64_t beginnings = compare_beginnings(pairing, candidate);
    int64_t sum = (all > beginnings ? all : beginnings) + PARTS_FIRST * compare_first(a, b);
    int64_t parts = PARTS_KEYS + PARTS_FIRST + PARTS_LENGTH;
    if (a->has_creation && b->has_creation) {
        sum += PARTS_ORIGIN * compare_origins(pairing, a, b);
        parts += PARTS_ORIGIN;
    }
    return sum / parts;
}

/* A little more for threads that start at about the same place in the order of starts. */
static int64_t favour_order(const struct pairing *pairing, const struct candidate *candidate)
{
    const size_t a = pairing->order[EVD_CANARY][candidate->thread[EVD_CANARY]];
    const size_t b = pairing->order[EVD_OURS][candidate->thread[EVD_OURS]];
    const size_t apart = a > b ? a - b : b - a;
    return apart < ORDER_WEIGHT ? (int64_t)(ORDER_WEIGHT - 1 - apart) : 0;
}

/* One thread a side is a pair, however little they have in common. */
static bool are_only_ones(const struct pairing *pairing)
{
    return pairing->log[EVD_CANARY]->stream_count == 1 && pairing->log[EVD_OURS]->stream_count == 1;
}

static bool score(struct pairing *pairing)
{
    size_t count = 0;
    pairing->scores = malloc((pairing->candidate_count + 1) * sizeof *pairing->scores);
    if (pairing->scores == NULL)
        return false;
    for (size_t i = 0; i < pairing->candidate_count; i++) {
        const struct candidate *candidate = &pairing->candidates[i];
        const int64_t similarity = compare_threads(pairing, candidate);
        if (similarity >= LEAST || are_only_ones(pairing))
            pairing->scores[count++] = (struct evd_score){candidate->thread[EVD_CANARY], candidate->thread[EVD_OURS],
                                                          similarity * ORDER_WEIGHT + favour_order(pairing, candidate)};
    }
    pairing->score_count = count;
    return true;
}

/* Pairs threads by their scores, but for those that are lost, then what is left over. */
static bool assign(struct pairing *pairing)
{
    size_t count = 0;
    for (size_t i = 0; i < pairing->score_count; i++) {
        const struct evd_score *score = &pairing->scores[i];
        if (!pairing->is_lost[EVD_CANARY][score->left] && !pairing->is_lost[EVD_OURS][score->right])
            pairing->scores[count++] = *score;
    }
    pairing->score_count = count;
    if (!evd_assign(pairing->scores, count, pairing->log[EVD_CANARY]->stream_count,
                    pairing->log[EVD_OURS]->stream_count, pairing->partners))
        return false;
    if (are_only_ones(pairing))
        pairing->partners[0] = 0;
    return evd_pair_left_over(
        pairing->log, (const size_t *const *)pairing->order, (const bool *const *)pairing->is_lost, pairing->partners);
}

/* How alike the threads of each pair are, and whether either is the most alike to the other. */
static bool measure_pairs(const struct pairing *pairing, int64_t *likeness, bool *are_closest)
{
    int64_t *most[EVD_SIDES];
    bool is_done = true;
    for (int side = 0; side < EVD_SIDES; side++) {
        most[side] = calloc(pairing->log[side]->stream_count + 1, sizeof *most[side]);
        is_done = is_done && most[side] != NULL;
    }
    for (size_t i = 0; is_done && i < pairing->score_count; i++) {
        const struct evd_score *score = &pairing->scores[i];
        const int64_t similarity = score->score / ORDER_WEIGHT;
        if (pairing->partners[score->left] == score->right)
            likeness[score->left] = similarity;
        if (similarity > most[EVD_CANARY][score->left])
            most[EVD_CANARY][score->left] = similarity;
        if (similarity > most[EVD_OURS][score->right])
            most[EVD_OURS][score->right] = similarity;
    }
    for (size_t i = 0; is_done && i < pairing->log[EVD_CANARY]->stream_count; i++)
        are_closest[i] = pairing->partners[i] != SIZE_MAX && likeness[i] == most[EVD_CANARY][i] &&
                         likeness[i] == most[EVD_OURS][pairing->partners[i]];
    for (int side = 0; side < EVD_SIDES; side++)
        free(most[side]);
    return is_done;
}

/* Threads that the other side never created have no counterpart: the others are paired without them. */
static bool leave_out_lost(struct pairing *pairing)
{
    const size_t canaries = pairing->log[EVD_CANARY]->stream_count;
    size_t count = 0;
    int64_t *likeness = calloc(canaries + 1, sizeof *likeness);
    bool *are_closest = calloc(canaries + 1, sizeof *are_closest);
    const struct evd_lost_search search = {
        .log = {pairing->log[EVD_CANARY], pairing->log[EVD_OURS]},
        .sketches = {pairing->sketches[EVD_CANARY], pairing->sketches[EVD_OURS]},
        .partners = pairing->partners,
        .likeness = likeness,
        .are_closest = are_closest,
    };
    const bool is_done = likeness != NULL && are_closest != NULL && measure_pairs(pairing, likeness, are_closest) &&
                         evd_find_lost(&search, pairing->is_lost, &count);
    free(likeness);
    free(are_closest);
    return is_done && (count == 0 || assign(pairing));
}

static void release(struct pairing *pairing)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        for (size_t i = 0; pairing->sketches[side] != NULL && i < pairing->log[side]->stream_count; i++)
            evd_sketch_release(&pairing->sketches[side][i]);
        for (size_t i = 0; pairing->beginnings[side] != NULL && i < pairing->log[side]->stream_count; i++)
            evd_beginning_release(&pairing->beginnings[side][i]);
        free(pairing->beginnings[side]);
        free(pairing->sketches[side]);
        free(pairing->order[side]);
        free(pairing->weights[side]);
    }
    evd_failures_release(&pairing->failures);
    free(pairing->postings);
    evd_table_release(&pairing->by_pair);
    free(pairing->candidates);
    free(pairing->scores);
    free(pairing->partners);
}

/* Makes room for what is known of each thread. */
static bool init(struct pairing *pairing, const struct evd_pool *pool)
{
    bool is_done = evd_failures_init(&pairing->failures, evd_pool_size(pool));
    pairing->partners = malloc((pairing->log[EVD_CANARY]->stream_count + 1) * sizeof *pairing->partners);
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t streams = pairing->log[side]->stream_count;
        pairing->sketches[side] = calloc(streams + 1, sizeof *pairing->sketches[side]);
        pairing->order[side] = calloc(streams + 1, sizeof *pairing->order[side]);
        pairing->weights[side] = calloc(streams + 1, sizeof *pairing->weights[side]);
        pairing->beginnings[side] = calloc(streams + 1, sizeof *pairing->beginnings[side]);
        is_done = pairing->sketches[side] != NULL && pairing->order[side] != NULL && pairing->weights[side] != NULL &&
                  pairing->beginnings[side] != NULL && is_done;
    }
    return is_done && pairing->partners != NULL;
}

/* Finds each thread's partner by the sketches; false when memory runs out. */
static bool find_partners(struct pairing *pairing)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t streams = pairing->log[side]->stream_count;
        if (!evd_order_by_start(pairing->sketches[side], streams, pairing->order[side]))
            return false;
        for (size_t i = 0; i < streams; i++)
            if (!evd_beginning_init(&pairing->beginnings[side][i], &pairing->sketches[side][i]))
                return false;
    }
    if (!list_postings(pairing))
        return false;
    weigh_threads(pairing);
    return find_candidates(pairing) && score(pairing) && assign(pairing) && leave_out_lost(pairing);
}

static bool make_room(const struct pairing *pairing, struct evd_arena *arena, struct evd_chosen_pairs *chosen)
{
    const size_t canaries = pairing->log[EVD_CANARY]->stream_count;
    *chosen = (struct evd_chosen_pairs){
        .pairs = evd_arena_array(arena, canaries, sizeof *chosen->pairs),
        .evidence = evd_arena_array(arena, canaries, sizeof *chosen->evidence),
    };
    bool is_done = chosen->pairs != NULL && chosen->evidence != NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t streams = pairing->log[side]->stream_count;
        chosen->is_lost[side] = evd_arena_array(arena, streams, sizeof *chosen->is_lost[side]);
        is_done = is_done && chosen->is_lost[side] != NULL;
        if (is_done)
            memset(chosen->is_lost[side], 0, streams * sizeof *chosen->is_lost[side]);
    }
    return is_done;
}

enum evd_status evd_pair_by_similarity(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                                       struct evd_steps *steps, struct evd_arena *arena,
                                       struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    struct pairing pairing = {.log = {log[EVD_CANARY], log[EVD_OURS]}, .steps = steps};
    enum evd_status status;
    if (!make_room(&pairing, arena, chosen) || !init(&pairing, pool)) {
        status = evd_fail_memory(error);
        goto out;
    }
    memcpy(pairing.is_lost, chosen->is_lost, sizeof pairing.is_lost);
    evd_steps_begin(steps, EVD_STEP_PAIR, log[EVD_CANARY]->stream_count + log[EVD_OURS]->stream_count);
    evd_pool_run(pool, log[EVD_CANARY]->stream_count + log[EVD_OURS]->stream_count, make_sketch, &pairing);
    status = evd_failures_tell(&pairing.failures, error);
    if (status != EVD_OK)
        goto out;
    if (!find_partners(&pairing)) {
        status = evd_fail_memory(error);
        goto out;
    }
    evd_list_pairs_by_score(log, pairing.scores, pairing.score_count, pairing.partners, chosen);
out:
    release(&pairing);
    return status;
}
