#include "explain/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "explain/news.h"
#include "explain/relation.h"
#include "explain/suspicion.h"
#include "outcome/causes.h"
#include "outcome/value.h"

/* A family that is being made. */
struct draft {
    struct evd_family family;
    struct evd_relation_evidence evidence;
    size_t last_pair; /* that it was seen in, so that each is listed once */
};

/* All that one call works on. */
struct maker {
    struct evd_outcome *outcome;
    const struct evd_nature_list *natures;
    const struct evd_news_part *news; /* or NULL */
    struct evd_arena *arena;
    struct evd_table by_signature; /* → index into drafts */
    struct draft *drafts;
    size_t count, capacity;
};

static const struct evd_divergence *earliest_of(const struct evd_outcome *outcome, const struct evd_family *family)
{
    return &outcome->pairs[family->first_pair].divergences[family->first_divergence];
}

static void tell_before(struct evd_family *family, const struct evd_nature_list *list,
                        const struct evd_divergence_nature *nature)
{
    for (int i = EVD_FAMILY_BEFORE_MAX; i-- > 0;)
        if (nature->before[i] != EVD_NO_CALL)
            family->before[family->before_count++] = list->calls[nature->before[i]].kind;
}

static bool begin_family(struct maker *maker, size_t pair, size_t divergence,
                         const struct evd_divergence_nature *nature)
{
    void *drafts = evd_grow(maker->drafts, maker->count, &maker->capacity, sizeof *maker->drafts);
    if (drafts == NULL || maker->count == UINT32_MAX) /* what a divergence has room for */
        return false;
    maker->drafts = drafts;
    const struct evd_nature_list *list = &maker->natures[pair];
    struct draft *draft = &maker->drafts[maker->count++];
    *draft = (struct draft){
        .family = {.signature = nature->signature,
                   .class_ = maker->outcome->pairs[pair].divergences[divergence].class_,
                   .kind = list->calls[nature->call].kind,
                   .call = list->calls[nature->call].name,
                   .field = nature->field,
                   .first_pair = pair,
                   .first_divergence = divergence},
        .last_pair = SIZE_MAX,
    };
    snprintf(draft->family.id, sizeof draft->family.id, "%08llx", (unsigned long long)(nature->signature >> 32));
    tell_before(&draft->family, list, nature);
    return true;
}

static bool have_equal_values(const struct evd_divergence *a, const struct evd_divergence *b)
{
    if (a->value == NULL || b->value == NULL)
        return a->value == b->value;
    return evd_field_values_equal(&a->value[EVD_CANARY], &b->value[EVD_CANARY]) &&
           evd_field_values_equal(&a->value[EVD_OURS], &b->value[EVD_OURS]);
}

static bool has_sample(const struct maker *maker, const struct evd_family *family,
                       const struct evd_divergence *divergence)
{
    for (size_t i = 0; i < family->sample_count; i++)
        if (have_equal_values(&maker->outcome->pairs[family->sample_pair[i]].divergences[family->sample_divergence[i]],
                              divergence))
            return true;
    return false;
}

static void join_family(struct maker *maker, struct draft *draft, size_t pair, size_t index)
{
    struct evd_family *family = &draft->family;
    const struct evd_divergence *divergence = &maker->outcome->pairs[pair].divergences[index];
    family->count++;
    family->consequence_count += divergence->cause != EVD_CAUSE_NONE;
    for (int side = 0; side < EVD_SIDES; side++)
        family->events[side] += evd_run_of(divergence, side).count;
    family->pair_count += draft->last_pair != pair;
    draft->last_pair = pair;
    if (evd_run_of(divergence, EVD_CANARY).offset <
        evd_run_of(earliest_of(maker->outcome, family), EVD_CANARY).offset) {
        family->first_pair = pair;
        family->first_divergence = index;
    }
    if (family->class_ == EVD_CLASS_VALUE)
        evd_relation_add(&draft->evidence, pair, divergence->value);
    if (family->sample_count < EVD_FAMILY_SAMPLES_MAX && !has_sample(maker, family, divergence)) {
        family->sample_pair[family->sample_count] = pair;
        family->sample_divergence[family->sample_count++] = index;
    }
}

/* The family of a divergence, which may be the first of it. */
static bool find_family(struct maker *maker, size_t pair, size_t index, uint32_t *found)
{
    const struct evd_divergence_nature *nature = evd_nature_of(&maker->natures[pair], index);
    bool is_new;
    const uint64_t *family = evd_table_put(&maker->by_signature, nature->signature, maker->count, &is_new);
    if (family == NULL)
        return false;
    *found = (uint32_t)*family;
    return !is_new || begin_family(maker, pair, index, nature);
}

