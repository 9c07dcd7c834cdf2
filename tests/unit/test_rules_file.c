/* Rules files: what they become, every refusal with its place, limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/absorber.h"
#include "rules_text.h"

Test(rules_file, heap_tags_say_which_fields_are_marked_and_which_are_null)
{
    struct evd_rules *rules =
        load_text(FILE_WITH("\"host_heap_fields\":[{\"kind\":\"k\",\"fields\":[\"a\",\"b\",\"c\"],"
                            "\"mark\":\"M\",\"why\":\"w\"}]"),
                  NULL);
    const struct evd_kind_rule *rule = kind(rules, "k");
    cr_expect_eq(rule->slot_count, 3);
    cr_expect_eq(rules->tag_count, EVD_TAGS_RESERVED + 26);
    for (uint32_t states = 1; states < 27; states++) {
        const uint32_t digits[3] = {states % 3, states / 3 % 3, states / 9};
        const struct evd_ordinal_tag *tag = &rules->tags[rule->tag_first + states - 1];
        uint32_t bits = 0, without_null = rule->tag_first - 1;
        for (uint32_t i = 0, weight = 1; i < 3; i++, weight *= 3) {
            bits |= (uint32_t)(digits[i] != EVD_HEAP_UNMARKED) << i;
            without_null += digits[i] != EVD_HEAP_UNMARKED ? weight * EVD_HEAP_MARKED : 0;
        }
        cr_expect_eq(tag->slot_first, rule->slot_first);
        cr_expect_eq(tag->slot_bits, bits);
        cr_expect_eq(tag->without_null, without_null);
    }
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(rule->fields[i].heap_index, i);
    evd_rules_free(rules);
}

Test(rules_file, least_file_and_merged_skips)
{
    struct evd_rules *rules =
        load_text("\xef\xbb\xbf{\"n\\u0061me\":\"n\",\"rules\":\"evdiff.rules/1\"," PAIRING "}\r\n", NULL);
    cr_expect_eq(rules->kind_count, 1);
    cr_expect_eq(evd_rules_absorber_count(rules), 0);
    evd_rules_free(rules);
    rules = load_text(FILE_WITH("\"skipped_fields\":["
                                "{\"kind\":\"k\",\"fields\":[\"a\"],\"why\":\"w\"},"
                                "{\"kind\":\"k\",\"fields\":[\"b\"],\"why\":\"w\"}]"),
                      NULL);
    cr_expect_eq(kind(rules, "k")->field_count, 2);
    evd_rules_free(rules);
}

/* Which rule a path falls under: the most particular one, wherever it stands in the file. */
Test(rules_file, names)
{
    struct evd_rules *rules = load_text(
        FILE_WITH("\"names\":["
                  "{\"form\":\"value\",\"class\":\"b\",\"kind\":\"k\",\"fields\":[\"args.*\",\"r\"],"
                  "\"why\":\"w\"},"
                  "{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"fields\":[\"args.a1\"],"
                  "\"why\":\"w\"},"
                  "{\"form\":\"end\",\"class\":\"a\",\"kind\":\"k\",\"name_field\":\"n\","
                  "\"calls\":[\"free\",\"close\"],\"fields\":[\"args.*\"],\"why\":\"w\"},"
                  "{\"form\":\"birth\",\"class\":\"b\",\"kind\":\"q\",\"name_field\":\"n\","
                  "\"calls\":[\"malloc\"],\"fields\":[\"r\"],\"why\":\"w\","
                  "\"size\":{\"kind\":\"k\",\"field\":\"args.a0\"}}],"
                  "\"name_classes\":["
                  "{\"class\":\"a\",\"at_least\":\"0x4\",\"scope\":\"log\",\"why\":\"w\"},"
                  "{\"class\":\"b\",\"at_least\":\"0xFFFFFFFFFFFFFFFF\",\"scope\":\"thread\","
                  "\"why\":\"w\"}]"),
        NULL);
    cr_assert_eq(rules->name_class_count, 2);
    cr_expect(!rules->name_classes[0].is_per_thread && rules->name_classes[1].is_per_thread);
    cr_expect_eq(rules->name_classes[1].at_least, UINT64_MAX);
    static const struct {
        const char *kind, *call, *field, *member;
        int form, class_index; /* -1: no rule */
    } CASES[] = {
        {"k", "", "args", "a0", EVD_NAME_VALUE, 1},
        {"k", "", "args", "a1", EVD_NAME_VALUE, 0},
        {"k", "free", "args", "a0", EVD_NAME_END, 0},
        {"k", "close", "args", "a1", EVD_NAME_END, 0},
        {"k", "malloc", "args", "a0", EVD_NAME_SIZE, 1},
        {"k", "malloc", "args", "a2", EVD_NAME_VALUE, 1},
        {"k", "free", "r", NULL, EVD_NAME_VALUE, 1},
        {"k", "", "args", NULL, -1, 0},
        {"k", "", "r", "a0", -1, 0},
        {"k", "", "other", "a0", -1, 0},
        {"q", "malloc", "r", NULL, EVD_NAME_BIRTH, 1},
        {"q", "calloc", "r", NULL, -1, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct evd_string member = evd_string_of(CASES[i].member ? CASES[i].member : "");
        const struct evd_name_rule *rule = evd_name_rule_find(
            kind(rules, CASES[i].kind), evd_name_call_find(kind(rules, CASES[i].kind), evd_string_of(CASES[i].call)),
            evd_string_of(CASES[i].field), CASES[i].member ? &member : NULL);
        if (CASES[i].form < 0) {
            cr_expect_null(rule, "case %zu", i);
            continue;
        }
        cr_assert_not_null(rule, "case %zu", i);
        cr_expect_eq((int)rule->form, CASES[i].form, "case %zu", i);
        cr_expect_eq((int)rule->class_index, CASES[i].class_index, "case %zu", i);
        cr_expect_eq(rule->size_index, rule->form == EVD_NAME_SIZE || rule->form == EVD_NAME_BIRTH);
    }
    evd_rules_free(rules);
}

Test(rules_file, hexadecimal)
{
    static const struct {
        const char *spelling;
        uint64_t value;
    } GOOD[] = {{"0x0", 0}, {"0x00fF", 255}, {"0xffffffffffffffff", UINT64_MAX}};
    static const char *const BAD[] = {
        "", "0", "0x", "0X1", "1x1", "0xg", "0x/", "0x:", "0x@", "0x`", "0x00000000000000001", " 0x1", "0x1 "};
    uint64_t value;
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        cr_expect(evd_hexadecimal(evd_string_of(GOOD[i].spelling), &value));
        cr_expect_eq(value, GOOD[i].value);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        cr_expect_not(evd_hexadecimal(evd_string_of(BAD[i]), &value), "%s", BAD[i]);
}

Test(rules_file, many_kinds)
{
    char *text = malloc(1 << 20);
    cr_assert_not_null(text);
    int length = sprintf(text, "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",\"engine_local_kinds\":[");
    for (int i = 0; i < 5000; i++)
        length += sprintf(text + length, "%s{\"kind\":\"k%d\",\"counted\":true,\"why\":\"w\"}", i ? "," : "", i);
    strcpy(text + length, "]}");
    struct evd_rules *rules = load_text(text, NULL);
    cr_expect_eq(rules->kind_count, 5001);
    cr_expect_eq(rules->counted_count, 5000);
    char name[16];
    for (int i = 0; i < 5000; i++) {
        sprintf(name, "k%d", i);
        expect(rules->counted_kinds[kind(rules, name)->counted_index], name);
    }
    evd_rules_free(rules);
    free(text);
}

Test(rules_file, files_that_can_not_be_read)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_expect_eq(evd_rules_load("/", NULL, &rules, &error), EVD_E_IO);
    cr_expect_str_eq(error.path, "/");
    cr_expect_null(rules);
    cr_expect_eq(evd_rules_load("/no/such/file", NULL, &rules, NULL), EVD_E_IO);
    evd_rules_free(NULL);
}

