/* junit: what a CI server takes for the result of tests, in the dialect that all of them read: one suite a job, cases
 * with fixed names, counts that add up, no long output. docs/reports.md says what each case stands for.
 *
 * Servers keep a case's history by its suite's and its own name, and threads are not the same from run to run: they are
 * no cases. The texts are short because servers cut or refuse long ones, and drop standard output. */
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/job.h"
#include "report/report.h"
#include "report/root.h"
#include "report/sentences.h"
#include "report/xml.h"

enum {
    TEXT_MAX = 16 * 1024, /* bytes of the text of a failure */
    TAIL_MAX = 100,       /* of them, what says how much is left out */
    NAMED_MAX = 3,        /* families that a message names */
    NAME_MAX = 120,       /* letters of each */
    LINE_MAX = 400,       /* letters of one line of a text */
};

enum result { PASSED, FAILED, BROKEN, SKIPPED, RESULTS };

static const char *const ELEMENTS[] = {[FAILED] = "failure", [BROKEN] = "error", [SKIPPED] = "skipped"};

/* A test as a server shows it. */
struct test_case {
    const char *name;
    enum result result;
    const char *type;          /* unless PASSED or SKIPPED */
    struct evd_buffer message; /* unless PASSED: one line */
    struct evd_buffer text;    /* lines, at most TEXT_MAX bytes; may be empty */
};

/* The order in which the cases are written. Entries of a ledger become cases behind them, skipped ones. */
enum { CASE_MADE, CASE_COMPLETE, CASE_NOTHING_NEW, CASES };

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->data, buffer->length};
}

/* Adds a line to a text; false when there is no room for it and for what says that more is left out. */
static bool add_line(struct evd_buffer *text, const struct evd_buffer *line)
{
    text->failed |= line->failed;
    if (text->length + line->length > TEXT_MAX - TAIL_MAX)
        return false;
    evd_append_text(text, text_of(line));
    return true;
}

static void say_rest(struct evd_buffer *text, size_t count, const char *one, const char *many)
{
    if (count > 0)
        evd_buffer_format(text, "and %s more %s; the full report has %s\n", evd_grouped(count).text,
                          count == 1 ? one : many, count == 1 ? "it" : "them");
}

/* "16 families: 71fe4af3 value kernel.return NtReadFile return_value, …, and 13 more" */
static void name_roots(struct evd_buffer *message, const struct evd_outcome *outcome)
{
    const size_t roots = outcome->root_family_count;
    evd_buffer_format(message, "%s famil%s: ", evd_grouped(roots).text, roots == 1 ? "y" : "ies");
    for (size_t i = 0; i < roots && i < NAMED_MAX; i++) {
        evd_buffer_string(message, i ? ", " : "");
        evd_describe_root_name(message, &outcome->families[i], NAME_MAX);
    }
    if (roots > NAMED_MAX)
        evd_buffer_format(message, ", and %s more", evd_grouped(roots - NAMED_MAX).text);
}

static void tell_roots(struct evd_buffer *text, const struct evd_outcome *outcome)
{
    struct evd_buffer line = {0};
    size_t told = 0;
    evd_describe_families(text, outcome);
    evd_buffer_string(text, "\n\n");
    for (; told < outcome->root_family_count; told++) {
        evd_buffer_clear(&line);
        evd_describe_root(&line, outcome, &outcome->families[told]);
        evd_buffer_byte(&line, '\n');
        if (!add_line(text, &line))
            break;
    }
    say_rest(text, outcome->root_family_count - told, "family", "families");
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
        evd_append_line(&line, text_of(&first));
        evd_cut_letters(&line, 0, LINE_MAX);
        evd_buffer_byte(&line, '\n');
        line.failed |= first.failed;
        untold += untold > 0 || !add_line(text, &line);
    }
    say_rest(text, untold, "thread", "threads");
    evd_buffer_release(&line);
    evd_buffer_release(&first);
}

static void judge_complete(struct test_case *test, const struct evd_outcome *outcome)
{
    if (outcome->verdict != EVD_VERDICT_INCONCLUSIVE)
        return;
    test->result = FAILED;
    test->type = "inconclusive";
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        if (i == 0)
            evd_buffer_string(&test->message, sentence.text);
        evd_buffer_format(&test->text, "%s\n", sentence.text);
    }
}

static bool has_diverged(const struct evd_outcome *outcome)
{
    if (outcome->control_count > 0)
        return outcome->news_count > 0 || outcome->verdict == EVD_VERDICT_DIVERGED;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_pair_state(&outcome->pairs[i]) == EVD_STATE_DIVERGED)
            return true;
    return false;
}

