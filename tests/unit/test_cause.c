/* Causes, held against a slow twin that looks at all pairs of divergences. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "made_divergences.h"
#include "outcome/causes.h"

enum { SEEDS = 4000 };

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
            cr_assert(cause_of(made, root.pair, root.index).pair == found[0] &&
                          cause_of(made, root.pair, root.index).index == found[1],
                      "seed %u, pair %zu, divergence %zu", seed, places[i].pair, places[i].index);
        while (made->divergences[root.pair][root.index].cause != EVD_CAUSE_NONE)
            root = cause_of(made, root.pair, root.index);
        const struct place told = root_of(made, places[i].pair, places[i].index);
        cr_assert(told.pair == root.pair && told.index == root.index, "seed %u, pair %zu, divergence %zu", seed,
                  places[i].pair, places[i].index);
    }
}

Test(cause, is_what_the_slow_twin_finds, .timeout = 300)
{
    static struct made made;
    size_t causes[EVD_CAUSES] = {0}, drifting = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        const struct evd_log *const logs[EVD_SIDES] = {NULL, NULL}; /* looked at for threads without counterparts */
        make(&made, &random);
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL, NULL), EVD_OK);
        cr_assert(evd_roots_find(&made.outcome, NULL));
        expect_causes(&made, causes, &drifting, seed);
    }
    for (int cause = EVD_CAUSE_NONE; cause < EVD_CAUSE_CREATOR; cause++)
        cr_expect_gt(causes[cause], 500, "%d: %zu", cause, causes[cause]);
    cr_expect_gt(drifting, 500, "%zu", drifting);
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
    static const struct evd_rules RULES = {0};
    *made = (struct made_log){0};
    made->log = (struct evd_log){
        .rules = &RULES,
        .streams = made->streams,
        .stream_count = 1 + random_below(random, THREADS_MAX),
        .creations = made->creations,
        .creation_count = random_below(random, THREADS_MAX)};
    for (size_t i = 0; i < made->log.stream_count; i++) {
        made->events[i] = (struct evd_event){0, (uint64_t)random_below(random, OFFSETS) << 16};
        made->streams[i] = (struct evd_stream){.tid = 100 + (int64_t)i, .records = &made->events[i], .count = 1};
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
            put_offset(divergence, side,
                       divergence->class_ == EVD_CLASS_REORDERED ? offset + random_below(random, OFFSETS) : offset);
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
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL, NULL), EVD_OK);
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
                        if (evd_run_of(&made.divergences[creation->tid][j], side).offset <= creation->offset)
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
