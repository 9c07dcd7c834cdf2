/* The JSON layer's fast paths against their slow twins, on random input. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "random_json.h"
#include "json/key.h"
#include "json/validate.h"

struct parsed {
    struct evd_json_parser *parser;
    struct evd_buffer text;
    const struct evd_json_tape *tape;
    struct evd_arena arena;
    struct evd_hasher hasher;
    struct evd_value value;
    uint64_t key;
};

static void pad(struct evd_buffer *text)
{
    evd_buffer_reserve(text, EVD_JSON_PADDING);
    memset(text->data + text->length, 0, EVD_JSON_PADDING);
}

static void parse(struct parsed *parsed, uint64_t meaning_seed, uint64_t spelling_seed)
{
    struct random meaning = {meaning_seed}, spelling = {spelling_seed};
    struct evd_json_fault fault;
    *parsed = (struct parsed){.parser = evd_json_parser_create()};
    random_json_object(&meaning, &spelling, 3, &parsed->text);
    pad(&parsed->text);
    parsed->tape = evd_json_parse(parsed->parser, parsed->text.data, parsed->text.length, &fault);
    cr_assert_not_null(parsed->tape, "%.*s", (int)parsed->text.length, parsed->text.data);
    cr_assert(evd_value_build(&parsed->arena, parsed->tape, 0, &parsed->value));
    parsed->key = evd_hash_value(&parsed->hasher, parsed->tape, 0);
    cr_assert_not(parsed->hasher.failed);
}

static void release(struct parsed *parsed)
{
    evd_json_parser_destroy(parsed->parser);
    evd_buffer_release(&parsed->text);
    evd_arena_release(&parsed->arena);
    evd_hasher_release(&parsed->hasher);
}

Test(json_twins, one_meaning_has_one_key_however_it_is_spelled)
{
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct parsed a, b;
        parse(&a, seed, seed * 3);
        parse(&b, seed, seed * 3 + 1);
        cr_expect(evd_value_equal(&a.value, &b.value), "seed %llu", (unsigned long long)seed);
        cr_expect(a.key == b.key, "seed %llu: %.*s and %.*s", (unsigned long long)seed, (int)a.text.length, a.text.data,
                  (int)b.text.length, b.text.data);
        release(&a);
        release(&b);
    }
}

Test(json_twins, keys_are_equal_exactly_when_values_are)
{
    unsigned equal = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct parsed a, b;
        /* Few meanings, so that pairs are often equal. */
        parse(&a, seed % 97, seed * 5);
        parse(&b, seed % 89, seed * 7);
        const bool are_equal = evd_value_equal(&a.value, &b.value);
        equal += are_equal;
        cr_expect((a.key == b.key) == are_equal, "seed %llu: %.*s and %.*s", (unsigned long long)seed,
                  (int)a.text.length, a.text.data, (int)b.text.length, b.text.data);
        release(&a);
        release(&b);
    }
    cr_expect_gt(equal, 100, "equal pairs must be drawn too: %u", equal);
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* How many of `count` hashes come more than once. */
static size_t count_repeated(uint64_t *hashes, size_t count)
{
    size_t repeated = 0;
    qsort(hashes, count, sizeof *hashes, by_hash);
    for (size_t i = 1; i < count; i++)
        repeated += hashes[i] == hashes[i - 1];
    return repeated;
}

/* Texts that differ in one or two digits, as strings and as numbers: what hashes of short inputs are weak at. */
Test(json_twins, strings_and_numbers_of_like_digits_have_different_keys)
{
    static uint64_t hashes[60000];
    for (int key = -1; key < 40; key++) {
        char text[256]; /* as long as a short input can be, or gcc warns of what XXH3 does to longer ones */
        size_t count = 0;
        int length = snprintf(text, sizeof text, "key%d", key);
        /* -1: an array's item, which has no key. */
        const uint64_t key_hash = key < 0 ? 0 : evd_hash_string((struct evd_string){text, (size_t)length});
        for (int digits = 1; digits <= 20; digits++) {
            const int varying = digits < 3 ? digits : 3;
            const unsigned most = digits == 1 ? 9 : digits == 2 ? 99 : 999;
            for (unsigned number = 0; number <= most; number++) {
                /* The digits that vary are spread over the text. */
                memset(text, '1', sizeof text);
                unsigned rest = number;
                for (int i = 0; i < varying; i++, rest /= 10)
                    text[digits - 1 - i * digits / varying] = (char)('0' + rest % 10);
                const struct evd_string spelled = {text, (size_t)digits};
                hashes[count++] = key < 0 ? evd_hash_string(spelled) : evd_hash_string_member(key_hash, spelled);
                hashes[count++] =
                    key < 0 ? evd_hash_number(spelled, false) : evd_hash_number_member(key_hash, spelled, false);
            }
        }
        cr_expect_eq(count_repeated(hashes, count), 0, "key %d", key);
    }
}

/* Spoils a text in one place. */
static void mutate(struct random *random, struct evd_buffer *text)
{
    static const char BYTES[] = "{}[]:,\"\\0123456789.eE+-tfnul \n\x01\x80\xc3\xed\xff/u";
    const size_t place = random_below(random, (unsigned)text->length);
    switch (random_below(random, 3)) {
    case 0: text->data[place] = BYTES[random_below(random, sizeof BYTES - 1)]; break;
    case 1:
        memmove(text->data + place, text->data + place + 1, text->length - place - 1);
        text->length--;
        break;
    default: text->length = place; break;
    }
}

