/* Causes and root families, held against a slow twin that looks at all pairs of divergences. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "base/arena.h"
#include "base/log2.h"
#include "explain/cause.h"
#include "explain/family.h"
#include "random.h"
#include "told_value.h"

enum {
    PAIRS_MAX = 4,
    DIVERGENCES_MAX = 24, /* a pair */
    SIGNATURES = 5,
    SEEDS = 4000,
};

/* What a value means, beside its spelling. */
struct value {
    const char *spelling; /* as JSON; NULL: absent */
    bool is_number;
    long long number;
};

#define FIFTY          "01234567890123456789012345678901234567890123456789"
/* Of texts more than EVD_VALUE_MAX bytes alike. */
#define LONG_TEXT(end) "\"" FIFTY FIFTY FIFTY FIFTY FIFTY end "\""

static const struct value VALUES[] = {
    {"\"0x00010000\"", true, 0x10000}, /* the addresses first */
    {"65552", true, 0x10010},
    {"\"0x30000\"", true, 0x30000},
    {"\"0x30010\"", true, 0x30010},
    {"-131072", true, -0x20000},
    {"\"0xffff\"", true, 0xffff},
    {"0", true, 0},
    {"3", true, 3},
    {"-2", true, -2},
    {"108", true, 108},
    {"\"0x0000006c\"", true, 108},
    {"\"0x64\"", true, 100},
    {"100", true, 100},
    {"\"System\"", false, 0},
    {"\"Syste\"", false, 0},
    {"\"Software\\\\Wine\"", false, 0},
    {LONG_TEXT("a"), false, 0},
    {LONG_TEXT("b"), false, 0},
    {LONG_TEXT("c"), false, 0},
    {NULL, false, 0},
    {"1.5", false, 0},
};
enum { ADDRESS_COUNT = 5, VALUE_COUNT = sizeof VALUES / sizeof VALUES[0] };

/* One random outcome with its natures, and what the twin knows of it. */
struct made {
    struct evd_pair_outcome pairs[PAIRS_MAX];
    struct evd_divergence divergences[PAIRS_MAX][DIVERGENCES_MAX];
    struct evd_divergence_nature natures[PAIRS_MAX][DIVERGENCES_MAX];
    struct evd_nature_list lists[PAIRS_MAX];
    unsigned values[PAIRS_MAX][DIVERGENCES_MAX][EVD_SIDES]; /* indexes in VALUES */
    struct evd_field_value told[PAIRS_MAX][DIVERGENCES_MAX][EVD_SIDES];
    bool is_taken[PAIRS_MAX][DIVERGENCES_MAX]; /* a moved run answers for it */
    struct evd_call_text calls[2];
    struct evd_outcome outcome;
};

struct place {
    size_t pair, index;
};

/* The facts about one of VALUES; they show nothing. */
static struct evd_field_value facts_of(unsigned value)
{
    static struct evd_field_value facts[VALUE_COUNT];
    static bool is_told[VALUE_COUNT];
    if (!is_told[value]) {
        struct evd_arena arena = {0};
        struct evd_field_value told[EVD_SIDES];
        const char *const json[EVD_SIDES] = {VALUES[value].spelling, NULL};
        tell_json(json, EVD_EXTENT_DIFFERENCE, &arena, told);
        facts[value] = told[EVD_CANARY];
        facts[value].shown = (struct evd_text){"", 0};
        is_told[value] = true;
        evd_arena_release(&arena);
    }
    return facts[value];
}

/* That it breaks a renaming is all that is asked. */
static const struct evd_broken_renaming BREAKS = {0};

