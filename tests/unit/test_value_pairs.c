/* Values of divergences are kept once where they come again soon, and always as they were given. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "align/value_pairs.h"
#include "outcome/value.h"
#include "random.h"

/* Both sides' values with these texts, which are borrowed. */
static void make(const char *canary, const char *ours, struct evd_field_value value[EVD_SIDES])
{
    const struct evd_text json[EVD_SIDES] = {{canary, strlen(canary)}, {ours, strlen(ours)}};
    for (int side = 0; side < EVD_SIDES; side++)
        value[side] = (struct evd_field_value){.type = json[side].length > 0 ? EVD_TYPE_INTEGER : EVD_TYPE_ABSENT};
    evd_show_difference(json, value);
}

static bool is_same(const struct evd_field_value *a, const struct evd_field_value *b)
{
    return a->type == b->type && a->form == b->form && a->number == b->number && a->hash == b->hash &&
           a->length == b->length && a->shown_from == b->shown_from && a->begins_in_string == b->begins_in_string &&
           a->shown.length == b->shown.length && memcmp(a->shown.bytes, b->shown.bytes, a->shown.length) == 0;
}

Test(value_pairs, the_same_two_values_are_kept_once)
{
    struct evd_value_pairs pairs = {0};
    struct evd_arena arena = {0};
    struct evd_field_value value[EVD_SIDES], swapped[EVD_SIDES], other[EVD_SIDES];
    make("12", "", value);
    make("", "12", swapped);
    make("12", "", other);
    other[EVD_CANARY].form = EVD_NUMBER_DECIMAL;
    const struct evd_field_value *kept = evd_value_pairs_keep(&pairs, &arena, value);
    cr_expect_eq(evd_value_pairs_keep(&pairs, &arena, value), kept);
    cr_expect_neq(evd_value_pairs_keep(&pairs, &arena, swapped), kept);
    const struct evd_field_value *number = evd_value_pairs_keep(&pairs, &arena, other);
    cr_expect_neq(number, kept, "the same text is another value in another form");
    cr_expect_eq(number[EVD_CANARY].form, EVD_NUMBER_DECIMAL);
    evd_arena_release(&arena);
}

Test(value_pairs, nothing_is_known_once_it_is_forgotten)
{
    struct evd_value_pairs pairs = {0};
    struct evd_arena arena[2] = {{0}, {0}};
    struct evd_field_value value[EVD_SIDES];
    make("1", "2", value);
    const struct evd_field_value *kept = evd_value_pairs_keep(&pairs, &arena[0], value);
    evd_value_pairs_forget(&pairs);
    cr_expect_neq(evd_value_pairs_keep(&pairs, &arena[1], value), kept);
    evd_arena_release(&arena[0]);
    cr_expect(is_same(&evd_value_pairs_keep(&pairs, &arena[1], value)[EVD_OURS], &value[EVD_OURS]));
    evd_arena_release(&arena[1]);
}

/* The slow twin keeps nothing: a value is what was given, whatever was given before it. */
Test(value_pairs, are_as_they_were_given)
{
    const uint64_t seed = 20261130;
    struct random random = {seed};
    struct evd_value_pairs pairs = {0};
    struct evd_arena arena = {0};
    for (int round = 0; round < 20000; round++) {
        char text[EVD_SIDES][16];
        struct evd_field_value value[EVD_SIDES];
        /* More different pairs than are remembered, and some of them again and again. */
        const unsigned range = random_below(&random, 2) == 0 ? 4 : 4 * EVD_RECENT_VALUES;
        for (int side = 0; side < EVD_SIDES; side++)
            snprintf(text[side], sizeof text[side], "%u", random_below(&random, range));
        make(text[EVD_CANARY], text[EVD_OURS], value);
        const struct evd_field_value *kept = evd_value_pairs_keep(&pairs, &arena, value);
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert(is_same(&kept[side], &value[side]), "seed %llu, round %d", (unsigned long long)seed, round);
    }
    evd_arena_release(&arena);
}
