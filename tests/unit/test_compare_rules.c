/* Compare rules: every refusal with its place, limits, and the parts that they are made of. What they do to events is held
 * against a twin in tests/rules/compare_twin.py. */
#include <stdio.h>
#include <stdlib.h>

#include "memory_log.h"
#include "random.h"
#include "random_json.h"
#include "rules/path.h"
#include "rules/pattern.h"
#include "rules_text.h"
#include "json/quantity.h"

/* A file of the second format whose second line is `body`. */
#define COMPARE(members) SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\"," members "}]")
#define AS(operators)    COMPARE("\"fields\":\"a\",\"as\":" operators)
#define WHEN(members)    COMPARE("\"fields\":\"a\",\"as\":\"set\",\"when\":{" members "}")
#define IS_NO_NAME                                                                                                      \
    "\"called\" is one member's name, beside the one that is called so: before a dot or another letter that paths use " \
    "goes a backslash"
#define FIELD(condition) WHEN("\"fields\":{\"f\":" condition "}")

static const struct {
    const char *text;
    unsigned column; /* on line 2 */
    const char *message;
} REFUSALS[] = {
    {FILE_WITH("\"compare\":[]"), 1, NULL},
    {COMPARE("\"as\":\"set\""), 12, "\"fields\" is missing in a rule of \"compare\""},
    {COMPARE("\"fields\":\"a\""), 12, "\"as\" is missing in a rule of \"compare\""},
    {COMPARE("\"fields\":[]"), 43, "\"fields\" must not be empty"},
    {COMPARE("\"fields\":7"), 43, "\"fields\": expected a string or a list of strings, found a number"},
    {COMPARE("\"fields\":\"a..b\""), 43, "\"fields\": \"a..b\" has an empty name"},
    {COMPARE("\"fields\":\"a.\""), 43, "\"fields\": \"a.\" has an empty name"},
    {COMPARE("\"fields\":\"[]\""), 43, "\"fields\": \"[]\" has an empty name"},
    {COMPARE("\"fields\":\"a[\""), 43, "\"fields\": \"a[\" has a \"[\" that is not followed by \"]\""},
    {COMPARE("\"fields\":\"a[]b\""), 43, "\"fields\": \"a[]b\" has letters behind \"[]\""},
    {COMPARE("\"fields\":\"a\\\\\""), 43, "\"fields\": \"a\\\" ends with a backslash"},
    {COMPARE("\"fields\":\"a*\""), 43,
     "\"fields\": \"a*\" has a star beside other letters; \"*\" is any member, \"**\" any depth, \"\\*\" a star"},
    {COMPARE("\"fields\":[\"a\",\"a\"]"), 48, "\"fields\" lists \"a\" twice, first on line 2"},
    {AS("\"sets\""), 52, NULL},
    {AS("[]"), 52, "\"as\" must have 1 to 16 operators"},
    {AS("{}"), 52,
     "an operator of \"as\" has one member: \"called\", \"mask\", \"times\", \"without\", \"first\", \"constant\", \"only\", "
     "\"alike\", \"pairs\", \"within\", \"drift\", \"renamed\", \"renamed_parts\", \"adopt\" or \"adopted\""},
    {AS("{\"mask\":\"0x1\",\"without\":\"a\"}"), 52,
     "an operator of \"as\" has one member: \"called\", \"mask\", \"times\", \"without\", \"first\", \"constant\", \"only\", "
     "\"alike\", \"pairs\", \"within\", \"drift\", \"renamed\", \"renamed_parts\", \"adopt\" or \"adopted\""},
    {AS("{\"mask\":1}"), 60, NULL},
    {AS("{\"times\":1}"), 61, "\"times\": expected a number from 2 on"},
    {AS("{\"times\":1.5}"), 61, NULL},
    {AS("{\"times\":1000000000000000001}"), 61,
     "\"times\": expected a whole number from 1 to 1000000000000000000, found 1000000000000000001"},
    {AS("{\"without\":\"%q\"}"), 63,
     "\"without\": \"%q\" has a \"%\" that is before none of \"d\", \"x\", \"w\" and \"%\""},
    {AS("{\"renamed_parts\":\"%q\"}"), 69,
     "\"renamed_parts\": \"%q\" has a \"%\" that is before none of \"d\", \"x\", \"w\" and \"%\""},
    {AS("{\"alike\":[]}"), 61, "\"alike\" must have 1 to 256 lists"},
    {AS("{\"alike\":[[1]]}"), 62, "\"alike\": a list must have 2 to 256 values"},
    {AS("{\"alike\":[[1,[]]]}"), 65, "\"alike\": expected a number, a string, true, false or null, found a list"},
    {AS("{\"alike\":[[1,1.5]]}"), 65, "\"alike\": a number with a fraction can't be held against others"},
    {AS("{\"alike\":[1]}"), 62, "\"alike\": expected a list of lists of values, found a number"},
    {WHEN(""), 65, "\"when\" must not be empty"},
    {WHEN("\"kinds\":\"k\""), 66, "unknown key \"kinds\" in \"when\"; did you mean \"kind\"?"},
    {WHEN("\"kind\":\"a\\\\b\""), 73, "\"kind\": \"a\\b\" has a backslash that is before neither \"*\" nor \"\\\""},
    {WHEN("\"call\":\"c\""), 73, "\"call\" needs \"kind\": calls of other kinds may have no names"},
    {WHEN("\"kind\":\"k*\",\"call\":\"c\""), 73, "\"kind\" can't be a pattern beside \"call\""},
    {WHEN("\"kind\":\"k\",\"call\":\"c\""), 84,
     "calls of kind \"k\" have no names; name a field by \"name_field\" in \"priority_fields\" or by \"first_of\" in "
     "\"summaries\""},
    {WHEN("\"fields\":{}"), 75, "\"fields\" must have 1 to 64 members"},
    {WHEN("\"fields\":[]"), 75, "\"fields\": expected an object of fields and what they hold, found a list"},
    {WHEN("\"fields\":{\"a..b\":1}"), 76, "\"fields\": \"a..b\" has an empty name"},
    {FIELD("{}"), 80, "a field must hold something"},
    {FIELD("1.5"), 80, "\"fields\": a number with a fraction can't be held against others"},
    {FIELD("{\"one_of\":[]}"), 90, "\"one_of\" must have 1 to 256 items"},
    {FIELD("{\"at_least\":true}"), 92, "\"at_least\": expected a whole number, found true"},
    {FIELD("{\"at_least\":\"x\"}"), 92, "\"at_least\": expected a whole number, as 31 or \"0x1f\""},
    {FIELD("{\"at_least\":2,\"at_most\":1}"), 80, "\"at_most\" is below \"at_least\""},
    {FIELD("{\"mask\":\"0x1\"}"), 80, "\"mask\" and \"is\" go together"},
    {FIELD("{\"mask\":\"0x1\",\"is\":\"0x2\"}"), 99, "\"is\" has bits that are not in \"mask\""},
    {FIELD("{\"absent\":true,\"like\":\"a\"}"), 80, "\"absent\" stands alone: what is absent has no value"},
    {FIELD("{\"not\":{\"absent\":true}}"), 87, "\"not\" can't hold \"absent\"; say \"absent\": false"},
    {SECOND("\"passed_over\":[{\"name\":\"x\",\"why\":\"w\"}]"), 16,
     "\"when\" is missing in a rule of \"passed_over\""},
    {SECOND("\"skipped_fields\":[{\"kind\":\"k\",\"fields\":[\"a.*\"],\"why\":\"w\"}]"), 41,
     "\"fields\": \"a.*\" is a pattern, and none may stand here"},
    {SECOND("\"engine_local_kinds\":[{\"kind\":\"k*\",\"why\":\"w\"}]"), 31,
     "\"kind\": \"k*\" is a pattern, and none may stand here"},
    {SECOND(
         "\"engine_local_kinds\":[{\"kind\":\"k\",\"why\":\"w\"}],\"passed_over\":[{\"name\":\"x\",\"when\":{\"kind\":\"k\"},"
         "\"why\":\"w\"}]"),
     89, "kind \"k\" is engine-local (line 2) and never compared, so it can't be in \"passed_over\""},
    {SECOND(
         "\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"set\"}],\"passed_over\":[{\"name\":\"x\",\"why\":\"w\","
         "\"when\":{\"kind\":\"k\"}}]"),
     83, "\"x\" is already the name of a rule, on line 2"},
    {SECOND(
         "\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"set\"}],\"optional\":[{\"name\":\"x\",\"why\":\"w\","
         "\"when\":{\"kind\":\"k\"}}]"),
     80, "\"x\" is already the name of a rule, on line 2"},
    {SECOND(
         "\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}}],\"threads\":[{\"name\":\"x\",\"why\":\"w\","
         "\"pair\":\"order\"}]"),
     76, "\"x\" is already the name of a rule, on line 2"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\"}]"), 21,
     "a block is told by one of \"when\", \"each\", and \"from\" with \"to\""},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"each\":[{\"kind\":\"k\"}]}]"), 21,
     "a block is told by one of \"when\", \"each\", and \"from\" with \"to\""},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"from\":{\"kind\":\"k\"}}]"), 21,
     "\"from\" and \"to\" go together"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"same\":\"a\"}]"), 21,
     "\"same\" is for blocks with \"from\" and \"to\""},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"each\":[]}]"), 42, "\"each\" must have 1 to 64 events"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"each\":{\"kind\":\"k\"}}]"), 42,
     "\"each\": expected a list of objects, found an object"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"each\":[{}]}]"), 43, "\"each\" must not be empty"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"side\":\"both\"}}]"), 50,
     "\"side\": expected \"canary\" or \"ours\", found \"both\""},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"at_most\":0}]"), 65,
     "\"at_most\": expected a whole number from 1 to 1000000000, found 0"},
    {SECOND("\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\",\"call\":\"c\"}}]"), 61,
     "calls of kind \"k\" have no names; name a field by \"name_field\" in \"priority_fields\" or by \"first_of\" in \"summaries\""},
    {SECOND(
         "\"engine_local_kinds\":[{\"kind\":\"k\",\"why\":\"w\"}],\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}}]"),
     96, "kind \"k\" is engine-local (line 2) and never compared, so no rule can be about it"},
    {SECOND(
         "\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}},{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}}]"),
     64, "there are two absorbers named \"x\", the first on line 2"},
    {SECOND(
         "\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"set\",\"when\":{\"side\":\"ours\"}}]"),
     73, "\"side\" can't stand beside operators that take both sides, \"alike\", \"set\" or \"multiset\""},
    {SECOND(
         "\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":[\"number\",\"if_both\"],\"when\":{\"side\":\"canary\"}}]"),
     88, "\"side\" can't stand beside operators that take both sides, \"alike\", \"set\" or \"multiset\""},
    {SECOND("\"forgiven\":[{\"name\":\"x\",\"why\":\"w\",\"at_most\":1}]"), 21,
     "a rule of \"forgiven\" needs \"when\", \"class\" or \"field\""},
    {SECOND("\"forgiven\":[{\"name\":\"x\",\"why\":\"w\",\"class\":[\"value\",\"missing\",\"extra\",\"replaced\","
            "\"reordered\",\"truncated\"]}]"),
     21, "this rule of \"forgiven\" is about every divergence"},
    {SECOND("\"forgiven\":[{\"name\":\"x\",\"why\":\"w\",\"class\":\"values\"}]"), 43,
     "\"class\": \"values\" is none of value, missing, extra, replaced, reordered and truncated"},
    {SECOND("\"forgiven\":[{\"name\":\"x\",\"why\":\"w\",\"field\":\"a\\\\b\"}]"), 43,
     "\"field\": \"a\\b\" has a backslash that is before neither \"*\" nor \"\\\""},
    {SECOND("\"forgiven\":[{\"name\":\"x\",\"why\":\"w\",\"field\":\"a*\",\"events\":0}]"), 57,
     "\"events\": expected a whole number from 1 to 1000000000, found 0"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"pairs\":[]}}]"), 61,
     "\"pairs\" must have 1 to 256 items"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"pairs\":[[1]]}}]"), 62,
     "\"pairs\": a pair is a list of two values, canary's and ours"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"pairs\":[[1,2,3]]}}]"), 62,
     "\"pairs\": a pair is a list of two values, canary's and ours"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"pairs\":[[]]}}]"), 62,
     "\"pairs\": a pair is a list of two values, canary's and ours"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"pairs\":[[1,[]]]}}]"), 65,
     "\"pairs\": expected a number, a string, true, false or null, found a list"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"within\":-1}}]"), 62,
     "\"within\": expected a number from 0 on"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"within\":1e999}}]"), 62,
     "\"within\": expected a number from 0 on"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"within\":\"1\"}}]"), 62,
     "\"within\": expected a number, found a string"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"within\":{}}}]"), 62,
     "\"within\" needs \"absolute\" or \"relative\""},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"drift\":{\"absolute\":1}}}]"), 61,
     "\"bits\" is missing in \"drift\""},
    {AS("{\"drift\":{\"bits\":65}}"), 69, "\"bits\": expected a whole number from 1 to 64, found 65"},
    {AS("{\"drift\":{\"bits\":0}}"), 69, "\"bits\": expected a whole number from 1 to 64, found 0"},
    {AS("{\"first\":0}"), 61, "\"first\": expected a whole number from 1 to 1000000000, found 0"},
    {AS("{\"constant\":[]}"), 64, "\"constant\": expected a number, a string, true, false or null, found a list"},
    {AS("{\"only\":1}"), 52, "no operator is behind \"only\", which says what those behind it are about"},
    {AS("[\"number\",{\"only\":1}]"), 62, "no operator is behind \"only\", which says what those behind it are about"},
    {AS("[{\"only\":{\"absent\":false}},\"set\"]"), 61,
     "\"only\" can't hold \"absent\": no rule is about what is absent"},
    {AS("[\"number\",\"json\"]"), 62, "\"json\" comes before other operators"},
    {AS("[\"number\",{\"called\":\"b\"}]"), 62, "\"called\" comes before other operators"},
    {AS("[{\"called\":\"b\"},\"number\",\"json\"]"), 77, "\"json\" comes before other operators"},
    {AS("{\"called\":\"a\"}"), 52, "\"called\": \"a\" is called so already"},
    {AS("{\"called\":1}"), 62, "\"called\": expected a string, found a number"},
    {AS("{\"called\":\"b.c\"}"), 62, IS_NO_NAME},
    {AS("{\"called\":\"*\"}"), 62, IS_NO_NAME},
    {AS("{\"called\":\"b[]\"}"), 62, IS_NO_NAME},
    {COMPARE("\"fields\":\"a[]\",\"as\":{\"called\":\"b\"}"), 54,
     "\"called\" is for members: \"fields\" must end with a name"},
    {COMPARE("\"fields\":[\"c.a\",\"c.*\"],\"as\":{\"called\":\"b\"}"), 62,
     "\"called\" is for members: \"fields\" must end with a name"},
    {SECOND(
         "\"priority_fields\":[{\"kind\":\"k\",\"form\":\"value\",\"fields\":[\"a\"],\"name_field\":\"n\",\"why\":\"w\"}],"
         "\"compare\":[{\"name\":\"x\",\"fields\":\"m\",\"as\":{\"called\":\"n\"},\"why\":\"w\"}]"),
     132, "\"called\" can't be about what calls of \"k\" are told by"},
    {SECOND("\"summaries\":[{\"kinds\":[\"k\"],\"form\":\"first_of\",\"fields\":[\"a\",\"n\"],\"why\":\"w\"}],"
            "\"compare\":[{\"name\":\"x\",\"fields\":\"**.n\",\"as\":{\"called\":\"m\"},\"why\":\"w\"}]"),
     122, "\"called\" can't be about what calls of \"k\" are told by"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":[\"if_both\",\"number\"]}]"), 63,
     "operators that take both sides, as \"if_both\", come behind the others"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"renamed\":{\"absent\":true}}}]"), 63,
     "\"renamed\" can't hold \"absent\": what is absent is no name"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"adopt\":\"\"}}]"), 61, NULL},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":[{\"drift\":1},{\"drift\":2}]}]"), 65,
     "this operator is already in \"as\""},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":{\"drift\":1},\"scope\":\"log\"}]"), 72,
     "\"scope\" is for \"renamed\" and \"renamed_parts\": others learn no names"},
    {SECOND("\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"renamed\",\"scope\":\"process\"}]"),
     70, "\"scope\": expected \"thread\" or \"log\", found \"process\""},
    {SECOND(
         "\"compare\":[{\"name\":\"x\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"renamed\",\"scope\":{\"field\":[\"a\",\"b\"]}}]"),
     70, "\"scope\" has one field"},
    {SECOND("\"instead\":[{\"name\":\"x\",\"why\":\"w\",\"ours\":{\"when\":{\"kind\":\"k\"}}}]"), 12,
     "\"canary\" is missing in a rule of \"instead\""},
    {SECOND("\"instead\":[{\"name\":\"x\",\"why\":\"w\",\"canary\":7,\"ours\":{\"when\":{\"kind\":\"k\"}}}]"), 43,
     "\"canary\": expected a block, found a number"},
    {SECOND("\"instead\":[{\"name\":\"x\",\"why\":\"w\",\"canary\":{},\"ours\":{\"when\":{\"kind\":\"k\"}}}]"), 20,
     "a block is told by one of \"when\", \"each\", and \"from\" with \"to\""},
    {SECOND("\"repeats\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"keep\":\"middle\"}]"), 61,
     "\"keep\": expected \"first\" or \"last\", found \"middle\""},
    {SECOND("\"any_order\":[{\"name\":\"x\",\"why\":\"w\"}]"), 14, "\"when\" is missing in a rule of \"any_order\""},
    {SECOND("\"any_order\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"repeats\":1}]"), 66,
     "\"repeats\": expected true or false, found a number"},
    {SECOND("\"repeats\":[{\"name\":\"x\",\"why\":\"w\"}]"), 20,
     "a block is told by one of \"when\", \"each\", and \"from\" with \"to\""},
    {SECOND("\"repeats\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"except\":\"a..b\"}]"), 63,
     "\"except\": \"a..b\" has an empty name"},
    {SECOND("\"may_move\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}}]"), 13,
     "\"by\" is missing in a rule of \"may_move\""},
    {SECOND("\"may_move\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"},\"by\":65537}]"), 60,
     "\"by\": expected a whole number from 1 to 65536, found 65537"},
    {SECOND("\"may_move\":[{\"name\":\"x\",\"why\":\"w\",\"by\":1}]"), 21,
     "a block is told by one of \"when\", \"each\", and \"from\" with \"to\""},
    {SECOND("\"may_move\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"side\":\"ours\"},\"by\":1}]"), 21,
     "\"side\" can't stand in \"may_move\": both sides have such a block"},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"id\"}]"), 41,
     "\"pair\": expected \"value\", \"order\" or \"creation\", found \"id\""},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"when\":{\"kind\":\"k\"}}]"), 12,
     "\"pair\" is missing in a rule of \"threads\""},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"value\"}]"), 20,
     "\"pair\": \"value\" needs \"fields\", which hold it"},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"creation\"}]"), 20,
     "\"pair\": \"creation\" needs \"when\", which tells what creates threads"},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\",\"fields\":\"a\"}]"), 20,
     "\"fields\" are for \"pair\": \"value\" and \"creation\""},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\",\"child\":\"a\"}]"), 20,
     "\"child\" is for \"pair\": \"creation\""},
    {SECOND(
         "\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"creation\",\"when\":{\"kind\":\"k\"},\"child\":[\"a\",\"b\"]}]"),
     20, "\"child\" is one path"},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\",\"when\":{\"side\":\"ours\"}}]"), 64,
     "\"side\" needs \"may_be_missing\": threads of one side have no counterparts"},
    {SECOND(
         "\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"creation\",\"may_be_missing\":true,\"when\":{\"side\":\"ours\"}}]"),
     89, "\"side\" can't stand here: both sides create threads"},
    {SECOND("\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\",\"at_most\":1}]"), 59,
     "\"at_most\" is for threads that \"may_be_missing\""},
    {SECOND(
         "\"threads\":[{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\"},{\"name\":\"x\",\"why\":\"w\",\"pair\":\"order\"}]"),
     58, "\"x\" is already the name of a rule, on line 2"},
};

