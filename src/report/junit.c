/* junit: what a CI server takes for the result of tests, in the dialect that all of them read: one suite a job, cases
 * with fixed names, counts that add up, no long output. docs/reports.md says what each case stands for.
 *
 * Servers keep a case's history by its suite's and its own name, and threads are not the same from run to run: they are
 * no cases. The texts are short because servers cut or refuse long ones, and drop standard output. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/report.h"
#include "report/root.h"
#include "report/sentences.h"
#include "report/suite.h"

enum {
    NAMED_MAX = 3,  /* families that a message names */
    NAME_MAX = 120, /* letters of each */
    LINE_MAX = 400, /* letters of one line of a text */
};

/* The order in which the cases are written; the last one with a ledger only. Its lines become cases behind them, skipped ones. */
enum { CASE_MADE, CASE_COMPLETE, CASE_NOTHING_NEW, CASE_LEDGER_HOLDS, CASES };

struct suite {
    const struct evd_outcome *outcome;
    const struct evd_known *known; /* or NULL */
    struct evd_test_case tests[CASES];
    int count;    /* of the tests */
    size_t lines; /* of the ledger, that become cases */
};

/* Whether a line of the ledger, and not that there is none, makes a family one to be looked at. */
static bool is_broken_line(const struct evd_listed_family *known)
{
    return strcmp(known->standing, "regressed") == 0 || strcmp(known->standing, "expired") == 0;
}

/* The families that a case is about, by their place from `from` on: without a ledger the roots. */
static bool next_family(const struct suite *suite, int which, size_t *from, size_t *family)
{
    const size_t count = suite->known != NULL ? suite->known->fail_count : evd_told_count(suite->outcome, suite->known);
    while (*from < count) {
        *family = evd_told_family(suite->known, (*from)++);
        const struct evd_listed_family *known = evd_known_of(suite->known, *family);
        if (known == NULL || is_broken_line(known) == (which == CASE_LEDGER_HOLDS))
            return true;
    }
    return false;
}

static size_t count_families(const struct suite *suite, int which)
{
    size_t count = 0, family;
    for (size_t from = 0; next_family(suite, which, &from, &family);)
        count++;
    return count;
}

/* "16 families: 71fe4af3 value kernel.return NtReadFile return_value, …, and 13 more" */
static void name_families(struct evd_buffer *message, const struct suite *suite, int which)
{
    const size_t count = count_families(suite, which);
    size_t named = 0, family;
    evd_buffer_format(message, "%s famil%s: ", evd_grouped(count).text, count == 1 ? "y" : "ies");
    for (size_t from = 0; named < NAMED_MAX && next_family(suite, which, &from, &family); named++) {
        evd_buffer_string(message, named > 0 ? ", " : "");
        evd_describe_root_name(message, &suite->outcome->families[family], NAME_MAX);
    }
    if (count > named)
        evd_buffer_format(message, ", and %s more", evd_grouped(count - named).text);
}

/* What a ledger says of a family is below its name. */
static void add_family(struct evd_buffer *line, const struct suite *suite, size_t family)
{
    const struct evd_listed_family *known = evd_known_of(suite->known, family);
    evd_buffer_clear(line);
    evd_describe_root(line, suite->outcome, &suite->outcome->families[family]);
    if (known != NULL) {
        const size_t begin = line->length;
        evd_buffer_string(line, "  ");
        evd_describe_known(line, known);
        evd_cut_letters(line, begin, EVD_ROOT_LINE_MAX);
        evd_buffer_byte(line, '\n');
    }
    evd_buffer_byte(line, '\n');
}

static void tell_families(struct evd_buffer *text, const struct suite *suite, int which)
{
    struct evd_buffer line = {0};
    size_t told = 0, family;
    evd_describe_families(text, suite->outcome);
    if (suite->known != NULL) {
        evd_buffer_string(text, "; ");
        evd_describe_known_counts(text, suite->known);
    }
    evd_buffer_string(text, "\n\n");
    for (size_t from = 0; next_family(suite, which, &from, &family); told++) {
        add_family(&line, suite, family);
        if (!evd_test_add_line(text, &line))
            break;
    }
    evd_test_say_rest(text, count_families(suite, which) - told, "family", "families");
    evd_buffer_release(&line);
}

