/* The facts about values that differ: numbers, the part that is shown, and Python's spelling of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "random_json.h"
#include "report/python.h"
#include "told_value.h"

Test(told_value, has_the_number_that_is_spelled)
{
    static const struct {
        const char *json;
        enum evd_number_form form;
        int64_t number;
    } NUMBERS[] = {
        {"0", EVD_NUMBER_INTEGER, 0},
        {"-7", EVD_NUMBER_INTEGER, -7},
        {"\"0x6C\"", EVD_NUMBER_HEX, 0x6c},
        {"\"0X6c\"", EVD_NUMBER_HEX, 0x6c},
        {"\"108\"", EVD_NUMBER_DECIMAL, 108},
        {"\"-0x10\"", EVD_NUMBER_HEX, -16},
        {"18446744073709551615", EVD_NUMBER_INTEGER, -1},
        {"-9223372036854775808", EVD_NUMBER_INTEGER, INT64_MIN},
        {"-9223372036854775809", EVD_NUMBER_NONE, 0},
        {"18446744073709551616", EVD_NUMBER_NONE, 0},
        {"\"0x10000000000000000\"", EVD_NUMBER_NONE, 0},
        {"\"0x\"", EVD_NUMBER_NONE, 0},
        {"\"\"", EVD_NUMBER_NONE, 0},
        {"\"'\"", EVD_NUMBER_NONE, 0},
        {"\"'108'\"", EVD_NUMBER_NONE, 0},
        {"\"-\"", EVD_NUMBER_NONE, 0},
        {"\"abc\"", EVD_NUMBER_NONE, 0},
        {"1.0", EVD_NUMBER_NONE, 0},
        {"true", EVD_NUMBER_NONE, 0},
        {"[1]", EVD_NUMBER_NONE, 0},
        {NULL, EVD_NUMBER_NONE, 0},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        struct evd_arena arena = {0};
        struct evd_field_value told[EVD_SIDES];
        const char *const json[EVD_SIDES] = {NUMBERS[i].json, NULL};
        tell_json(json, EVD_EXTENT_DIFFERENCE, &arena, told);
        cr_expect_eq(told[EVD_CANARY].form, NUMBERS[i].form, "%s", NUMBERS[i].json);
        if (NUMBERS[i].form != EVD_NUMBER_NONE)
            cr_expect_eq(told[EVD_CANARY].number, NUMBERS[i].number, "%s", NUMBERS[i].json);
        cr_expect_eq(told[EVD_OURS].type, EVD_TYPE_ABSENT);
        evd_arena_release(&arena);
    }
}

/* A JSON string of so many bytes in all: a's, then the end. */
static void append_string(struct evd_buffer *json, size_t length, const char *end)
{
    evd_buffer_byte(json, '"');
    for (size_t i = 2 + strlen(end); i < length; i++)
        evd_buffer_byte(json, 'a');
    evd_buffer_string(json, end);
    evd_buffer_byte(json, '"');
    evd_buffer_byte(json, '\0');
}

Test(told_value, is_shown_whole_up_to_the_limit)
{
    for (size_t length = EVD_VALUE_MAX; length <= EVD_VALUE_MAX + 1; length++) {
        struct evd_buffer json[EVD_SIDES] = {0};
        struct evd_arena arena = {0};
        struct evd_field_value told[EVD_SIDES];
        append_string(&json[EVD_CANARY], length, "x");
        append_string(&json[EVD_OURS], EVD_VALUE_MAX, "yy");
        tell_json((const char *const[]){json[EVD_CANARY].data, json[EVD_OURS].data}, EVD_EXTENT_DIFFERENCE, &arena,
                  told);
        const size_t cut = length - EVD_VALUE_MAX;
        for (int side = 0; side < EVD_SIDES; side++) {
            cr_expect_eq(told[side].shown_from, cut);
            cr_expect_eq(told[side].begins_in_string, cut > 0);
            cr_expect_eq(told[side].shown.length, told[side].length - cut);
        }
        cr_expect_eq(told[EVD_CANARY].length, length);
        evd_arena_release(&arena);
        evd_buffer_release(&json[EVD_CANARY]);
        evd_buffer_release(&json[EVD_OURS]);
    }
}