Test(compare_rules, refusals)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        struct evd_rules *rules;
        struct evd_error error = {0};
        cr_expect_eq(evd_rules_load_text("t", REFUSALS[i].text, strlen(REFUSALS[i].text), NULL, &rules, &error),
                     EVD_E_RULES, "accepted: %s", REFUSALS[i].text);
        cr_expect(error.line == 2 && error.column == REFUSALS[i].column &&
                      (REFUSALS[i].message == NULL || strcmp(error.message, REFUSALS[i].message) == 0),
                  "%s\n  gave %llu:%llu: %s\n  wanted 2:%u: %s", REFUSALS[i].text, (unsigned long long)error.line,
                  (unsigned long long)error.column, error.message, REFUSALS[i].column,
                  REFUSALS[i].message == NULL ? "" : REFUSALS[i].message);
        evd_rules_free(rules);
    }
}

/* Files of the first format have no patterns: a star is a star. */
Test(compare_rules, the_first_format_stays_as_it_was)
{
    struct evd_rules *rules =
        load_text(FILE_WITH("\"skipped_fields\":[{\"kind\":\"k*\",\"fields\":[\"a.*\"],\"why\":\"w\"}]"), NULL);
    cr_expect_not_null(evd_kind_field(kind(rules, "k*"), "a.*", 3));
    evd_rules_free(rules);
}

