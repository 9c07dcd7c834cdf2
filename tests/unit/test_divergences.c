/* A list of divergences keeps each nature once. Its slow twin keeps one for every divergence, and signs each by itself. */
#include <criterion/criterion.h>
#include <string.h>

#include "align/divergences.h"
#include "outcome/run.h"
#include "outcome/signature.h"
#include "random.h"

enum { DIVERGENCES = 50000, CALLS = 6 };

/* A nature as the twin has it: calls by their hashes. */
struct twin {
    enum evd_divergence_class class_;
    uint64_t call, before[EVD_FAMILY_BEFORE_MAX]; /* 0: none */
    struct evd_text field;
    uint64_t run_hash, matched;
};

static uint32_t number(struct evd_divergence_list *list, uint64_t hash)
{
    uint32_t index;
    bool is_new;
    struct evd_call_text *call = evd_divergences_call(list, hash, &index, &is_new);
    cr_assert_not_null(call);
    if (is_new)
        call->kind_hash = hash * 1000;
    return index;
}

static struct twin draw(struct random *random, uint64_t matched)
{
    static const struct evd_text FIELDS[] = {{"", 0}, {"a", 1}, {"args.a1", 7}, {"args.a2", 7}};
    struct twin twin = {.class_ = (enum evd_divergence_class)random_below(random, EVD_CLASSES),
                        .call = 1 + random_below(random, CALLS),
                        .field = FIELDS[random_below(random, 4)],
                        .run_hash = random_below(random, 3),
                        .matched = matched};
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        twin.before[i] = random_below(random, CALLS + 1);
    return twin;
}

static void add(struct evd_divergence_list *list, const struct twin *twin)
{
    struct evd_divergence divergence = {.class_ = twin->class_};
    struct evd_divergence_nature nature = {
        .call = number(list, twin->call), .field = twin->field, .run_hash = twin->run_hash};
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        nature.before[i] = twin->before[i] == 0 ? EVD_NO_CALL : number(list, twin->before[i]);
    nature.swapped.call = nature.call;
    memcpy(nature.swapped.before, nature.before, sizeof nature.before);
    cr_assert(evd_divergences_add(list, &divergence, &nature, (struct evd_divergence_rank){twin->matched, false}));
}

static uint64_t hash_of(const struct evd_divergence_list *list, uint32_t call)
{
    return call == EVD_NO_CALL ? 0 : list->natures.calls[call].hash;
}

static void check(const struct evd_divergence_list *list, const struct twin *twins, size_t count, unsigned seed)
{
    cr_assert_eq(list->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct evd_divergence_nature *nature = evd_nature_of(&list->natures, i);
        uint64_t before[EVD_FAMILY_BEFORE_MAX];
        for (int j = 0; j < EVD_FAMILY_BEFORE_MAX; j++) {
            cr_assert_eq(hash_of(list, nature->before[j]), twins[i].before[j], "seed %u, %zu", seed, i);
            before[j] = twins[i].before[j] * 1000;
        }
        cr_assert_eq(nature->class_, twins[i].class_, "seed %u, %zu", seed, i);
        cr_assert_eq(list->divergences[i].class_, twins[i].class_, "seed %u, %zu", seed, i);
        cr_assert_eq(hash_of(list, nature->call), twins[i].call, "seed %u, %zu", seed, i);
        cr_assert_eq(nature->run_hash, twins[i].run_hash, "seed %u, %zu", seed, i);
        cr_assert_eq(evd_rank_of(list, i).matched, twins[i].matched, "seed %u, %zu", seed, i);
        cr_assert_eq(nature->signature, evd_signature_of_hashes(twins[i].class_, twins[i].call, twins[i].field, before),
                     "seed %u, %zu", seed, i);
    }
}

Test(divergences, have_the_natures_that_they_were_given)
{
    static struct twin twins[DIVERGENCES];
    for (unsigned seed = 1; seed <= 8; seed++) {
        struct random random = {seed};
        struct evd_divergence_list list = {0}, part = {0};
        struct evd_divergence_place place;
        const size_t cut = random_below(&random, DIVERGENCES), end = cut + random_below(&random, DIVERGENCES - cut);
        for (size_t i = 0; i < end; i++) {
            twins[i] = draw(&random, i);
            struct twin own = twins[i];
            own.matched -= i < cut ? 0 : cut;
            add(i < cut ? &list : &part, &own);
        }
        /* Others are added while they are not moved in yet. */
        cr_assert(evd_divergences_expect(&list, &part, cut, &place));
        for (size_t i = end; i < DIVERGENCES; i++) {
            twins[i] = draw(&random, i);
            add(&list, &twins[i]);
        }
        evd_divergences_move_in(&list, &part, &place);
        evd_divergences_release(&part);
        check(&list, twins, DIVERGENCES, seed);
        for (int i = 0; i < 100; i++) {
            const size_t at = random_below(&random, DIVERGENCES), to = random_below(&random, DIVERGENCES);
            twins[at].class_ = EVD_CLASS_REORDERED;
            twins[at].run_hash = 0;
            cr_assert(evd_divergences_change(&list, at, EVD_CLASS_REORDERED, 0));
            twins[to] = twins[at];
            evd_divergences_move(&list, at, to);
        }
        check(&list, twins, DIVERGENCES, seed);
        evd_divergences_release(&list);
    }
}

