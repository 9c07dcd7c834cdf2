/* Values compare, dedupe and decode as Python's json module has them. */
#include "random.h"
#include "support.h"

struct pair {
    const char *a, *b;
    bool is_equal;
};

static const struct pair PAIRS[] = {
    {"true", "1", true},
    {"true", "1.0", true},
    {"false", "0", true},
    {"false", "-0.0", true},
    {"-0", "0", true},
    {"true", "2", false},
    {"null", "0", false},
    {"null", "false", false},
    {"\"1\"", "1", false},
    {"[]", "{}", false},
    {"9007199254740992", "9007199254740992.0", true},
    {"9007199254740993", "9007199254740993.0", false}, /* the double is ...992 */
    {"100000000000000000000000", "1e23", false},       /* the double is 99999999999999991611392 */
    {"99999999999999991611392", "1e23", true},
    {"1e400", "2e400", true},
    {"1e400", "-1e400", false},
    {"1e400", "1", false},
    {"0.5", "0", false},
    {"123456789012345678901234567890", "123456789012345678901234567890", true},
    {"123456789012345678901234567890", "123456789012345678901234567891", false},
    {"\"\\u0061\"", "\"a\"", true},
    {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", true},
    {"\"\\ud83d\"", "\"\\ud83e\"", false},
    {"\"a\"", "\"a\\u0000\"", false},
    {"[1,2]", "[1.0,2.0]", true},
    {"[1,2]", "[2,1]", false},
    {"[1]", "[1,1]", false},
    {"{\"a\":1,\"b\":[true]}", "{\"b\":[1],\"a\":1.0}", true},
    {"{\"a\":1}", "{\"a\":1,\"b\":null}", false},
    {"{\"a\":1}", "{\"b\":1}", false},
    {"{\"a\":1,\"a\":2}", "{\"a\":2}", true},
    {"{\"a\":1,\"\\u0061\":2}", "{\"a\":1}", false},
};

Test(value, compares_as_python_does)
{
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        struct parsed_text a, b;
        parse_text(&a, PAIRS[i].a);
        parse_text(&b, PAIRS[i].b);
        cr_expect_eq(evd_value_equal(&a.value, &b.value), PAIRS[i].is_equal, "%s and %s", PAIRS[i].a, PAIRS[i].b);
        cr_expect_eq(evd_value_equal(&b.value, &a.value), PAIRS[i].is_equal, "%s and %s", PAIRS[i].b, PAIRS[i].a);
        release_text(&a);
        release_text(&b);
    }
}

