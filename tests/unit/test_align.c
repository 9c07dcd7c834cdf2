/* Alignment against its slow twin: the longest common subsequence by the textbook table. */
#include <criterion/criterion.h>

#include "align/align.h"
#include "random.h"

enum { LENGTH_MAX = 120 };

/* Length of the longest common subsequence: Wagner and Fischer's table, row by row. */
static size_t longest(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t row[LENGTH_MAX + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t corner = 0;
        for (size_t j = 0; j < m; j++) {
            const size_t above = row[j + 1];
            if (a[i] == b[j])
                row[j + 1] = corner + 1;
            else if (row[j] > row[j + 1])
                row[j + 1] = row[j];
            corner = above;
        }
    }
    return row[m];
}

/* Checks that the matches are equal symbols, in order, not empty and not to be joined; their sum. */
static size_t check(const struct evd_alignment *alignment, const uint64_t *const symbols[2], const size_t count[2],
                    unsigned seed)
{
    size_t sum = 0, end[2] = {0, 0};
    for (size_t k = 0; k < alignment->match_count; k++) {
        const struct evd_match *match = &alignment->matches[k];
        cr_assert(match->count > 0, "seed %u", seed);
        for (int s = 0; s < 2; s++)
            cr_assert(match->first[s] >= end[s] && match->first[s] + match->count <= count[s], "seed %u", seed);
        cr_assert(k == 0 || match->first[0] > end[0] || match->first[1] > end[1], "seed %u", seed);
        for (size_t i = 0; i < match->count; i++)
            cr_assert_eq(symbols[0][match->first[0] + i], symbols[1][match->first[1] + i], "seed %u", seed);
        for (int s = 0; s < 2; s++)
            end[s] = match->first[s] + match->count;
        sum += match->count;
    }
    return sum;
}

/* The symbols of one side: random, or the other side's after some edits. */
static void draw(struct random *random, unsigned alphabet, uint64_t *symbols, size_t *count)
{
    *count = random_below(random, LENGTH_MAX + 1);
    for (size_t i = 0; i < *count; i++)
        symbols[i] = random_below(random, alphabet);
}

static void edit(struct random *random, unsigned alphabet, const uint64_t *from, size_t from_count, uint64_t *to,
                 size_t *to_count)
{
    *to_count = 0;
    for (size_t i = 0; i < from_count && *to_count < LENGTH_MAX - 1; i++) {
        const unsigned dice = random_below(random, 12);
        if (dice != 0)
            to[(*to_count)++] = from[i];
        if (dice == 1)
            to[(*to_count)++] = random_below(random, alphabet);
    }
}

static void draw_pair(struct random *random, uint64_t a[LENGTH_MAX], uint64_t b[LENGTH_MAX], size_t count[2])
{
    static const unsigned ALPHABETS[] = {1, 2, 3, 6, 20, 100, 1000};
    const unsigned alphabet = ALPHABETS[random_below(random, 7)];
    draw(random, alphabet, a, &count[0]);
    if (random_below(random, 2))
        draw(random, alphabet, b, &count[1]);
    else
        edit(random, alphabet, a, count[0], b, &count[1]);
}

Test(align, without_anchors_it_is_the_longest_common_subsequence)
{
    const struct evd_align_options options = {.without_anchors = true, .cost_max = SIZE_MAX};
    struct evd_alignment alignment = {0};
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
        const uint64_t *const symbols[2] = {a, b};
        size_t count[2];
        draw_pair(&random, a, b, count);
        cr_assert(evd_align(symbols, count, &options, &alignment));
        cr_assert_eq(check(&alignment, symbols, count, seed), longest(a, count[0], b, count[1]), "seed %u", seed);
        cr_assert_eq(alignment.cut_short, 0);
    }
    evd_alignment_release(&alignment);
}

/* Every symbol at most once a side: the chain of anchors is the longest common subsequence. */
Test(align, of_symbols_that_occur_once_it_is_the_longest_common_subsequence)
{
    struct evd_alignment alignment = {0};
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        uint64_t side[2][LENGTH_MAX];
        const uint64_t *const symbols[2] = {side[0], side[1]};
        size_t count[2];
        for (int s = 0; s < 2; s++) {
            count[s] = random_below(&random, LENGTH_MAX + 1);
            for (size_t i = 0; i < count[s]; i++)
                side[s][i] = i * (1 + (unsigned)s);
            for (size_t i = count[s]; i > 1; i--) {
                const size_t j = random_below(&random, 4) ? i - 1 : random_below(&random, (unsigned)i);
                const uint64_t symbol = side[s][i - 1];
                side[s][i - 1] = side[s][j];
                side[s][j] = symbol;
            }
        }
        cr_assert(evd_align(symbols, count, NULL, &alignment));
        cr_assert_eq(check(&alignment, symbols, count, seed), longest(side[0], count[0], side[1], count[1]), "seed %u",
                     seed);
    }
    evd_alignment_release(&alignment);
}

