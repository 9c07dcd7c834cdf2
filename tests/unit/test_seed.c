/* Keys that whoever writes an input chooses so that they fall together in a table: found here as an attacker would
 * find them, who knows all of the program but its seed. What is held is how far entries lie from their places. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/table.h"
#include "random.h"
#include "rules/build.h"

enum {
    KEYS = 20000,
    GUESSED_BITS = 12, /* that the keys share under what the attacker guesses */
    PROBES_MOST = 3,   /* a key, on average; half full by random keys it is below 1 */
};

/* Undoes one step x ^ x >> shift. */
static uint64_t undo_shift(uint64_t x, unsigned shift)
{
    uint64_t y = x;
    for (unsigned done = shift; done < 64; done += shift)
        y = x ^ y >> shift;
    return y;
}

/* The inverse of an odd number modulo 2^64, by Newton's steps. */
static uint64_t invert(uint64_t factor)
{
    uint64_t x = factor;
    for (int i = 0; i < 6; i++)
        x *= 2 - factor * x;
    return x;
}

/* The number that the finaliser of SplitMix64 makes `mixed` of: a well-known mixing without a secret is none. */
static uint64_t undo_splitmix(uint64_t mixed)
{
    uint64_t x = undo_shift(mixed, 31) * invert(0x94d049bb133111ebu);
    x = undo_shift(x, 27) * invert(0xbf58476d1ce4e5b9u);
    return undo_shift(x, 30);
}

/* How far the entries of a table lie from their places, all together. */
static uint64_t count_probes(const struct evd_table *table)
{
    uint64_t probes = 0;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->entries[i].key != 0)
            probes += (i - evd_seed_mix(table->seed, table->entries[i].key)) & (table->capacity - 1);
    return probes;
}

static uint64_t probes_of(const uint64_t *keys, bool is_guess_right, struct evd_seed guess)
{
    struct evd_table table = {0};
    for (size_t i = 0; i < KEYS; i++) {
        cr_assert_not_null(evd_table_put(&table, keys[i], i, NULL));
        if (i == 0 && is_guess_right) { /* the same table with the seed that was guessed */
            evd_table_release(&table);
            cr_assert_not_null(evd_table_put(&table, 1, 0, NULL));
            memset(table.entries, 0, table.capacity * sizeof *table.entries);
            table.count = 0;
            table.seed = guess;
            cr_assert_not_null(evd_table_put(&table, keys[i], i, NULL));
        }
    }
    for (size_t i = 0; i < KEYS; i += 97)
        cr_assert_eq(*evd_table_get(&table, keys[i]), i);
    const uint64_t probes = count_probes(&table);
    evd_table_release(&table);
    return probes;
}

/* Keys that share low bits under a seed, found by trying. */
static void find_keys(struct evd_seed guess, struct random *random, uint64_t *keys)
{
    for (size_t count = 0; count < KEYS;) {
        const uint64_t key = random_next(random);
        if ((evd_seed_mix(guess, key) & ((1 << GUESSED_BITS) - 1)) == 0)
            keys[count++] = key;
    }
}

Test(seed, is_the_same_at_every_call_and_not_known)
{
    const struct evd_seed a = evd_seed_of_process(), b = evd_seed_of_process();
    cr_expect_eq(a.mask, b.mask);
    cr_expect_eq(a.factor, b.factor);
    cr_expect_eq(a.factor & 1, 1);
    cr_expect(a.mask != 0 && a.factor != 1 && a.mask != a.factor);
}

Test(seed, keys_chosen_for_low_bits_do_not_meet)
{
    static uint64_t keys[KEYS];
    for (unsigned shift = 0; shift <= 48; shift += 4) {
        for (uint64_t i = 0; i < KEYS; i++)
            keys[i] = (i + 1) << shift;
        cr_expect_leq(probes_of(keys, false, (struct evd_seed){0}), KEYS * PROBES_MOST, "numbers shifted by %u", shift);
        for (uint64_t i = 0; i < KEYS; i++)
            keys[i] = undo_splitmix((i + 1) << shift);
        cr_expect_leq(probes_of(keys, false, (struct evd_seed){0}), KEYS * PROBES_MOST, "tids, shifted by %u", shift);
    }
}

/* Whatever the seed of a process is: of keys at equal distances, none makes many fall together. */
Test(seed, no_seed_is_a_bad_one)
{
    enum { SEEDS = 2000, FEW_KEYS = 1000 };
    static uint16_t at[4096]; /* keys by place */
    struct random random = {11};
    for (unsigned i = 0; i < SEEDS; i++) {
        const struct evd_seed seed = {random_next(&random), random_next(&random) | 1};
        for (unsigned shift = 0; shift <= 48; shift += 4) {
            uint64_t meetings = 0;
            memset(at, 0, sizeof at);
            for (uint64_t key = 1; key <= FEW_KEYS; key++)
                meetings += at[evd_seed_mix(seed, key << shift) % (sizeof at / sizeof *at)]++;
            /* Random keys meet in 1000 * 999 / 2 / 4096 = 122 pairs. */
            cr_assert_leq(meetings, 2 * 122, "seed %u, shifted by %u: %llu", i, shift, (unsigned long long)meetings);
        }
    }
}

/* A guess helps only who guesses right, which is what the seed is for. */
Test(seed, keys_chosen_for_a_guessed_seed_do_not_meet)
{
    static uint64_t keys[KEYS];
    struct random random = {7};
    const struct evd_seed guesses[] = {
        {0, 1}, {0, 0x9e3779b97f4a7c15u}, {random_next(&random), random_next(&random) | 1}};
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        find_keys(guesses[i], &random, keys);
        cr_expect_leq(probes_of(keys, false, guesses[i]), KEYS * PROBES_MOST, "guess %zu", i);
        cr_expect_gt(probes_of(keys, true, guesses[i]), (uint64_t)KEYS * 100, "guess %zu: the keys do meet", i);
    }
}

/* Kinds of a rules file. */
Test(seed, kinds_chosen_for_the_rules_table_do_not_meet)
{
    enum { KINDS = 1000 };
    struct evd_buffer text = {0};
    struct evd_rules *rules;
    struct evd_error error;
    evd_buffer_string(&text, "{\"rules\": \"evdiff.rules/1\", \"name\": \"n\", \"version\": \"1\", \"why\": \"w\", "
                             "\"pairing\": {\"kind\": \"k0\", \"field\": \"f\", \"why\": \"w\"}, "
                             "\"engine_local_kinds\": [");
    uint64_t number = 0;
    for (int i = 0; i < KINDS; number++) {
        char kind[32];
        const int length = snprintf(kind, sizeof kind, "k%llu", (unsigned long long)number);
        if ((evd_kind_hash(0, (struct evd_string){kind, (size_t)length}) & ((1 << GUESSED_BITS) - 1)) != 0)
            continue;
        evd_buffer_format(&text, "%s{\"kind\": \"%s\", \"counted\": false, \"why\": \"w\"}", i == 0 ? "" : ", ", kind);
        i++;
    }
    evd_buffer_string(&text, "]}");
    cr_assert_eq(evd_rules_load_text("r", text.data, text.length, NULL, &rules, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(rules->kind_count, KINDS + 1);
    uint64_t probes = 0;
    for (size_t i = 0; i <= rules->kind_table_mask; i++)
        if (rules->kind_table[i] != 0)
            probes += (i - evd_kind_hash(rules->table_seed, rules->kinds[rules->kind_table[i] - 1].kind)) &
                      rules->kind_table_mask;
    cr_expect_leq(probes, KINDS * PROBES_MOST);
    evd_rules_free(rules);
    evd_buffer_release(&text);
}