/* ---- the part that is shown, against what is told of it ---- */

/* The places where JSON may be parted, and which of them are inside a string: by reading it from its beginning. */
static void list_places(const char *json, size_t length, bool *is_place, bool *is_in_string)
{
    bool in_string = false;
    for (size_t i = 0; i < length;) {
        size_t step = 1;
        is_place[i] = true;
        is_in_string[i] = in_string;
        if (in_string && json[i] == '\\')
            step = json[i + 1] == 'u' ? 6 : 2;
        else if (json[i] == '"')
            in_string = !in_string;
        else if (!in_string && strncmp(json + i, "false", 5) == 0)
            step = 5;
        else if (!in_string && (strncmp(json + i, "true", 4) == 0 || strncmp(json + i, "null", 4) == 0))
            step = 4;
        while (i + step < length && ((unsigned char)json[i + step] & 0xc0) == 0x80)
            step++;
        i += step;
    }
    is_place[length] = true;
    is_in_string[length] = in_string;
}

static void expect_window(const char *json, size_t length, const struct evd_field_value *told, unsigned seed)
{
    bool *is_place = calloc(length + 1, sizeof *is_place), *is_in_string = calloc(length + 1, sizeof *is_in_string);
    cr_assert(is_place != NULL && is_in_string != NULL);
    list_places(json, length, is_place, is_in_string);
    const size_t from = told->shown_from, to = from + told->shown.length;
    cr_assert_eq(told->length, length, "seed %u", seed);
    cr_assert(to <= length && told->shown.length <= EVD_VALUE_MAX, "seed %u", seed);
    cr_assert(memcmp(json + from, told->shown.bytes, told->shown.length) == 0, "seed %u", seed);
    cr_assert(is_place[from] && is_place[to], "seed %u: from %zu to %zu of %s", seed, from, to, json);
    cr_assert_eq(told->begins_in_string, is_in_string[from], "seed %u", seed);
    free(is_place);
    free(is_in_string);
}

/* An array of random values. */
static void append_random(struct random *random, unsigned count, struct evd_buffer *json)
{
    evd_buffer_byte(json, '[');
    for (unsigned i = 0; i < count; i++) {
        struct random spelling = {random_next(random)};
        evd_buffer_string(json, i > 0 ? "," : "");
        random_json_value(random, &spelling, 2, json);
    }
}