static void make_divergence(struct made *made, struct random *random, size_t pair, size_t index, uint64_t *offset)
{
    struct evd_divergence *divergence = &made->divergences[pair][index];
    struct evd_divergence_nature *nature = &made->natures[pair][index];
    /* Some drift: the same field by the same amount again. */
    const bool repeats =
        index > 0 && made->divergences[pair][index - 1].class_ == EVD_CLASS_VALUE && random_below(random, 2);
    const unsigned draw = random_below(random, 12);
    const enum evd_divergence_class class_ =
        repeats || draw < 6 ? EVD_CLASS_VALUE : (enum evd_divergence_class)(draw % EVD_CLASS_TRUNCATED);
    *divergence = (struct evd_divergence){.class_ = class_};
    *nature = (struct evd_divergence_nature){
        .signature = (uint64_t)class_ * SIGNATURES + random_below(random, SIGNATURES),
        .call = random_below(random, 2),
        .before = {EVD_NO_CALL, EVD_NO_CALL},
        .field = {&"rs"[random_below(random, 2)], 1},
    };
    const unsigned choice = random_below(random, 2) ? ADDRESS_COUNT : VALUE_COUNT;
    *offset += random_below(random, 3);
    divergence->run[EVD_CANARY].offset = *offset;
    if (repeats)
        nature->field = made->natures[pair][index - 1].field;
    divergence->matched_after =
        repeats || random_below(random, 2) ? 0
        : random_below(random, 2)          ? random_below(random, 12)
                                           : random_below(random, 2 * EVD_IN_STEP + 2);
    for (int side = 0; side < EVD_SIDES; side++) {
        divergence->run[side].count = 1 + random_below(random, 5);
        if (class_ == EVD_CLASS_VALUE) {
            const unsigned value =
                repeats ? made->values[pair][index - 1][side] : (unsigned)random_below(random, choice);
            divergence->fails[side] = random_below(random, 8) == 0;
            if (random_below(random, 16) == 0)
                divergence->breaks = &BREAKS;
            made->values[pair][index][side] = value;
            made->told[pair][index][side] = facts_of(value);
            divergence->value = made->told[pair][index];
        }
    }
    if (class_ == EVD_CLASS_MISSING || class_ == EVD_CLASS_EXTRA) {
        divergence->run[class_ == EVD_CLASS_MISSING].count = 0;
        nature->run_hash = 1 + random_below(random, 4);
        /* Runs with the same events are as long. */
        divergence->run[class_ == EVD_CLASS_EXTRA].count = nature->run_hash;
    }
}

static void make(struct made *made, struct random *random)
{
    *made = (struct made){.calls = {{.kind = {"k", 1}, .name = {"n", 1}}, {.kind = {"k", 1}, .name = {"m", 1}}}};
    made->outcome.pairs = made->pairs;
    made->outcome.pair_count = 1 + random_below(random, PAIRS_MAX);
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        uint64_t offset = 0;
        made->pairs[i].divergences = made->divergences[i];
        made->pairs[i].divergence_count = random_below(random, DIVERGENCES_MAX + 1);
        made->lists[i] = (struct evd_nature_list){made->natures[i], made->calls, 2};
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            make_divergence(made, random, i, j, &offset);
        /* What has moved is where canary has it, which may be later than what comes after it. */
        if (made->pairs[i].divergence_count > 0 && random_below(random, 2))
            made->divergences[i][random_below(random, (unsigned)made->pairs[i].divergence_count)]
                .run[EVD_CANARY]
                .offset += 5;
    }
}

static bool is_earlier(const struct made *made, size_t pair, size_t index, size_t than_pair, size_t than)
{
    const uint64_t a = made->divergences[pair][index].run[EVD_CANARY].offset;
    const uint64_t b = made->divergences[than_pair][than].run[EVD_CANARY].offset;
    return a != b ? a < b : pair != than_pair ? pair < than_pair : index < than;
}

static bool is_large(const struct value *value)
{
    return value->is_number && (value->number >= 0x10000 || value->number <= -0x10000);
}

static const unsigned *values_of(const struct made *made, struct place place)
{
    return made->values[place.pair][place.index];
}

