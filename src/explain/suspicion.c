#include "explain/suspicion.h"

#include <stdlib.h>

#include "base/log2.h"
#include "explain/family.h"
#include "explain/relation.h"
#include "explain/value_pair.h"
#include "explain/vary.h"

/* What is counted for one divergence. */
struct tally {
    uint64_t values;           /* hash of its two values in either order */
    uint64_t followers;        /* divergences of its pair that have their root in it */
    uint64_t followers_before; /* of those, the ones that stand before it */
    uint64_t again;            /* divergences of other families with the same two values, as far as they count */
};

struct finder {
    struct evd_outcome *outcome;
    const struct evd_rules *rules;
    const struct evd_noise_counts *noise;    /* or NULL */
    size_t *begin;                           /* of each pair in `tallies` */
    struct tally *tallies;                   /* one a divergence */
    uint64_t *distinct;                      /* one a family: different pairs of values */
    uint64_t *fields;                        /* one a family: hash of its kind, call and field */
    struct evd_table with_values, of_family; /* hash of two values, and with the family → divergences */
    struct evd_table ordered;                /* hash of canary's value and ours: those that were seen */
    struct evd_table lost;                   /* numbers of the divergences in which a thread is not created */
};

static uint64_t hash_text(struct evd_text text)
{
    return evd_stable_hash_string((struct evd_string){text.bytes, text.length});
}

/* What two values are the same within: numbers of which one is so small that everything uses it only within a field of a
 * call, others anywhere. A value that says that a call failed is handed on from call to call. */
static uint64_t scope_of(const struct finder *finder, const struct evd_divergence *divergence)
{
    const struct evd_field_value *value = divergence->value;
    if (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS] || !evd_are_numbers(value) ||
        (evd_is_telling_number(value[EVD_CANARY].number) && evd_is_telling_number(value[EVD_OURS].number)))
        return 0;
    return finder->fields[divergence->family];
}

/* Of both values, that of side `first` first. */
static uint64_t hash_values(const struct finder *finder, const struct evd_divergence *divergence, enum evd_side first)
{
    return evd_hash_pair(scope_of(finder, divergence), evd_hash_values(divergence->value, first));
}

static uint64_t hash_either(const struct finder *finder, const struct evd_divergence *divergence)
{
    const uint64_t canary = hash_values(finder, divergence, EVD_CANARY);
    const uint64_t ours = hash_values(finder, divergence, EVD_OURS);
    return canary < ours ? evd_hash_pair(canary, ours) : evd_hash_pair(ours, canary);
}

static struct tally *tally_of(const struct finder *finder, size_t pair, size_t divergence)
{
    return &finder->tallies[finder->begin[pair] + divergence];
}

static bool count_one(struct evd_table *table, uint64_t key, bool *is_new)
{
    uint64_t *count = evd_table_put(table, key, 0, is_new);
    if (count != NULL)
        ++*count;
    return count != NULL;
}

static uint64_t count_of(const struct evd_table *table, uint64_t key)
{
    const uint64_t *count = evd_table_get(table, key);
    return count == NULL ? 0 : *count;
}

enum { AHEAD = 8 }; /* divergences, of what is fetched before it is looked at: large tables are in no cache */

/* Fetches what the tables have of a divergence, whose values are hashed. */
static void fetch_counts(const struct finder *finder, size_t pair, size_t index)
{
    const struct evd_divergence *divergence = &finder->outcome->pairs[pair].divergences[index];
    const uint64_t values = tally_of(finder, pair, index)->values;
    evd_table_prefetch(&finder->with_values, values);
    evd_table_prefetch(&finder->of_family, evd_hash_pair(values, divergence->family));
}