Test(told_value, shows_where_the_values_differ)
{
    size_t cut = 0, short_ones = 0, in_string = 0;
    for (unsigned seed = 0; seed < 6000; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        struct evd_buffer text[EVD_SIDES] = {0}, json[EVD_SIDES] = {0};
        struct evd_field_value told[EVD_SIDES];
        append_random(&random, 1 + random_below(&random, random_below(&random, 3) ? 40 : 3), &text[EVD_CANARY]);
        evd_buffer_append(&text[EVD_OURS], text[EVD_CANARY].data, text[EVD_CANARY].length);
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_buffer_string(&text[side], ",\"same ");
            evd_buffer_string(&text[side], side == EVD_CANARY ? "\\u0007 h\xc3\xa9\"," : "\\u0008 h\xc3\xaa\",");
            append_random(&random, 1 + random_below(&random, random_below(&random, 2) ? 20 : 2), &text[side]);
            evd_buffer_append(&text[side], "]]", 3);
            struct parsed_text parsed;
            parse_text(&parsed, text[side].data);
            evd_value_json(&json[side], &parsed.value);
            evd_buffer_byte(&json[side], '\0');
            release_text(&parsed);
        }
        tell_json((const char *const[]){text[EVD_CANARY].data, text[EVD_OURS].data}, EVD_EXTENT_DIFFERENCE, &arena,
                  told);
        for (int side = 0; side < EVD_SIDES; side++) {
            expect_window(json[side].data, json[side].length - 1, &told[side], seed);
            evd_buffer_release(&text[side]);
        }
        const struct evd_text canary = told[EVD_CANARY].shown, ours = told[EVD_OURS].shown;
        const bool is_cut = canary.length < told[EVD_CANARY].length || ours.length < told[EVD_OURS].length;
        cr_assert_eq(told[EVD_CANARY].shown_from, told[EVD_OURS].shown_from, "seed %u", seed);
        cr_assert(canary.length != ours.length || memcmp(canary.bytes, ours.bytes, canary.length) != 0, "seed %u",
                  seed);
        cr_assert_neq(told[EVD_CANARY].hash, told[EVD_OURS].hash, "seed %u", seed);
        cr_assert_eq(is_cut, json[0].length - 1 > EVD_VALUE_MAX || json[1].length - 1 > EVD_VALUE_MAX, "seed %u", seed);
        cut += is_cut;
        short_ones += !is_cut;
        in_string += told[EVD_CANARY].begins_in_string;
        evd_buffer_release(&json[EVD_CANARY]);
        evd_buffer_release(&json[EVD_OURS]);
        evd_arena_release(&arena);
    }
    cr_expect(cut > 1000 && short_ones > 100 && in_string > 100, "%zu %zu %zu", cut, short_ones, in_string);
}

/* ---- Python's spelling ---- */

static void expect_text(const struct evd_buffer *text, const char *expected, size_t length, const char *of)
{
    cr_assert(text->length == length && memcmp(text->data, expected, length) == 0, "%s: %.*s instead of %.*s", of,
              (int)text->length, text->data, (int)length, expected);
}

/* The report's spelling is made from JSON; the one of the JSON layer from the value itself. */
Test(told_value, is_spelled_as_python_does)
{
    for (unsigned seed = 0; seed < 10000; seed++) {
        struct random random = {seed}, spelling = {seed + 1};
        struct evd_buffer json = {0}, expected = {0}, text = {0}, scratch = {0};
        struct evd_arena arena = {0};
        struct parsed_text parsed;
        struct evd_field_value told[EVD_SIDES];
        random_json_value(&random, &spelling, 3, &json);
        evd_buffer_byte(&json, '\0');
        parse_text(&parsed, json.data);
        const struct evd_value *const values[EVD_SIDES] = {&parsed.value, NULL};
        cr_assert(evd_tell_values(values, EVD_EXTENT_WHOLE, &scratch, &arena, told));
        evd_value_repr(&expected, &parsed.value);
        evd_append_python(&text, &told[EVD_CANARY]);
        expect_text(&text, expected.data, expected.length, json.data);
        evd_buffer_clear(&text);
        evd_append_python(&text, &told[EVD_OURS]);
        expect_text(&text, "<missing>", 9, "absent");
        evd_buffer_release(&json);
        evd_buffer_release(&expected);
        evd_buffer_release(&text);
        evd_buffer_release(&scratch);
        evd_arena_release(&arena);
        release_text(&parsed);
    }
}