Test(rules_file, file_loads_as_its_text)
{
    struct evd_rules *builtin = load(NULL), *rules;
    struct evd_error error;
    size_t length;
    const char *text = evd_rules_text(builtin, &length);
    char path[] = "/tmp/evdiff-rules-XXXXXX";
    const int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, length) == (ssize_t)length && close(file) == 0);
    const enum evd_status status = evd_rules_load(path, NULL, &rules, &error);
    cr_expect_eq(truncate(path, (16 << 20) + 1), 0);
    struct evd_rules *none;
    cr_expect_eq(evd_rules_load(path, NULL, &none, NULL), EVD_E_RULES);
    unlink(path);
    cr_assert_eq(status, EVD_OK, "%s", error.message);
    cr_expect_eq(rules->hash, builtin->hash);
    evd_rules_free(rules);
    evd_rules_free(builtin);
}

struct refusal {
    const char *text;
    unsigned line, column;
    const char *message; /* NULL: the JSON parser's own words */
};

static const struct refusal REFUSALS[] = {
#include "test_rules_refusals.inc"
};

Test(rules_file, refusals)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *c = &REFUSALS[i];
        struct evd_rules *rules;
        struct evd_error error = {0};
        cr_expect_eq(evd_rules_load_text("t", c->text, strlen(c->text), NULL, &rules, &error), EVD_E_RULES,
                     "accepted: %s", c->text);
        cr_expect_null(rules);
        cr_expect(error.line == c->line && error.column == c->column &&
                      (c->message == NULL || strcmp(error.message, c->message) == 0) && strcmp(error.path, "t") == 0,
                  "%s\n    gave %llu:%llu: %s\n  wanted %u:%u: %s", c->text, (unsigned long long)error.line,
                  (unsigned long long)error.column, error.message, c->line, c->column,
                  c->message ? c->message : "(any)");
    }
}