Test(divergences, keep_a_nature_once)
{
    struct evd_divergence_list list = {0};
    struct random random = {7};
    const struct twin twin = draw(&random, 0);
    for (int i = 0; i < 100; i++)
        add(&list, &twin);
    cr_expect_eq(list.natures.nature_count, 1);
    evd_divergences_release(&list);
}

static const struct evd_run LAST = {
    UINT32_MAX, 1, (int64_t)UINT32_MAX + INT32_MAX, (int64_t)UINT32_MAX + INT32_MAX, ((uint64_t)1 << 48) - 1};

static bool keeps(struct evd_run run, struct evd_arena *arena, bool is_apart)
{
    struct evd_divergence divergence = {.class_ = EVD_CLASS_REPLACED};
    cr_assert(evd_run_keep(&divergence, EVD_OURS, run, arena));
    const struct evd_run told = evd_run_of(&divergence, EVD_OURS);
    return told.position == run.position && told.count == run.count && told.first_idx == run.first_idx &&
           told.last_idx == run.last_idx && told.offset == run.offset &&
           (divergence.run[EVD_OURS].count == EVD_RUN_APART) == is_apart;
}

Test(divergences, keep_runs_as_they_are)
{
    struct evd_arena arena = {0};
    struct evd_run run = LAST;
    cr_expect(keeps(run, &arena, false));
    run.position++;
    cr_expect(keeps(run, &arena, true), "a position");
    run = LAST;
    run.offset++;
    cr_expect(keeps(run, &arena, true), "an offset");
    run = LAST;
    run.first_idx = ++run.last_idx;
    cr_expect(keeps(run, &arena, true), "far ahead");
    run.first_idx = run.last_idx = (int64_t)run.position + INT32_MIN;
    cr_expect(keeps(run, &arena, false), "behind");
    run.first_idx = --run.last_idx;
    cr_expect(keeps(run, &arena, true), "far behind");
    run = LAST;
    run.last_idx++;
    cr_expect(keeps(run, &arena, true), "a gap");
    run = (struct evd_run){7, EVD_RUN_APART - 1, 10, 10 + EVD_RUN_APART - 2, 5};
    cr_expect(keeps(run, &arena, false), "a long run");
    run.count++;
    run.last_idx++;
    cr_expect(keeps(run, &arena, true), "a longer run");
    cr_expect(keeps((struct evd_run){7, 0, 10, 10, 5}, &arena, false), "none");
    static const int64_t EDGES[] = {INT64_MIN, INT64_MAX};
    for (int i = 0; i < 4; i++)
        cr_expect(keeps((struct evd_run){UINT64_MAX, 2, EDGES[i / 2], EDGES[i % 2], UINT64_MAX}, &arena, true));
    for (int i = 0; i < 4; i++)
        cr_expect(keeps((struct evd_run){0, 2, EDGES[i / 2], EDGES[i % 2], 0}, &arena, true));
    evd_arena_release(&arena);
}

/* Numbers about all limits, each written as it is read. */
Test(divergences, keep_any_run)
{
    static const uint64_t NEAR[] = {0, 1, UINT16_MAX, INT32_MAX, UINT32_MAX, (uint64_t)1 << 48, INT64_MAX, UINT64_MAX};
    struct random random = {11};
    for (int i = 0; i < 100000; i++) {
        struct evd_arena arena = {0};
        struct evd_divergence divergence = {.class_ = EVD_CLASS_REPLACED};
        uint64_t numbers[4];
        for (int j = 0; j < 4; j++)
            numbers[j] = NEAR[random_below(&random, 8)] + random_below(&random, 5) - 2;
        struct evd_run run = {numbers[0], (uint32_t)random_next(&random) % (1 << 17), (int64_t)numbers[1],
                              (int64_t)numbers[2], numbers[3]};
        if (random_below(&random, 2))
            run.last_idx = (int64_t)(numbers[1] + (run.count > 0 ? run.count - 1 : 0));
        cr_assert(evd_run_keep(&divergence, EVD_CANARY, run, &arena));
        const struct evd_run told = evd_run_of(&divergence, EVD_CANARY);
        cr_assert(told.position == run.position && told.count == run.count && told.first_idx == run.first_idx &&
                      told.last_idx == run.last_idx && told.offset == run.offset,
                  "run %d", i);
        evd_arena_release(&arena);
    }
}