Test(value, is_true_as_bool_is)
{
    static const struct {
        const char *json;
        bool is_true;
    } CASES[] = {
        {"null", false}, {"false", false}, {"true", true}, {"0", false},       {"-0", false},   {"-1", true},
        {"0.0", false},  {"-0.0", false},  {"0.1", true},  {"1e400", true},    {"\"\"", false}, {"\"0\"", true},
        {"[]", false},   {"[0]", true},    {"{}", false},  {"{\"\":0}", true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct parsed_text v;
        parse_text(&v, CASES[i].json);
        cr_expect_eq(evd_value_is_true(&v.value), CASES[i].is_true, "%s", CASES[i].json);
        release_text(&v);
    }
    cr_expect_not(evd_value_is_true(NULL));
}

struct decoding {
    const char *json;
    const char *bytes; /* WTF-8 */
};

Test(value, decodes_escapes_to_wtf8)
{
    static const struct decoding CASES[] = {
        {"\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"", "\b\f\n\r\t/\\\""},
        {"\"\\u00e9\"", "\xc3\xa9"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\ud83d\"", "\xed\xa0\xbd"},
        {"\"\\ude00\\ud83d\"", "\xed\xb8\x80\xed\xa0\xbd"},
        {"\"\\ud83d\\ud83d\\ude00\"", "\xed\xa0\xbd\xf0\x9f\x98\x80"},
        {"\"\\ud83d\\n\"", "\xed\xa0\xbd\n"},
        {"\"\\ud83d\\\\ude00\"", "\xed\xa0\xbd\\ude00"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct parsed_text v;
        parse_text(&v, CASES[i].json);
        cr_expect(evd_string_equal(v.value.string, evd_string_of(CASES[i].bytes)), "%s", CASES[i].json);
        release_text(&v);
    }
}

Test(value, keeps_the_first_place_and_the_last_value_of_a_duplicate_key)
{
    struct parsed_text v;
    parse_text(&v, "{\"b\":1,\"a\":2,\"\\u0062\":3,\"a\":[4],\"c\":5}");
    cr_assert_eq(v.value.object.count, 3);
    const struct evd_member *members = v.value.object.members;
    cr_expect(evd_string_equal(members[0].key, evd_string_of("b")));
    cr_expect(evd_string_equal(members[0].value.integer, evd_string_of("3")));
    cr_expect(evd_string_equal(members[1].key, evd_string_of("a")));
    cr_expect_eq(members[1].value.type, EVD_JSON_ARRAY);
    cr_expect(evd_string_equal(members[2].key, evd_string_of("c")));
    cr_expect_eq(evd_value_get(&v.value, evd_string_of("a")), &members[1].value);
    cr_expect_null(evd_value_get(&v.value, evd_string_of("")));
    cr_expect_null(evd_value_get(&members[0].value, evd_string_of("a")));
    cr_expect_null(evd_value_get(NULL, evd_string_of("a")));
    release_text(&v);
}

Test(value, adds_members_that_are_found_again)
{
    struct parsed_text v;
    parse_text(&v, "{}");
    const char *const keys[] = {"m", "a", "z", "b"};
    for (size_t i = 0; i < 4; i++) {
        const struct evd_value null = {.type = EVD_JSON_NULL};
        cr_assert(evd_value_add(&v.arena, &v.value, evd_string_of(keys[i]), &null));
        cr_expect_eq(evd_value_get(&v.value, evd_string_of(keys[i])), &v.value.object.members[i].value);
    }
    struct parsed_text same;
    parse_text(&same, "{\"z\":null,\"b\":null,\"a\":null,\"m\":null}");
    cr_expect(evd_value_equal(&v.value, &same.value));
    release_text(&same);
    release_text(&v);
}

/* An object of keys that begin alike, of which some come twice and some are spelled by escapes. */
static unsigned draw_object(struct random *random, struct evd_buffer *text)
{
    static const char *const PARTS[] = {
        "a", "b", "\\u0000", "\\u00e9", "\xc3\xa9", "long beginning ", "\\ud800", "\\\""};
    const unsigned count = random_below(random, random_below(random, 2) ? 12 : 60);
    evd_buffer_byte(text, '{');
    for (unsigned i = 0; i < count; i++) {
        evd_buffer_format(text, "%s\"", i > 0 ? "," : "");
        for (unsigned parts = random_below(random, 4); parts > 0; parts--)
            evd_buffer_string(text, PARTS[random_below(random, 8)]);
        evd_buffer_format(text, "\":%u", i);
    }
    evd_buffer_string(text, "}");
    return count;
}

Test(value, finds_members_as_looking_at_each_does)
{
    for (unsigned seed = 0; seed < 3000; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        struct parsed_text parsed;
        draw_object(&random, &text);
        evd_buffer_byte(&text, '\0');
        parse_text(&parsed, text.data);
        const struct evd_value *object = &parsed.value;
        for (size_t i = 0; i < object->object.count; i++) {
            const struct evd_member *member = &object->object.members[i];
            cr_assert_eq(evd_value_get(object, member->key), &member->value, "seed %u", seed);
            cr_assert(i == 0 || evd_string_compare(object->object.members[object->object.by_key[i - 1]].key,
                                                   object->object.members[object->object.by_key[i]].key) < 0,
                      "seed %u", seed);
        }
        cr_assert_null(evd_value_get(object, evd_string_of("c")), "seed %u", seed);
        release_text(&parsed);
        evd_buffer_release(&text);
    }
}
