#include "explain/suspicion.h"

#include <stdlib.h>

#include "base/groups.h"
#include "base/log2.h"
#include "explain/family.h"
#include "explain/relation.h"
#include "explain/value_pair.h"
#include "explain/vary.h"

/* What is counted of a divergence's two values. There may be millions, so what is counted at one time alone is kept apart. */
struct tally {
    uint32_t again : 29;        /* divergences of other families with the same two values, as far as they count */
    uint32_t is_turned : 1;     /* the hash of canary's value and ours is the greater one of the two orders */
    uint32_t is_palindrome : 1; /* both orders have the same hash */
    uint32_t is_mirrored : 1;   /* another divergence has the same two values the other way round */
};

enum { AGAIN_MAX = (1 << 29) - 1 };

/* Divergences of a divergence's pair that have their root in it, and those of them that stand before it. */
struct followers {
    uint32_t all, before;
};

/* How often a family was met in what was met last. */
struct met {
    uint64_t group, pair;       /* numbers of what was counted last */
    uint32_t in_group, in_pair; /* in those */
};

struct finder {
    struct evd_outcome *outcome;
    const struct evd_rules *rules;
    const struct evd_noise_counts *noise; /* or NULL */
    size_t *begin;                        /* of each pair among all divergences */
    uint64_t *values;                     /* one a divergence, until its values are counted: values_of */
    struct tally *tallies;                /* one a divergence */
    struct followers *followers;          /* one a divergence, from then on */
    struct met *met;                      /* one a family */
    uint64_t *distinct;                   /* one a family: different pairs of values */
    uint64_t *fields;                     /* one a family: hash of its kind, call and field */
    struct evd_table lost;                /* numbers of the divergences in which a thread is not created */
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

static uint64_t count_of(const struct evd_table *table, uint64_t key)
{
    const uint64_t *count = evd_table_get(table, key);
    return count == NULL ? 0 : *count;
}

/* Hash of a divergence's two values in either order; 0: it has none. */
static uint64_t values_of(const struct finder *finder, const struct evd_divergence *divergence, struct tally *tally)
{
    if (divergence->value == NULL)
        return 0;
    const uint64_t canary = hash_values(finder, divergence, EVD_CANARY);
    const uint64_t ours = hash_values(finder, divergence, EVD_OURS);
    const uint64_t values = canary < ours ? evd_hash_pair(canary, ours) : evd_hash_pair(ours, canary);
    if (tally != NULL)
        *tally = (struct tally){.is_turned = canary > ours, .is_palindrome = canary == ours};
    return values + (values == 0);
}

/* The pair of a divergence, by its number. */
static size_t pair_of(const struct finder *finder, size_t number)
{
    size_t low = 0, high = finder->outcome->pair_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (finder->begin[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t family_of(const struct finder *finder, size_t number)
{
    const size_t pair = pair_of(finder, number);
    return finder->outcome->pairs[pair].divergences[number - finder->begin[pair]].family;
}

/* Goes through the divergences that have the same two values. Of them those count that may be no consequence: all of other
 * families, but for those later in the same pair. From the last one on, so that those are known. */
static void count_group(struct finder *finder, const uint32_t *numbers, uint32_t count, uint64_t *turn)
{
    const uint64_t group = ++*turn;
    bool has_order[2] = {false, false};
    uint32_t later = 0;
    size_t begin = SIZE_MAX; /* of the pair */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t family = family_of(finder, numbers[i]);
        struct met *met = &finder->met[family];
        has_order[finder->tallies[numbers[i]].is_turned] = true;
        if (met->group != group) {
            *met = (struct met){.group = group};
            finder->distinct[family]++;
        }
        met->in_group++;
    }
    for (uint32_t i = count; i-- > 0;) {
        struct tally *tally = &finder->tallies[numbers[i]];
        struct met *met = &finder->met[family_of(finder, numbers[i])];
        if (numbers[i] < begin) {
            begin = finder->begin[pair_of(finder, numbers[i])];
            later = 0;
            ++*turn;
        }
        if (met->pair != *turn) {
            met->pair = *turn;
            met->in_pair = 0;
        }
        tally->is_mirrored = tally->is_palindrome || has_order[!tally->is_turned];
        const uint32_t again = (count - met->in_group) - (later++ - met->in_pair++);
        tally->again = again < AGAIN_MAX ? again : AGAIN_MAX;
    }
}

static bool count_values(struct finder *finder)
{
    size_t number = 0;
    for (size_t i = 0; i < finder->outcome->pair_count; i++)
        for (size_t j = 0; j < finder->outcome->pairs[i].divergence_count; j++, number++)
            finder->values[number] =
                values_of(finder, &finder->outcome->pairs[i].divergences[j], &finder->tallies[number]);
    struct evd_groups groups;
    uint64_t turn = 0;
    if (!evd_groups_find(finder->values, sizeof *finder->values, number, &groups))
        return false;
    for (size_t from = 0, end; from < groups.count; from = end) {
        end = evd_group_end(&groups, from);
        count_group(finder, groups.order + from, (uint32_t)(end - from), &turn);
    }
    evd_groups_release(&groups);
    free(finder->values);
    finder->values = NULL;
    finder->followers = calloc(number + 1, sizeof *finder->followers);
    return finder->followers != NULL;
}

/* Takes what has its root in a divergence from what speaks against it. */
static void count_followers(struct finder *finder, size_t pair)
{
    for (size_t j = 0; j < finder->outcome->pairs[pair].divergence_count; j++) {
        const struct evd_divergence *divergence = &finder->outcome->pairs[pair].divergences[j];
        const struct evd_divergence *root = evd_root_of(finder->outcome, divergence);
        const size_t number = finder->begin[divergence->root_pair] + divergence->root_divergence;
        struct tally *tally = &finder->tallies[number];
        if (root == divergence)
            continue;
        if (divergence->root_pair == pair) {
            finder->followers[number].all++;
            finder->followers[number].before += j < divergence->root_divergence;
        }
        if ((divergence->root_pair != pair || j < divergence->root_divergence) && tally->again > 0 &&
            divergence->value != NULL && root->value != NULL && root->family != divergence->family &&
            values_of(finder, divergence, NULL) == values_of(finder, root, NULL))
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
    const size_t number = finder->begin[pair] + index;
    const struct tally *tally = &finder->tallies[number];
    const struct followers *followers = &finder->followers[number];
    struct evd_suspicion suspicion = {.pair = pair, .divergence = index};
    int32_t *points = suspicion.points;
    const uint64_t before = index - followers->before;
    const uint64_t behind = p->divergence_count - 1 - index - (followers->all - followers->before);
    points[EVD_EVIDENCE_AGREEMENT] = bits_of(agreement_of(finder->outcome, pair, index));
    points[EVD_EVIDENCE_OTHERS] = -bits_of(before) - bits_of(behind) / 2;
    points[EVD_EVIDENCE_AGAIN] =
        -2 * bits_of((are_identities(divergence) ? finder->distinct[divergence->family] : family->count) - 1);
    if (finder->noise != NULL) {
        points[EVD_EVIDENCE_AGAIN] -= bits_of(count_of(&finder->noise->by_signature, family->signature));
        points[EVD_EVIDENCE_OTHERS] -= bits_of(finder->noise->in_pair[pair]) / 2;
    }
    if (is_lost_thread(finder, family, divergence, number))
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
        if (evd_breaks_a_renaming(divergence) && (finder->noise == NULL || finder->noise->breaks_in_pair[pair] == 0))
            points[EVD_EVIDENCE_BROKEN_NAME] = EVD_BROKEN_NAME_POINTS;
        else if (evd_may_values_vary(divergence))
            points[EVD_EVIDENCE_VARYING] = EVD_VARYING_POINTS;
        if (tally->is_mirrored)
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
    finder->values = malloc((count + 1) * sizeof *finder->values);
    finder->tallies = calloc(count + 1, sizeof *finder->tallies);
    finder->met = calloc(outcome->family_count + 1, sizeof *finder->met);
    finder->distinct = calloc(outcome->family_count + 1, sizeof *finder->distinct);
    finder->fields = calloc(outcome->family_count + 1, sizeof *finder->fields);
    for (size_t i = 0; finder->fields != NULL && i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        finder->fields[i] =
            evd_hash_pair(hash_text(family->kind), evd_hash_pair(hash_text(family->call), hash_text(family->field)));
    }
    return finder->values != NULL && finder->tallies != NULL && finder->met != NULL && finder->distinct != NULL &&
           finder->fields != NULL;
}

bool evd_find_suspicion(struct evd_outcome *outcome, const struct evd_rules *rules,
                        const struct evd_noise_counts *noise)
{
    struct finder finder = {.outcome = outcome, .rules = rules, .noise = noise};
    bool is_done = prepare(&finder) && list_lost(&finder) && count_values(&finder);
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
    evd_table_release(&finder.lost);
    free(finder.begin);
    free(finder.values);
    free(finder.tallies);
    free(finder.followers);
    free(finder.met);
    free(finder.distinct);
    free(finder.fields);
    return is_done;
}