Test(told_value, is_spelled_with_an_ellipsis_where_it_is_cut)
{
    static const struct {
        const char *shown;
        uint64_t shown_from, length;
        bool begins_in_string;
        const char *expected;
    } CUT[] = {
        {"\"it's", 0, 300, false, "\"it's…"},
        {"it's \\u0007\\\"x\"", 7, 22, true, "…it\\'s \\x07\"x'"},
        {"plain\", null, \"b\": [true", 7, 99, true, "…plain', None, 'b': [True…"},
        {", -1e999, 1.5e+300}", 7, 26, false, "…, -inf, 1.5e+300}"},
        {"\\\\ \\ud800 \xc2\xa0 \xc3\xa9", 7, 99, true, "…\\\\ \\ud800 \\xa0 \xc3\xa9…"},
        {"", 0, 5, false, "…"},
    };
    for (size_t i = 0; i < sizeof CUT / sizeof CUT[0]; i++) {
        struct evd_buffer text = {0};
        const struct evd_field_value value = {
            .type = EVD_TYPE_STRING,
            .length = CUT[i].length,
            .shown_from = CUT[i].shown_from,
            .shown = {CUT[i].shown, strlen(CUT[i].shown)},
            .begins_in_string = CUT[i].begins_in_string};
        evd_append_python(&text, &value);
        expect_text(&text, CUT[i].expected, strlen(CUT[i].expected), CUT[i].shown);
        evd_buffer_release(&text);
    }
}

/* ---- in a diff ---- */

/* Two fields that differ behind 200 bytes and more that are the same, in each log in another way. */
static struct evd_log *make_log(const struct evd_rules *rules, char first, char second)
{
    struct evd_buffer log = {0}, payload = {0};
    uint64_t idx = 0;
    evd_buffer_string(&log, LOG_HEADER);
    append_event(&log, "kernel.call", 1, idx++, "{\"name\":\"Start\"}");
    for (int i = 0; i < 2; i++) {
        evd_buffer_clear(&payload);
        evd_buffer_string(&payload, i == 0 ? "{\"first\":\"" : "{\"second\":\"");
        for (int j = 0; j < EVD_VALUE_MAX; j++)
            evd_buffer_byte(&payload, 'p');
        evd_buffer_byte(&payload, i == 0 ? first : second);
        evd_buffer_append(&payload, "\"}", 3);
        append_event(&log, i == 0 ? "x" : "y", 1, idx++, payload.data);
        for (int j = 0; j < 20; j++) {
            char name[32];
            snprintf(name, sizeof name, "{\"name\":\"%d%d\"}", i, j);
            append_event(&log, "kernel.call", 1, idx++, name);
        }
    }
    struct evd_log *made = memory_log(&log, rules);
    evd_buffer_release(&log);
    evd_buffer_release(&payload);
    return made;
}

static bool contains(const struct evd_buffer *text, const char *part)
{
    return memmem(text->data, text->length, part, strlen(part)) != NULL;
}

/* Values that differ only behind what is shown are other values: nothing is handed on, and reports show how they
 * differ. */
Test(told_value, is_the_whole_value)
{
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    struct evd_log *canary = make_log(rules, 'a', 'c'), *ours = make_log(rules, 'b', 'd');
    const struct evd_diff_options options = {.resync = true};
    struct evd_outcome *outcome;
    cr_assert_eq(evd_diff(canary, ours, &options, &outcome, NULL), EVD_OK);
    const struct evd_pair_outcome *pair = &outcome->pairs[0];
    cr_assert_eq(pair->divergence_count, 2);
    cr_expect_eq(pair->divergences[0].cause, EVD_CAUSE_NONE);
    cr_expect_eq(pair->divergences[1].cause, EVD_CAUSE_NONE, "%s", evd_cause_summary(pair->divergences[1].cause));
    static const char *const FORMATS[] = {"text", "full"};
    for (size_t i = 0; i < 2; i++) {
        struct evd_buffer text = {0};
        cr_assert_eq(evd_report_write(outcome, FORMATS[i], NULL, append_bytes, &text, NULL), EVD_OK);
        static const char *const ENDS[] = {"ppa\"", "ppb\"", "ppc\"", "ppd\""};
        for (size_t j = 0; j < 4; j++)
            cr_expect(contains(&text, ENDS[j]), "%s: %.*s", ENDS[j], (int)text.length, text.data);
        evd_buffer_release(&text);
    }
    evd_outcome_free(outcome);
    evd_log_free(canary);
    evd_log_free(ours);
    evd_rules_free(rules);
}
