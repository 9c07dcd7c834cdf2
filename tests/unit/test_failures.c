/* Failures: which values say that a call failed, which rule counts, and what such a rule may not hold. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome/value.h"
#include "rules/rules.h"

#define HEAD \
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\",\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"},\n"
#define NAMED \
    "\"priority_fields\":[{\"kind\":\"k\",\"form\":\"value\",\"fields\":[\"r\"],\"name_field\":\"n\",\"why\":\"w\"}],\n"
#define RULES(x) HEAD NAMED "\"failures\":[" x "]}"

static struct evd_rules *load_text(const char *text)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("t", text, strlen(text), NULL, &rules, &error), EVD_OK, "%s: %s", text,
                 error.message);
    return rules;
}

static struct evd_text text(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

/* The facts about a value from what it is as JSON. */
static bool is_failure(const struct evd_rules *rules, const char *kind, const char *call, const char *field,
                       const char *json)
{
    struct evd_field_value value[EVD_SIDES] = {{.type = EVD_TYPE_STRING}, {.type = EVD_TYPE_STRING}};
    evd_show_whole((const struct evd_text[EVD_SIDES]){text(json), text(json)}, value);
    struct evd_text number = text(json);
    if (json[0] == '"')
        number = (struct evd_text){json + 1, number.length - 2};
    if (!evd_read_number(number, &value->form, &value->number))
        value->form = EVD_NUMBER_NONE;
    const struct evd_failing_values failures = evd_failing_values_of(rules, text(kind), text(call), text(field));
    return evd_is_failing(&failures, &value[EVD_CANARY]);
}