static bool count_values(struct finder *finder)
{
    for (size_t i = 0; i < finder->outcome->pair_count; i++)
        for (size_t j = 0; j < finder->outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence *divergence = &finder->outcome->pairs[i].divergences[j];
            tally_of(finder, i, j)->values = divergence->value == NULL ? 0 : hash_either(finder, divergence);
        }
    for (size_t i = 0; i < finder->outcome->pair_count; i++)
        for (size_t j = 0; j < finder->outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence *divergence = &finder->outcome->pairs[i].divergences[j];
            if (finder->outcome->pairs[i].divergence_count - j > AHEAD)
                fetch_counts(finder, i, j + AHEAD);
            if (divergence->value == NULL)
                continue;
            const uint64_t values = tally_of(finder, i, j)->values;
            bool is_new;
            if (!count_one(&finder->with_values, values, NULL) ||
                !count_one(&finder->of_family, evd_hash_pair(values, divergence->family), &is_new) ||
                evd_table_put(&finder->ordered, hash_values(finder, divergence, EVD_CANARY), 0, NULL) == NULL)
                return false;
            finder->distinct[divergence->family] += is_new;
        }
    return true;
}

/* Of the divergences with the same values those count that may be no consequence: all of other families, but for
 * those later in the same pair. From the pair's end, so that those are known. */
static bool count_again(struct finder *finder, size_t pair)
{
    const struct evd_pair_outcome *outcome = &finder->outcome->pairs[pair];
    struct evd_table later = {0}, later_of_family = {0};
    bool is_done = true;
    for (size_t j = outcome->divergence_count; is_done && j-- > 0;) {
        if (j >= AHEAD)
            fetch_counts(finder, pair, j - AHEAD);
        if (outcome->divergences[j].value == NULL)
            continue;
        struct tally *tally = tally_of(finder, pair, j);
        const uint64_t key = evd_hash_pair(tally->values, outcome->divergences[j].family);
        tally->again = (count_of(&finder->with_values, tally->values) - count_of(&finder->of_family, key)) -
                       (count_of(&later, tally->values) - count_of(&later_of_family, key));
        is_done = count_one(&later, tally->values, NULL) && count_one(&later_of_family, key, NULL);
    }
    evd_table_release(&later);
    evd_table_release(&later_of_family);
    return is_done;
}

/* Takes what has its root in a divergence from what speaks against it. */
static void count_followers(struct finder *finder, size_t pair)
{
    for (size_t j = 0; j < finder->outcome->pairs[pair].divergence_count; j++) {
        const struct evd_divergence *divergence = &finder->outcome->pairs[pair].divergences[j];
        const struct evd_divergence *root = evd_root_of(finder->outcome, divergence);
        struct tally *tally = tally_of(finder, divergence->root_pair, divergence->root_divergence);
        if (root == divergence)
            continue;
        if (divergence->root_pair == pair) {
            tally->followers++;
            tally->followers_before += j < divergence->root_divergence;
        }
        if ((divergence->root_pair != pair || j < divergence->root_divergence) && divergence->value != NULL &&
            root->value != NULL && root->family != divergence->family &&
            tally_of(finder, pair, j)->values == tally->values && tally->again > 0)
            tally->again--;
    }
}

static int32_t bits_of(uint64_t number)
{
    return (int32_t)evd_log2(number + 1);
}

/* The events that match in a row on the side of it where they are fewer. A stream's beginning is no difference, nor
 * is its end; where one ends early, the events that the other goes on for are as good as such that match. */
static uint64_t agreement_of(const struct evd_outcome *outcome, size_t pair, size_t index)
{
    const struct evd_pair_outcome *p = &outcome->pairs[pair];
    const struct evd_divergence *divergence = &p->divergences[index];
    uint64_t before = index > 0 ? p->divergences[index - 1].matched_after : UINT64_MAX;
    uint64_t after = divergence->matched_after;
    if (divergence->class_ == EVD_CLASS_TRUNCATED) {
        before = index > 0 ? before : p->matched;
        after = evd_run_of(divergence, EVD_CANARY).count;
    }
    for (size_t i = index + 1; divergence->class_ != EVD_CLASS_TRUNCATED && i < p->divergence_count &&
                               after < EVD_AGREEMENT_EVENTS && evd_root_of(outcome, &p->divergences[i]) == divergence;
         i++)
        after += p->divergences[i].matched_after;
    const uint64_t least = before < after ? before : after;
    return least < EVD_AGREEMENT_EVENTS ? least : EVD_AGREEMENT_EVENTS - 1;
}

