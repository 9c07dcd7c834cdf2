#include "explain/cause.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/groups.h"
#include "explain/creator.h"
#include "explain/in_step.h"
#include "explain/relation.h"
#include "log/scan.h"
#include "outcome/causes.h"

enum {
    TELLING_TEXT = 8, /* bytes as JSON from which equal texts are no accident */
    MOVED_EVENTS = 3, /* and events of a run */
};

/* A divergence by its place in time. */
struct moment {
    uint32_t pair, divergence;
};

static uint64_t offset_of(const struct evd_outcome *outcome, const struct moment *moment)
{
    return evd_run_of(&outcome->pairs[moment->pair].divergences[moment->divergence], EVD_CANARY).offset;
}

/* By the offset of canary's line. */
static int by_time(const void *a, const void *b, void *outcome)
{
    const struct moment *left = a, *right = b;
    const uint64_t offset[2] = {offset_of(outcome, left), offset_of(outcome, right)};
    if (offset[0] != offset[1])
        return offset[0] < offset[1] ? -1 : 1;
    if (left->pair != right->pair)
        return left->pair < right->pair ? -1 : 1;
    return (left->divergence > right->divergence) - (left->divergence < right->divergence);
}

/* All that one call works on. */
struct search {
    struct evd_outcome *outcome;
    const struct evd_nature_list *natures;
    struct moment *moments;             /* all divergences, in time; NULL: they are those of one pair, in order */
    size_t count, pair;                 /* `pair`: that one */
    uint64_t *keys;                     /* one a moment: what is looked for among them; 0: nothing */
    struct evd_table common[EVD_SIDES]; /* numbers of a side that stand against too many others to say which one */
    struct evd_table by_run;   /* hash of a run and its side → index + 1 of the last moment with it that no other
                                answers for; 0: none */
    struct evd_table same_run; /* index → index + 1 of the one before it with the same run; 0: none */
};

static struct evd_cause_place place_at(const struct search *search, size_t index)
{
    if (search->moments == NULL)
        return (struct evd_cause_place){search->pair, index};
    return (struct evd_cause_place){search->moments[index].pair, search->moments[index].divergence};
}

static struct evd_divergence *divergence_at(const struct search *search, size_t index)
{
    const struct evd_cause_place place = place_at(search, index);
    return &search->outcome->pairs[place.pair].divergences[place.divergence];
}

static const struct evd_divergence_nature *nature_at(const struct search *search, size_t index)
{
    const struct evd_cause_place place = place_at(search, index);
    return evd_nature_of(&search->natures[place.pair], place.divergence);
}

static bool is_in_time(const struct evd_pair_outcome *pair)
{
    for (size_t i = 1; i < pair->divergence_count; i++)
        if (evd_run_of(&pair->divergences[i - 1], EVD_CANARY).offset >
            evd_run_of(&pair->divergences[i], EVD_CANARY).offset)
            return false;
    return true;
}

static bool list_moments(struct search *search)
{
    struct evd_outcome *outcome = search->outcome;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        if (outcome->pairs[i].divergence_count > outcome->pairs[search->pair].divergence_count)
            search->pair = i;
        search->count += outcome->pairs[i].divergence_count;
    }
    if (search->count == 0 ||
        (search->count == outcome->pairs[search->pair].divergence_count && is_in_time(&outcome->pairs[search->pair])))
        return true;
    search->moments = malloc((search->count + 1) * sizeof *search->moments);
    if (search->moments == NULL)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            search->moments[count++] = (struct moment){(uint32_t)i, (uint32_t)j};
    /* Those of one pair mostly are in order. */
    size_t sorted = 1;
    while (sorted < count && by_time(&search->moments[sorted - 1], &search->moments[sorted], outcome) < 0)
        sorted++;
    if (sorted < count)
        qsort_r(search->moments, count, sizeof *search->moments, by_time, outcome);
    return true;
}

static void follow(struct search *search, size_t index, enum evd_cause cause, size_t earlier)
{
    const struct evd_cause_place place = place_at(search, index);
    evd_cause_put(search->outcome, place.pair, place.divergence, cause, place_at(search, earlier));
}

static bool have_numbers(const struct evd_field_value value[EVD_SIDES])
{
    return value[EVD_CANARY].form != EVD_NUMBER_NONE && value[EVD_OURS].form != EVD_NUMBER_NONE;
}

