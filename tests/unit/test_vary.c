/* Values that vary from run to run: numbers and texts, at the limits, and random texts against a slow twin. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "explain/vary.h"
#include "random.h"

static bool vary(struct evd_field_value canary, struct evd_field_value ours)
{
    const struct evd_field_value values[EVD_SIDES] = {canary, ours};
    const struct evd_divergence divergence = {.value = values};
    return evd_do_values_vary(&divergence);
}

static struct evd_field_value text_of(const char *text)
{
    return (struct evd_field_value){.type = EVD_TYPE_STRING, .shown = {text, strlen(text)}};
}

static struct evd_field_value number_of(int64_t number)
{
    return (struct evd_field_value){.type = EVD_TYPE_INTEGER, .form = EVD_NUMBER_DECIMAL, .number = (uint64_t)number};
}

Test(vary, texts_are_equal_but_for_digits)
{
    static const struct {
        const char *canary, *ours;
        bool varies;
    } CASES[] = {
        {"tmp-12.log", "tmp-7f3a.log", true},
        {"tmp-.log", "tmp-7.log", true},
        {"x1", "x", true},
        {"x1", "1x", true},
        {"tmp-1.log", "tmp-1.txt", false},
        {"x1y", "x1", false},
        {"x", "xy", false},
        {"x1", "y1", false},
        {"xy", "yx", false},
        {"12", "", true},
        {"g", "", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        cr_expect_eq(vary(text_of(CASES[i].canary), text_of(CASES[i].ours)), CASES[i].varies, "%s, %s", CASES[i].canary,
                     CASES[i].ours);
}

Test(vary, numbers_from_0x10000_on)
{
    cr_expect(vary(number_of(0x10000), number_of(0x10001)));
    cr_expect_not(vary(number_of(0xffff), number_of(0x10001)));
    cr_expect_not(vary(number_of(0x10000), number_of(0xffff)));
    cr_expect_not(vary(number_of(0x10000), text_of("0x")));
}

Test(vary, neither_where_a_call_fails_nor_where_a_renaming_breaks)
{
    const struct evd_broken_renaming breaks = {.tid = 1};
    const struct evd_noted_values noted = {.value = {number_of(0x10000), number_of(0x20000)}, .breaks = &breaks};
    const struct evd_field_value *values = noted.value;
    cr_expect_not(evd_do_values_vary(&(struct evd_divergence){.value = NULL}));
    cr_expect_not(evd_do_values_vary(&(struct evd_divergence){.value = values, .has_notes = true}));
    cr_expect(evd_may_values_vary(&(struct evd_divergence){.value = values, .has_notes = true}));
    cr_expect_not(evd_do_values_vary(&(struct evd_divergence){.value = values, .is_renamed_anew = true}));
    cr_expect(evd_do_values_vary(&(struct evd_divergence){.value = values}));
    cr_expect_not(evd_may_values_vary(&(struct evd_divergence){.value = values, .fails = {true, false}}));
    cr_expect_not(evd_do_values_vary(&(struct evd_divergence){.value = values, .fails = {true, false}}));
    cr_expect_not(evd_do_values_vary(&(struct evd_divergence){.value = values, .fails = {false, true}}));
}

/* The twin takes the digits out and compares what is left. */
static void without_digits(const char *text, char *left)
{
    for (; *text != '\0'; text++)
        if (strchr("0123456789abcdefABCDEF", *text) == NULL)
            *left++ = *text;
    *left = '\0';
}

Test(vary, as_texts_without_digits)
{
    size_t varying = 0;
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        char text[EVD_SIDES][9], left[EVD_SIDES][9];
        for (int side = 0; side < EVD_SIDES; side++) {
            const unsigned length = random_below(&random, 8);
            for (unsigned i = 0; i < length; i++)
                text[side][i] = "g0Fz"[random_below(&random, 4)];
            text[side][length] = '\0';
            without_digits(text[side], left[side]);
        }
        const bool varies = strcmp(left[EVD_CANARY], left[EVD_OURS]) == 0;
        cr_assert_eq(vary(text_of(text[EVD_CANARY]), text_of(text[EVD_OURS])), varies, "seed %u: %s, %s", seed,
                     text[EVD_CANARY], text[EVD_OURS]);
        varying += varies;
    }
    cr_expect_gt(varying, 1000);
    cr_expect_lt(varying, 19000);
}