/* A list of `count` items between head and tail, each of the format with its number. */
static enum evd_status load_list(const char *head, const char *item, const char *tail, int count)
{
    struct evd_buffer text = {0};
    struct evd_rules *rules;
    evd_buffer_string(&text, head);
    for (int i = 0; i < count; i++) {
        char one[256];
        snprintf(one, sizeof one, item, i, i);
        evd_buffer_string(&text, i > 0 && item[0] != '.' ? "," : "");
        evd_buffer_string(&text, one);
    }
    evd_buffer_string(&text, tail);
    const enum evd_status status = evd_rules_load_text("t", text.data, text.length, NULL, &rules, NULL);
    evd_rules_free(rules);
    evd_buffer_release(&text);
    return status;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
Test(compare_rules, limits)
{
#define HEAD "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\"," PAIRING ",\"compare\":["
#define RULE "{\"name\":\"x\",\"why\":\"w\",\"as\":"
    static const struct {
        const char *head, *item, *tail;
        int most;
    } LISTS[] = {
        {HEAD, "{\"name\":\"%d\",\"why\":\"w\",\"fields\":\"a\",\"as\":\"set\"}", "]}", 256},
        {HEAD RULE "\"set\",\"fields\":[", "\"f%d\"", "]}]}", 64},
        {HEAD RULE "\"set\",\"fields\":\"a", ".b", "\"}]}", 31},
        {HEAD RULE "[", "\"set\"", "],\"fields\":\"a\"}]}", 16},
        {HEAD RULE "{\"alike\":[", "[1,%d]", "]},\"fields\":\"a\"}]}", 256},
        {HEAD RULE "{\"alike\":[[", "%d", "]]},\"fields\":\"a\"}]}", 256},
        {HEAD RULE "\"set\",\"fields\":\"a\",\"when\":{\"fields\":{", "\"f%d\":1", "}}}]}", 64},
        {"{\"rules\":\"evdiff.rules/2\",\"name\":\"n\"," PAIRING
         ",\"optional\":[{\"name\":\"x\",\"why\":\"w\",\"each\":[",
         "{\"kind\":\"k%d\"}", "]}]}", 64},
        {HEAD RULE "\"set\",\"fields\":\"a\",\"when\":{\"fields\":{\"f\":{\"one_of\":[", "%d", "]}}}}]}", 256},
        {"{\"rules\":\"evdiff.rules/2\",\"name\":\"n\"," PAIRING ",\"threads\":[",
         "{\"name\":\"x%d\",\"why\":\"w\",\"pair\":\"order\"}", "]}", 64},
        {HEAD RULE "\"set\",\"fields\":\"a\",\"when\":{\"kind\":[", "\"k%d\"", "]}}]}", 256},
    };
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        cr_expect_eq(load_list(LISTS[i].head, LISTS[i].item, LISTS[i].tail, LISTS[i].most), EVD_OK, "%zu", i);
        cr_expect_eq(load_list(LISTS[i].head, LISTS[i].item, LISTS[i].tail, LISTS[i].most + 1), EVD_E_RULES, "%zu", i);
    }
}
#pragma GCC diagnostic pop