/* With anchors, and when searches are cut short, matches are still matches, and what is equal from end to end
 * matches from end to end. */
Test(align, always_finds_matches_in_order)
{
    struct evd_alignment alignment = {0};
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
        const uint64_t *const symbols[2] = {a, b}, *const same[2] = {a, a};
        size_t count[2];
        draw_pair(&random, a, b, count);
        const struct evd_align_options options = {
            .without_anchors = random_below(&random, 2),
            .cost_max = random_below(&random, 6),
        };
        cr_assert(evd_align(symbols, count, &options, &alignment));
        cr_assert(check(&alignment, symbols, count, seed) <= longest(a, count[0], b, count[1]), "seed %u", seed);
        cr_assert(evd_align(same, (size_t[]){count[0], count[0]}, &options, &alignment));
        cr_assert_eq(check(&alignment, same, (size_t[]){count[0], count[0]}, seed), count[0], "seed %u", seed);
    }
    evd_alignment_release(&alignment);
}

/* Whatever is searched and however soon a search is cut short, swapped sides have the same matches. */
Test(align, does_not_depend_on_which_side_is_which)
{
    struct evd_alignment alignment = {0}, swapped = {0};
    size_t cut_short = 0, ties = 0;
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
        const uint64_t *const symbols[2] = {a, b}, *const other[2] = {b, a};
        size_t count[2];
        draw_pair(&random, a, b, count);
        if (random_below(&random, 2))
            count[0] = count[1] = count[0] < count[1] ? count[0] : count[1];
        const struct evd_align_options options = {
            .without_anchors = random_below(&random, 2),
            .cost_max = random_below(&random, 6),
        };
        cr_assert(evd_align(symbols, count, &options, &alignment));
        cr_assert(evd_align(other, (size_t[]){count[1], count[0]}, &options, &swapped));
        cr_assert_eq(alignment.match_count, swapped.match_count, "seed %u", seed);
        cr_assert_eq(alignment.cut_short, swapped.cut_short, "seed %u", seed);
        for (size_t k = 0; k < alignment.match_count; k++) {
            const struct evd_match *match = &alignment.matches[k], *twin = &swapped.matches[k];
            cr_assert(match->first[0] == twin->first[1] && match->first[1] == twin->first[0], "seed %u", seed);
            cr_assert(match->count == twin->count && match->bits == twin->bits && match->has_anchor == twin->has_anchor,
                      "seed %u", seed);
        }
        cut_short += alignment.cut_short > 0;
        ties += count[0] == count[1] && alignment.match_count > 1;
    }
    cr_expect_gt(cut_short, 1000);
    cr_expect_gt(ties, 1000);
    evd_alignment_release(&alignment);
    evd_alignment_release(&swapped);
}

/* How often a symbol is on a side, and where it is there last. */
static size_t count_in(const uint64_t *symbols, size_t count, uint64_t symbol, size_t *place)
{
    size_t times = 0;
    for (size_t i = 0; i < count; i++)
        if (symbols[i] == symbol) {
            *place = i;
            times++;
        }
    return times;
}

/* By the definition: it is once on each side, as are more than 62 others, and none of those crosses it. */
static bool is_anchor(const uint64_t *const symbols[2], const size_t count[2], size_t at)
{
    size_t here[2], others = 0;
    for (int s = 0; s < 2; s++)
        if (count_in(symbols[s], count[s], symbols[0][at], &here[s]) != 1)
            return false;
    for (size_t i = 0; i < count[0]; i++) {
        size_t there[2];
        if (i == at || count_in(symbols[0], count[0], symbols[0][i], &there[0]) != 1 ||
            count_in(symbols[1], count[1], symbols[0][i], &there[1]) != 1)
            continue;
        if ((there[0] < here[0]) != (there[1] < here[1]))
            return false;
        others++;
    }
    return others > 62;
}