static void judge_new(struct test_case *test, const struct evd_outcome *outcome)
{
    if (!has_diverged(outcome))
        return;
    test->result = FAILED;
    test->type = "diverged";
    evd_describe_verdict(&test->text, outcome);
    evd_buffer_string(&test->text, "; ");
    evd_describe_matched(&test->text, outcome);
    evd_buffer_byte(&test->text, '\n');
    if (outcome->root_family_count > 0) {
        name_roots(&test->message, outcome);
        tell_roots(&test->text, outcome);
    } else {
        evd_describe_verdict(&test->message, outcome);
        tell_firsts(&test->text, outcome);
    }
}

static void judge(struct test_case tests[CASES], const struct evd_outcome *outcome)
{
    tests[CASE_MADE].name = "made";
    tests[CASE_COMPLETE].name = "complete";
    tests[CASE_NOTHING_NEW].name = "nothing new";
    if (outcome->verdict == EVD_VERDICT_NOTHING) {
        tests[CASE_MADE].result = BROKEN;
        tests[CASE_MADE].type = "nothing compared";
        evd_describe_verdict(&tests[CASE_MADE].message, outcome);
        for (int i = CASE_MADE + 1; i < CASES; i++) {
            tests[i].result = SKIPPED;
            evd_buffer_string(&tests[i].message, "nothing was compared");
        }
        return;
    }
    judge_complete(&tests[CASE_COMPLETE], outcome);
    judge_new(&tests[CASE_NOTHING_NEW], outcome);
}

static void write_attribute(struct evd_buffer *out, const char *name, struct evd_text value)
{
    evd_buffer_format(out, " %s=\"", name);
    evd_append_xml(out, value, false);
    evd_buffer_byte(out, '"');
}

static void write_property(struct evd_buffer *out, const char *name, struct evd_text value)
{
    evd_buffer_format(out, "<property name=\"evdiff.%s\"", name);
    write_attribute(out, "value", value);
    evd_buffer_string(out, "/>\n");
}

static void write_properties(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const char *verdict = evd_verdict_name(outcome->verdict);
    struct evd_buffer matched = {0};
    evd_describe_matched(&matched, outcome);
    out->failed |= matched.failed;
    evd_buffer_string(out, "<properties>\n");
    write_property(out, "verdict", (struct evd_text){verdict, strlen(verdict)});
    write_property(out, "matched", text_of(&matched));
    for (int side = 0; side < EVD_SIDES; side++)
        write_property(out, evd_side_name(side), outcome->path[side]);
    evd_buffer_string(out, "</properties>\n");
    evd_buffer_release(&matched);
}

static void write_case(struct evd_buffer *out, const struct test_case *test, struct evd_text job)
{
    const char *element = ELEMENTS[test->result];
    out->failed |= test->message.failed || test->text.failed;
    evd_buffer_string(out, "<testcase");
    write_attribute(out, "classname", job);
    evd_buffer_format(out, " name=\"%s\" time=\"0\"", test->name);
    if (test->result == PASSED) {
        evd_buffer_string(out, "/>\n");
        return;
    }
    evd_buffer_format(out, ">\n<%s", element);
    if (test->type != NULL)
        evd_buffer_format(out, " type=\"%s\"", test->type);
    write_attribute(out, "message", text_of(&test->message));
    if (test->text.length > 0) {
        evd_buffer_byte(out, '>');
        evd_append_xml(out, text_of(&test->text), true);
        evd_buffer_format(out, "</%s>\n</testcase>\n", element);
    } else {
        evd_buffer_string(out, "/>\n</testcase>\n");
    }
}

static void write_counts(struct evd_buffer *out, const struct test_case tests[CASES])
{
    int counts[RESULTS] = {0};
    for (int i = 0; i < CASES; i++)
        counts[tests[i].result]++;
    evd_buffer_format(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"0\"", CASES,
                      counts[FAILED], counts[BROKEN], counts[SKIPPED]);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct evd_buffer *buffer = &out->buffer;
    const struct evd_text job = evd_report_job(outcome, options);
    struct test_case tests[CASES] = {0};
    judge(tests, outcome);
    evd_buffer_string(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"evdiff\"");
    write_counts(buffer, tests);
    evd_buffer_string(buffer, ">\n<testsuite");
    write_attribute(buffer, "name", job);
    write_counts(buffer, tests);
    evd_buffer_string(buffer, " id=\"0\">\n");
    write_properties(buffer, outcome);
    for (int i = 0; i < CASES; i++) {
        write_case(buffer, &tests[i], job);
        evd_buffer_release(&tests[i].message);
        evd_buffer_release(&tests[i].text);
    }
    evd_buffer_string(buffer, "</testsuite>\n</testsuites>\n");
}

const struct evd_report_format evd_format_junit = {
    "junit", "the verdict as tests, for CI servers (XML)", true, false, ".xml", render};