static bool read_text(struct evd_arena *arena, const char *digits, size_t length, enum evd_bare_digits bare,
                      struct evd_quantity *quantity)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = {digits, length}};
    bool is_one;
    cr_assert(evd_quantity_read(arena, &value, bare, quantity, &is_one));
    return is_one;
}

Test(compare_rules, quantities_have_at_most_4096_digits)
{
    struct evd_arena arena = {0};
    struct evd_quantity quantity;
    char digits[4097];
    memset(digits, '9', sizeof digits);
    cr_expect(read_text(&arena, digits, 4096, EVD_BARE_DECIMAL, &quantity));
    /* log16(10^4096) */
    cr_expect_eq(quantity.digits.length, 3402);
    cr_expect_not(read_text(&arena, digits, 4097, EVD_BARE_DECIMAL, &quantity));
    cr_expect(read_text(&arena, digits, 4096, EVD_BARE_HEXADECIMAL, &quantity));
    cr_expect_not(read_text(&arena, digits, 4097, EVD_BARE_HEXADECIMAL, &quantity));
    evd_arena_release(&arena);
}

Test(compare_rules, parts_take_at_most_64_letters_by_a_class)
{
    const struct evd_string part = evd_string_of("<%d>");
    char text[80] = "<";
    for (size_t digits = 1; digits <= 65; digits++) {
        memset(text + 1, '7', digits);
        text[1 + digits] = '>';
        cr_expect_eq(evd_part_length(part, (struct evd_string){text, digits + 2}, 0), digits <= 64 ? digits + 2 : 0);
    }
}

