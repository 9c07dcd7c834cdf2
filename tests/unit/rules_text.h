/* Rules from texts, and what is in them. */
#ifndef RULES_TEXT_H
#define RULES_TEXT_H

#include <criterion/criterion.h>
#include <string.h>

#include "rules/rules.h"

#define PAIRING         "\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"}"
/* A rules file whose second line is `body`. */
#define FILE_WITH(body) "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",\n" body "}"
/* The same of the second format. */
#define SECOND(body)    "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\"," PAIRING ",\n" body "}"

static inline struct evd_rules *load(const struct evd_rules_options *options)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load(NULL, options, &rules, &error), EVD_OK, "%s", error.message);
    return rules;
}

static inline struct evd_rules *load_text(const char *text, const struct evd_rules_options *options)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("t", text, strlen(text), options, &rules, &error), EVD_OK, "%s: %s", text,
                 error.message);
    return rules;
}

static inline const struct evd_kind_rule *kind(const struct evd_rules *rules, const char *name)
{
    const struct evd_kind_rule *rule = evd_rules_kind(rules, name, strlen(name));
    cr_assert_not_null(rule, "no kind %s", name);
    return rule;
}

static inline void expect(struct evd_string string, const char *expected)
{
    cr_expect(evd_string_equal(string, evd_string_of(expected)), "'%.*s' is not '%s'", (int)string.length,
              string.length ? string.bytes : "", expected);
}

#endif