Test(json_twins, the_parser_and_the_validator_accept_the_same_texts)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    unsigned valid = 0, invalid = 0;
    for (uint64_t seed = 1; seed <= 60000; seed++) {
        struct random meaning = {seed}, spelling = {seed + 1}, random = {seed * 11};
        struct evd_buffer text = {0};
        random_json_object(&meaning, &spelling, 3, &text);
        for (unsigned i = random_below(&random, 3); i > 0 && text.length > 1; i--)
            mutate(&random, &text);
        pad(&text);
        struct evd_json_fault by_parser, by_validator;
        const bool is_parsed = evd_json_parse(parser, text.data, text.length, &by_parser) != NULL;
        const bool is_valid = evd_json_validate(text.data, text.length, &by_validator);
        cr_expect(is_parsed == is_valid, "seed %llu: %.*s", (unsigned long long)seed, (int)text.length, text.data);
        if (!is_parsed && !is_valid) {
            cr_expect_eq(by_parser.offset, by_validator.offset);
            cr_expect_leq(by_parser.offset, text.length);
            cr_expect_not_null(by_parser.reason);
        }
        valid += is_valid;
        invalid += !is_valid;
        evd_buffer_release(&text);
    }
    cr_expect_gt(valid, 1000, "%u valid", valid);
    cr_expect_gt(invalid, 1000, "%u invalid", invalid);
    evd_json_parser_destroy(parser);
}

/* What is no object at all, by a parser that has seen nothing before. */
Test(json_twins, texts_that_are_hardly_there_are_refused)
{
    static const char *const TEXTS[] = {
        "", " ", "{", "}", "\"", "1", "[]", "\\", "{\"", "{\"a", "{}{}", "{\"a\":", "{\"a\":1"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct evd_json_parser *parser = evd_json_parser_create();
        struct evd_buffer text = {0};
        struct evd_json_fault by_parser, by_validator;
        evd_buffer_string(&text, TEXTS[i]);
        pad(&text);
        /* What stands behind is no part of the text. */
        memset(text.data + text.length, '}', EVD_JSON_PADDING);
        cr_expect_null(evd_json_parse(parser, text.data, text.length, &by_parser), "%s", TEXTS[i]);
        cr_expect_not(evd_json_validate(text.data, text.length, &by_validator), "%s", TEXTS[i]);
        cr_expect_eq(by_parser.offset, by_validator.offset, "%s", TEXTS[i]);
        evd_buffer_release(&text);
        evd_json_parser_destroy(parser);
    }
}

static bool is_accepted(const char *before, unsigned depth, const char *after)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_buffer text = {0};
    struct evd_json_fault fault;
    evd_buffer_string(&text, "{\"a\":");
    for (unsigned i = 1; i < depth; i++)
        evd_buffer_string(&text, before);
    evd_buffer_string(&text, "1");
    for (unsigned i = 1; i < depth; i++)
        evd_buffer_string(&text, after);
    evd_buffer_byte(&text, '}');
    pad(&text);
    const bool is_parsed = evd_json_parse(parser, text.data, text.length, &fault) != NULL;
    cr_expect_eq(is_parsed, evd_json_validate(text.data, text.length, &fault));
    evd_buffer_release(&text);
    evd_json_parser_destroy(parser);
    return is_parsed;
}

Test(json_twins, containers_nest_1000_deep_and_no_deeper)
{
    cr_expect(is_accepted("[", 1000, "]"));
    cr_expect_not(is_accepted("[", 1001, "]"));
    cr_expect(is_accepted("{\"a\":", 1000, "}"));
    cr_expect_not(is_accepted("{\"a\":", 1001, "}"));
}

Test(json_twins, objects_with_many_members_keep_the_rules_of_small_ones)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    uint64_t keys[2];
    for (int round = 0; round < 2; round++) {
        struct evd_buffer text = {0};
        struct evd_hasher hasher = {0};
        struct evd_json_fault fault;
        evd_buffer_byte(&text, '{');
        for (int i = 0; i < 1000; i++) {
            const int member = round ? 999 - i : i;
            evd_buffer_format(&text, "\"k%d\":%d,\"k%d\":%d%s", member, i + 5000, member, member, i < 999 ? "," : "}");
        }
        pad(&text);
        const struct evd_json_tape *tape = evd_json_parse(parser, text.data, text.length, &fault);
        cr_assert_not_null(tape);
        keys[round] = evd_hash_value(&hasher, tape, 0);
        struct evd_arena arena = {0};
        struct evd_value value;
        cr_assert(evd_value_build(&arena, tape, 0, &value));
        cr_expect_eq(value.object.count, 1000);
        evd_arena_release(&arena);
        evd_hasher_release(&hasher);
        evd_buffer_release(&text);
    }
    cr_expect_eq(keys[0], keys[1]);
    evd_json_parser_destroy(parser);
}

/* Work that doubled at every level would never end here. */
Test(json_twins, large_objects_in_large_objects_are_hashed_once, .timeout = 120)
{
    enum { LEVELS = 400, MEMBERS = 30 };
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_buffer text = {0};
    struct evd_hasher hasher = {0};
    struct evd_json_fault fault;
    for (int level = 0; level < LEVELS; level++)
        evd_buffer_string(&text, "{\"a\":");
    evd_buffer_string(&text, "{}");
    for (int level = 0; level < LEVELS; level++) {
        for (int member = 0; member < MEMBERS; member++)
            evd_buffer_format(&text, ",\"k%d\":1", member);
        evd_buffer_string(&text, level % 2 ? "}" : ",\"a\":2}");
    }
    pad(&text);
    const struct evd_json_tape *tape = evd_json_parse(parser, text.data, text.length, &fault);
    cr_assert_not_null(tape);
    cr_expect_neq(evd_hash_value(&hasher, tape, 0), 0);
    cr_expect_not(hasher.failed);
    evd_hasher_release(&hasher);
    evd_buffer_release(&text);
    evd_json_parser_destroy(parser);
}
