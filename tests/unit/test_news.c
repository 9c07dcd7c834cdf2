/* What is new, told as if all noise matched: held against an outcome from which the noise was taken by hand. */
#include <criterion/criterion.h>

#include "explain/family.h"
#include "explain/news.h"
#include "made_divergences.h"

enum { SEEDS = 2000 };

/* Leaves out what is noise; what matches behind it counts for what comes before. `places`: where what is left was. */
static void leave_out_noise(const struct made *made, struct made *news, size_t places[PAIRS_MAX][DIVERGENCES_MAX])
{
    *news = *made;
    news->outcome = (struct evd_outcome){.pairs = news->pairs, .pair_count = made->outcome.pair_count};
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        size_t count = 0;
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            if (made->divergences[i][j].news == EVD_NEWS_NONE) {
                if (count > 0)
                    news->divergences[i][count - 1].matched_after += made->divergences[i][j].matched_after;
                continue;
            }
            news->divergences[i][count] = made->divergences[i][j];
            news->natures[i][count] = made->natures[i][j];
            places[i][count++] = j;
        }
        news->pairs[i].divergences = news->divergences[i];
        news->pairs[i].divergence_count = count;
        news->lists[i] = (struct evd_nature_list){.natures = news->natures[i], .calls = news->calls, .call_count = 2};
    }
    give_room(news);
}

static void draw_news(struct made *made, struct random *random)
{
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            made->divergences[i][j].news =
                random_below(random, 2) ? EVD_NEWS_NONE : (enum evd_news)(1 + random_below(random, EVD_NEWS_KINDS - 1));
}

/* The causes of news are those that they have by themselves; those of noise stay, and all chains end. */
static void expect_causes(const struct made *made, const struct made *before, const struct made *news,
                          size_t places[PAIRS_MAX][DIVERGENCES_MAX], unsigned seed)
{
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        for (size_t j = 0; j < news->pairs[i].divergence_count; j++) {
            const struct evd_divergence *wanted = &news->divergences[i][j];
            const struct evd_divergence *told = &made->divergences[i][places[i][j]];
            cr_assert_eq(told->cause, wanted->cause, "seed %u", seed);
            const struct place root = root_of(news, i, j), told_root = root_of(made, i, places[i][j]);
            cr_assert(told_root.pair == root.pair && told_root.index == places[root.pair][root.index], "seed %u", seed);
            if (wanted->cause == EVD_CAUSE_NONE)
                continue;
            const struct place cause = cause_of(news, i, j), told_cause = cause_of(made, i, places[i][j]);
            cr_assert(told_cause.pair == cause.pair && told_cause.index == places[cause.pair][cause.index], "seed %u",
                      seed);
        }
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            const struct evd_divergence *told = &made->divergences[i][j];
            struct place root = {i, j};
            while (made->divergences[root.pair][root.index].cause != EVD_CAUSE_NONE)
                root = cause_of(made, root.pair, root.index);
            cr_assert(root_of(made, i, j).pair == root.pair && root_of(made, i, j).index == root.index, "seed %u",
                      seed);
            cr_assert(told->news != EVD_NEWS_NONE || told->cause == before->divergences[i][j].cause, "seed %u", seed);
        }
    }
}

/* Families that have news come first, in the order and with what is told of them by themselves. */
static void expect_families(const struct made *made, const struct made *news, size_t places[PAIRS_MAX][DIVERGENCES_MAX],
                            unsigned seed)
{
    const struct evd_outcome *outcome = &made->outcome, *wanted = &news->outcome;
    cr_assert_eq(outcome->root_family_count, wanted->root_family_count, "seed %u", seed);
    cr_assert_eq(outcome->look_count, wanted->look_count, "seed %u", seed);
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        if (i >= wanted->family_count) {
            cr_assert(family->news_count == 0 && !family->has_suspicion, "seed %u", seed);
            continue;
        }
        const struct evd_family *alone = &wanted->families[i];
        cr_assert_eq(family->signature, alone->signature, "seed %u, family %zu", seed, i);
        cr_assert_eq(family->news_count, alone->count, "seed %u", seed);
        cr_assert_eq(family->is_root, alone->is_root, "seed %u", seed);
        cr_assert_eq(family->follows, alone->follows, "seed %u", seed);
        cr_assert_eq(family->weight, alone->weight, "seed %u", seed);
        cr_assert_eq(family->suspicion.total, alone->suspicion.total, "seed %u", seed);
        if (alone->has_suspicion)
            cr_assert(family->suspicion.pair == alone->suspicion.pair &&
                          family->suspicion.divergence == places[alone->suspicion.pair][alone->suspicion.divergence],
                      "seed %u", seed);
    }
}

static uint64_t breaks_of(const struct made *made, size_t pair)
{
    uint64_t count = 0;
    for (size_t j = 0; j < made->pairs[pair].divergence_count; j++)
        count += made->divergences[pair][j].news == EVD_NEWS_NONE &&
                 (evd_breaks_of(&made->divergences[pair][j]) != NULL || made->divergences[pair][j].is_renamed_anew);
    return count;
}