/* How many different numbers of the other side a number of one side stands against, anywhere. */
static size_t count_others(const struct made *made, int side, long long number)
{
    long long others[VALUE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            const struct value *here = &VALUES[made->values[i][j][side]], *there = &VALUES[made->values[i][j][!side]];
            if (made->divergences[i][j].class_ != EVD_CLASS_VALUE || !here->is_number || !there->is_number ||
                here->number != number)
                continue;
            size_t k = 0;
            while (k < count && others[k] != there->number)
                k++;
            if (k == count)
                others[count++] = there->number;
        }
    return count;
}

/* True when the two values of a divergence are those of another, and tell. */
static bool have_same_values(const struct made *made, struct place a, struct place b)
{
    bool are_numbers = true, are_texts = true;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct value *here = &VALUES[values_of(made, a)[side]], *there = &VALUES[values_of(made, b)[side]];
        are_numbers &= here->is_number && there->is_number && here->number == there->number &&
                       (here->number >= 16 || here->number < -16) && !made->divergences[a.pair][a.index].fails[side] &&
                       !made->divergences[b.pair][b.index].fails[side] && count_others(made, side, here->number) <= 2;
        are_texts &= here->spelling != NULL && there->spelling != NULL && !strcmp(here->spelling, there->spelling) &&
                     here->spelling[0] == '"' && strlen(here->spelling) >= 8;
    }
    const bool is_number = VALUES[values_of(made, a)[0]].is_number && VALUES[values_of(made, a)[1]].is_number;
    return is_number ? are_numbers : are_texts;
}

static bool are_as_far_apart(const struct made *made, struct place a, struct place b)
{
    bool are_addresses = true;
    long long number[2][EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        are_addresses &=
            is_large(&VALUES[values_of(made, a)[side]]) && is_large(&VALUES[values_of(made, b)[side]]) &&
            !made->divergences[a.pair][a.index].fails[side] && !made->divergences[b.pair][b.index].fails[side];
        number[0][side] = VALUES[values_of(made, a)[side]].number;
        number[1][side] = VALUES[values_of(made, b)[side]].number;
    }
    const long long mib = 1 << 20, here = number[0][EVD_CANARY], there = number[1][EVD_CANARY];
    return are_addresses && number[0][EVD_OURS] != here && number[0][EVD_OURS] - here == number[1][EVD_OURS] - there &&
           (here < 0) == (there < 0) && here / mib == there / mib;
}

/* The earliest divergence of the values' kind; true when it is of another nature and so a cause. */
static bool find_earliest(const struct made *made, size_t pair, size_t index,
                          bool (*is_alike)(const struct made *, struct place, struct place), size_t found[2])
{
    bool has_one = false;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            if (made->divergences[i][j].class_ != EVD_CLASS_VALUE || !is_earlier(made, i, j, pair, index) ||
                !is_alike(made, (struct place){pair, index}, (struct place){i, j}) ||
                (has_one && !is_earlier(made, i, j, found[0], found[1])))
                continue;
            has_one = true;
            found[0] = i;
            found[1] = j;
        }
    return has_one && made->natures[found[0]][found[1]].signature != made->natures[pair][index].signature;
}

/* The latest run of the other side with the same events that no other answers for. */
static bool find_moved(struct made *made, size_t pair, size_t index, size_t found[2])
{
    const struct evd_divergence *divergence = &made->divergences[pair][index];
    const enum evd_divergence_class other =
        divergence->class_ == EVD_CLASS_MISSING ? EVD_CLASS_EXTRA : EVD_CLASS_MISSING;
    bool has_one = false;
    if ((divergence->class_ != EVD_CLASS_MISSING && divergence->class_ != EVD_CLASS_EXTRA) ||
        made->natures[pair][index].run_hash < 3)
        return false;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            if (made->divergences[i][j].class_ != other || made->is_taken[i][j] ||
                made->natures[i][j].run_hash != made->natures[pair][index].run_hash ||
                !is_earlier(made, i, j, pair, index) || (has_one && is_earlier(made, i, j, found[0], found[1])))
                continue;
            has_one = true;
            found[0] = i;
            found[1] = j;
        }
    /* Each answers for one other. */
    if (has_one)
        made->is_taken[found[0]][found[1]] = made->is_taken[pair][index] = true;
    return has_one;
}

