/* Where divergences are: by their families, and by events of canary, each against the look at all of them that it replaces. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "judge/place.h"
#include "outcome/places.h"
#include "outcome/run.h"
#include "random.h"
#include "random_outcome.h"

enum { SEEDS = 300, DIVERGENCES_MAX = 40 };

Test(where, each_family_has_its_divergences_in_order)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random_outcome made;
        struct evd_places places;
        random_outcome_make(&made, seed, seed % 5 == 0 ? 0 : DIVERGENCES_MAX);
        const struct evd_outcome *outcome = &made.outcome;
        cr_assert(evd_places_find(&places, outcome));
        for (size_t family = 0; family < outcome->family_count; family++) {
            size_t count, at = 0;
            const struct evd_place *list = evd_places_of(&places, family, &count);
            cr_assert_eq(count, outcome->families[family].count, "seed %llu", (unsigned long long)seed);
            for (size_t i = 0; i < outcome->pair_count; i++)
                for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
                    if (outcome->pairs[i].divergences[j].family == family) {
                        cr_assert(list[at].pair == i && list[at].divergence == j, "seed %llu",
                                  (unsigned long long)seed);
                        at++;
                    }
        }
        evd_places_release(&places);
        random_outcome_release(&made);
    }
}

/* The first divergence that a place lies in, or NULL. */
static const struct evd_divergence *find_slowly(const struct evd_pair_outcome *pair, struct evd_canary_place place)
{
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&pair->divergences[i], EVD_CANARY);
        if (run.count == 0 ? place.is_between && run.first_idx == place.tid_event_idx
                           : run.first_idx <= place.tid_event_idx && place.tid_event_idx <= run.last_idx)
            return &pair->divergences[i];
    }
    return NULL;
}

static enum evd_passage passage_slowly(const struct evd_outcome *outcome, struct evd_canary_place place,
                                       const struct evd_divergence **divergence)
{
    *divergence = NULL;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        if (outcome->pairs[i].tid[EVD_CANARY] != place.tid)
            continue;
        const struct evd_divergence *found = find_slowly(&outcome->pairs[i], place);
        if (found == NULL)
            return EVD_PASSED;
        if (found->class_ == EVD_CLASS_TRUNCATED && evd_run_of(found, EVD_CANARY).count > 0)
            return EVD_NOT_REACHED;
        *divergence = found;
        return EVD_DIVERGED_AT;
    }
    return EVD_NOT_REACHED;
}

static int64_t random_edge(struct random *random)
{
    static const int64_t EDGES[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    return random_below(random, 20) == 0 ? EDGES[random_below(random, 4)] : (int64_t)random_below(random, 60);
}

/* Runs lie across each other, end before they begin, and reach the ends of all numbers, as those of a file may. */
Test(where, a_place_lies_in_the_first_divergence_that_has_it)
{
    size_t counts[3] = {0};
    for (uint64_t seed = 0; seed < 3 * SEEDS; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        struct evd_divergence divergences[2][DIVERGENCES_MAX] = {0};
        struct evd_pair_outcome pairs[3] = {{.tid = {7, 1}, .divergences = divergences[0]},
                                            {.tid = {0, 2}, .divergences = divergences[1]},
                                            {.tid = {7, 3}}};
        const struct evd_outcome outcome = {.pairs = pairs, .pair_count = 3, .verdict = EVD_VERDICT_DIVERGED};
        for (int i = 0; i < 2; i++) {
            pairs[i].divergence_count = random_below(&random, DIVERGENCES_MAX);
            for (size_t j = 0; j < pairs[i].divergence_count; j++) {
                struct evd_run run = {.position = 0};
                run.first_idx = random_edge(&random);
                run.last_idx = random_below(&random, 8) ? run.first_idx : random_edge(&random);
                if (random_below(&random, 2) && run.first_idx < 60 && run.first_idx >= 0)
                    run.last_idx = run.first_idx + random_below(&random, 5);
                run.count = random_below(&random, 3);
                cr_assert(evd_run_keep(&divergences[i][j], EVD_CANARY, run, &arena));
                divergences[i][j].class_ = random_below(&random, 6) ? EVD_CLASS_MISSING : EVD_CLASS_TRUNCATED;
            }
        }
        struct evd_passages passages = {.outcome = &outcome};
        for (int round = 0; round < 80; round++) {
            const struct evd_canary_place place = {random_below(&random, 9) ? 7 * (int64_t)random_below(&random, 2) : 8,
                                                   random_edge(&random), random_below(&random, 2)};
            const struct evd_divergence *found, *twin;
            enum evd_passage passage;
            const enum evd_passage slow = passage_slowly(&outcome, place, &twin);
            cr_assert(evd_passage_of(&passages, place, &passage, &found));
            cr_assert(passage == slow && found == twin, "seed %llu: tid %lld event %lld%s", (unsigned long long)seed,
                      (long long)place.tid, (long long)place.tid_event_idx, place.is_between ? ", between" : "");
            counts[passage]++;
        }
        evd_passages_release(&passages);
        evd_arena_release(&arena);
    }
    for (int i = 0; i < 3; i++)
        cr_expect_gt(counts[i], 1000);
}
