#include "judge/place.h"

#include <stdlib.h>

#include "base/stable_hash.h"

struct evd_canary_place evd_place_of_family(const struct evd_outcome *outcome, const struct evd_family *family)
{
    const struct evd_pair_outcome *pair = &outcome->pairs[family->first_pair];
    const struct evd_run run = evd_run_of(&pair->divergences[family->first_divergence], EVD_CANARY);
    return (struct evd_canary_place){pair->tid[EVD_CANARY], run.first_idx, run.count == 0};
}

uint64_t evd_hash_of_values(const struct evd_divergence *divergence)
{
    const struct evd_run run = evd_run_of(divergence, EVD_CANARY);
    const uint64_t hash =
        divergence->value == NULL
            ? evd_stable_hash_pair((uint64_t)run.first_idx, run.count == 0)
            : evd_stable_hash_pair(divergence->value[EVD_CANARY].hash, divergence->value[EVD_OURS].hash);
    return hash + (hash == 0);
}

uint64_t evd_hash_of_call(const struct evd_ledger_key *key)
{
    struct evd_ledger_key call = *key;
    call.after_count = 0;
    return evd_ledger_signature(&call);
}

uint64_t evd_hash_of_place(const struct evd_canary_place *place)
{
    return evd_stable_hash_pair((uint64_t)place->tid, 2 * (uint64_t)place->tid_event_idx + place->is_between);
}

bool evd_are_keys_alike(const struct evd_ledger_key *a, const struct evd_ledger_key *b)
{
    return a->class_ == b->class_ && evd_text_equal(a->kind, b->kind) && evd_text_equal(a->call, b->call) &&
           evd_text_equal(a->field, b->field);
}

bool evd_is_conclusive(const struct evd_outcome *outcome)
{
    return outcome->verdict != EVD_VERDICT_INCONCLUSIVE && outcome->verdict != EVD_VERDICT_NOTHING;
}

/* ── Which divergence covers an event ── */

/* Canary's events of a thread in stretches, of each of which one divergence, or none, is the first that has it. Runs of an
 * outcome may lie across each other when a file says so. */
struct evd_cover {
    size_t count;             /* of the stretches */
    int64_t *begins;          /* where each begins, ascending; the last one has no end */
    size_t *firsts;           /* index of the first divergence that has it; SIZE_MAX: none */
    struct evd_table between; /* where a divergence has no event of canary → its index, the first of them */
};

static int by_number(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The last stretch that begins at an event or before it, + 1; 0: none does. */
static size_t find_stretch(const struct evd_cover *cover, int64_t event)
{
    size_t low = 0, high = cover->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cover->begins[middle] <= event)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Stretches begin where runs begin, and behind their ends. */
static void list_stretches(struct evd_cover *cover, const struct evd_pair_outcome *pair)
{
    size_t count = 0;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&pair->divergences[i], EVD_CANARY);
        if (run.count == 0 || run.last_idx < run.first_idx)
            continue;
        cover->begins[count++] = run.first_idx;
        if (run.last_idx < INT64_MAX)
            cover->begins[count++] = run.last_idx + 1;
    }
    if (count > 0)
        qsort(cover->begins, count, sizeof *cover->begins, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || cover->begins[i] != cover->begins[cover->count - 1])
            cover->begins[cover->count++] = cover->begins[i];
    for (size_t i = 0; i < cover->count; i++)
        cover->firsts[i] = SIZE_MAX;
}

/* The first stretch from one on that no divergence has yet. Ways that were gone are made short. */
static size_t next_free(size_t *nexts, size_t stretch)
{
    size_t end = stretch;
    while (nexts[end] != end)
        end = nexts[end];
    while (nexts[stretch] != end) {
        const size_t next = nexts[stretch];
        nexts[stretch] = end;
        stretch = next;
    }
    return end;
}

/* Each divergence takes what those before it have left. */
static void take_stretches(struct evd_cover *cover, const struct evd_pair_outcome *pair, size_t *nexts)
{
    for (size_t i = 0; i <= cover->count; i++)
        nexts[i] = i;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&pair->divergences[i], EVD_CANARY);
        if (run.count == 0 || run.last_idx < run.first_idx)
            continue;
        const size_t end = find_stretch(cover, run.last_idx);
        for (size_t at = next_free(nexts, find_stretch(cover, run.first_idx) - 1); at < end;
             at = next_free(nexts, at)) {
            cover->firsts[at] = i;
            nexts[at] = at + 1;
        }
    }
}

