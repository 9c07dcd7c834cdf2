#include <criterion/criterion.h>
#include <string.h>

#include "base/suggest.h"
#include "evdiff/error.h"
#include "random.h"

/* What error.h says: the longest name that is looked for, and the shortest one that two edits are taken for. */
enum { LONGEST = 64, LONG = 6 };

/* True when at most `edits` edits make `a` of `b`, by trying all of them; each character takes part in one edit at
 * most. The slow twin: no table, and nothing is cut short. */
static bool is_near(const char *a, size_t a_length, const char *b, size_t b_length, unsigned edits)
{
    if (a_length == 0 && b_length == 0)
        return true;
    if (a_length > 0 && b_length > 0 && *a == *b && is_near(a + 1, a_length - 1, b + 1, b_length - 1, edits))
        return true;
    if (edits == 0)
        return false;
    return (a_length > 0 && is_near(a + 1, a_length - 1, b, b_length, edits - 1)) ||
           (b_length > 0 && is_near(a, a_length, b + 1, b_length - 1, edits - 1)) ||
           (a_length > 0 && b_length > 0 && is_near(a + 1, a_length - 1, b + 1, b_length - 1, edits - 1)) ||
           (a_length > 1 && b_length > 1 && a[0] == b[1] && a[1] == b[0] &&
            is_near(a + 2, a_length - 2, b + 2, b_length - 2, edits - 1));
}

static const char *suggest_slowly(const char *name, size_t length, const char *const *names, size_t count)
{
    if (length > LONGEST)
        return NULL;
    for (unsigned edits = 0; edits <= (length < LONG ? 1 : 2); edits++)
        for (size_t i = 0; i < count; i++)
            if (strlen(names[i]) <= LONGEST && is_near(name, length, names[i], strlen(names[i]), edits))
                return names[i];
    return NULL;
}

/* A name of few letters, so that many are near each other. */
static void draw(struct random *random, char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        name[i] = (char)('a' + random_below(random, 3));
    name[length] = '\0';
}

/* Some edits anywhere in a name, less what its room does not take. */
static void edit(struct random *random, char *name, size_t room)
{
    for (unsigned edits = random_below(random, 4); edits > 0; edits--) {
        const size_t length = strlen(name);
        const size_t at = random_below(random, (unsigned)length + 1);
        const unsigned which = random_below(random, 4);
        if (which == 0 && length < room) {
            memmove(name + at + 1, name + at, length - at + 1);
            name[at] = (char)('a' + random_below(random, 3));
        } else if (which == 1 && at < length) {
            memmove(name + at, name + at + 1, length - at);
        } else if (which == 2 && at < length) {
            name[at] = (char)('a' + random_below(random, 3));
        } else if (at + 1 < length) {
            const char first = name[at];
            name[at] = name[at + 1];
            name[at + 1] = first;
        }
    }
}

Test(suggest, names_are_those_of_the_slow_twin)
{
    enum { NAMES = 4, ROOM = LONGEST + 2 };
    struct random random = {.state = 20};
    size_t found = 0, not_found = 0;
    for (int round = 0; round < 20000; round++) {
        char names[NAMES][ROOM + 1], name[ROOM + 1];
        const char *list[NAMES];
        /* Mostly short, sometimes around the longest. */
        const unsigned least = random_below(&random, 20) == 0 ? LONGEST - 3 : 0;
        for (int i = 0; i < NAMES; i++) {
            draw(&random, names[i], least + random_below(&random, least > 0 ? 6 : 10));
            list[i] = names[i];
        }
        strcpy(name, names[random_below(&random, NAMES)]);
        edit(&random, name, ROOM);
        const size_t count = random_below(&random, NAMES + 1);
        const char *slowly = suggest_slowly(name, strlen(name), list, count);
        const char *fast = evd_suggest_name(name, strlen(name), list, count);
        cr_assert_eq(fast, slowly, "round %d: '%s' is taken for '%s', not '%s'", round, name, fast ? fast : "nothing",
                     slowly ? slowly : "nothing");
        found += slowly != NULL;
        not_found += slowly == NULL;
    }
    cr_expect_gt(found, 5000);
    cr_expect_gt(not_found, 2000);
}

static const char *suggest(const char *name, const char *other)
{
    return evd_suggest_name(name, strlen(name), &other, 1);
}

Test(suggest, a_short_name_is_one_edit_away_and_a_long_one_two)
{
    static const struct {
        const char *name, *other;
        bool is_found;
    } CASES[] = {
        {"abcde", "abcde", true},
        {"abcde", "abcd", true},
        {"abcde", "abcdef", true},
        {"abcde", "abxde", true},
        {"abcde", "abdce", true}, /* two neighbours swapped are one edit */
        {"abcde", "abcdefg", false},
        {"abcde", "abc", false},
        {"abcde", "axcdx", false},
        {"abcdef", "abcdefgh", true},
        {"abcdef", "abcd", true},
        {"abcdef", "axcdex", true},
        {"abcdef", "badcef", true},
        {"abcdef", "abcdefghi", false},
        {"abcdef", "abc", false},
        {"abcdef", "xxxdef", false},
        {"abcdef", "badcfe", false},
        /* Swapped and then torn apart would be two edits; a character takes part in one. */
        {"ca____", "abc____", false},
        {"", "a", true},
        {"", "ab", false},
        {"a", "", true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        cr_expect_eq(suggest(CASES[i].name, CASES[i].other), CASES[i].is_found ? CASES[i].other : NULL, "'%s' and '%s'",
                     CASES[i].name, CASES[i].other);
}

Test(suggest, names_have_64_bytes_at_most)
{
    char longest[LONGEST + 2];
    memset(longest, 'a', sizeof longest);
    longest[LONGEST] = '\0';
    cr_expect_not_null(suggest(longest, longest));
    const char *other = longest + 1;
    longest[LONGEST] = 'a';
    longest[LONGEST + 1] = '\0';
    cr_expect_null(evd_suggest_name(longest, LONGEST + 1, &other, 1), "a name of 65 bytes is looked for");
    cr_expect_null(suggest(other, longest), "a name of 65 bytes is suggested");
    cr_expect_eq(suggest(other, other), other);
}

Test(suggest, the_nearest_comes_first_and_the_first_of_several)
{
    static const char *const NAMES[] = {"thread", "threads", "Threads", "threadz"};
    cr_expect_str_eq(evd_suggest_name("threads", 7, NAMES, 4), "threads");
    cr_expect_str_eq(evd_suggest_name("hreads", 6, NAMES, 4), "threads");
    cr_expect_str_eq(evd_suggest_name("threadx", 7, NAMES, 4), "thread");
    cr_expect_str_eq(evd_suggest_name("threadx", 7, NAMES + 1, 3), "threads");
    cr_expect_null(evd_suggest_name("threads", 7, NAMES, 0));
}

Test(suggest, a_name_has_the_bytes_that_its_length_says)
{
    static const char *const NAMES[] = {"format"};
    cr_expect_str_eq(evd_suggest_name("formatted", 7, NAMES, 1), "format");
    cr_expect_str_eq(evd_suggest_name("for\0mat", 7, NAMES, 1), "format");
    cr_expect_null(evd_suggest_name("for\0\0\0mat", 9, NAMES, 1));
}
