#include "pair/by_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "pair/recognise.h"

/* A thread by what a rule pairs it by; threads of one value go one by one, in their order. */
struct candidate {
    uint64_t value, order;
    size_t stream; /* SIZE_MAX: one that was created and is not in the log */
};

struct candidates {
    struct candidate *items;
    size_t count;
};

struct pairing {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_rules *rules;
    struct evd_recognised known[EVD_SIDES];
    struct evd_ruled_threads *ruled;
    struct candidates candidates[EVD_SIDES];              /* room for as many as there are threads and creations */
    const struct evd_made_thread **by_creator[EVD_SIDES]; /* of one rule: by creator, then in the order of the log */
    size_t by_creator_count[EVD_SIDES];
    bool *is_created[EVD_SIDES]; /* one a stream, of one rule: what creates it is known */
    bool *is_left[EVD_SIDES];    /* the same: what it was to be paired with was not created, or is not in the log */
    size_t *queue;               /* canary's streams whose children are to be paired */
    size_t queued;
};

static int by_value_and_order(const void *a, const void *b)
{
    const struct candidate *l = a, *r = b;
    if (l->value != r->value)
        return l->value < r->value ? -1 : 1;
    if (l->order != r->order)
        return l->order < r->order ? -1 : 1;
    return (l->stream > r->stream) - (l->stream < r->stream);
}

static void settle_pair(struct pairing *pairing, size_t rule, size_t canary, size_t ours)
{
    struct evd_ruled_threads *ruled = pairing->ruled;
    ruled->partners[canary] = ours;
    ruled->is_settled[EVD_CANARY][canary] = ruled->is_settled[EVD_OURS][ours] = true;
    ruled->pairs[rule]++;
    pairing->queue[pairing->queued++] = canary;
}

/* Is told of a thread that is left; not is_alone: its counterpart is not in the log. */
typedef void leave_function(struct pairing *pairing, int side, size_t stream, bool is_alone);

/* Pairs candidates of equal values, one by one. */
static void pair_candidates(struct pairing *pairing, size_t rule, leave_function *leave)
{
    const struct candidates *c = &pairing->candidates[EVD_CANARY], *o = &pairing->candidates[EVD_OURS];
    for (int side = 0; side < EVD_SIDES; side++)
        qsort(pairing->candidates[side].items, pairing->candidates[side].count, sizeof *c->items, by_value_and_order);
    for (size_t i = 0, j = 0; i < c->count || j < o->count;) {
        const bool is_canary = j == o->count || (i < c->count && c->items[i].value < o->items[j].value);
        const bool is_ours = i == c->count || (j < o->count && o->items[j].value < c->items[i].value);
        const size_t canary = is_ours ? SIZE_MAX : c->items[i].stream, ours = is_canary ? SIZE_MAX : o->items[j].stream;
        i += !is_ours;
        j += !is_canary;
        if (canary != SIZE_MAX && ours != SIZE_MAX)
            settle_pair(pairing, rule, canary, ours);
        else if (leave != NULL && canary != SIZE_MAX)
            leave(pairing, EVD_CANARY, canary, is_canary);
        else if (leave != NULL && ours != SIZE_MAX)
            leave(pairing, EVD_OURS, ours, is_ours);
    }
}

static void add_candidate(struct pairing *pairing, int side, struct candidate candidate)
{
    struct candidates *candidates = &pairing->candidates[side];
    candidates->items[candidates->count++] = candidate;
}

/* ---- by value, by order ---- */

static const struct evd_thread_mark *mark_of(const struct pairing *pairing, int side, size_t stream, size_t rule)
{
    return &pairing->known[side].marks[stream * pairing->rules->thread_count + rule];
}

static bool has_mark(const struct pairing *pairing, int side, size_t stream, size_t rule)
{
    const struct evd_thread_mark *mark = mark_of(pairing, side, stream, rule);
    return mark->is_there && (pairing->rules->threads[rule].path_count == 0 || mark->has_value);
}

static bool is_about(const struct pairing *pairing, int side, size_t stream, size_t rule)
{
    return has_mark(pairing, side, stream, rule) && !pairing->ruled->is_settled[side][stream];
}

static void pair_by_marks(struct pairing *pairing, size_t rule)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        pairing->candidates[side].count = 0;
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++) {
            const struct evd_thread_mark *mark = mark_of(pairing, side, i, rule);
            if (is_about(pairing, side, i, rule))
                add_candidate(pairing, side, (struct candidate){mark->value, mark->offset, i});
        }
    }
    pair_candidates(pairing, rule, NULL);
}

/* ---- by creation ---- */