/* A pair that has far more divergences than natures looks up those once. */
static bool gather_pair(struct maker *maker, size_t pair)
{
    enum { PER_NATURE = 4 };
    const uint32_t none = UINT32_MAX;
    struct evd_pair_outcome *outcome = &maker->outcome->pairs[pair];
    const struct evd_nature_list *list = &maker->natures[pair];
    const bool is_by_nature =
        list->of != NULL && list->nature_count > 0 && outcome->divergence_count / PER_NATURE > list->nature_count;
    uint32_t *known = is_by_nature ? malloc((list->nature_count + 1) * sizeof *known) : NULL;
    for (size_t i = 0; known != NULL && i < list->nature_count; i++)
        known[i] = none;
    bool is_done = true;
    for (size_t i = 0; is_done && i < outcome->divergence_count; i++) {
        uint32_t unknown = none;
        uint32_t *family = known != NULL ? &known[list->of[i]] : &unknown;
        is_done = *family != none || find_family(maker, pair, i, family);
        if (!is_done)
            break;
        outcome->divergences[i].family = *family;
        join_family(maker, &maker->drafts[*family], pair, i);
    }
    free(known);
    return is_done;
}

static bool gather(struct maker *maker)
{
    for (size_t pair = 0; pair < maker->outcome->pair_count; pair++)
        if (!gather_pair(maker, pair))
            return false;
    return true;
}

/* Stretches that are forgiven with one family: with them the events before, between and behind match in a row. What
 * that adds to the longer of the rows before and behind is what they weigh; nothing is missing before a stream's
 * first divergence. */
static void weigh_pair(struct evd_outcome *outcome, size_t number)
{
    const struct evd_pair_outcome *pair = &outcome->pairs[number];
    uint64_t before = UINT64_MAX;
    for (size_t i = 0; i < pair->divergence_count;) {
        const size_t family = evd_root_divergence(outcome, number, i)->family;
        uint64_t between = 0, behind = 0;
        for (; i < pair->divergence_count; i++) {
            if (pair->divergences[i].family != family && evd_root_divergence(outcome, number, i)->family != family)
                break;
            between += behind;
            behind = pair->divergences[i].matched_after;
        }
        outcome->families[family].weight += between + (before < behind ? before : behind);
        before = behind;
    }
}

/* Takes over what is told of the families that have news. */
static void put_news(struct maker *maker)
{
    struct evd_outcome *outcome = maker->outcome;
    const struct evd_outcome *news = &maker->news->outcome;
    outcome->root_family_count = news->root_family_count;
    for (size_t i = 0; i < news->family_count; i++) {
        const struct evd_family *from = &news->families[i];
        struct evd_family *to = &outcome->families[*evd_table_get(&maker->by_signature, from->signature)];
        to->news_count = from->count;
        to->is_root = from->is_root;
        to->follows = 0;
        if (!from->is_root)
            to->follows = *evd_table_get(&maker->by_signature, news->families[from->follows].signature);
        to->follower_count = from->follower_count;
        to->weight = from->weight;
        to->has_suspicion = from->has_suspicion;
        to->suspicion = from->suspicion;
        if (from->has_suspicion)
            to->suspicion.divergence = maker->news->places[from->suspicion.pair][from->suspicion.divergence];
    }
}

/* A family's place in the order of the report. */
struct rank {
    const struct evd_family *family;
    size_t news;     /* its place among the families that have news; SIZE_MAX: it has none, or there are no controls */
    uint64_t offset; /* of its earliest divergence */
    size_t index;    /* before */
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *left = a, *right = b;
    const struct evd_family *l = left->family, *r = right->family;
    if (left->news != right->news)
        return left->news < right->news ? -1 : 1;
    if (l->is_root != r->is_root)
        return l->is_root ? -1 : 1;
    if (l->suspicion.total != r->suspicion.total)
        return l->suspicion.total > r->suspicion.total ? -1 : 1;
    if (l->weight != r->weight)
        return l->weight > r->weight ? -1 : 1;
    const uint64_t behind_l = l->count + l->follower_count, behind_r = r->count + r->follower_count;
    if (behind_l != behind_r)
        return behind_l > behind_r ? -1 : 1;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return (l->signature > r->signature) - (l->signature < r->signature);
}