static uint64_t noise_of(const struct made *made, uint64_t signature, size_t pair, bool is_by_pair)
{
    uint64_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            count += made->divergences[i][j].news == EVD_NEWS_NONE &&
                     (is_by_pair ? i == pair : made->natures[i][j].signature == signature);
    return count;
}

Test(news, are_told_as_if_noise_matched, .timeout = 300)
{
    static struct made made, before, news;
    static size_t places[PAIRS_MAX][DIVERGENCES_MAX];
    const struct evd_log *const logs[EVD_SIDES] = {NULL, NULL};
    size_t following = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        struct evd_news_part part = {.natures = NULL};
        struct evd_noise_counts counts = {
            .in_pair = (uint64_t[PAIRS_MAX]){0}, .breaks_in_pair = (uint64_t[PAIRS_MAX]){0}};
        make(&made, &random);
        cr_assert_eq(evd_find_causes(&made.outcome, made.lists, logs, NULL, NULL), EVD_OK);
        draw_news(&made, &random);
        before = made;
        leave_out_noise(&made, &news, places);
        for (size_t i = 0; i < made.outcome.pair_count; i++) {
            counts.in_pair[i] = noise_of(&made, 0, i, true);
            counts.breaks_in_pair[i] = breaks_of(&made, i);
            for (size_t j = 0; j < news.pairs[i].divergence_count; j++) {
                const uint64_t signature = news.natures[i][j].signature;
                news.divergences[i][j].cause = EVD_CAUSE_NONE;
                cr_assert_not_null(
                    evd_table_put(&counts.by_signature, signature, noise_of(&made, signature, 0, false), NULL));
            }
        }
        cr_assert_eq(evd_find_causes(&news.outcome, news.lists, logs, NULL, NULL), EVD_OK);
        cr_assert(evd_make_families(&news.outcome, news.lists, NULL, &counts, &arena));
        cr_assert(evd_news_explain(&part, &made.outcome, made.lists, NULL, &arena));
        cr_assert(evd_make_families_with_news(&made.outcome, made.lists, &part, &arena));
        expect_causes(&made, &before, &news, places, seed);
        expect_families(&made, &news, places, seed);
        for (size_t i = 0; i < made.outcome.family_count; i++)
            following += !made.outcome.families[i].is_root && made.outcome.families[i].news_count > 0;
        evd_news_release(&part);
        evd_table_release(&counts.by_signature);
        evd_arena_release(&arena);
    }
    cr_expect_gt(following, 1000, "%zu", following);
}

/* A break of a renaming, so many other families' divergences of noise in the thread, of those so many that break one too,
 * and so many of the family's own. */
static int32_t suspect(size_t in_family, size_t in_thread, size_t breaks, bool is_noisy_place, enum evd_news why)
{
    static const struct evd_noted_values NOTED = {
        .value = {{.form = EVD_NUMBER_INTEGER, .number = 0x20000}, {.form = EVD_NUMBER_INTEGER, .number = 0x30000}},
        .breaks = &BREAKS};
    struct evd_divergence divergence = {
        .class_ = EVD_CLASS_VALUE,
        .value = NOTED.value,
        .has_notes = true,
        .news = why,
        .has_noisy_place = is_noisy_place};
    for (int side = 0; side < EVD_SIDES; side++)
        put_count(&divergence, side, 2);
    struct evd_divergence_nature nature = {.signature = 7, .before = {EVD_NO_CALL, EVD_NO_CALL}, .field = {"", 0}};
    struct evd_call_text call = {.kind = {"k", 1}, .name = {"n", 1}};
    struct evd_nature_list list = {.natures = &nature, .calls = &call, .call_count = 1};
    uint32_t root, cause;
    struct evd_pair_outcome pair = {.divergences = &divergence, .divergence_count = 1};
    struct evd_outcome outcome = {.pairs = &pair, .pair_count = 1, .causes = &cause, .roots = &root};
    struct evd_noise_counts noise = {.in_pair = (uint64_t[]){in_thread}, .breaks_in_pair = (uint64_t[]){breaks}};
    struct evd_arena arena = {0};
    cr_assert_not_null(evd_table_put(&noise.by_signature, 7, in_family, NULL));
    cr_assert(evd_make_families(&outcome, &list, NULL, &noise, &arena));
    const int32_t total = outcome.families[0].suspicion.total;
    evd_table_release(&noise.by_signature);
    evd_arena_release(&arena);
    return total;
}

Test(news, are_less_suspicious_where_there_is_noise)
{
    const int32_t alone = suspect(0, 0, 0, false, EVD_NEWS_FAMILY);
    cr_expect_eq(suspect(7, 0, 0, false, EVD_NEWS_FAMILY), alone - 3 * EVD_POINT);
    cr_expect_eq(suspect(0, 15, 0, false, EVD_NEWS_FAMILY), alone - 2 * EVD_POINT);
    /* Where names break without a bug, a break is none, and its values vary as others do. */
    cr_expect_eq(suspect(0, 15, 1, false, EVD_NEWS_FAMILY), alone - 8 * EVD_POINT);
    cr_expect_eq(suspect(0, 0, 0, true, EVD_NEWS_FAILURE), alone - 4 * EVD_POINT);
    cr_expect_eq(suspect(0, 0, 0, false, EVD_NEWS_PLACE), alone - 2 * EVD_POINT);
}