/* True when a divergence and the three before it have numbers as far apart in the same field, with nothing between. */
static bool drifts(const struct made *made, size_t pair, size_t index)
{
    const struct value *canary = &VALUES[made->values[pair][index][EVD_CANARY]],
                       *ours = &VALUES[made->values[pair][index][EVD_OURS]];
    if (index < 3)
        return false;
    for (size_t i = index - 3; i <= index; i++) {
        const unsigned *value = made->values[pair][i];
        if (made->divergences[pair][i].class_ != EVD_CLASS_VALUE || !VALUES[value[0]].is_number ||
            !VALUES[value[1]].is_number || canary->number == ours->number ||
            VALUES[value[1]].number - VALUES[value[0]].number != ours->number - canary->number ||
            made->natures[pair][i].field.bytes[0] != made->natures[pair][index].field.bytes[0] ||
            (i < index && made->divergences[pair][i].matched_after > 0))
            return false;
    }
    return true;
}

/* The first divergence since the streams were last in step. */
static size_t find_start(const struct made *made, size_t pair, size_t index)
{
    const struct evd_divergence *divergences = made->divergences[pair];
    if (index == 0)
        return 0;
    const size_t start = find_start(made, pair, index - 1);
    uint64_t in_step = divergences[index - 1].matched_after, path = 0;
    for (size_t i = index - 1; i > 0 && drifts(made, pair, i); i--)
        in_step += 1 + divergences[i - 1].matched_after;
    for (size_t i = start; i < index; i++)
        if (divergences[i].class_ != EVD_CLASS_VALUE)
            path += divergences[i].run[EVD_CANARY].count + divergences[i].run[EVD_OURS].count;
    uint64_t needed = 1;
    if (path > 0 && made->natures[pair][start].call == made->natures[pair][index].call)
        needed = 128;
    else if (path > 0)
        needed = 2 * path < 4 ? 4 : 2 * path > 128 ? 128 : 2 * path;
    return in_step < needed || drifts(made, pair, index) ? start : index;
}

static bool find_close(const struct made *made, size_t pair, size_t index, size_t found[2])
{
    found[0] = pair;
    found[1] = find_start(made, pair, index);
    return found[1] < index && !is_earlier(made, pair, index, pair, found[1]) &&
           made->natures[pair][found[1]].signature != made->natures[pair][index].signature;
}

static enum evd_cause find_cause(struct made *made, size_t pair, size_t index, size_t found[2])
{
    const bool is_value = made->divergences[pair][index].class_ == EVD_CLASS_VALUE;
    if (is_value && find_earliest(made, pair, index, have_same_values, found))
        return EVD_CAUSE_VALUE;
    if (is_value && find_earliest(made, pair, index, are_as_far_apart, found))
        return EVD_CAUSE_OFFSET;
    if (find_moved(made, pair, index, found))
        return EVD_CAUSE_MOVED;
    return find_close(made, pair, index, found) ? EVD_CAUSE_CLOSE : EVD_CAUSE_NONE;
}

/* All divergences, the earliest first. */
static size_t list_in_time(const struct made *made, struct place places[PAIRS_MAX * DIVERGENCES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            size_t at = count++;
            for (; at > 0 && is_earlier(made, i, j, places[at - 1].pair, places[at - 1].index); at--)
                places[at] = places[at - 1];
            places[at] = (struct place){i, j};
        }
    return count;
}