/* Without families, as of a diff that stops at each thread's first divergence. */
static void tell_firsts(struct evd_buffer *text, const struct evd_outcome *outcome)
{
    struct evd_buffer line = {0}, first = {0};
    size_t untold = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        uint64_t matched;
        const struct evd_first_divergence *told = evd_told_first(&outcome->pairs[i], &matched);
        if (told == NULL)
            continue;
        evd_buffer_clear(&first);
        evd_buffer_clear(&line);
        evd_buffer_format(&first, "canary %lld, ours %lld: ", (long long)outcome->pairs[i].tid[EVD_CANARY],
                          (long long)outcome->pairs[i].tid[EVD_OURS]);
        evd_describe_first(&first, told);
        evd_append_line(&line, (struct evd_text){first.data, first.length});
        evd_cut_letters(&line, 0, LINE_MAX);
        evd_buffer_byte(&line, '\n');
        line.failed |= first.failed;
        untold += untold > 0 || !evd_test_add_line(text, &line);
    }
    evd_test_say_rest(text, untold, "thread", "threads");
    evd_buffer_release(&line);
    evd_buffer_release(&first);
}

static void judge_complete(struct evd_test_case *test, const struct evd_outcome *outcome)
{
    if (outcome->verdict != EVD_VERDICT_INCONCLUSIVE)
        return;
    test->result = EVD_TEST_FAILED;
    test->type = "inconclusive";
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        if (i == 0)
            evd_buffer_string(&test->message, sentence.text);
        evd_buffer_format(&test->text, "%s\n", sentence.text);
    }
}

static bool has_diverged(const struct suite *suite)
{
    const struct evd_outcome *outcome = suite->outcome;
    if (suite->known != NULL)
        return count_families(suite, CASE_NOTHING_NEW) > 0;
    if (outcome->control_count > 0)
        return outcome->news_count > 0 || outcome->verdict == EVD_VERDICT_DIVERGED;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_pair_state(&outcome->pairs[i]) == EVD_STATE_DIVERGED)
            return true;
    return false;
}

static void judge_new(struct evd_test_case *test, const struct suite *suite)
{
    const struct evd_outcome *outcome = suite->outcome;
    if (!has_diverged(suite))
        return;
    test->result = EVD_TEST_FAILED;
    test->type = suite->known != NULL ? "new" : "diverged";
    evd_describe_verdict(&test->text, outcome);
    evd_buffer_string(&test->text, "; ");
    evd_describe_matched(&test->text, outcome);
    evd_buffer_byte(&test->text, '\n');
    if (outcome->root_family_count > 0) {
        name_families(&test->message, suite, CASE_NOTHING_NEW);
        tell_families(&test->text, suite, CASE_NOTHING_NEW);
    } else {
        evd_describe_verdict(&test->message, outcome);
        tell_firsts(&test->text, outcome);
    }
}

static void judge_ledger(struct evd_test_case *test, const struct suite *suite)
{
    if (count_families(suite, CASE_LEDGER_HOLDS) == 0)
        return;
    test->result = EVD_TEST_FAILED;
    test->type = "ledger";
    name_families(&test->message, suite, CASE_LEDGER_HOLDS);
    tell_families(&test->text, suite, CASE_LEDGER_HOLDS);
}

static void judge(struct suite *suite)
{
    const struct evd_outcome *outcome = suite->outcome;
    struct evd_test_case *tests = suite->tests;
    suite->count = suite->known != NULL ? CASES : CASE_LEDGER_HOLDS;
    for (size_t i = 0; i < outcome->family_count; i++)
        suite->lines += evd_is_known_bug(suite->known, i);
    tests[CASE_MADE].name = "made";
    tests[CASE_COMPLETE].name = "complete";
    tests[CASE_NOTHING_NEW].name = "nothing new";
    tests[CASE_LEDGER_HOLDS].name = "ledger holds";
    if (outcome->verdict == EVD_VERDICT_NOTHING) {
        tests[CASE_MADE].result = EVD_TEST_BROKEN;
        tests[CASE_MADE].type = "nothing compared";
        evd_describe_verdict(&tests[CASE_MADE].message, outcome);
        for (int i = CASE_MADE + 1; i < suite->count; i++) {
            tests[i].result = EVD_TEST_SKIPPED;
            evd_buffer_string(&tests[i].message, "nothing was compared");
        }
        return;
    }
    judge_complete(&tests[CASE_COMPLETE], outcome);
    judge_new(&tests[CASE_NOTHING_NEW], suite);
    if (suite->known != NULL)
        judge_ledger(&tests[CASE_LEDGER_HOLDS], suite);
}