/* Refusals that are too long to write down, and what is just not refused. */
Test(rules_file, limits)
{
    static const struct {
        const char *head, *item, *tail, *message;
        int count;
    } LIMITS[] = {
        {"\"skipped_fields\":[{\"kind\":\"k\",\"why\":\"w\",\"fields\":[", "\"f%d\"", "]}]",
         "\"fields\" must have at most 256 items", 257},
        {"\"skipped_fields\":[", "{\"kind\":\"k\",\"fields\":[\"f%d\"],\"why\":\"w\"}", "]",
         "kind \"k\" has rules for more than 256 fields", 257},
        {"\"host_heap_fields\":[{\"kind\":\"k\",\"why\":\"w\",\"mark\":\"M\",\"fields\":[", "\"f%d\"", "]}]",
         "kind \"k\" has more than 8 host-heap fields", 9},
        {"\"sid_sources\":[{\"kind\":\"k\",\"field\":\"s\",\"why\":\"w\"}],\"absorbers\":[",
         "{\"name\":\"a%d\",\"type\":\"floating-sid\",\"kind\":\"k\",\"why\":\"w\"}", "]",
         "there are more than 256 absorbers", 257},
        {"\"name_classes\":[", "{\"class\":\"a%d\",\"at_least\":\"0x1\",\"scope\":\"log\",\"why\":\"w\"}", "]",
         "there are more than 64 classes of names", 65},
        {"\"name_classes\":[{\"class\":\"a\",\"at_least\":\"0x1\",\"scope\":\"log\",\"why\":\"w\"}],"
         "\"names\":[{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"why\":\"w\","
         "\"fields\":[\"x\"]},{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"why\":\"w\",\"fields\":[",
         "\"f.m%d\"", "]}]", "kind \"k\" has more than 256 name rules", 256},
        {"\"failures\":[", "{\"kind\":\"k\",\"fields\":[\"f%d\"],\"values\":[\"1\"],\"why\":\"w\"}", "]",
         "kind \"k\" has more than 256 rules of \"failures\"", 257},
        {"\"allocator_returns\":[{\"kind\":\"k\",\"why\":\"w\",\"mark\":\"M\",\"name_field\":\"n\","
         "\"set_fields\":[\"s\"],\"names\":[",
         "\"f%d\"", "]}]",
         "too many allocator names, of which each takes two numbers, and host-heap fields: at \"k\" there is no room "
         "for more than 59998",
         30000},
    };
    char *text = malloc(4 << 20);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++)
        for (int beyond = 0; beyond < 2; beyond++) {
            int length = sprintf(text, "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",%s", LIMITS[i].head);
            for (int j = 0; j < LIMITS[i].count - 1 + beyond; j++) {
                if (j > 0)
                    text[length++] = ',';
                const char *place = strstr(LIMITS[i].item, "%d");
                length +=
                    sprintf(text + length, "%.*s%d%s", (int)(place - LIMITS[i].item), LIMITS[i].item, j, place + 2);
            }
            length += sprintf(text + length, "%s}", LIMITS[i].tail);
            struct evd_rules *rules;
            struct evd_error error = {0};
            cr_expect_eq(evd_rules_load_text("t", text, (size_t)length, NULL, &rules, &error),
                         beyond ? EVD_E_RULES : EVD_OK, "%zu: %s", i, error.message);
            cr_expect_str_eq(error.message, beyond ? LIMITS[i].message : "");
            evd_rules_free(rules);
        }
    free(text);
}