Test(align, anchors_are_what_no_other_of_their_kind_crosses, .timeout = 120)
{
    struct evd_alignment alignment = {0};
    size_t with_anchor = 0, without = 0, few = 0;
    for (unsigned seed = 0; seed < 4000; seed++) {
        struct random random = {seed};
        uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
        const uint64_t *const symbols[2] = {a, b};
        size_t count[2] = {63 + random_below(&random, LENGTH_MAX - 63), 0};
        for (size_t i = 0; i < count[0]; i++)
            a[i] = random_below(&random, 20) ? 1000 + i : random_below(&random, 8);
        edit(&random, 8, a, count[0], b, &count[1]);
        for (unsigned turned = random_below(&random, 12); turned > 0 && count[1] > 8; turned--) {
            const size_t from = random_below(&random, (unsigned)count[1] - 8), to = from + random_below(&random, 8);
            const uint64_t kept = b[from];
            b[from] = b[to];
            b[to] = kept;
        }
        cr_assert(evd_align(symbols, count, NULL, &alignment));
        check(&alignment, symbols, count, seed);
        for (size_t k = 0; k < alignment.match_count; k++) {
            const struct evd_match *match = &alignment.matches[k];
            bool has_one = false;
            for (size_t i = 0; i < match->count; i++)
                has_one |= is_anchor(symbols, count, match->first[0] + i);
            cr_assert_eq(match->has_anchor, has_one, "seed %u, match %zu", seed, k);
            with_anchor += has_one;
            without += !has_one;
        }
        few += alignment.match_count > 0 && count[0] < 70;
    }
    cr_expect(with_anchor > 1000 && without > 1000 && few > 100, "%zu, %zu, %zu", with_anchor, without, few);
    evd_alignment_release(&alignment);
}

/* So many symbols that occur once, and the last one a pair behind what differs: of 63 others it is an anchor, of 62 not. */
Test(align, anchors_are_among_63_others)
{
    for (size_t others = 62; others <= 63; others++) {
        uint64_t side[2][LENGTH_MAX];
        const uint64_t *const symbols[2] = {side[0], side[1]};
        struct evd_alignment alignment = {0};
        for (int s = 0; s < 2; s++) {
            for (size_t i = 0; i < others; i++)
                side[s][i] = i;
            side[s][others] = 1000 + (uint64_t)s;
            side[s][others + 1] = 2000;
        }
        cr_assert(evd_align(symbols, (size_t[]){others + 2, others + 2}, NULL, &alignment));
        cr_assert_eq(alignment.match_count, 2);
        cr_expect_eq(alignment.matches[1].has_anchor, others == 63);
        evd_alignment_release(&alignment);
    }
}

/* A hundred thousand symbols of few kinds in random order: too costly to align at best, and said so. */
Test(align, says_when_a_search_was_cut_short)
{
    enum { MANY = 100000 };
    static uint64_t side[2][MANY];
    const uint64_t *const symbols[2] = {side[0], side[1]};
    struct evd_alignment alignment = {0};
    struct random random = {7};
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < MANY; i++)
            side[s][i] = random_below(&random, 50);
    cr_assert(evd_align(symbols, (size_t[]){MANY, MANY}, NULL, &alignment));
    check(&alignment, symbols, (size_t[]){MANY, MANY}, 7);
    cr_assert(alignment.cut_short > 0);
    evd_alignment_release(&alignment);
}

/* Two stretches that have the same symbols, with others between them that say nothing. What is once in each stretch is
 * an anchor only behind the anchor that parts the stretches; a search alone would be too costly. */
Test(align, finds_anchors_between_anchors)
{
    enum { LENGTH = 1100, STRETCHES = 2, COUNT = STRETCHES * 2 * LENGTH + 3, MIDDLE = 1 << 20, NOISE };
    static uint64_t side[2][COUNT];
    const uint64_t *const symbols[2] = {side[0], side[1]};
    struct evd_alignment alignment = {0};
    for (int s = 0; s < 2; s++) {
        size_t count = 0;
        for (int stretch = 0; stretch < STRETCHES; stretch++) {
            for (uint64_t i = 0; i < LENGTH; i++) {
                side[s][count++] = i;
                side[s][count++] = NOISE + (uint64_t)s;
            }
            if (stretch == 0)
                side[s][count++] = MIDDLE;
        }
        for (int i = 0; i < 2; i++)
            side[s][count++] = NOISE + (uint64_t)!s;
        cr_assert_eq(count, COUNT);
    }
    cr_assert(evd_align(symbols, (size_t[]){COUNT, COUNT}, NULL, &alignment));
    cr_expect(check(&alignment, symbols, (size_t[]){COUNT, COUNT}, 0) >= STRETCHES * LENGTH + 1);
    cr_expect_eq(alignment.cut_short, 0);
    evd_alignment_release(&alignment);
}