static void write_properties(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const char *verdict = evd_verdict_name(outcome->verdict);
    struct evd_buffer text = {0};
    evd_describe_matched(&text, outcome);
    out->failed |= text.failed;
    evd_buffer_string(out, "<properties>\n");
    evd_property_write(out, "verdict", (struct evd_text){verdict, strlen(verdict)});
    evd_property_write(out, "matched", (struct evd_text){text.data, text.length});
    for (int side = 0; side < EVD_SIDES; side++)
        evd_property_write(out, evd_side_name(side), outcome->path[side]);
    for (size_t i = 0; i < evd_log_count(outcome); i++) {
        char name[48] = "skipped_lines.canary";
        if (evd_skipped_in(outcome, i)->count == 0)
            continue;
        if (i == EVD_OURS)
            snprintf(name, sizeof name, "skipped_lines.ours");
        else if (i >= EVD_SIDES)
            snprintf(name, sizeof name, "skipped_lines.control.%zu", i - EVD_SIDES);
        evd_buffer_clear(&text);
        evd_describe_skipped(&text, outcome, i);
        out->failed |= text.failed;
        evd_property_write(out, name, (struct evd_text){text.data, text.length});
    }
    evd_buffer_string(out, "</properties>\n");
    evd_buffer_release(&text);
}

/* A family that the ledger has as a bug: named by its whole signature, so that no two cases have one name. */
static void write_line(struct evd_buffer *out, const struct suite *suite, size_t family, struct evd_text job)
{
    struct evd_test_case test = {.result = EVD_TEST_SKIPPED};
    struct evd_buffer name = {0};
    const struct evd_family *told = &suite->outcome->families[family];
    evd_buffer_format(&name, "known %016" PRIx64 " %s ", told->signature, evd_class_name(told->class_));
    evd_describe_subject(&name, told);
    evd_cut_letters(&name, 0, NAME_MAX);
    evd_buffer_byte(&name, '\0');
    test.name = name.failed ? "" : name.data;
    evd_describe_known_line(&test.message, &suite->known->families[family]);
    evd_cut_letters(&test.message, 0, LINE_MAX);
    out->failed |= name.failed;
    evd_test_write(out, &test, job);
    evd_buffer_release(&name);
    evd_buffer_release(&test.message);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct evd_buffer *buffer = &out->buffer;
    const struct evd_text job = evd_report_job(outcome, options);
    struct suite suite = {.outcome = outcome, .known = options->known};
    judge(&suite);
    size_t counts[EVD_TEST_RESULTS] = {[EVD_TEST_SKIPPED] = suite.lines};
    for (int i = 0; i < suite.count; i++)
        counts[suite.tests[i].result]++;
    evd_suites_begin(buffer, counts);
    evd_suite_begin(buffer, job, counts, 0);
    write_properties(buffer, outcome);
    for (int i = 0; i < suite.count; i++) {
        evd_test_write(buffer, &suite.tests[i], job);
        evd_buffer_release(&suite.tests[i].message);
        evd_buffer_release(&suite.tests[i].text);
    }
    for (size_t i = 0; i < outcome->family_count; i++)
        if (evd_is_known_bug(options->known, i)) {
            write_line(buffer, &suite, i, job);
            evd_output_flush_some(out);
        }
    evd_buffer_string(buffer, "</testsuite>\n</testsuites>\n");
}

const struct evd_report_format evd_format_junit = {
    "junit", "the verdict as tests, for CI servers (XML)", true, false, ".xml", render};