static void expect_causes(struct made *made, size_t found_causes[EVD_CAUSES], size_t *drifting, unsigned seed)
{
    struct place places[PAIRS_MAX * DIVERGENCES_MAX];
    const size_t count = list_in_time(made, places);
    for (size_t i = 0; i < count; i++) {
        const struct evd_divergence *divergence = &made->divergences[places[i].pair][places[i].index];
        size_t found[2] = {0, 0};
        const enum evd_cause cause = find_cause(made, places[i].pair, places[i].index, found);
        cr_assert_eq(divergence->cause, cause, "seed %u, pair %zu, divergence %zu: %d, not %d", seed, places[i].pair,
                     places[i].index, (int)divergence->cause, (int)cause);
        found_causes[cause]++;
        *drifting += drifts(made, places[i].pair, places[i].index);
        struct place root = places[i];
        if (cause != EVD_CAUSE_NONE)
            cr_assert(divergence->cause_pair == found[0] && divergence->cause_divergence == found[1],
                      "seed %u, pair %zu, divergence %zu", seed, places[i].pair, places[i].index);
        for (const struct evd_divergence *d = divergence; d->cause != EVD_CAUSE_NONE;
             d = &made->divergences[root.pair][root.index])
            root = (struct place){d->cause_pair, d->cause_divergence};
        cr_assert(divergence->root_pair == root.pair && divergence->root_divergence == root.index,
                  "seed %u, pair %zu, divergence %zu", seed, places[i].pair, places[i].index);
    }
}

static const struct evd_family *family_of(const struct made *made, const struct evd_divergence *divergence)
{
    return &made->outcome.families[divergence->family];
}

static const struct evd_divergence *root_of(const struct made *made, const struct evd_divergence *divergence)
{
    return &made->divergences[divergence->root_pair][divergence->root_divergence];
}

/* How many divergences of one family have their root in another. */
static uint64_t count_following(const struct made *made, const struct evd_family *family, const struct evd_family *root)
{
    uint64_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            count += family_of(made, &made->divergences[i][j]) == family &&
                     family_of(made, root_of(made, &made->divergences[i][j])) == root;
    return count;
}

/* A family that follows has at least three quarters of its roots in others, most of them in the one it follows; one
 * that has and does not follow closes a circle. */
static void expect_root_families(const struct made *made, size_t *following, unsigned seed)
{
    const struct evd_outcome *outcome = &made->outcome;
    size_t roots = 0;
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        uint64_t elsewhere = 0, most = 0, followers = 0;
        for (size_t j = 0; j < outcome->family_count; j++) {
            const uint64_t count = count_following(made, family, &outcome->families[j]);
            elsewhere += j == i ? 0 : count;
            most = j != i && count > most ? count : most;
            followers += j == i ? 0 : count_following(made, &outcome->families[j], family);
        }
        cr_assert_eq(family->follower_count, followers, "seed %u", seed);
        roots += family->is_root;
        if (!family->is_root) {
            ++*following;
            cr_assert(4 * elsewhere >= 3 * family->count, "seed %u", seed);
            cr_assert_eq(count_following(made, family, &outcome->families[family->follows]), most, "seed %u", seed);
        }
        size_t steps = 0;
        for (const struct evd_family *f = family; !f->is_root; f = &outcome->families[f->follows])
            cr_assert_leq(++steps, outcome->family_count, "seed %u: a circle", seed);
        cr_assert(i == 0 || outcome->families[i - 1].is_root || !family->is_root, "seed %u", seed);
    }
    cr_assert_eq(outcome->root_family_count, roots, "seed %u", seed);
    cr_assert(roots > 0 || outcome->family_count == 0, "seed %u", seed);
}

static bool is_forgiven(const struct made *made, const struct evd_divergence *divergence,
                        const struct evd_family *family)
{
    return family_of(made, divergence) == family || family_of(made, root_of(made, divergence)) == family;
}

/* What forgiving a family adds to the longer row of matching events before and behind each place, as the stretches
 * that begin with a root of it tell. */
