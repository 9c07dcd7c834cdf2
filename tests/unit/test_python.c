/* Python's spellings and readings, case by case; each expectation is what Python 3.11 gives. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/unicode.h"
#include "json/python_int.h"

struct spelling {
    const char *json, *repr, *dumps;
};

static const struct spelling SPELLINGS[] = {
    {"null", "None", "null"},
    {"true", "True", "true"},
    {"[]", "[]", "[]"},
    {"{}", "{}", "{}"},
    {"-0", "0", "0"},
    {"123456789012345678901234567890", "123456789012345678901234567890", "123456789012345678901234567890"},
    {"1.0", "1.0", "1.0"},
    {"-0.0", "-0.0", "-0.0"},
    {"1e16", "1e+16", "1e+16"},
    {"9999999999999998.0", "9999999999999998.0", "9999999999999998.0"},
    {"1e15", "1000000000000000.0", "1000000000000000.0"},
    {"0.0001", "0.0001", "0.0001"},
    {"0.00001", "1e-05", "1e-05"},
    {"0.000012345", "1.2345e-05", "1.2345e-05"},
    {"1.7976931348623157e308", "1.7976931348623157e+308", "1.7976931348623157e+308"},
    {"1e400", "inf", "Infinity"},
    {"-1e400", "-inf", "-Infinity"},
    {"5e-324", "5e-324", "5e-324"},
    {"1e-400", "0.0", "0.0"},
    {"0.1", "0.1", "0.1"},
    {"123456.789", "123456.789", "123456.789"},
    {"\"a\"", "'a'", "\"a\""},
    {"\"it's\"", "\"it's\"", "\"it's\""},
    {"\"\\\"\"", "'\"'", "\"\\\"\""},
    {"\"it's \\\"x\\\"\"", "'it\\'s \"x\"'", "\"it's \\\"x\\\"\""},
    {"\"\\\\\"", "'\\\\'", "\"\\\\\""},
    {"\"\\n\\r\\t\\b\\f\\u0000\\u007f\"", "'\\n\\r\\t\\x08\\x0c\\x00\\x7f'", "\"\\n\\r\\t\\b\\f\\u0000\\u007f\""},
    {"\"\\u00e9\\u00ad\\u0378\\u2028\"", "'\xc3\xa9\\xad\\u0378\\u2028'", "\"\\u00e9\\u00ad\\u0378\\u2028\""},
    {"\"\\ud83d\\ude00\"", "'\xf0\x9f\x98\x80'", "\"\\ud83d\\ude00\""},
    {"\"\\ud83d\"", "'\\ud83d'", "\"\\ud83d\""},
    {"\"\\ude00\\ud83d\"", "'\\ude00\\ud83d'", "\"\\ude00\\ud83d\""},
    {"\"\\udb40\\udc01\"", "'\\U000e0001'", "\"\\udb40\\udc01\""},
    {"{\"b\":1,\"a\":[1,2.50,null]}", "{'b': 1, 'a': [1, 2.5, None]}", "{\"a\": [1, 2.5, null], \"b\": 1}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "{'a': 3, 'b': 2}", "{\"a\": 3, \"b\": 2}"},
};

static void expect_text(const struct evd_buffer *text, const char *expected, const char *json)
{
    cr_expect(text->length == strlen(expected) && memcmp(text->data, expected, text->length) == 0,
              "%s: %.*s instead of %s", json, (int)text->length, text->data, expected);
}

Test(python, spells_values)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof SPELLINGS[0]; i++) {
        struct evd_buffer json = {0}, text = {0};
        struct evd_arena arena = {0};
        struct evd_json_fault fault;
        struct evd_value value;
        evd_buffer_format(&json, "{\"v\":%s}", SPELLINGS[i].json);
        const size_t length = json.length;
        for (int zero = 0; zero < EVD_JSON_PADDING; zero++)
            evd_buffer_byte(&json, '\0');
        const struct evd_json_tape *tape = evd_json_parse(parser, json.data, length, &fault);
        cr_assert_not_null(tape, "%s", SPELLINGS[i].json);
        cr_assert(evd_value_build(&arena, tape, 2, &value));
        evd_value_repr(&text, &value);
        expect_text(&text, SPELLINGS[i].repr, SPELLINGS[i].json);
        evd_buffer_clear(&text);
        evd_value_dumps(&text, &value);
        expect_text(&text, SPELLINGS[i].dumps, SPELLINGS[i].json);
        evd_arena_release(&arena);
        evd_buffer_release(&json);
        evd_buffer_release(&text);
    }
    evd_json_parser_destroy(parser);
}

/* What wcwidth() says in a UTF-8 locale. */
Test(python, letters_take_columns)
{
    static const struct {
        uint32_t code_point;
        unsigned columns;
    } LETTERS[] = {
        {'a', 1},    {0xa1, 1},   {0xe9, 1},   {0x2026, 1}, {0x2603, 1}, {0xff71, 1},  /* narrow, ambiguous, half */
        {0x300, 0},  {0x301, 0},  {0x5bf, 0},  {0x20dd, 0}, {0xfe0f, 0}, {0xe0100, 0}, /* marks */
        {0x1160, 0}, {0x1161, 0}, {0x11a8, 0}, {0x11ff, 0},                            /* vowels and finals of Hangul */
        {0x1100, 2}, {0x3042, 2}, {0x6771, 2}, {0xac00, 2}, {0xff21, 2}, {0x1f600, 2}, {0x20000, 2},
    };
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++)
        cr_expect_eq(evd_code_point_columns(LETTERS[i].code_point), LETTERS[i].columns, "U+%04X",
                     (unsigned)LETTERS[i].code_point);
}

