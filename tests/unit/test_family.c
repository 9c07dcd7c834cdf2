/* Root families, their weight and suspicion, held against a slow twin that looks at all pairs of divergences. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/log2.h"
#include "explain/family.h"
#include "made_divergences.h"

enum { SEEDS = 4000 };

static const struct evd_family *family_of(const struct made *made, const struct evd_divergence *divergence)
{
    return &made->outcome.families[divergence->family];
}

static const struct evd_divergence *root_at(const struct made *made, size_t pair, size_t index)
{
    const struct place root = root_of(made, pair, index);
    return &made->divergences[root.pair][root.index];
}

/* How many divergences of one family have their root in another. */
static uint64_t count_following(const struct made *made, const struct evd_family *family, const struct evd_family *root)
{
    uint64_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            count +=
                family_of(made, &made->divergences[i][j]) == family && family_of(made, root_at(made, i, j)) == root;
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

static bool is_forgiven(const struct made *made, size_t pair, size_t index, const struct evd_family *family)
{
    return family_of(made, &made->divergences[pair][index]) == family ||
           family_of(made, root_at(made, pair, index)) == family;
}

/* What forgiving a family adds to the longer row of matching events before and behind each place, as the stretches
 * that begin with a root of it tell. */
static uint64_t weigh(const struct made *made, const struct evd_family *family)
{
    uint64_t weight = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        const struct evd_divergence *divergences = made->divergences[i];
        for (size_t j = 0, end; j < made->pairs[i].divergence_count; j = end) {
            const struct evd_family *root = family_of(made, root_at(made, i, j));
            for (end = j + 1; end < made->pairs[i].divergence_count && is_forgiven(made, i, end, root); end++)
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

/* Numbers of which one is small and none says that a call failed are only met again in the same field of the same call. */
static bool is_of_its_field(const struct made *made, struct place place)
{
    const struct evd_divergence *divergence = &made->divergences[place.pair][place.index];
    const unsigned *values = values_of(made, place);
    bool is_telling = true;
    for (int side = 0; side < EVD_SIDES; side++)
        is_telling &= VALUES[values[side]].number >= 16 || VALUES[values[side]].number < -16;
    return are_both_numbers(values) && !is_telling && !divergence->fails[0] && !divergence->fails[1];
}

static bool is_text(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

static bool may_be_the_same(const struct made *made, struct place a, struct place b)
{
    const struct evd_family *here = family_of(made, &made->divergences[a.pair][a.index]);
    const struct evd_family *there = family_of(made, &made->divergences[b.pair][b.index]);
    if (is_of_its_field(made, a) != is_of_its_field(made, b))
        return false;
    return !is_of_its_field(made, a) ||
           (is_text(here->kind, there->kind) && is_text(here->call, there->call) && is_text(here->field, there->field));
}

static bool have_values(const struct made *made, struct place a, struct place b, bool is_turned)
{
    const unsigned *here = values_of(made, a), *there = values_of(made, b);
    const bool are_numbers = are_both_numbers(here);
    return made->divergences[a.pair][a.index].value != NULL && made->divergences[b.pair][b.index].value != NULL &&
           are_numbers == are_both_numbers(there) && may_be_the_same(made, a, b) &&
           is_same_value(here[0], there[is_turned], are_numbers) &&
           is_same_value(here[1], there[!is_turned], are_numbers);
}

static bool have_values_in_either_order(const struct made *made, struct place a, struct place b)
{
    return have_values(made, a, b, false) || have_values(made, a, b, true);
}

static bool has_lost_thread(const struct made *made, struct place place)
{
    bool has_one = false;
    for (size_t i = 0; i < made->outcome.unpaired_count[EVD_CANARY]; i++) {
        const struct evd_unpaired *thread = &made->outcome.unpaired[EVD_CANARY][i];
        has_one |=
            thread->is_cause_creation && thread->cause_pair == place.pair && thread->cause_divergence == place.index;
    }
    return has_one;
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
        const bool follows = root_at(made, places[i].pair, places[i].index) == divergence && other != divergence;
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
    const bool ends = divergence->class_ == EVD_CLASS_TRUNCATED;
    uint64_t least = ends ? divergence->run[EVD_CANARY].count : divergence->matched_after;
    for (size_t i = index + 1; !ends && i < made->pairs[pair].divergence_count && root_at(made, pair, i) == divergence;
         i++)
        least += made->divergences[pair][i].matched_after;
    if (ends && index == 0 && made->pairs[pair].matched < least)
        least = made->pairs[pair].matched;
    if (index > 0 && made->divergences[pair][index - 1].matched_after < least)
        least = made->divergences[pair][index - 1].matched_after;
    const bool breaks = is_value && (evd_breaks_of(divergence) != NULL || divergence->is_renamed_anew);
    bool is_identity = is_value && !has_failed, varies = is_value && !has_failed && !breaks;
    for (int side = 0; side < EVD_SIDES; side++) {
        is_identity &= !are_numbers || VALUES[values[side]].number >= 16 || VALUES[values[side]].number < -16;
        /* The facts show nothing of texts: two of them are equal but for digits. */
        varies &= are_numbers ? is_large(&VALUES[values[side]])
                              : VALUES[values[side]].spelling != NULL && VALUES[values[side]].spelling[0] == '"';
    }
    int32_t points = bits(least < 63 ? least : 63) - bits(before) - bits(behind) / 2 -
                     2 * bits((is_identity ? distinct : family->count) - 1) - (is_value ? bits(again) : 0);
    points += divergence->fails[0] != divergence->fails[1] ? 4 * 256 : 0;
    points += breaks ? 2 * 256 : 0;
    points -= varies ? 4 * 256 : 0;
    points -= divergence->is_ordinary ? 5 * 256 : 0;
    points -= divergence->is_at_end ? (divergence->class_ == EVD_CLASS_TRUNCATED ? 6 : 3) * 256 : 0;
    points -= mirrored > 0 ? 2 * 256 : 0;
    points -= divergence->class_ == EVD_CLASS_REPLACED ? 2 * 256 : 0;
    points -= divergence->class_ == EVD_CLASS_REORDERED ? 256 : 0;
    points += has_lost_thread(made, here) && !(ends && divergence->is_ordinary) ? 4 * 256 : 0;
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

enum { LOST_MAX = 3 };

static void end_some_early(struct made *made, struct random *random)
{
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        const size_t count = made->pairs[i].divergence_count;
        struct evd_divergence *last = count == 0 ? NULL : &made->divergences[i][count - 1];
        made->pairs[i].matched = random_below(random, 80);
        if (last == NULL || last->class_ == EVD_CLASS_VALUE || random_below(random, 2))
            continue;
        last->class_ = EVD_CLASS_TRUNCATED;
        last->matched_after = 0;
        last->run[EVD_CANARY].count = random_below(random, 80);
        last->run[EVD_OURS].count = last->run[EVD_CANARY].count == 0;
        made->natures[i][count - 1].signature = EVD_CLASS_TRUNCATED * SIGNATURES;
        made->natures[i][count - 1].run_hash = 0;
    }
}

/* Threads that are not created, in a divergence or for lack of one. */
static void add_lost_threads(struct made *made, struct evd_unpaired lost[LOST_MAX], struct random *random)
{
    const size_t pair_count = made->outcome.pair_count;
    made->outcome.unpaired[EVD_CANARY] = lost;
    made->outcome.unpaired_count[EVD_CANARY] = random_below(random, LOST_MAX + 1);
    for (size_t i = 0; i < made->outcome.unpaired_count[EVD_CANARY]; i++) {
        const size_t pair = random_below(random, (unsigned)pair_count), count = made->pairs[pair].divergence_count;
        lost[i] = (struct evd_unpaired){0};
        if (count == 0)
            continue;
        lost[i].cause = EVD_CAUSE_CREATOR;
        lost[i].cause_pair = pair;
        lost[i].cause_divergence = random_below(random, 2) ? count - 1 : random_below(random, (unsigned)count);
        lost[i].is_cause_creation = random_below(random, 4) > 0;
    }
}

Test(family, is_what_the_slow_twin_finds, .timeout = 300)
{
    static struct made made;
    struct evd_unpaired lost[LOST_MAX];
    size_t following = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        const struct evd_log *const logs[EVD_SIDES] = {NULL, NULL};
        make(&made, &random);
        end_some_early(&made, &random);
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL, NULL), EVD_OK);
        add_lost_threads(&made, lost, &random);
        cr_assert(evd_make_families(&made.outcome, made.lists, NULL, NULL, &arena));
        expect_root_families(&made, &following, seed);
        if (seed % 4 == 0)
            expect_suspicion(&made, seed);
        for (size_t i = 0; i < made.outcome.family_count; i++)
            cr_assert_eq(made.outcome.families[i].weight, weigh(&made, &made.outcome.families[i]),
                         "seed %u, family %zu", seed, i);
        evd_arena_release(&arena);
    }
    cr_expect_gt(following, 1000);
}