static int by_creator(const void *a, const void *b)
{
    const struct evd_made_thread *l = *(const struct evd_made_thread *const *)a;
    const struct evd_made_thread *r = *(const struct evd_made_thread *const *)b;
    if (l->creator != r->creator)
        return l->creator < r->creator ? -1 : 1;
    return (l->offset > r->offset) - (l->offset < r->offset);
}

/* Finds the rule's creations and what is created by them. A thread is created once. */
static void index_creations(struct pairing *pairing, int side, size_t rule)
{
    const struct evd_recognised *known = &pairing->known[side];
    size_t count = 0;
    memset(pairing->is_created[side], 0, pairing->log[side]->stream_count * sizeof *pairing->is_created[side]);
    memset(pairing->is_left[side], 0, pairing->log[side]->stream_count * sizeof *pairing->is_left[side]);
    for (size_t i = 0; i < known->made_count; i++) {
        struct evd_made_thread *made = &known->made[i];
        if (made->rule != rule)
            continue;
        if (made->stream != SIZE_MAX && pairing->is_created[side][made->stream])
            made->stream = SIZE_MAX;
        if (made->stream != SIZE_MAX)
            pairing->is_created[side][made->stream] = true;
        pairing->by_creator[side][count++] = made;
    }
    qsort(pairing->by_creator[side], count, sizeof *pairing->by_creator[side], by_creator);
    pairing->by_creator_count[side] = count;
}

/* Threads that nothing created: first those that begin with the same call, then the others in the order of their start. */
static void pair_uncreated(struct pairing *pairing, size_t rule, bool by_call)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        pairing->candidates[side].count = 0;
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++) {
            const struct evd_stream *stream = &pairing->log[side]->streams[i];
            if (pairing->ruled->is_settled[side][i] || pairing->is_created[side][i] ||
                (by_call && !stream->has_pairing_value))
                continue;
            const uint64_t value = by_call ? stream->pairing_value : 0;
            add_candidate(pairing, side, (struct candidate){value, pairing->known[side].starts[i], i});
        }
    }
    pair_candidates(pairing, rule, NULL);
}

/* The counterpart of the thread's creator did not create it, or what it created is not in the log. */
static void lose(struct pairing *pairing, int side, size_t stream, bool is_alone)
{
    pairing->is_left[side][stream] = true;
    pairing->ruled->is_lost[side][stream] = is_alone;
    pairing->ruled->is_settled[side][stream] = true;
}

static void list_children(struct pairing *pairing, int side, size_t creator)
{
    const struct evd_made_thread *const *made = pairing->by_creator[side];
    size_t low = 0, high = pairing->by_creator_count[side];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (made[middle]->creator < creator)
            low = middle + 1;
        else
            high = middle;
    }
    pairing->candidates[side].count = 0;
    for (; low < pairing->by_creator_count[side] && made[low]->creator == creator; low++)
        if (made[low]->stream == SIZE_MAX || !pairing->ruled->is_settled[side][made[low]->stream])
            add_candidate(pairing, side, (struct candidate){made[low]->value, made[low]->offset, made[low]->stream});
}

static void pair_by_creation(struct pairing *pairing, size_t rule)
{
    for (int side = 0; side < EVD_SIDES; side++)
        index_creations(pairing, side, rule);
    pair_uncreated(pairing, rule, true);
    pair_uncreated(pairing, rule, false);
    pairing->queued = 0;
    for (size_t i = 0; i < pairing->log[EVD_CANARY]->stream_count; i++)
        if (pairing->ruled->partners[i] != SIZE_MAX)
            pairing->queue[pairing->queued++] = i;
    for (size_t i = 0; i < pairing->queued; i++) {
        const size_t canary = pairing->queue[i];
        list_children(pairing, EVD_CANARY, canary);
        list_children(pairing, EVD_OURS, pairing->ruled->partners[canary]);
        pair_candidates(pairing, rule, lose);
    }
}

/* ---- threads that may be missing ---- */

/* True when the rule is about a thread that has no counterpart. */
static bool may_be_missing(const struct pairing *pairing, int side, size_t stream, size_t rule)
{
    if (pairing->rules->threads[rule].pairing != EVD_THREADS_BY_CREATION)
        return is_about(pairing, side, stream, rule);
    return pairing->is_left[side][stream];
}

static void pass_over_missing(struct pairing *pairing, size_t rule)
{
    const struct evd_thread_rule *about = &pairing->rules->threads[rule];
    struct evd_ruled_threads *ruled = pairing->ruled;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < pairing->log[side]->stream_count; i++) {
            const uint64_t so_far = ruled->missing[EVD_CANARY][rule] + ruled->missing[EVD_OURS][rule];
            if ((about->at_most > 0 && so_far >= about->at_most) || !may_be_missing(pairing, side, i, rule))
                continue;
            ruled->may_be_missing[side][i] = ruled->is_settled[side][i] = true;
            ruled->is_lost[side][i] = false;
            ruled->missing[side][rule]++;
        }
}