struct reading {
    const char *text;
    bool is_valid;
    uint64_t value;
};

static const struct reading HEXADECIMALS[] = {
    {"1f", true, 0x1f},
    {"0x1F", true, 0x1f},
    {"0X1f", true, 0x1f},
    {" \t\n1f\v\f\r ", true, 0x1f},
    {"+1f", true, 0x1f},
    {"-1", true, UINT64_MAX},
    {"-0x10", true, UINT64_MAX - 15},
    {"0x_1f", true, 0x1f},
    {"1_f", true, 0x1f},
    {"00", true, 0},
    {"0", true, 0},
    {"0_0", true, 0},
    {"123456789abcdef01", true, 0x23456789abcdef01},
    {"\xef\xbc\x91\xef\xbc\x92", true, 0x12}, /* fullwidth digits */
    {"\xc2\xa0"
     "a\xe2\x80\x83",
     true, 0xa},           /* Unicode spaces */
    {"\xd9\xa3", true, 3}, /* Arabic-Indic digit */
    {"", false, 0},
    {" ", false, 0},
    {"0x", false, 0},
    {"0x_", false, 0},
    {"_1", false, 0},
    {"1_", false, 0},
    {"1__2", false, 0},
    {"1 2", false, 0},
    {"+-1", false, 0},
    {"+ 1", false, 0},
    {"g", false, 0},
    {"0x0x1", false, 0},
    {"\xef\xbc\xa1", false, 0}, /* fullwidth A */
    {"\x1c"
     "1",
     false, 0}, /* a space of str.strip(), not of ASCII int() */
    {"1.0", false, 0},
};

Test(python, reads_hexadecimal_as_int_does)
{
    for (size_t i = 0; i < sizeof HEXADECIMALS / sizeof HEXADECIMALS[0]; i++) {
        const struct reading *expected = &HEXADECIMALS[i];
        uint64_t value = 0;
        cr_expect_eq(evd_python_hex(evd_string_of(expected->text), &value), expected->is_valid, "'%s'", expected->text);
        if (expected->is_valid)
            cr_expect_eq(value, expected->value, "'%s'", expected->text);
    }
    uint64_t value;
    cr_expect_not(evd_python_hex((struct evd_string){"1\0", 2}, &value));
}

Test(python, cuts_decimals_to_32_bits)
{
    cr_expect_eq(evd_decimal_low_bits(evd_string_of("0")), 0);
    cr_expect_eq(evd_decimal_low_bits(evd_string_of("4294967296")), 0);
    cr_expect_eq(evd_decimal_low_bits(evd_string_of("4294967301")), 5);
    cr_expect_eq(evd_decimal_low_bits(evd_string_of("-1")), UINT32_MAX);
    cr_expect_eq(evd_decimal_low_bits(evd_string_of("123456789012345678901234567890")), 1312754386);
}