Test(failures, values_and_ranges)
{
    struct evd_rules *rules = load_text(RULES(
        "{\"kind\":\"k\",\"fields\":[\"r\",\"args.a1\"],\"values\":[\"-1\",\"0x102\",\"ENOENT\",\"null\",\"1.5\"],"
        "\"at_least\":\"0x1000\",\"at_most\":\"0x1fff\",\"why\":\"w\"}"));
    static const struct {
        const char *json;
        bool is_failure;
    } CASES[] = {
        {"-1", true},          {"\"-1\"", true},     {"\"0xffffffffffffffff\"", true},
        {"258", true},         {"\"0x0102\"", true}, {"\"258\"", true},
        {"257", false},        {"1", false},         {"\"ENOENT\"", true},
        {"\"enoent\"", false}, {"null", true},       {"\"null\"", true},
        {"1.5", true},         {"true", false},      {"4095", false},
        {"4096", true},        {"8191", true},       {"\"0x1fff\"", true},
        {"8192", false},       {"0", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cr_expect_eq(is_failure(rules, "k", "any", "r", CASES[i].json), CASES[i].is_failure, "%s", CASES[i].json);
        cr_expect_eq(is_failure(rules, "k", "", "args.a1", CASES[i].json), CASES[i].is_failure, "%s", CASES[i].json);
        cr_expect_not(is_failure(rules, "k", "any", "args", CASES[i].json));
        cr_expect_not(is_failure(rules, "other", "any", "r", CASES[i].json));
    }
    evd_rules_free(rules);
}

Test(failures, a_range_without_an_end)
{
    struct evd_rules *rules =
        load_text(RULES("{\"kind\":\"k\",\"fields\":[\"r\"],\"at_least\":\"0xfffffffffffff001\",\"why\":\"w\"},"
                        "{\"kind\":\"k\",\"fields\":[\"q\"],\"at_most\":\"0x2\",\"why\":\"w\"}"));
    cr_expect(is_failure(rules, "k", "", "r", "-4095"));
    cr_expect(is_failure(rules, "k", "", "r", "-1"));
    cr_expect_not(is_failure(rules, "k", "", "r", "-4096"));
    cr_expect_not(is_failure(rules, "k", "", "r", "0"));
    cr_expect(is_failure(rules, "k", "", "q", "0"));
    cr_expect(is_failure(rules, "k", "", "q", "2"));
    cr_expect_not(is_failure(rules, "k", "", "q", "3"));
    cr_expect_not(is_failure(rules, "k", "", "q", "-1"));
    evd_rules_free(rules);
}

/* By its name, then by the longest beginning, then about all; wherever they stand. */
Test(failures, the_closest_rules_count)
{
    struct evd_rules *rules = load_text(RULES(
        "{\"kind\":\"k\",\"calls\":[\"Open*\",\"Nt*\"],\"fields\":[\"r\"],\"values\":[\"2\"],\"why\":\"w\"},"
        "{\"kind\":\"k\",\"fields\":[\"r\"],\"values\":[\"1\"],\"why\":\"w\"},"
        "{\"kind\":\"k\",\"calls\":[\"OpenFile\"],\"fields\":[\"r\"],\"values\":[\"3\"],\"why\":\"w\"},"
        "{\"kind\":\"k\",\"calls\":[\"OpenF*\"],\"fields\":[\"r\"],\"values\":[\"4\"],\"why\":\"w\"},"
        "{\"kind\":\"k\",\"calls\":[\"OpenF*\"],\"fields\":[\"r\"],\"values\":[\"5\"],\"why\":\"w\"},"
        "{\"kind\":\"k\",\"calls\":[\"OpenFile\"],\"fields\":[\"q\"],\"values\":[\"6\"],\"why\":\"w\"}"));
    static const struct {
        const char *call, *failing; /* digits of all values of r that fail */
    } CASES[] = {{"", "1"},       {"Ope", "1"},      {"Open", "2"},     {"OpenKey", "2"},    {"NtClose", "2"},
                 {"OpenF", "45"}, {"OpenFil", "45"}, {"OpenFile", "3"}, {"OpenFileW", "45"}, {"open", "1"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        for (char digit = '1'; digit <= '6'; digit++)
            cr_expect_eq(is_failure(rules, "k", CASES[i].call, "r", (const char[]){digit, '\0'}),
                         strchr(CASES[i].failing, digit) != NULL, "%s %c", CASES[i].call, digit);
    cr_expect(is_failure(rules, "k", "OpenFile", "q", "6"));
    cr_expect_not(is_failure(rules, "k", "OpenFileW", "q", "6"));
    evd_rules_free(rules);
}

Test(failures, builtin)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK, "%s", error.message);
    cr_expect(is_failure(rules, "kernel.return", "NtCreateFile", "status", "\"0xc0000034\""));
    cr_expect(is_failure(rules, "kernel.return", "NtCreateFile", "return_value", "-1073741772"));
    cr_expect(is_failure(rules, "kernel.return", "XamInputGetState", "return_value", "2147942487"));
    cr_expect(is_failure(rules, "kernel.return", "NtWaitForSingleObjectEx", "return_value", "258"));
    cr_expect(is_failure(rules, "kernel.return", "ExAllocatePoolTypeWithTag", "return_value", "0"));
    cr_expect_not(is_failure(rules, "kernel.return", "NtReadFile", "return_value", "259"));
    cr_expect_not(is_failure(rules, "kernel.return", "NtReadFile", "return_value", "2147483653"));
    cr_expect_not(is_failure(rules, "kernel.return", "NtCreateFile", "return_value", "0"));
    cr_expect_not(is_failure(rules, "kernel.call", "NtCreateFile", "args.a0", "\"0xc0000034\""));
    evd_rules_free(rules);
}

#define RULE(x) "{\"kind\":\"k\"," x ",\"why\":\"w\"}"

Test(failures, refusals)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *message;
    } CASES[] = {
        {RULES(RULE("\"fields\":[\"r\"]")), 3, 21,
         "a rule of \"failures\" needs \"values\", or \"at_least\" or \"at_most\""},
        {RULES(RULE("\"fields\":[\"r\"],\"at_least\":\"0x2\",\"at_most\":\"0x1\"")), 3, 67,
         "\"at_most\" is below \"at_least\""},
        {RULES(RULE("\"fields\":[\"r\"],\"values\":[1]")), 3, 50,
         "\"values\": expected a list of strings, found a number in the list"},
        {RULES(RULE("\"values\":[\"1\"]")), 3, 13, "\"fields\" is missing in a rule of \"failures\""},
        {RULES("{\"kind\":\"k\",\"fields\":[\"r\"],\"values\":[\"1\"]}"), 3, 13,
         "\"why\" is missing in a rule of \"failures\""},
        {RULES(RULE("\"fields\":[\"r\"],\"values\":[\"1\"],\"calls\":[\"N*t\"]")), 3, 64,
         "\"N*t\" is neither a call's name nor how some begin, as \"Nt*\" is"},
        {RULES(RULE("\"fields\":[\"r\"],\"values\":[\"1\"],\"calls\":[\"*\"]")), 3, 64,
         "\"*\" is neither a call's name nor how some begin, as \"Nt*\" is"},
        {HEAD "\"failures\":[" RULE("\"fields\":[\"r\"],\"values\":[\"1\"],\"calls\":[\"c\"]") "]}", 2, 63,
         "calls of kind \"k\" have no names; name a field by \"name_field\" in \"priority_fields\" or by \"first_of\" "
         "in \"summaries\""},
        {HEAD "\"engine_local_kinds\":[{\"kind\":\"k\",\"why\":\"w\"}],\n\"failures\":[" RULE(
             "\"fields\":[\"r\"],\"values\":[\"1\"]") "]}",
         3, 21, "kind \"k\" is engine-local (line 2) and never compared, so it can't be in \"failures\""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct evd_rules *rules;
        struct evd_error error;
        cr_assert_eq(evd_rules_load_text("t", CASES[i].text, strlen(CASES[i].text), NULL, &rules, &error), EVD_E_RULES,
                     "case %zu", i);
        cr_expect_eq(error.line, CASES[i].line, "case %zu: line %llu", i, (unsigned long long)error.line);
        cr_expect_eq(error.column, CASES[i].column, "case %zu: column %llu", i, (unsigned long long)error.column);
        cr_expect_not_null(strstr(error.message, CASES[i].message), "case %zu: %s", i, error.message);
    }
}

/* 256 rules of one kind are the most. */
Test(failures, limit)
{
    char *long_text = malloc(64 << 10);
    for (int count = 256; count <= 257; count++) {
        int length = sprintf(long_text, HEAD "\"failures\":[");
        for (int i = 0; i < count; i++)
            length +=
                sprintf(long_text + length, "%s{\"kind\":\"k\",\"fields\":[\"r\"],\"values\":[\"%d\"],\"why\":\"w\"}",
                        i > 0 ? ",\n" : "", i);
        strcpy(long_text + length, "]}");
        struct evd_rules *rules;
        struct evd_error error;
        const enum evd_status status = evd_rules_load_text("t", long_text, strlen(long_text), NULL, &rules, &error);
        if (count == 256) {
            cr_assert_eq(status, EVD_OK, "%s", error.message);
            cr_expect(is_failure(rules, "k", "", "r", "0") && is_failure(rules, "k", "", "r", "255") &&
                      !is_failure(rules, "k", "", "r", "256"));
            evd_rules_free(rules);
        } else {
            cr_assert_eq(status, EVD_E_RULES);
            cr_expect_eq(error.line, 2 + 256);
            cr_expect_not_null(strstr(error.message, "kind \"k\" has more than 256 rules of \"failures\""));
        }
    }
    free(long_text);
}