static uint64_t weigh(const struct made *made, const struct evd_family *family)
{
    uint64_t weight = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        const struct evd_divergence *divergences = made->divergences[i];
        for (size_t j = 0, end; j < made->pairs[i].divergence_count; j = end) {
            const struct evd_family *root = family_of(made, root_of(made, &divergences[j]));
            for (end = j + 1; end < made->pairs[i].divergence_count && is_forgiven(made, &divergences[end], root);
                 end++)
                ;
            if (root != family)
                continue;
            const uint64_t behind = divergences[end - 1].matched_after;
            weight += j == 0 || behind < divergences[j - 1].matched_after ? behind : divergences[j - 1].matched_after;
            for (size_t k = j; k + 1 < end; k++)
                weight += divergences[k].matched_after;
        }
    }
    return weight;
}

static int32_t bits(uint64_t number)
{
    return (int32_t)evd_log2(number + 1);
}

/* The number or the text of a value; texts and numbers are told apart by both sides being numbers. */
static bool is_same_value(unsigned a, unsigned b, bool are_numbers)
{
    if (are_numbers)
        return VALUES[a].number == VALUES[b].number;
    const char *left = VALUES[a].spelling, *right = VALUES[b].spelling;
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static bool are_both_numbers(const unsigned values[2])
{
    return VALUES[values[0]].is_number && VALUES[values[1]].is_number;
}

static bool have_values(const struct made *made, struct place a, struct place b, bool is_turned)
{
    const unsigned *here = values_of(made, a), *there = values_of(made, b);
    const bool are_numbers = are_both_numbers(here);
    return made->divergences[a.pair][a.index].value != NULL && made->divergences[b.pair][b.index].value != NULL &&
           are_numbers == are_both_numbers(there) && is_same_value(here[0], there[is_turned], are_numbers) &&
           is_same_value(here[1], there[!is_turned], are_numbers);
}

static bool have_values_in_either_order(const struct made *made, struct place a, struct place b)
{
    return have_values(made, a, b, false) || have_values(made, a, b, true);
}

/* How suspicious one divergence is, by looking at all the others. */
static int32_t suspect(const struct made *made, size_t pair, size_t index)
{
    const struct evd_divergence *divergence = &made->divergences[pair][index];
    const struct evd_family *family = family_of(made, divergence);
    const struct place here = {pair, index};
    const unsigned *values = values_of(made, here);
    const bool is_value = divergence->class_ == EVD_CLASS_VALUE;
    const bool are_numbers = is_value && are_both_numbers(values);
    const bool has_failed = divergence->fails[0] || divergence->fails[1];
    uint64_t before = 0, behind = 0, again = 0, distinct = 0, mirrored = 0;
    struct place places[PAIRS_MAX * DIVERGENCES_MAX];
    const size_t count = list_in_time(made, places);
    for (size_t i = 0; i < count; i++) {
        const struct evd_divergence *other = &made->divergences[places[i].pair][places[i].index];
        const bool follows = root_of(made, other) == divergence && other != divergence;
        before += places[i].pair == pair && places[i].index < index && !follows;
        behind += places[i].pair == pair && places[i].index > index && !follows;
        mirrored += is_value && have_values(made, here, places[i], true);
        again += is_value && have_values_in_either_order(made, here, places[i]) && family_of(made, other) != family &&
                 !follows && (places[i].pair != pair || places[i].index < index);
        bool is_new = family_of(made, other) == family && is_value;
        for (size_t j = 0; j < i && is_new; j++)
            is_new = family_of(made, &made->divergences[places[j].pair][places[j].index]) != family ||
                     !have_values_in_either_order(made, places[j], places[i]);
        distinct += is_new;
    }
    uint64_t least = divergence->matched_after;
    for (size_t i = index + 1;
         i < made->pairs[pair].divergence_count && root_of(made, &made->divergences[pair][i]) == divergence; i++)
        least += made->divergences[pair][i].matched_after;
    if (index > 0 && made->divergences[pair][index - 1].matched_after < least)
        least = made->divergences[pair][index - 1].matched_after;
    bool is_identity = is_value && !has_failed, varies = is_value && !has_failed && divergence->breaks == NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        is_identity &= !are_numbers || VALUES[values[side]].number >= 16 || VALUES[values[side]].number < -16;
        /* The facts show nothing of texts: two of them are equal but for digits. */
        varies &= are_numbers ? is_large(&VALUES[values[side]])
                              : VALUES[values[side]].spelling != NULL && VALUES[values[side]].spelling[0] == '"';
    }
    int32_t points = bits(least < 63 ? least : 63) - bits(before) - bits(behind) / 2 -
                     2 * bits((is_identity ? distinct : family->count) - 1) - (is_value ? bits(again) : 0);
    points += divergence->fails[0] != divergence->fails[1] ? 4 * 256 : 0;
    points += divergence->breaks != NULL && is_value ? 2 * 256 : 0;
    points -= varies ? 4 * 256 : 0;
    points -= mirrored > 0 ? 2 * 256 : 0;
    points -= divergence->class_ == EVD_CLASS_REPLACED ? 2 * 256 : 0;
    return points;
}