static uint64_t hash_numbers(const struct evd_field_value value[EVD_SIDES])
{
    return evd_hash_pair((uint64_t)value[EVD_CANARY].number, (uint64_t)value[EVD_OURS].number);
}

/* Puts the numbers of a side that may say which one into `keys`. */
static void list_numbers(const struct search *search, int side)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct evd_field_value *value = divergence_at(search, i)->value;
        search->keys[i] = value != NULL && have_numbers(value) && evd_is_telling_number(value[side].number)
                              ? (uint64_t)value[side].number
                              : 0;
    }
}

/* True for a number of a side, which these have, that stands against more than EVD_OTHERS_MAX different ones. */
static bool is_common(const struct search *search, int side, const uint32_t *order, size_t count)
{
    uint64_t seen[EVD_OTHERS_MAX];
    size_t known = 0;
    for (size_t i = 0; count > EVD_OTHERS_MAX && i < count; i++) {
        const uint64_t other = (uint64_t)divergence_at(search, order[i])->value[!side].number;
        size_t at = 0;
        while (at < known && seen[at] != other)
            at++;
        if (at == EVD_OTHERS_MAX)
            return true;
        if (at == known)
            seen[known++] = other;
    }
    return false;
}

/* Finds the numbers of a side that are common constants. */
static bool find_common(struct search *search, int side)
{
    struct evd_groups groups;
    list_numbers(search, side);
    bool is_done = evd_groups_find(search->keys, sizeof *search->keys, search->count, &groups);
    for (size_t from = 0, end; is_done && from < groups.count; from = end) {
        end = evd_group_end(&groups, from);
        if (is_common(search, side, groups.order + from, end - from))
            is_done = evd_table_put(&search->common[side], search->keys[groups.order[from]], 0, NULL) != NULL;
    }
    evd_groups_release(&groups);
    return is_done;
}

/* True for numbers that say which one, as handles and addresses do: no small ones, none that says that a call
 * failed, and none that stands against so many others that it is a common constant. */
static bool are_identities(const struct search *search, const struct evd_divergence *divergence)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (!evd_is_telling_number(divergence->value[side].number) || divergence->fails[side] ||
            evd_table_get(&search->common[side], (uint64_t)divergence->value[side].number) != NULL)
            return false;
    return true;
}

static bool are_addresses(const struct evd_divergence *divergence)
{
    const struct evd_field_value *value = divergence->value;
    return evd_may_be_address(value[EVD_CANARY].number) && evd_may_be_address(value[EVD_OURS].number) &&
           !divergence->fails[EVD_CANARY] && !divergence->fails[EVD_OURS];
}

static bool is_telling_text(const struct evd_field_value *value)
{
    return value->type == EVD_TYPE_STRING && value->length >= TELLING_TEXT;
}

/* What two values are handed on by; 0: nothing. */
static uint64_t key_of_values(const struct search *search, const struct evd_divergence *divergence)
{
    const struct evd_field_value *value = divergence->value;
    if (have_numbers(value))
        return are_identities(search, divergence) ? hash_numbers(value) : 0;
    return is_telling_text(&value[EVD_CANARY]) && is_telling_text(&value[EVD_OURS])
               ? evd_hash_pair(value[EVD_CANARY].hash, value[EVD_OURS].hash)
               : 0;
}

/* The same of addresses that are shifted alike. */
static uint64_t key_of_offset(const struct search *search, const struct evd_divergence *divergence)
{
    (void)search;
    const struct evd_field_value *value = divergence->value;
    const uint64_t canary = (uint64_t)value[EVD_CANARY].number, ours = (uint64_t)value[EVD_OURS].number;
    return have_numbers(value) && canary != ours && are_addresses(divergence)
               ? evd_hash_pair(canary >> EVD_NEARBY_BITS, ours - canary)
               : 0;
}

typedef uint64_t key_of(const struct search *search, const struct evd_divergence *divergence);

