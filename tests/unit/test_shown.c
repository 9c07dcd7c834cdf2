/* How numbers are shown: which rule counts, what such a rule may not hold, and the names of codes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/codes.h"
#include "report/values.h"
#include "rules/rules.h"

#define HEAD(format)                    \
    "{\"rules\":\"evdiff.rules/" format \
    "\",\"name\":\"n\",\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"},\n"
#define NAMED \
    "\"priority_fields\":[{\"kind\":\"k\",\"form\":\"value\",\"fields\":[\"r\"],\"name_field\":\"n\",\"why\":\"w\"}],\n"
#define RULE(calls, fields, form) \
    "{\"kind\":\"k\"," calls "\"fields\":[" fields "],\"shown_as\":\"" form "\",\"why\":\"w\"}"

static struct evd_text text(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

static enum evd_shown_as form_of(const struct evd_rules *rules, const char *kind, const char *call, const char *field)
{
    return evd_shown_as_of(rules, text(kind), text(call), text(field));
}

static enum evd_status load(const char *text, struct evd_rules **rules, struct evd_error *error)
{
    return evd_rules_load_text("t", text, strlen(text), NULL, rules, error);
}

static const char *const FORMATS[] = {
    HEAD("1") NAMED "\"shown_as\":[",
    HEAD("2") NAMED "\"shown_as\":[",
};

Test(shown, the_closest_rule_counts_in_both_formats)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        char rules_text[4096];
        struct evd_rules *rules;
        struct evd_error error;
        snprintf(
            rules_text, sizeof rules_text, "%s%s]}", FORMATS[i],
            RULE("", "\"r\",\"args.a1\"", "hexadecimal") "," RULE("\"calls\":[\"Nt*\"],", "\"r\"", "ntstatus") "," RULE(
                "\"calls\":[\"NtGet*\"],", "\"r\"",
                "decimal") "," RULE("\"calls\":[\"NtGetX\"],", "\"r\"",
                                    "hresult") "," RULE("\"calls\":[\"NtGetX\"],", "\"r\"", "errno"));
        cr_assert_eq(load(rules_text, &rules, &error), EVD_OK, "%s", error.message);
        cr_expect_eq(form_of(rules, "k", "malloc", "r"), EVD_SHOWN_HEXADECIMAL);
        cr_expect_eq(form_of(rules, "k", "", "args.a1"), EVD_SHOWN_HEXADECIMAL);
        cr_expect_eq(form_of(rules, "k", "NtClose", "r"), EVD_SHOWN_NTSTATUS);
        cr_expect_eq(form_of(rules, "k", "NtClose", "args.a1"), EVD_SHOWN_HEXADECIMAL);
        cr_expect_eq(form_of(rules, "k", "NtGetTickCount", "r"), EVD_SHOWN_DECIMAL);
        cr_expect_eq(form_of(rules, "k", "NtGetX", "r"), EVD_SHOWN_HRESULT, "of two as close the first");
        cr_expect_eq(form_of(rules, "k", "NtClose", "args"), EVD_SHOWN_DECIMAL);
        cr_expect_eq(form_of(rules, "other", "NtClose", "r"), EVD_SHOWN_DECIMAL);
        evd_rules_free(rules);
    }
}

static void expect_refused(const char *rules_text, const char *reason)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(load(rules_text, &rules, &error), EVD_E_RULES, "%s", rules_text);
    cr_expect(strstr(error.message, reason) != NULL, "%s", error.message);
}

Test(shown, what_is_refused)
{
    expect_refused(HEAD("1") NAMED "\"shown_as\":[" RULE("", "\"r\"", "octal") "]}", "octal");
    expect_refused(HEAD("1") NAMED "\"shown_as\":[" RULE("\"calls\":[\"*Nt\"],", "\"r\"", "errno") "]}",
                   "is neither a call's name nor how some begin");
    expect_refused(HEAD("1") "\"shown_as\":[" RULE("\"calls\":[\"Nt*\"],", "\"r\"", "errno") "]}", "have no names");
    expect_refused(
        HEAD("1") "\"engine_local_kinds\":[{\"kind\":\"k\",\"counted\":false,\"why\":\"w\"}],\n\"shown_as\":[" RULE(
            "", "\"r\"", "errno") "]}",
        "can't be in \"shown_as\"");
}

/* As many rules about a kind as may be, and one more. */
Test(shown, many_rules)
{
    for (size_t count = EVD_KIND_SHOWN_MAX; count <= EVD_KIND_SHOWN_MAX + 1; count++) {
        char *rules_text = malloc(65536), *end = rules_text;
        struct evd_rules *rules;
        struct evd_error error;
        end += sprintf(end, "%s", FORMATS[0]);
        for (size_t i = 0; i < count; i++)
            end += sprintf(end, "%s%s", i ? "," : "", RULE("", "\"r\"", "errno"));
        sprintf(end, "]}");
        if (count == EVD_KIND_SHOWN_MAX)
            cr_expect_eq(load(rules_text, &rules, &error), EVD_OK, "%s", error.message);
        else
            expect_refused(rules_text, "more than 256 rules of \"shown_as\"");
        if (count == EVD_KIND_SHOWN_MAX)
            evd_rules_free(rules);
        free(rules_text);
    }
}

Test(shown, names_of_codes)
{
    static const struct {
        enum evd_shown_as form;
        int64_t number;
        const char *name; /* or NULL */
    } CASES[] = {
        {EVD_SHOWN_NTSTATUS, 0, "STATUS_SUCCESS"},
        {EVD_SHOWN_NTSTATUS, 0x103, "STATUS_PENDING"},
        {EVD_SHOWN_NTSTATUS, 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
        {EVD_SHOWN_NTSTATUS, (int32_t)0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
        {EVD_SHOWN_NTSTATUS, 0xc0000420, "STATUS_ASSERTION_FAILURE"},
        {EVD_SHOWN_NTSTATUS, 0x1c0000034, NULL},
        {EVD_SHOWN_NTSTATUS, INT64_MIN, NULL},
        {EVD_SHOWN_NTSTATUS, 0xdeadbeef, NULL},
        {EVD_SHOWN_HRESULT, 0x80070057, "E_INVALIDARG"},
        {EVD_SHOWN_HRESULT, 1, "S_FALSE"},
        {EVD_SHOWN_ERRNO, -2, "ENOENT"},
        {EVD_SHOWN_ERRNO, 2, NULL},
        {EVD_SHOWN_ERRNO, -4096, NULL},
        {EVD_SHOWN_ERRNO, INT64_MIN, NULL},
        {EVD_SHOWN_HEXADECIMAL, 0, NULL},
        {EVD_SHOWN_DECIMAL, 0, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *name = evd_code_name(CASES[i].form, CASES[i].number);
        cr_expect((name == NULL) == (CASES[i].name == NULL) && (name == NULL || strcmp(name, CASES[i].name) == 0),
                  "case %zu: %s", i, name != NULL ? name : "none");
    }
}

/* Every name is found by its number: the tables are in order. */
Test(shown, every_code_is_found)
{
    size_t found = 0;
    for (int64_t number = -4095; number < 0; number++)
        found += evd_code_name(EVD_SHOWN_ERRNO, number) != NULL;
    cr_expect_eq(found, 131, "%zu errors", found);
}