/* The most suspicious divergence of each root family, of those without a cause if there are any. */
static void expect_suspicion(const struct made *made, unsigned seed)
{
    for (size_t f = 0; f < made->outcome.family_count; f++) {
        const struct evd_family *family = &made->outcome.families[f];
        bool has_one = false, has_root = false;
        int32_t most = 0;
        for (size_t i = 0; i < made->outcome.pair_count; i++)
            for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
                const struct evd_divergence *divergence = &made->divergences[i][j];
                const bool is_root = divergence->cause == EVD_CAUSE_NONE;
                if (family_of(made, divergence) != family || (has_root && !is_root))
                    continue;
                const int32_t points = suspect(made, i, j);
                if (!has_one || (is_root && !has_root) || points > most)
                    most = points;
                has_one = true;
                has_root |= is_root;
            }
        cr_assert_eq(family->has_suspicion, family->is_root, "seed %u", seed);
        if (!family->is_root)
            continue;
        cr_assert_eq(family->suspicion.total, most, "seed %u, family %zu: %d, not %d", seed, f, family->suspicion.total,
                     most);
        cr_assert_eq(suspect(made, family->suspicion.pair, family->suspicion.divergence), most, "seed %u", seed);
        int32_t sum = 0;
        for (int i = 0; i < EVD_EVIDENCES; i++)
            sum += family->suspicion.points[i];
        cr_assert_eq(sum, most, "seed %u", seed);
        cr_assert(f == 0 || family[-1].suspicion.total >= most, "seed %u", seed);
        cr_assert(f >= EVD_LOOKS_MAX || (f < made->outcome.look_count && made->outcome.looks[f].family == f), "seed %u",
                  seed);
    }
}

Test(cause, is_what_the_slow_twin_finds, .timeout = 300)
{
    static struct made made;
    size_t causes[EVD_CAUSES] = {0}, drifting = 0, following = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        const struct evd_log *const logs[EVD_SIDES] = {NULL, NULL}; /* looked at for threads without counterparts */
        make(&made, &random);
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL), EVD_OK);
        expect_causes(&made, causes, &drifting, seed);
        cr_assert(evd_make_families(&made.outcome, made.lists, NULL, &arena));
        expect_root_families(&made, &following, seed);
        if (seed % 4 == 0)
            expect_suspicion(&made, seed);
        for (size_t i = 0; i < made.outcome.family_count; i++)
            cr_assert_eq(made.outcome.families[i].weight, weigh(&made, &made.outcome.families[i]),
                         "seed %u, family %zu", seed, i);
        evd_arena_release(&arena);
    }
    for (int cause = EVD_CAUSE_NONE; cause < EVD_CAUSE_CREATOR; cause++)
        cr_expect_gt(causes[cause], 500, "%d: %zu", cause, causes[cause]);
    cr_expect_gt(drifting, 500, "%zu", drifting);
    cr_expect_gt(following, 1000);
}