Test(compare_rules, patterns)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } CASES[] = {
        {"", "", true},       {"", "a", false},        {"*", "", true},          {"a*", "a", true},
        {"*a", "ba", true},   {"*a", "ab", false},     {"a*c*e", "abcde", true}, {"a*c*e", "abde", false},
        {"\\*", "*", true},   {"\\*", "a", false},     {"\\\\*", "\\x", true},   {"**", "", true},
        {"*ab", "aab", true}, {"*ab*", "xaabx", true}, {"a*a", "a", false},      {"*\\**", "x*y", true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        cr_expect_eq(evd_pattern_fits(evd_string_of(CASES[i].pattern), evd_string_of(CASES[i].text)), CASES[i].fits,
                     "%s on %s", CASES[i].pattern, CASES[i].text);
}

/* A member's name may have any letter, with a backslash. */
Test(compare_rules, paths_have_names_with_dots_and_stars)
{
    struct evd_arena arena = {0};
    struct evd_path path;
    cr_assert_null(evd_path_read(&arena, evd_string_of("a\\.b\\*\\[\\\\.c"), &path));
    cr_assert_eq(path.count, 2);
    expect(path.steps[0].name, "a.b*[\\");
    cr_expect_eq(path.steps[0].form, EVD_STEP_MEMBER);
    expect(path.steps[1].name, "c");
    evd_arena_release(&arena);
}

/* The slow twin of hashing a decoded value is hashing its tokens. */
Test(compare_rules, a_tree_has_the_hash_of_its_text)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_hasher hasher = {0};
    for (unsigned seed = 0; seed < 3000; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        struct evd_value tree;
        struct evd_json_fault fault;
        evd_buffer_string(&text, "{\"a\":");
        struct random spelling = {seed + 1};
        random_json_value(&random, &spelling, 3, &text);
        evd_buffer_byte(&text, '}');
        cr_assert(evd_buffer_reserve(&text, EVD_JSON_PADDING));
        memset(text.data + text.length, 0, EVD_JSON_PADDING);
        const struct evd_json_tape *tape = evd_json_parse(parser, text.data, text.length, &fault);
        cr_assert_not_null(tape, "seed %u: %s", seed, fault.reason);
        cr_assert(evd_value_build(&hasher.arena, tape, 0, &tree));
        cr_expect_eq(evd_hash_tree(&tree), evd_hash_value(&hasher, tape, 0), "seed %u", seed);
        cr_expect_eq(evd_hash_tree_member(77, &tree.object.members[0].value), evd_hash_member(&hasher, tape, 77, 2),
                     "seed %u", seed);
        evd_hasher_reset(&hasher);
        evd_buffer_release(&text);
    }
    evd_hasher_release(&hasher);
    evd_json_parser_destroy(parser);
}