/* True for values that say which one; then it is one difference, however often it is met. */
static bool are_identities(const struct evd_divergence *divergence)
{
    if (divergence->value == NULL || divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS])
        return false;
    return !evd_are_numbers(divergence->value) || (evd_is_telling_number(divergence->value[EVD_CANARY].number) &&
                                                   evd_is_telling_number(divergence->value[EVD_OURS].number));
}

/* Which divergences ours did not create a thread in. */
static bool list_lost(struct finder *finder)
{
    const struct evd_outcome *outcome = finder->outcome;
    for (size_t i = 0; i < outcome->unpaired_count[EVD_CANARY]; i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[EVD_CANARY][i];
        if (thread->is_cause_creation &&
            evd_table_put(&finder->lost, finder->begin[thread->cause_pair] + thread->cause_divergence, 0, NULL) == NULL)
            return false;
    }
    return true;
}

/* A stream that ends where trusted ones do is no more suspicious for the threads that it would have created. */
static bool is_lost_thread(const struct finder *finder, const struct evd_family *family,
                           const struct evd_divergence *divergence, size_t number)
{
    if (evd_table_get(&finder->lost, number) != NULL)
        return divergence->class_ != EVD_CLASS_TRUNCATED || !divergence->is_ordinary;
    const struct evd_kind_rule *kind =
        finder->rules == NULL ? NULL : evd_rules_kind(finder->rules, family->kind.bytes, family->kind.length);
    return family->class_ == EVD_CLASS_MISSING && kind != NULL && kind->creates_threads;
}

static struct evd_suspicion suspect(const struct finder *finder, size_t pair, size_t index)
{
    const struct evd_pair_outcome *p = &finder->outcome->pairs[pair];
    const struct evd_divergence *divergence = &p->divergences[index];
    const struct evd_family *family = &finder->outcome->families[divergence->family];
    const struct tally *tally = tally_of(finder, pair, index);
    struct evd_suspicion suspicion = {.pair = pair, .divergence = index};
    int32_t *points = suspicion.points;
    const uint64_t before = index - tally->followers_before;
    const uint64_t behind = p->divergence_count - 1 - index - (tally->followers - tally->followers_before);
    points[EVD_EVIDENCE_AGREEMENT] = bits_of(agreement_of(finder->outcome, pair, index));
    points[EVD_EVIDENCE_OTHERS] = -bits_of(before) - bits_of(behind) / 2;
    points[EVD_EVIDENCE_AGAIN] =
        -2 * bits_of((are_identities(divergence) ? finder->distinct[divergence->family] : family->count) - 1);
    if (finder->noise != NULL) {
        points[EVD_EVIDENCE_AGAIN] -= bits_of(count_of(&finder->noise->by_signature, family->signature));
        points[EVD_EVIDENCE_OTHERS] -= bits_of(finder->noise->in_pair[pair]) / 2;
    }
    if (is_lost_thread(finder, family, divergence, finder->begin[pair] + index))
        points[EVD_EVIDENCE_LOST_THREAD] = EVD_LOST_THREAD_POINTS;
    if (divergence->class_ == EVD_CLASS_REPLACED)
        points[EVD_EVIDENCE_OTHER_EVENTS] = EVD_OTHER_EVENTS_POINTS;
    if (divergence->class_ == EVD_CLASS_REORDERED)
        points[EVD_EVIDENCE_OTHER_EVENTS] = EVD_OTHER_ORDER_POINTS;
    if (divergence->is_ordinary)
        points[EVD_EVIDENCE_ORDINARY] = EVD_ORDINARY_POINTS;
    if (divergence->is_at_end)
        points[EVD_EVIDENCE_LOG_END] =
            divergence->class_ == EVD_CLASS_TRUNCATED ? EVD_STREAM_AND_LOG_END_POINTS : EVD_LOG_END_POINTS;
    if (divergence->has_noisy_place)
        points[EVD_EVIDENCE_NOISY_PLACE] = EVD_NOISY_PLACE_POINTS;
    if (divergence->news == EVD_NEWS_PLACE)
        points[EVD_EVIDENCE_KNOWN_FAMILY] = EVD_KNOWN_FAMILY_POINTS;
    if (divergence->value != NULL) {
        points[EVD_EVIDENCE_VALUES] = -bits_of(tally->again);
        if (divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS])
            points[EVD_EVIDENCE_FAILURE] = EVD_FAILURE_POINTS;
        if (evd_breaks_of(divergence) != NULL && (finder->noise == NULL || finder->noise->breaks_in_pair[pair] == 0))
            points[EVD_EVIDENCE_BROKEN_NAME] = EVD_BROKEN_NAME_POINTS;
        else if (evd_may_values_vary(divergence))
            points[EVD_EVIDENCE_VARYING] = EVD_VARYING_POINTS;
        if (evd_table_get(&finder->ordered, hash_values(finder, divergence, EVD_OURS)) != NULL)
            points[EVD_EVIDENCE_MIRRORED] = EVD_MIRRORED_POINTS;
    }
    for (int i = 0; i < EVD_EVIDENCES; i++)
        suspicion.total += points[i];
    return suspicion;
}

