/* Sets of patterns: what a table tells is what each pattern by itself tells. */
#include <criterion/criterion.h>

#include "random.h"
#include "rules/pattern.h"
#include "rules/when.h"

enum { PATTERNS_MAX = 40, LENGTH_MAX = 5 };

/* A text of few letters, so that many are alike; a pattern is well written. */
static struct evd_string any_text(struct random *random, char *bytes, bool is_pattern)
{
    size_t length = 0;
    for (uint64_t left = random_below(random, LENGTH_MAX + 1); left > 0; left--)
        switch (random_below(random, is_pattern ? 6 : 5)) {
        case 0: bytes[length++] = 'a'; break;
        case 1: bytes[length++] = 'b'; break;
        case 2:
            if (is_pattern)
                bytes[length++] = '\\';
            bytes[length++] = '*';
            break;
        case 3: bytes[length++] = 'c'; break;
        case 4: bytes[length++] = '*'; break;
        default: bytes[length++] = 'd'; break;
        }
    return (struct evd_string){bytes, length};
}

static bool one_fits(const struct evd_string *patterns, size_t count, struct evd_string text)
{
    for (size_t i = 0; i < count; i++)
        if (evd_pattern_fits(patterns[i], text))
            return true;
    return false;
}

Test(pattern_set, is_as_the_slow_twin)
{
    size_t fitting = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        struct evd_pattern_set set;
        struct evd_string patterns[PATTERNS_MAX];
        char bytes[PATTERNS_MAX][2 * LENGTH_MAX + 1], text_bytes[2 * LENGTH_MAX + 1];
        const size_t count = random_below(&random, PATTERNS_MAX + 1);
        const bool has_stars = random_below(&random, 2) == 0;
        for (size_t i = 0; i < count; i++)
            patterns[i] = any_text(&random, bytes[i], has_stars && random_below(&random, 4) == 0);
        if (!has_stars)
            for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < patterns[i].length; j++)
                    bytes[i][j] = bytes[i][j] == '*' ? 'd' : bytes[i][j];
        cr_assert(evd_pattern_set_fill(&arena, patterns, count, random_next(&random), &set));
        for (int i = 0; i < 30; i++) {
            const struct evd_string text = any_text(&random, text_bytes, false);
            const bool expected = one_fits(patterns, count, text);
            fitting += expected;
            cr_assert_eq(evd_pattern_set_fits(&set, text), expected, "seed %llu: %.*s", (unsigned long long)seed,
                         (int)text.length, text.bytes);
        }
        evd_arena_release(&arena);
    }
    cr_assert_gt(fitting, 1000);
}
