/* junit: a suite a job, for CI servers, in the dialect of report/junit.c: cases with fixed names, and a skipped one for each line of a
 * ledger that says what is known. */
#include <string.h>

#include "base/letters.h"
#include "batch/night_rows.h"
#include "report/suite.h"

enum { NAMED_MAX = 3, NAME_MAX = 120, LINE_MAX = 400 };

enum { CASE_MADE, CASE_COMPLETE, CASE_NOTHING_NEW, CASE_LEDGER_HOLDS, CASES };

struct suite {
    const struct evd_night *night;
    const struct evd_night_job *job;
    struct evd_test_case tests[CASES];
    size_t lines; /* of ledgers, which become cases */
};

static struct evd_text text_of(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

/* ── Made, complete ── */

static bool is_broken(const struct evd_night_run *run)
{
    return run->result != EVD_RESULT_DONE || strcmp(run->verdict, "nothing_compared") == 0;
}

static bool is_inconclusive(const struct evd_night_run *run)
{
    return run->result == EVD_RESULT_DONE && strcmp(run->verdict, "inconclusive") == 0;
}

/* "run 2: ", where there are several. */
static void name_run(struct evd_buffer *out, const struct evd_night_job *job, size_t run)
{
    if (job->run_count > 1)
        evd_buffer_format(out, "run %zu: ", run + 1);
}

/* The lines of a run's message. */
static void tell_run(struct evd_test_case *test, const struct evd_night_job *job, size_t run, const char *what)
{
    struct evd_buffer line = {0};
    const char *message = job->runs[run].message;
    if (test->message.length == 0) {
        name_run(&test->message, job, run);
        evd_buffer_string(&test->message, what);
    }
    name_run(&line, job, run);
    evd_buffer_format(&line, "%s\n", what);
    evd_test_add_line(&test->text, &line);
    while (*message != '\0') {
        const size_t length = strcspn(message, "\n");
        evd_buffer_clear(&line);
        evd_append_line(&line, (struct evd_text){message, length});
        evd_cut_letters(&line, 0, LINE_MAX);
        evd_buffer_byte(&line, '\n');
        if (!evd_test_add_line(&test->text, &line))
            break;
        message += length + (message[length] != '\0');
    }
    evd_buffer_release(&line);
}

static void judge_made(struct suite *suite)
{
    struct evd_test_case *test = &suite->tests[CASE_MADE];
    for (size_t i = 0; i < suite->job->run_count; i++) {
        const struct evd_night_run *run = &suite->job->runs[i];
        if (!is_broken(run))
            continue;
        const char *what = run->result != EVD_RESULT_DONE ? evd_result_name(run->result) : "nothing compared";
        if (test->result == EVD_TEST_PASSED) {
            test->result = EVD_TEST_BROKEN;
            test->type = what;
        }
        tell_run(test, suite->job, i, what);
    }
}

static void judge_complete(struct suite *suite)
{
    struct evd_test_case *test = &suite->tests[CASE_COMPLETE];
    for (size_t i = 0; i < suite->job->run_count; i++) {
        if (!is_inconclusive(&suite->job->runs[i]))
            continue;
        test->result = EVD_TEST_FAILED;
        test->type = "inconclusive";
        tell_run(test, suite->job, i, "inconclusive");
    }
}

/* ── What fails ── */

/* Whether it is a line of a ledger that makes something fail, and not that there is none. */
static bool is_of_ledger(enum evd_standing standing)
{
    return standing == EVD_STANDING_REGRESSED || standing == EVD_STANDING_EXPIRED ||
           standing == EVD_STANDING_FIXED_MAYBE;
}

/* The name, and what there is to say, of the family or line of a job that makes it fail, by number from *from on. */
struct failure {
    enum evd_standing standing;
    const char *what, *note, *difference, *place; /* the last two NULL of a line */
};

static bool fails(const struct suite *suite, enum evd_standing standing)
{
    const int state = evd_night_state_of(standing);
    return state >= 0 && (suite->night->fail_on & 1u << state) != 0;
}

static bool next_failure(const struct suite *suite, int which, size_t *from, struct failure *failure)
{
    const struct evd_night_families *families = &suite->job->families;
    const struct evd_night_lines *lines = &suite->job->lines;
    for (; *from < families->count + lines->count; ++*from) {
        const bool is_family = *from < families->count;
        const struct evd_night_family *family = is_family ? &families->list[*from] : NULL;
        const struct evd_night_line *line = is_family ? NULL : &lines->list[*from - families->count];
        const enum evd_standing standing = is_family ? family->standing : line->standing;
        if (!fails(suite, standing) || is_of_ledger(standing) != (which == CASE_LEDGER_HOLDS))
            continue;
        *failure = is_family ? (struct failure){standing, family->what, family->note, family->difference, family->place}
                             : (struct failure){standing, line->what, line->note, NULL, NULL};
        ++*from;
        return true;
    }
    return false;
}

static void add_part(struct evd_buffer *out, const char *text, size_t most)
{
    const size_t begin = out->length;
    evd_append_line(out, text_of(text));
    evd_cut_letters(out, begin, most);
}

/* "regressed, listed as fixed; https://bugs/771"; of a line "fixed?: known; https://bugs/771". */
static void add_standing(struct evd_buffer *out, enum evd_standing standing, const char *note, bool is_line)
{
    if (is_line || note[0] == '\0')
        evd_buffer_string(out, evd_standing_summary(standing));
    if (is_line && note[0] != '\0')
        evd_buffer_string(out, ": ");
    add_part(out, note, LINE_MAX);
}

/* "71fe4af3 value kernel.return NtReadFile return_value", both values, where, and what its line says. */
static void add_failure(struct evd_buffer *line, const struct failure *failure)
{
    evd_buffer_clear(line);
    add_part(line, failure->what, LINE_MAX);
    evd_buffer_string(line, "\n  ");
    add_standing(line, failure->standing, failure->note, failure->difference == NULL);
    if (failure->difference != NULL) {
        evd_buffer_string(line, "\n  ");
        add_part(line, failure->difference, LINE_MAX);
        evd_buffer_string(line, "\n  at ");
        add_part(line, failure->place, LINE_MAX);
    }
    evd_buffer_string(line, "\n\n");
}

static void tell_failures(struct suite *suite, int which)
{
    struct evd_test_case *test = &suite->tests[which];
    struct evd_buffer line = {0};
    struct failure failure;
    size_t count = 0, told = 0;
    for (size_t from = 0; next_failure(suite, which, &from, &failure);)
        count++;
    evd_buffer_format(&test->message, "%s famil%s: ", evd_grouped(count).text, count == 1 ? "y" : "ies");
    for (size_t from = 0, i = 0; i < NAMED_MAX && next_failure(suite, which, &from, &failure); i++) {
        evd_buffer_string(&test->message, i > 0 ? ", " : "");
        add_part(&test->message, failure.what, NAME_MAX);
    }
    if (count > NAMED_MAX)
        evd_buffer_format(&test->message, ", and %s more", evd_grouped(count - NAMED_MAX).text);
    for (size_t from = 0; next_failure(suite, which, &from, &failure); told++) {
        add_failure(&line, &failure);
        if (!evd_test_add_line(&test->text, &line))
            break;
    }
    evd_test_say_rest(&test->text, count - told, "family", "families");
    evd_buffer_release(&line);
}

static void judge_failures(struct suite *suite, int which)
{
    struct evd_test_case *test = &suite->tests[which];
    struct failure failure;
    size_t from = 0;
    if (next_failure(suite, which, &from, &failure)) {
        test->result = EVD_TEST_FAILED;
        test->type = which == CASE_LEDGER_HOLDS ? "ledger" : evd_standing_name(failure.standing);
        tell_failures(suite, which);
    } else if (which == CASE_NOTHING_NEW && evd_job_is_new_without_family(suite->job) &&
               fails(suite, EVD_STANDING_NEW)) {
        test->result = EVD_TEST_FAILED;
        test->type = "new";
        evd_buffer_string(&test->message, "a thread ends early or has no counterpart");
    }
}

/* ── Lines of ledgers ── */

static bool is_bug(const struct evd_ledger_entry *entry)
{
    return entry != NULL && (entry->state == EVD_LEDGER_KNOWN || entry->state == EVD_LEDGER_FLAKY);
}

static bool is_known_family(const struct suite *suite, const struct evd_night_family *family)
{
    return is_bug(family->entry) && family->standing != EVD_STANDING_NEW && !fails(suite, family->standing);
}

static bool is_known_line(const struct suite *suite, const struct evd_night_line *line)
{
    return is_bug(line->entry) && !fails(suite, line->standing);
}

static void write_line(struct evd_buffer *out, const struct suite *suite, uint64_t signature, const char *what,
                       enum evd_standing standing, const char *note, bool is_line)
{
    struct evd_test_case test = {.result = EVD_TEST_SKIPPED};
    struct evd_buffer name = {0};
    const char *subject = strchr(what, ' ');
    evd_buffer_format(&name, "known %016llx", (unsigned long long)signature);
    if (subject != NULL)
        add_part(&name, subject, NAME_MAX);
    evd_buffer_byte(&name, '\0');
    test.name = name.failed ? "" : name.data;
    add_standing(&test.message, standing, note, is_line);
    out->failed |= name.failed;
    evd_test_write(out, &test, text_of(suite->job->name));
    evd_buffer_release(&name);
    evd_buffer_release(&test.message);
}

static void write_lines(struct evd_output *out, const struct suite *suite)
{
    const struct evd_night_job *job = suite->job;
    for (size_t i = 0; i < job->families.count; i++) {
        const struct evd_night_family *family = &job->families.list[i];
        if (is_known_family(suite, family))
            write_line(&out->buffer, suite, family->signature, family->what, family->standing, family->note, false);
        evd_output_flush_some(out);
    }
    for (size_t i = 0; i < job->lines.count; i++) {
        const struct evd_night_line *line = &job->lines.list[i];
        if (is_known_line(suite, line))
            write_line(&out->buffer, suite, line->signature, line->what, line->standing, line->note, true);
        evd_output_flush_some(out);
    }
}

/* ── All ── */

static void skip(struct evd_test_case *test, const char *why)
{
    test->result = EVD_TEST_SKIPPED;
    evd_buffer_string(&test->message, why);
}

static void judge(struct suite *suite)
{
    static const char *const NAMES[CASES] = {
        [CASE_MADE] = "made",
        [CASE_COMPLETE] = "complete",
        [CASE_NOTHING_NEW] = "nothing new",
        [CASE_LEDGER_HOLDS] = "ledger holds",
    };
    for (int i = 0; i < CASES; i++)
        suite->tests[i].name = NAMES[i];
    suite->tests[CASE_MADE].file = strcmp(suite->night->manifest, "-") == 0 ? "standard input" : suite->night->manifest;
    suite->tests[CASE_MADE].line = suite->job->line;
    judge_made(suite);
    judge_complete(suite);
    if (!suite->job->is_conclusive) {
        const bool is_made = suite->tests[CASE_MADE].result == EVD_TEST_PASSED;
        if (!is_made && suite->tests[CASE_COMPLETE].result == EVD_TEST_PASSED)
            skip(&suite->tests[CASE_COMPLETE], "a diff was not made");
        skip(&suite->tests[CASE_NOTHING_NEW], is_made ? "inconclusive" : "a diff was not made");
        skip(&suite->tests[CASE_LEDGER_HOLDS], is_made ? "inconclusive" : "a diff was not made");
        return;
    }
    judge_failures(suite, CASE_NOTHING_NEW);
    judge_failures(suite, CASE_LEDGER_HOLDS);
    for (size_t i = 0; i < suite->job->families.count; i++)
        suite->lines += is_known_family(suite, &suite->job->families.list[i]);
    for (size_t i = 0; i < suite->job->lines.count; i++)
        suite->lines += is_known_line(suite, &suite->job->lines.list[i]);
}

static void count(const struct suite *suite, size_t counts[EVD_TEST_RESULTS])
{
    for (int i = 0; i < CASES; i++)
        counts[suite->tests[i].result]++;
    counts[EVD_TEST_SKIPPED] += suite->lines;
}

static void release(struct suite *suite)
{
    for (int i = 0; i < CASES; i++) {
        evd_buffer_release(&suite->tests[i].message);
        evd_buffer_release(&suite->tests[i].text);
    }
}

static void write_suite(struct evd_output *out, struct suite *suite, size_t number)
{
    size_t counts[EVD_TEST_RESULTS] = {0};
    const struct evd_night_job *job = suite->job;
    count(suite, counts);
    evd_suite_begin(&out->buffer, text_of(job->name), counts, number);
    evd_buffer_string(&out->buffer, "<properties>\n");
    evd_property_write(&out->buffer, "night", text_of(suite->night->name));
    evd_property_write(&out->buffer, "state", text_of(evd_job_state_name(job->state)));
    for (size_t i = 0; i < job->run_count; i++)
        evd_property_write(
            &out->buffer, "verdict",
            text_of(job->runs[i].verdict != NULL ? job->runs[i].verdict : evd_result_name(job->runs[i].result)));
    evd_buffer_string(&out->buffer, "</properties>\n");
    for (int i = 0; i < CASES; i++)
        evd_test_write(&out->buffer, &suite->tests[i], text_of(job->name));
    if (job->is_conclusive)
        write_lines(out, suite);
    evd_buffer_string(&out->buffer, "</testsuite>\n");
    evd_output_flush_some(out);
}

static void render(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out)
{
    size_t counts[EVD_TEST_RESULTS] = {0};
    (void)tally;
    for (size_t i = 0; i < night->job_count; i++) {
        struct suite suite = {.night = night, .job = &night->jobs[i]};
        judge(&suite);
        count(&suite, counts);
        release(&suite);
    }
    evd_suites_begin(&out->buffer, counts);
    for (size_t i = 0; i < night->job_count; i++) {
        struct suite suite = {.night = night, .job = &night->jobs[i]};
        judge(&suite);
        write_suite(out, &suite, i);
        release(&suite);
    }
    evd_buffer_string(&out->buffer, "</testsuites>\n");
}

const struct evd_night_format evd_night_junit = {"junit", "a suite a job, for CI servers (XML)", render};