static void free_cover(struct evd_cover *cover)
{
    if (cover == NULL)
        return;
    free(cover->begins);
    free(cover->firsts);
    evd_table_release(&cover->between);
    free(cover);
}

/* NULL when memory runs out. */
static struct evd_cover *make_cover(const struct evd_pair_outcome *pair)
{
    struct evd_cover *cover = calloc(1, sizeof *cover);
    size_t *nexts = malloc((2 * pair->divergence_count + 1) * sizeof *nexts);
    bool is_made = cover != NULL && nexts != NULL;
    if (is_made) {
        cover->begins = malloc((2 * pair->divergence_count + 1) * sizeof *cover->begins);
        cover->firsts = malloc((2 * pair->divergence_count + 1) * sizeof *cover->firsts);
        is_made = cover->begins != NULL && cover->firsts != NULL;
    }
    if (is_made) {
        list_stretches(cover, pair);
        take_stretches(cover, pair, nexts);
    }
    for (size_t i = 0; is_made && i < pair->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&pair->divergences[i], EVD_CANARY);
        is_made = run.count > 0 || evd_table_put(&cover->between, (uint64_t)run.first_idx, i, NULL) != NULL;
    }
    free(nexts);
    if (is_made)
        return cover;
    free_cover(cover);
    return NULL;
}

/* A place between events lies in a divergence that has none of canary there too, or that covers the event behind it. The first
 * of them; SIZE_MAX: none. */
static size_t find_divergence(const struct evd_cover *cover, struct evd_canary_place place)
{
    const size_t stretch = find_stretch(cover, place.tid_event_idx);
    const size_t covering = stretch > 0 ? cover->firsts[stretch - 1] : SIZE_MAX;
    const uint64_t *between = place.is_between ? evd_table_get(&cover->between, (uint64_t)place.tid_event_idx) : NULL;
    return between != NULL && *between < covering ? (size_t)*between : covering;
}

/* ── Passages ── */

static bool list_pairs(struct evd_passages *passages)
{
    const struct evd_outcome *outcome = passages->outcome;
    passages->covers = calloc(outcome->pair_count + 1, sizeof(struct evd_cover *));
    if (passages->covers == NULL)
        return false;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_table_put(&passages->pairs, (uint64_t)outcome->pairs[i].tid[EVD_CANARY], i, NULL) == NULL)
            return false;
    passages->is_listed = true;
    return true;
}

bool evd_passage_of(struct evd_passages *passages, struct evd_canary_place place, enum evd_passage *passage,
                    const struct evd_divergence **divergence)
{
    *passage = EVD_NOT_REACHED;
    *divergence = NULL;
    if (!evd_is_conclusive(passages->outcome))
        return true;
    if (!passages->is_listed && !list_pairs(passages))
        return false;
    const uint64_t *index = evd_table_get(&passages->pairs, (uint64_t)place.tid);
    if (index == NULL)
        return true;
    const struct evd_pair_outcome *pair = &passages->outcome->pairs[*index];
    struct evd_cover **cover = &passages->covers[*index];
    if (*cover == NULL && (*cover = make_cover(pair)) == NULL)
        return false;
    const size_t found = find_divergence(*cover, place);
    if (found == SIZE_MAX) {
        *passage = EVD_PASSED;
        return true;
    }
    /* Where ours ends first, what canary has left was not compared with anything. */
    const struct evd_divergence *there = &pair->divergences[found];
    if (there->class_ == EVD_CLASS_TRUNCATED && evd_run_of(there, EVD_CANARY).count > 0)
        return true;
    *passage = EVD_DIVERGED_AT;
    *divergence = there;
    return true;
}

bool evd_passage_of_all(struct evd_passages *passages, size_t count, struct evd_canary_place place,
                        enum evd_passage *passage, size_t *run, const struct evd_divergence **divergence)
{
    enum evd_passage all = EVD_PASSED;
    for (size_t i = 0; i < count; i++) {
        if (!evd_passage_of(&passages[i], place, passage, divergence))
            return false;
        if (*passage == EVD_DIVERGED_AT) {
            *run = i;
            return true;
        }
        all = *passage == EVD_NOT_REACHED ? *passage : all;
    }
    *passage = all;
    return true;
}

void evd_passages_release(struct evd_passages *passages)
{
    for (size_t i = 0; passages->covers != NULL && i < passages->outcome->pair_count; i++)
        free_cover(passages->covers[i]);
    free((void *)passages->covers);
    evd_table_release(&passages->pairs);
    *passages = (struct evd_passages){.outcome = passages->outcome};
}