/* One without a cause before others, then the most suspicious, then the earliest. */
static bool is_better(const struct evd_outcome *outcome, const struct evd_suspicion *a, const struct evd_suspicion *b)
{
    const struct evd_divergence *left = &outcome->pairs[a->pair].divergences[a->divergence];
    const struct evd_divergence *right = &outcome->pairs[b->pair].divergences[b->divergence];
    if ((left->cause == EVD_CAUSE_NONE) != (right->cause == EVD_CAUSE_NONE))
        return left->cause == EVD_CAUSE_NONE;
    if (a->total != b->total)
        return a->total > b->total;
    return evd_run_of(left, EVD_CANARY).offset < evd_run_of(right, EVD_CANARY).offset;
}

static bool prepare(struct finder *finder)
{
    const struct evd_outcome *outcome = finder->outcome;
    size_t count = 0;
    finder->begin = malloc((outcome->pair_count + 1) * sizeof *finder->begin);
    if (finder->begin == NULL)
        return false;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        finder->begin[i] = count;
        count += outcome->pairs[i].divergence_count;
    }
    finder->tallies = calloc(count + 1, sizeof *finder->tallies);
    finder->distinct = calloc(outcome->family_count + 1, sizeof *finder->distinct);
    finder->fields = calloc(outcome->family_count + 1, sizeof *finder->fields);
    for (size_t i = 0; finder->fields != NULL && i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        finder->fields[i] =
            evd_hash_pair(hash_text(family->kind), evd_hash_pair(hash_text(family->call), hash_text(family->field)));
    }
    return finder->tallies != NULL && finder->distinct != NULL && finder->fields != NULL;
}

bool evd_find_suspicion(struct evd_outcome *outcome, const struct evd_rules *rules,
                        const struct evd_noise_counts *noise)
{
    struct finder finder = {.outcome = outcome, .rules = rules, .noise = noise};
    bool is_done = prepare(&finder) && list_lost(&finder) && count_values(&finder);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        is_done = count_again(&finder, i);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        count_followers(&finder, i);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            struct evd_family *family = &outcome->families[outcome->pairs[i].divergences[j].family];
            if (!family->is_root)
                continue;
            const struct evd_suspicion suspicion = suspect(&finder, i, j);
            if (!family->has_suspicion || is_better(outcome, &suspicion, &family->suspicion))
                family->suspicion = suspicion;
            family->has_suspicion = true;
        }
    evd_table_release(&finder.with_values);
    evd_table_release(&finder.of_family);
    evd_table_release(&finder.ordered);
    evd_table_release(&finder.lost);
    free(finder.begin);
    free(finder.tallies);
    free(finder.distinct);
    free(finder.fields);
    return is_done;
}
