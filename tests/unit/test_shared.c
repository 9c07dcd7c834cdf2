/* What two sequences share, by any number of workers, against looking for each symbol of one in the other. */
#include <criterion/criterion.h>
#include <string.h>

#include "align/align.h"
#include "align/shared.h"
#include "random.h"

enum { LENGTH_MAX = 1500, FEW = 40 };

/* Random ones, some of them the other side's; short sequences have no filter. */
static size_t draw(struct random *random, unsigned alphabet, uint64_t *symbols)
{
    const size_t count = random_below(random, random_below(random, 2) ? FEW : LENGTH_MAX);
    for (size_t i = 0; i < count; i++)
        symbols[i] = random_below(random, 4) > 0 ? random_below(random, alphabet) : random_next(random);
    return count;
}

static bool has(const uint64_t *symbols, size_t count, uint64_t symbol)
{
    for (size_t i = 0; i < count; i++)
        if (symbols[i] == symbol)
            return true;
    return false;
}

/* What is listed of a side is what the other side has, and each symbol has one number. */
static void check_side(const uint64_t *const symbols[2], const size_t count[2], int s,
                       const struct evd_shared_side *side, uint64_t *of_number, bool *is_seen, unsigned seed)
{
    int32_t listed = 0;
    for (size_t i = 0; i < count[s]; i++) {
        if (!has(symbols[!s], count[!s], symbols[s][i]))
            continue;
        cr_assert(listed < side->count && (size_t)side->positions[listed] == i, "seed %u", seed);
        const int32_t number = side->symbols[listed++];
        cr_assert(!is_seen[number] || of_number[number] == symbols[s][i], "seed %u", seed);
        is_seen[number] = true;
        of_number[number] = symbols[s][i];
    }
    cr_assert_eq(listed, side->count, "seed %u", seed);
}

Test(shared, is_what_both_sides_have)
{
    static const unsigned ALPHABETS[] = {1, 3, 100, 4000, 1000000};
    size_t different_seen = 0;
    for (unsigned workers = 0; workers < 4; workers++) {
        struct evd_pool *pool = workers == 0 ? NULL : evd_pool_create(workers);
        for (unsigned seed = 0; seed < 150; seed++) {
            static uint64_t drawn[2][LENGTH_MAX], of_number[2 * LENGTH_MAX];
            static bool is_seen[2 * LENGTH_MAX];
            struct random random = {seed};
            struct evd_shared_side side[2] = {{0}};
            const unsigned alphabet = ALPHABETS[random_below(&random, 5)];
            const uint64_t *const symbols[2] = {drawn[0], drawn[1]};
            size_t count[2];
            int32_t different;
            for (int s = 0; s < 2; s++)
                count[s] = draw(&random, alphabet, drawn[s]);
            for (size_t i = 0; i < count[0] && i < count[1]; i++)
                if (random_below(&random, 8) == 0)
                    drawn[1][i] = drawn[0][i];
            memset(is_seen, 0, sizeof is_seen);
            cr_assert(evd_share(symbols, count, pool, side, &different));
            for (int s = 0; s < 2; s++)
                check_side(symbols, count, s, &side[s], of_number, is_seen, seed);
            for (int32_t i = 0; i < different; i++)
                cr_assert(is_seen[i], "seed %u", seed);
            for (int32_t i = 0; i < different; i++)
                for (int32_t j = 0; j < i && different < FEW; j++)
                    cr_assert_neq(of_number[i], of_number[j], "seed %u", seed);
            different_seen += (size_t)different;
            evd_shared_release(side);
        }
        evd_pool_destroy(pool);
    }
    cr_expect(different_seen > 1000);
}

/* One worker is the slow twin of several. */
Test(shared, alignments_are_the_same_by_any_number_of_workers)
{
    for (unsigned workers = 1; workers < 5; workers++) {
        struct evd_pool *pool = evd_pool_create(workers);
        for (unsigned seed = 0; seed < 100; seed++) {
            static uint64_t drawn[2][LENGTH_MAX];
            struct random random = {seed};
            const uint64_t *const symbols[2] = {drawn[0], drawn[1]};
            struct evd_alignment alone = {0}, helped = {0};
            const struct evd_align_options options = {.pool = pool};
            size_t count[2];
            for (int s = 0; s < 2; s++)
                count[s] = draw(&random, 2000, drawn[s]);
            for (size_t i = 0; i < count[0] && i < count[1]; i++)
                if (random_below(&random, 3) > 0)
                    drawn[1][i] = drawn[0][i];
            cr_assert(evd_align(symbols, count, NULL, &alone));
            cr_assert(evd_align(symbols, count, &options, &helped));
            cr_assert(alone.match_count == helped.match_count && alone.cut_short == helped.cut_short, "seed %u", seed);
            for (size_t i = 0; i < alone.match_count; i++) {
                const struct evd_match *a = &alone.matches[i], *b = &helped.matches[i];
                cr_assert(a->first[0] == b->first[0] && a->first[1] == b->first[1] && a->count == b->count &&
                              a->bits == b->bits && a->has_anchor == b->has_anchor,
                          "seed %u", seed);
            }
            evd_alignment_release(&alone);
            evd_alignment_release(&helped);
        }
        evd_pool_destroy(pool);
    }
}
