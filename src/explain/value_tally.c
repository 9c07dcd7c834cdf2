#include "explain/value_tally.h"

#include <stdlib.h>

#include "base/groups.h"
#include "explain/relation.h"
#include "explain/value_pair.h"
#include "outcome/causes.h"
#include "json/key.h"

enum { AGAIN_MAX = (1 << 29) - 1 };

/* How often a family was met in what was met last. */
struct met {
    uint64_t group, pair;       /* numbers of what was counted last */
    uint32_t in_group, in_pair; /* in those */
};

struct counting {
    const struct evd_outcome *outcome;
    struct evd_value_tallies *tallies;
    uint64_t *values; /* one a divergence: values_of */
    struct met *met;  /* one a family */
};

static uint64_t hash_text(struct evd_text text)
{
    return evd_stable_hash_string((struct evd_string){text.bytes, text.length});
}

/* What two values are the same within: numbers of which one is so small that everything uses it only within a field of a
 * call, others anywhere. A value that says that a call failed is handed on from call to call. */
static uint64_t scope_of(const struct evd_value_tallies *tallies, const struct evd_divergence *divergence)
{
    const struct evd_field_value *value = divergence->value;
    if (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS] || !evd_are_numbers(value) ||
        (evd_is_telling_number(value[EVD_CANARY].number) && evd_is_telling_number(value[EVD_OURS].number)))
        return 0;
    return tallies->fields[divergence->family];
}

/* Of both values, that of side `first` first. */
static uint64_t hash_values(const struct evd_value_tallies *tallies, const struct evd_divergence *divergence,
                            enum evd_side first)
{
    return evd_hash_pair(scope_of(tallies, divergence), evd_hash_values(divergence->value, first));
}

/* Hash of a divergence's two values in either order; 0: it has none. */
static uint64_t values_of(const struct evd_value_tallies *tallies, const struct evd_divergence *divergence,
                          struct evd_value_tally *tally)
{
    if (divergence->value == NULL)
        return 0;
    const uint64_t canary = hash_values(tallies, divergence, EVD_CANARY);
    const uint64_t ours = hash_values(tallies, divergence, EVD_OURS);
    const uint64_t values = canary < ours ? evd_hash_pair(canary, ours) : evd_hash_pair(ours, canary);
    if (tally != NULL)
        *tally = (struct evd_value_tally){.is_turned = canary > ours, .is_palindrome = canary == ours};
    return values + (values == 0);
}

static uint32_t family_of(const struct counting *counting, uint32_t number)
{
    const struct evd_cause_place place = evd_divergence_numbered(counting->outcome, number);
    return counting->outcome->pairs[place.pair].divergences[place.divergence].family;
}

/* Goes through the divergences that have the same two values. Of them those count that may be no consequence: all of other
 * families, but for those later in the same pair. From the last one on, so that those are known. */
static void count_group(struct counting *counting, const uint32_t *numbers, uint32_t count, uint64_t *turn)
{
    const uint64_t group = ++*turn;
    bool has_order[2] = {false, false};
    uint32_t later = 0;
    size_t begin = SIZE_MAX; /* of the pair */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t family = family_of(counting, numbers[i]);
        struct met *met = &counting->met[family];
        has_order[counting->tallies->of[numbers[i]].is_turned] = true;
        if (met->group != group) {
            *met = (struct met){.group = group};
            counting->tallies->distinct[family]++;
        }
        met->in_group++;
    }
    for (uint32_t i = count; i-- > 0;) {
        struct evd_value_tally *tally = &counting->tallies->of[numbers[i]];
        struct met *met = &counting->met[family_of(counting, numbers[i])];
        if (numbers[i] < begin) {
            begin =
                counting->outcome->pairs[evd_divergence_numbered(counting->outcome, numbers[i]).pair].divergence_begin;
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

static bool count_values(struct counting *counting)
{
    const struct evd_outcome *outcome = counting->outcome;
    size_t number = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++, number++)
            counting->values[number] =
                values_of(counting->tallies, &outcome->pairs[i].divergences[j], &counting->tallies->of[number]);
    struct evd_groups groups;
    uint64_t turn = 0;
    if (!evd_groups_find(counting->values, sizeof *counting->values, number, &groups))
        return false;
    for (size_t from = 0, end; from < groups.count; from = end) {
        end = evd_group_end(&groups, from);
        count_group(counting, groups.order + from, (uint32_t)(end - from), &turn);
    }
    evd_groups_release(&groups);
    return true;
}

bool evd_value_tallies_count(struct evd_value_tallies *tallies, const struct evd_outcome *outcome)
{
    const size_t count = evd_count_numbered(outcome), families = outcome->family_count;
    *tallies = (struct evd_value_tallies){.of = calloc(count + 1, sizeof *tallies->of),
                                          .distinct = calloc(families + 1, sizeof *tallies->distinct),
                                          .fields = calloc(families + 1, sizeof *tallies->fields)};
    struct counting counting = {.outcome = outcome,
                                .tallies = tallies,
                                .values = malloc((count + 1) * sizeof *counting.values),
                                .met = calloc(families + 1, sizeof *counting.met)};
    bool is_done = tallies->of != NULL && tallies->distinct != NULL && tallies->fields != NULL &&
                   counting.values != NULL && counting.met != NULL;
    for (size_t i = 0; is_done && i < families; i++) {
        const struct evd_family *family = &outcome->families[i];
        tallies->fields[i] =
            evd_hash_pair(hash_text(family->kind), evd_hash_pair(hash_text(family->call), hash_text(family->field)));
    }
    is_done = is_done && count_values(&counting);
    free(counting.values);
    free(counting.met);
    return is_done;
}

bool evd_have_same_values(const struct evd_value_tallies *tallies, const struct evd_divergence *a,
                          const struct evd_divergence *b)
{
    return values_of(tallies, a, NULL) == values_of(tallies, b, NULL);
}

void evd_value_tallies_release(struct evd_value_tallies *tallies)
{
    free(tallies->of);
    free(tallies->distinct);
    free(tallies->fields);
    *tallies = (struct evd_value_tallies){.of = NULL};
}