enum { THREADS_MAX = 8, OFFSETS = 40 };

/* A log as far as creations are looked up in it: one event a thread, and who created threads where. */
struct made_log {
    struct evd_event events[THREADS_MAX];
    struct evd_stream streams[THREADS_MAX];
    struct evd_creation creations[THREADS_MAX];
    struct evd_unpaired unpaired[THREADS_MAX];
    struct evd_log log;
};

static void make_log(struct made_log *made, struct random *random)
{
    *made = (struct made_log){0};
    made->log = (struct evd_log){.streams = made->streams,
                                 .stream_count = 1 + random_below(random, THREADS_MAX),
                                 .creations = made->creations,
                                 .creation_count = random_below(random, THREADS_MAX)};
    for (size_t i = 0; i < made->log.stream_count; i++) {
        made->events[i] = (struct evd_event){0, (uint64_t)random_below(random, OFFSETS) << 16};
        made->streams[i] = (struct evd_stream){.tid = 100 + (int64_t)i, .events = &made->events[i], .count = 1};
        made->unpaired[i] = (struct evd_unpaired){.tid = 100 + (int64_t)i, .total = 1};
    }
    uint64_t offset = 0;
    for (size_t i = 0; i < made->log.creation_count; i++) {
        offset += 1 + random_below(random, 2 * OFFSETS / THREADS_MAX);
        made->creations[i] = (struct evd_creation){offset, random_below(random, PAIRS_MAX + 1), 0};
    }
}

/* Places in that side's log: ascending, but for what has moved, which may come later. */
static void place_divergences(struct made *made, int side, struct random *random)
{
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        uint64_t offset = 0;
        made->pairs[i].tid[side] = (int64_t)i;
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &made->divergences[i][j];
            offset += random_below(random, 4);
            divergence->run[side].offset = offset;
            if (divergence->class_ == EVD_CLASS_REORDERED)
                divergence->run[side].offset += random_below(random, OFFSETS);
        }
    }
}

Test(cause, of_a_thread_without_a_counterpart_is_what_its_creator_did_last_before)
{
    static struct made made;
    size_t found = 0, none = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct made_log sides[EVD_SIDES];
        const struct evd_log *const logs[EVD_SIDES] = {&sides[0].log, &sides[1].log};
        make(&made, &random);
        for (int side = 0; side < EVD_SIDES; side++) {
            place_divergences(&made, side, &random);
            make_log(&sides[side], &random);
            made.outcome.unpaired[side] = sides[side].unpaired;
            made.outcome.unpaired_count[side] = sides[side].log.stream_count;
        }
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL), EVD_OK);
        for (int side = 0; side < EVD_SIDES; side++)
            for (size_t i = 0; i < sides[side].log.stream_count; i++) {
                const struct evd_unpaired *unpaired = &sides[side].unpaired[i];
                const struct evd_creation *creation = NULL;
                for (size_t k = 0; k < sides[side].log.creation_count; k++)
                    if (sides[side].creations[k].offset < sides[side].events[i].place >> 16)
                        creation = &sides[side].creations[k];
                size_t last = SIZE_MAX;
                if (creation != NULL && (size_t)creation->tid < made.outcome.pair_count)
                    for (size_t j = 0; j < made.pairs[creation->tid].divergence_count; j++)
                        if (made.divergences[creation->tid][j].run[side].offset < creation->offset)
                            last = j;
                cr_assert_eq(unpaired->cause, last == SIZE_MAX ? EVD_CAUSE_NONE : EVD_CAUSE_CREATOR, "seed %u", seed);
                cr_assert(last == SIZE_MAX ||
                              (unpaired->cause_pair == (size_t)creation->tid && unpaired->cause_divergence == last),
                          "seed %u", seed);
                found += last != SIZE_MAX;
                none += last == SIZE_MAX;
            }
    }
    cr_expect(found > 1000 && none > 1000, "%zu found, %zu none", found, none);
}