/* Of divergences with the same key the first one is the cause of those that have none and are of another nature. */
static bool find_by_key(struct search *search, key_of *key, enum evd_cause cause)
{
    struct evd_groups groups;
    for (size_t i = 0; i < search->count; i++) {
        const struct evd_divergence *divergence = divergence_at(search, i);
        search->keys[i] = divergence->class_ == EVD_CLASS_VALUE ? key(search, divergence) : 0;
    }
    if (!evd_groups_find(search->keys, sizeof *search->keys, search->count, &groups))
        return false;
    for (size_t from = 0, end; from < groups.count; from = end) {
        const uint32_t first = groups.order[from];
        end = evd_group_end(&groups, from);
        for (size_t i = from + 1; i < end; i++)
            if (divergence_at(search, groups.order[i])->cause == EVD_CAUSE_NONE &&
                nature_at(search, first)->signature != nature_at(search, groups.order[i])->signature)
                follow(search, groups.order[i], cause, first);
    }
    evd_groups_release(&groups);
    return true;
}

static bool find_by_values(struct search *search)
{
    search->keys = malloc((search->count + 1) * sizeof *search->keys);
    bool is_done = search->keys != NULL;
    for (int side = 0; is_done && side < EVD_SIDES; side++)
        is_done = find_common(search, side);
    is_done = is_done && find_by_key(search, key_of_values, EVD_CAUSE_VALUE) &&
              find_by_key(search, key_of_offset, EVD_CAUSE_OFFSET);
    free(search->keys);
    return is_done;
}

static bool find_by_run(struct search *search, size_t index)
{
    const struct evd_divergence *divergence = divergence_at(search, index);
    const uint64_t run_hash = nature_at(search, index)->run_hash;
    const int side = divergence->class_ == EVD_CLASS_MISSING ? EVD_CANARY : EVD_OURS;
    if (run_hash == 0 || evd_run_of(divergence, side).count < MOVED_EVENTS)
        return true;
    uint64_t *other = evd_table_get(&search->by_run, evd_hash_pair((uint64_t)!side, run_hash));
    if (other != NULL && *other > 0) {
        const size_t earlier = *other - 1;
        *other = *evd_table_get(&search->same_run, earlier);
        follow(search, index, EVD_CAUSE_MOVED, earlier);
        return true;
    }
    uint64_t *last = evd_table_put(&search->by_run, evd_hash_pair((uint64_t)side, run_hash), 0, NULL);
    if (last == NULL || evd_table_put(&search->same_run, index, *last, NULL) == NULL)
        return false;
    *last = index + 1;
    return true;
}

/* Those of a pair that have no other cause. */
static void find_close(struct evd_outcome *outcome, const struct evd_nature_list *natures, size_t pair)
{
    struct evd_divergence *divergences = outcome->pairs[pair].divergences;
    const struct evd_nature_list *list = &natures[pair];
    struct evd_steps steps = {.has_first = false};
    uint64_t matched = 0;
    for (size_t i = 0; i < outcome->pairs[pair].divergence_count; i++) {
        struct evd_divergence *divergence = &divergences[i];
        matched += i > 0 ? divergences[i - 1].matched_after : 0;
        if (divergence->class_ == EVD_CLASS_TRUNCATED)
            continue;
        if (evd_steps_add(&steps, divergences, list, i, matched) && divergence->cause == EVD_CAUSE_NONE &&
            /* What has moved is where canary has it, which may be later. */
            evd_run_of(&divergences[steps.first], EVD_CANARY).offset <= evd_run_of(divergence, EVD_CANARY).offset &&
            evd_nature_of(list, i)->signature != evd_nature_of(list, steps.first)->signature)
            evd_cause_put(outcome, pair, i, EVD_CAUSE_CLOSE, (struct evd_cause_place){pair, steps.first});
        matched = 0;
    }
}

bool evd_find_earlier_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures)
{
    struct search search = {.outcome = outcome, .natures = natures};
    bool is_done = list_moments(&search) && find_by_values(&search);
    for (size_t i = 0; is_done && i < search.count; i++)
        is_done = find_by_run(&search, i);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        find_close(outcome, natures, i);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_table_release(&search.common[side]);
    evd_table_release(&search.by_run);
    evd_table_release(&search.same_run);
    free(search.moments);
    return is_done;
}

enum evd_status evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                                const struct evd_log *const logs[EVD_SIDES], evd_stream_pair *streams,
                                struct evd_error *error)
{
    if (!evd_find_earlier_causes(outcome, natures))
        return evd_fail_memory(error);
    return evd_find_creators(outcome, logs, streams, error);
}