/* ---- all ---- */

static bool make_ruled(const struct pairing *pairing, struct evd_arena *arena, struct evd_ruled_threads *ruled)
{
    const size_t canaries = pairing->log[EVD_CANARY]->stream_count, rules = pairing->rules->thread_count;
    *ruled = (struct evd_ruled_threads){.partners = evd_arena_array(arena, canaries + 1, sizeof *ruled->partners),
                                        .pairs = evd_arena_array(arena, rules, sizeof *ruled->pairs)};
    if (ruled->partners == NULL || ruled->pairs == NULL)
        return false;
    memset(ruled->pairs, 0, rules * sizeof *ruled->pairs);
    for (size_t i = 0; i < canaries; i++)
        ruled->partners[i] = SIZE_MAX;
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t streams = pairing->log[side]->stream_count + 1;
        bool **const flags[] = {&ruled->is_settled[side], &ruled->may_be_missing[side], &ruled->is_lost[side]};
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
            *flags[i] = evd_arena_array(arena, streams, sizeof **flags[i]);
            if (*flags[i] == NULL)
                return false;
            memset(*flags[i], 0, streams * sizeof **flags[i]);
        }
        ruled->missing[side] = evd_arena_array(arena, rules, sizeof *ruled->missing[side]);
        ruled->about[side] = evd_arena_array(arena, rules, sizeof *ruled->about[side]);
        if (ruled->missing[side] == NULL || ruled->about[side] == NULL)
            return false;
        memset(ruled->missing[side], 0, rules * sizeof *ruled->missing[side]);
        memset(ruled->about[side], 0, rules * sizeof *ruled->about[side]);
    }
    return true;
}

/* Counts what each rule finds in the logs, whichever rule has the threads then. */
static void count_about(struct pairing *pairing)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t *about = pairing->ruled->about[side];
        const struct evd_recognised *known = &pairing->known[side];
        for (size_t i = 0; i < known->made_count; i++)
            about[known->made[i].rule]++;
        for (size_t rule = 0; rule < pairing->rules->thread_count; rule++)
            if (pairing->rules->threads[rule].pairing != EVD_THREADS_BY_CREATION)
                for (size_t i = 0; i < pairing->log[side]->stream_count; i++)
                    about[rule] += has_mark(pairing, side, i, rule);
    }
}

/* Room for what the rules are asked about; all is known. */
static bool make_room(struct pairing *pairing)
{
    bool is_done = true;
    pairing->queue = malloc((pairing->log[EVD_CANARY]->stream_count + 1) * sizeof *pairing->queue);
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t streams = pairing->log[side]->stream_count + 1, made = pairing->known[side].made_count;
        pairing->candidates[side].items = malloc((streams + made) * sizeof *pairing->candidates[side].items);
        pairing->by_creator[side] = malloc((made + 1) * sizeof *pairing->by_creator[side]);
        pairing->is_created[side] = calloc(streams, sizeof *pairing->is_created[side]);
        pairing->is_left[side] = calloc(streams, sizeof *pairing->is_left[side]);
        is_done = is_done && pairing->candidates[side].items != NULL && pairing->by_creator[side] != NULL &&
                  pairing->is_created[side] != NULL && pairing->is_left[side] != NULL;
    }
    return is_done && pairing->queue != NULL;
}

static void release(struct pairing *pairing)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_recognised_release(&pairing->known[side]);
        free(pairing->candidates[side].items);
        free(pairing->by_creator[side]);
        free(pairing->is_created[side]);
        free(pairing->is_left[side]);
    }
    free(pairing->queue);
}

enum evd_status evd_pair_by_rules(const struct evd_log *const log[EVD_SIDES], bool is_plain, struct evd_pool *pool,
                                  struct evd_arena *arena, struct evd_ruled_threads *ruled, struct evd_error *error)
{
    struct pairing pairing = {.log = {log[EVD_CANARY], log[EVD_OURS]}, .rules = log[EVD_CANARY]->rules, .ruled = ruled};
    enum evd_status status = make_ruled(&pairing, arena, ruled) ? EVD_OK : evd_fail_memory(error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = evd_recognise(log[side], (enum evd_side)side, is_plain, pool, &pairing.known[side], error);
    if (status == EVD_OK && !make_room(&pairing))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        count_about(&pairing);
    for (size_t i = 0; status == EVD_OK && i < pairing.rules->thread_count; i++) {
        pairing.queued = 0;
        if (pairing.rules->threads[i].pairing == EVD_THREADS_BY_CREATION)
            pair_by_creation(&pairing, i);
        else
            pair_by_marks(&pairing, i);
        if (pairing.rules->threads[i].may_be_missing)
            pass_over_missing(&pairing, i);
    }
    release(&pairing);
    return status;
}