Test(rules_file, a_dot_of_a_members_own_name)
{
    struct evd_rules *rules = load_text(
        SECOND("\"skipped_fields\":[{\"kind\":\"k\",\"fields\":[\"http\\\\.status\\\\.\"],\"why\":\"w\"}]"), NULL);
    const struct evd_kind_rule *rule = kind(rules, "k");
    cr_assert_eq(rule->field_count, 1);
    cr_expect_not_null(evd_kind_field(rule, "http.status.", strlen("http.status.")));
    evd_rules_free(rules);
}

Test(rules_file, ranges_of_failures_in_every_spelling)
{
    static const struct {
        const char *text;
        uint64_t value;
    } SPELLINGS[] = {
        {"\"0xffffffffffffffff\"", UINT64_MAX},
        {"-1", UINT64_MAX},
        {"\"-1\"", UINT64_MAX},
        {"-9223372036854775808", (uint64_t)1 << 63},
        {"18446744073709551615", UINT64_MAX},
        {"\"4096\"", 4096},
        {"0", 0},
    };
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof *SPELLINGS; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 FILE_WITH(
                     "\"failures\":[{\"kind\":\"k\",\"fields\":[\"f\"],\"at_least\":%s,\"at_most\":-1,\"why\":\"w\"}]"),
                 SPELLINGS[i].text);
        struct evd_rules *rules = load_text(text, NULL);
        cr_assert_eq(kind(rules, "k")->failure_count, 1);
        cr_expect_eq(kind(rules, "k")->failures[0].at_least, SPELLINGS[i].value, "%s", SPELLINGS[i].text);
        cr_expect_eq(kind(rules, "k")->failures[0].at_most, UINT64_MAX);
        evd_rules_free(rules);
    }
}

Test(rules_file, pairing_by_sixteen_kinds)
{
    for (unsigned count = 16; count <= 17; count++) {
        char text[2048];
        int length = sprintf(text, "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\",\"pairing\":[");
        for (unsigned i = 0; i < count; i++)
            length += sprintf(text + length, "%s{\"kind\":\"k%u\",\"field\":\"f\",\"why\":\"w\"}", i > 0 ? "," : "", i);
        length += sprintf(text + length, "]}");
        struct evd_rules *rules;
        struct evd_error error = {0};
        cr_expect_eq(evd_rules_load_text("t", text, (size_t)length, NULL, &rules, &error),
                     count == 16 ? EVD_OK : EVD_E_RULES);
        cr_expect_str_eq(error.message, count == 16 ? "" : "\"pairing\" must have at most 16 items");
        evd_rules_free(rules);
    }
}

Test(rules_file, a_million_blocks)
{
    static const char TEXT[] =
        "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING
        ",\"absorbers\":[{\"name\":\"a\",\"type\":\"balanced-blocks\","
        "\"side\":\"ours\",\"name_field\":\"n\",\"enter\":\"e\",\"leave\":\"l\",\"block_kinds\":[\"k\"],\"max_blocks\":1000000,"
        "\"why\":\"w\"}]}";
    struct evd_rules *rules;
    struct evd_error error = {0};
    cr_expect_eq(evd_rules_load_text("t", TEXT, sizeof TEXT - 1, NULL, &rules, &error), EVD_OK, "%s", error.message);
    evd_rules_free(rules);
}

/* The rest of a file of 16 MiB is blank. */
Test(rules_file, text_of_16_mib)
{
    static const char TEXT[] = "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING "}";
    const size_t most = 16 << 20;
    struct evd_rules *rules;
    struct evd_error error = {0};
    char path[] = "/tmp/evdiff-rules-XXXXXX", *text = malloc(most + 1);
    cr_assert_not_null(text);
    memset(text, ' ', most + 1);
    memcpy(text, TEXT, sizeof TEXT - 1);
    const int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, most) == (ssize_t)most);
    cr_expect_eq(evd_rules_load(path, NULL, &rules, &error), EVD_OK, "%s", error.message);
    evd_rules_free(rules);
    cr_assert(write(file, " ", 1) == 1 && close(file) == 0);
    cr_expect_eq(evd_rules_load(path, NULL, &rules, &error), EVD_E_RULES);
    cr_expect_str_eq(error.message, "is larger than 16 MiB");
    unlink(path);
    free(text);
}