/* Members that are left out leave an object as if they had never been there. */
Test(compare_rules, members_are_left_out)
{
    for (unsigned seed = 0; seed < 2000; seed++) {
        struct random random = {seed};
        struct evd_arena arena = {0};
        struct evd_value object = {.type = EVD_JSON_OBJECT}, wanted = {.type = EVD_JSON_OBJECT};
        uint32_t left_out[12];
        const unsigned count = random_below(&random, 13);
        for (unsigned i = 0; i < count; i++) {
            char *name = evd_arena_alloc(&arena, 2);
            name[0] = (char)('a' + (i * 7 + seed) % 12);
            name[1] = '\0';
            const struct evd_value value = {.type = EVD_JSON_INTEGER, .integer = {name, 1}};
            left_out[i] = random_below(&random, 3) == 0;
            cr_assert(evd_value_add(&arena, &object, evd_string_of(name), &value));
            cr_assert(left_out[i] || evd_value_add(&arena, &wanted, evd_string_of(name), &value));
        }
        evd_value_leave_out(&object, left_out);
        cr_assert_eq(object.object.count, wanted.object.count, "seed %u", seed);
        for (size_t i = 0; i < wanted.object.count; i++) {
            cr_expect(evd_string_equal(object.object.members[i].key, wanted.object.members[i].key), "seed %u", seed);
            cr_expect_eq(object.object.by_key[i], wanted.object.by_key[i], "seed %u", seed);
        }
        evd_arena_release(&arena);
    }
}
