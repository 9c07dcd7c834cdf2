#include "explain/suspicion.h"

#include <stdlib.h>

#include "base/log2.h"
#include "explain/family.h"
#include "explain/relation.h"
#include "explain/value_pair.h"
#include "explain/vary.h"
#include "outcome/causes.h"

/* Divergences of a divergence's pair that have their root in it, and those of them that stand before it. */
struct followers {
    uint32_t all, before;
};

struct finder {
    struct evd_outcome *outcome;
    const struct evd_rules *rules;
    const struct evd_noise_counts *noise; /* or NULL */
    struct evd_value_tallies *tallies;
    struct followers *followers; /* one a divergence */
    struct evd_table lost;       /* numbers of the divergences in which a thread is not created */
};

static uint64_t count_of(const struct evd_table *table, uint64_t key)
{
    const uint64_t *count = evd_table_get(table, key);
    return count == NULL ? 0 : *count;
}

/* Takes what has its root in a divergence from what speaks against it. */
static void count_followers(struct finder *finder, size_t pair)
{
    for (size_t j = 0; j < finder->outcome->pairs[pair].divergence_count; j++) {
        const struct evd_divergence *divergence = &finder->outcome->pairs[pair].divergences[j];
        const struct evd_cause_place at = evd_root_of(finder->outcome, pair, j);
        const struct evd_divergence *root = &finder->outcome->pairs[at.pair].divergences[at.divergence];
        const size_t number = evd_number_of(finder->outcome, at.pair, at.divergence);
        struct evd_value_tally *tally = &finder->tallies->of[number];
        if (root == divergence)
            continue;
        if (at.pair == pair) {
            finder->followers[number].all++;
            finder->followers[number].before += j < at.divergence;
        }
        if ((at.pair != pair || j < at.divergence) && tally->again > 0 && divergence->value != NULL &&
            root->value != NULL && root->family != divergence->family &&
            evd_have_same_values(finder->tallies, divergence, root))
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
                               after < EVD_AGREEMENT_EVENTS && evd_root_divergence(outcome, pair, i) == divergence;
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
            evd_table_put(&finder->lost, evd_number_of(outcome, thread->cause_pair, thread->cause_divergence), 0,
                          NULL) == NULL)
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
    const size_t number = evd_number_of(finder->outcome, pair, index);
    const struct evd_value_tally *tally = &finder->tallies->of[number];
    const struct followers *followers = &finder->followers[number];
    struct evd_suspicion suspicion = {.pair = pair, .divergence = index};
    int32_t *points = suspicion.points;
    const uint64_t before = index - followers->before;
    const uint64_t behind = p->divergence_count - 1 - index - (followers->all - followers->before);
    points[EVD_EVIDENCE_AGREEMENT] = bits_of(agreement_of(finder->outcome, pair, index));
    points[EVD_EVIDENCE_OTHERS] = -bits_of(before) - bits_of(behind) / 2;
    points[EVD_EVIDENCE_AGAIN] =
        -2 * bits_of((are_identities(divergence) ? finder->tallies->distinct[divergence->family] : family->count) - 1);
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

bool evd_find_suspicion(struct evd_outcome *outcome, const struct evd_rules *rules,
                        const struct evd_noise_counts *noise, struct evd_value_tallies *tallies)
{
    struct finder finder = {.outcome = outcome, .rules = rules, .noise = noise, .tallies = tallies};
    finder.followers = calloc(evd_count_numbered(outcome) + 1, sizeof *finder.followers);
    const bool is_done = finder.followers != NULL && list_lost(&finder);
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
    free(finder.followers);
    return is_done;
}