/* Lists the pairs of each family; the families are in their final order. */
static bool list_pairs(struct maker *maker)
{
    struct evd_outcome *outcome = maker->outcome;
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        family->pairs = evd_arena_array(maker->arena, family->pair_count, sizeof *family->pairs);
        if (family->pairs == NULL)
            return false;
        family->pair_count = 0;
    }
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            struct evd_family *family = &outcome->families[outcome->pairs[i].divergences[j].family];
            if (family->pair_count == 0 || family->pairs[family->pair_count - 1] != i)
                family->pairs[family->pair_count++] = i;
        }
    return true;
}

/* Puts the families into the outcome, as they were found. */
static bool hand_over(struct maker *maker)
{
    struct evd_outcome *outcome = maker->outcome;
    outcome->families = evd_arena_array(maker->arena, maker->count, sizeof *outcome->families);
    if (outcome->families == NULL)
        return false;
    outcome->family_count = maker->count;
    for (size_t i = 0; i < maker->count; i++) {
        struct evd_family *family = &outcome->families[i];
        *family = maker->drafts[i].family;
        family->relation = evd_relation_of(&maker->drafts[i].evidence);
        if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
            family->offset = maker->drafts[i].evidence.offset;
    }
    return true;
}

/* Puts the families in order, and numbers the divergences by them. */
static bool put_in_order(struct maker *maker)
{
    struct evd_outcome *outcome = maker->outcome;
    const size_t count = outcome->family_count;
    bool is_done = false;
    struct rank *ranks = malloc((count + 1) * sizeof *ranks);
    size_t *places = malloc((count + 1) * sizeof *places);
    struct evd_family *ordered = evd_arena_array(maker->arena, count, sizeof *ordered);
    if (ranks == NULL || places == NULL || ordered == NULL)
        goto out;
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct rank){&outcome->families[i], SIZE_MAX,
                                 evd_run_of(earliest_of(outcome, &outcome->families[i]), EVD_CANARY).offset, i};
    for (size_t i = 0; maker->news != NULL && i < maker->news->outcome.family_count; i++)
        ranks[*evd_table_get(&maker->by_signature, maker->news->outcome.families[i].signature)].news = i;
    qsort(ranks, count, sizeof *ranks, by_rank);
    for (size_t i = 0; i < count; i++)
        places[ranks[i].index] = i;
    for (size_t i = 0; i < count; i++) {
        ordered[i] = *ranks[i].family;
        if (!ordered[i].is_root)
            ordered[i].follows = places[ordered[i].follows];
    }
    outcome->families = ordered;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            outcome->pairs[i].divergences[j].family = places[outcome->pairs[i].divergences[j].family];
    is_done = list_pairs(maker);
out:
    free(ranks);
    free(places);
    return is_done;
}

/* The root families are in the order in which they are to be looked at. */
static void choose_looks(struct evd_outcome *outcome)
{
    while (outcome->look_count < EVD_LOOKS_MAX && outcome->look_count < outcome->root_family_count) {
        outcome->looks[outcome->look_count] = (struct evd_look){outcome->look_count};
        outcome->look_count++;
    }
}

static bool make(struct maker *maker, const struct evd_rules *rules, const struct evd_noise_counts *noise)
{
    struct evd_outcome *outcome = maker->outcome;
    struct evd_value_tallies tallies = {0};
    bool is_done =
        gather(maker) && hand_over(maker) && (maker->news != NULL || evd_value_tallies_count(&tallies, outcome)) &&
        evd_roots_find(outcome, NULL) && evd_find_root_families(outcome);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        weigh_pair(outcome, i);
    if (is_done && maker->news != NULL)
        put_news(maker);
    else
        is_done = is_done && evd_find_suspicion(outcome, rules, noise, &tallies);
    evd_value_tallies_release(&tallies);
    is_done = is_done && put_in_order(maker);
    if (is_done)
        choose_looks(outcome);
    evd_table_release(&maker->by_signature);
    free(maker->drafts);
    return is_done;
}

bool evd_make_families(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                       const struct evd_rules *rules, const struct evd_noise_counts *noise, struct evd_arena *arena)
{
    struct maker maker = {.outcome = outcome, .natures = natures, .arena = arena};
    return make(&maker, rules, noise);
}

bool evd_make_families_with_news(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                                 const struct evd_news_part *news, struct evd_arena *arena)
{
    struct maker maker = {.outcome = outcome, .natures = natures, .news = news, .arena = arena};
    return make(&maker, NULL, NULL);
}
