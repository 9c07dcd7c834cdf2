/* The grammar of the ledger, both ways: what a line says, and what is no line. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buffer.h"
#include "ledger/line.h"
#include "ledger_lines.h"
#include "random.h"

Test(ledger_line, a_line_is_taken_apart)
{
    struct evd_ledger_file *file = read_file(HEADER "\n# a comment\n" TICKS "\n" STRDUP "\n" READ "\n");
    size_t count, problems;
    evd_ledger_file_problems(file, &problems);
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &count);
    cr_assert_eq(problems, 0);
    cr_assert_eq(count, 3);
    cr_assert_eq(entries[2].state, EVD_LEDGER_KNOWN);
    cr_assert_eq(entries[2].key.class_, EVD_CLASS_VALUE);
    cr_assert_eq(entries[2].key.after_count, 2);
    cr_assert_eq(entries[2].until, 20270201);
    cr_assert_eq(entries[2].line, 6);
    cr_assert_eq(entries[2].signature, 0x71fe4af319cb22c7);
    cr_assert_eq(entries[2].reason.length, strlen("overlapped reads complete at once"));
    cr_assert_eq(entries[0].job.length, 1);
    expect_text(file, HEADER "\n# a comment\n" TICKS "\n" STRDUP "\n" READ "\n");
    expect_changes(file, "");
    evd_ledger_file_free(file);
}

/* The first and the last pair of surrogates spell the first and the last letter beyond the basic plane. */
Test(ledger_line, escapes_of_a_string_are_letters)
{
    struct evd_ledger_file *file =
        read_file(HEADER "\n67993480bfeb799a noise value k c \"\\ud800\\udc00\\udbff\\udfff\\u00e9\\n\"\n");
    size_t count;
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &count);
    cr_assert_eq(count, 1);
    static const char FIELD[] = "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xc3\xa9\n";
    cr_expect_eq(entries[0].key.field.length, sizeof FIELD - 1);
    cr_expect_eq(memcmp(entries[0].key.field.bytes, FIELD, sizeof FIELD - 1), 0);
    evd_ledger_file_free(file);
}

/* Each with its place. */
Test(ledger_line, a_line_that_is_none_is_told_with_its_place)
{
    static const struct {
        const char *line;
        size_t column;
        const char *message;
    } CASES[] = {
        {"0679", 1, "a line begins with a signature"},
        {"067993480BFEB799 noise", 1, "a line begins with a signature"},
        {"067993480bfeb799 nose value k c f", 18, "the state is none of noise, known, flaky, fixed"},
        {"067993480bfeb799 noise valve k c f", 24, "the class is none of value"},
        {"067993480bfeb799 noise value k c", 33, "there is no field"},
        {"067993480bfeb799 noise value k c # f", 34, "there is no field"},
        {"067993480bfeb799 noise value k c f x", 36, "expected an attribute"},
        {"067993480bfeb799 noise value k c f jobs=x", 36, "did you mean job=?"},
        {"067993480bfeb799 noise value k c f job=", 40, "job= is empty"},
        {"067993480bfeb799 noise value k c f job=a job=b", 42, "job= stands twice"},
        {"067993480bfeb799 noise value k c f until=2027-02-29", 42, "is no day"},
        {"067993480bfeb799 noise value k c f since=2027-13-01", 42, "is no day"},
        {"067993480bfeb799 noise value k c f after=a,,b", 44, "with commas between"},
        {"067993480bfeb799 noise value k c f after=a,b,c", 46, "at most 2 kinds"},
        {"067993480bfeb799 noise value k c f fails=us", 42, "none of canary, ours, both"},
        {"067993480bfeb799 noise value k c f bug=x#1", 41, "is to be in quotes"},
        {"067993480bfeb799 noise value k c f bug=\"x", 40, "the quote is not closed"},
        {"067993480bfeb799 noise value k c f bug=\"x\"y", 43, "a blank is needed here"},
        {"067993480bfeb799 noise value k c f bug=\"\\x\"", 41, "no escape of JSON"},
        {"067993480bfeb799 noise value k c f bug=\"\\ud800\"", 41, "half of a surrogate pair"},
        {"067993480bfeb799 noise value k c f\r", 35, "not in CR LF"},
        {"067993480bfeb799 noise value k \x1b f", 32, "control character U+001B"},
        {"# \xff", 3, "is no UTF-8"},
        {"<<<<<<< ours", 1, "the mark of a conflict"},
        {"067993480bfeb799 noise value k c f", 1, "the signature is not that of the line's words, which is "},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char content[512];
        size_t count;
        snprintf(content, sizeof content, HEADER "%s\n", CASES[i].line);
        struct evd_ledger_file *file = read_file(content);
        const struct evd_ledger_problem *problems = evd_ledger_file_problems(file, &count);
        cr_assert_eq(count, 1, "'%s'", CASES[i].line);
        cr_assert_eq(problems[0].line, 2);
        cr_assert_eq(problems[0].column, CASES[i].column, "'%s': column %zu", CASES[i].line,
                     (size_t)problems[0].column);
        cr_assert_not_null(strstr(problems[0].message, CASES[i].message), "'%s': '%s'", CASES[i].line,
                           problems[0].message);
        expect_text(file, content);
        evd_ledger_file_free(file);
    }
}

Test(ledger_line, what_is_no_ledger_is_refused)
{
    static const char *const CASES[] = {
        "", "\n" HEADER, "# evdiff known 1\n", "#evdiff known 2\n", "#evdiff known 10\n", "\xef\xbb\xbf" HEADER};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct evd_ledger_file *file;
        struct evd_error error = {0};
        cr_assert_eq(evd_ledger_file_read_text("a", CASES[i], strlen(CASES[i]), &file, &error), EVD_E_INPUT, "%zu", i);
        cr_assert_null(file);
        cr_assert_eq(error.line, 1);
    }
}

Test(ledger_line, a_line_said_twice_names_both)
{
    struct evd_ledger_file *file = read_file(HEADER TICKS "\n" STRDUP "\n" TICKS "\n");
    size_t count;
    const struct evd_ledger_problem *problems = evd_ledger_file_problems(file, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(problems[0].line, 4);
    cr_assert_not_null(strstr(problems[0].message, "line 2"));
    evd_ledger_file_free(file);
}

static struct evd_text any_text(struct random *random)
{
    static const char *const TEXTS[] = {
        "",       "-",   "a",        "NtReadFile",   "a b", "a#b",  "\"",       "\\",
        "a,b",    "x=y", "\xc3\xa9", "\xe2\x80\xa8", "\t",  "\n\r", "\xc2\x85", "\xf0\x9f\x98\x80",
        "boot/*", " ",   "\x7f\x01"};
    return text(TEXTS[random_below(random, sizeof TEXTS / sizeof *TEXTS)]);
}

static struct evd_ledger_entry any_entry(struct random *random)
{
    struct evd_ledger_entry entry = {
        .state = (enum evd_ledger_state)random_below(random, EVD_LEDGER_STATES),
        .key = {.class_ = (enum evd_divergence_class)random_below(random, EVD_CLASSES),
                .kind = any_text(random),
                .call = any_text(random),
                .field = any_text(random),
                .after_count = random_below(random, EVD_FAMILY_BEFORE_MAX + 1)},
        .job = any_text(random),
        .bug = any_text(random),
        .owner = any_text(random),
        .reason = text(random_below(random, 2) ? "why # \"so\"" : ""),
        .since = random_below(random, 2) ? 20240229 : 0,
        .until = random_below(random, 2) ? 20991231 : 0};
    for (size_t i = 0; i < entry.key.after_count; i++)
        entry.key.after[i] = any_text(random);
    if (entry.job.length == 0)
        entry.job = text("*");
    for (int side = 0; side < EVD_SIDES; side++)
        entry.fails[side] = random_below(random, 2);
    entry.signature = evd_ledger_signature(&entry.key);
    return entry;
}

Test(ledger_line, what_a_line_says_is_read_again)
{
    struct random random = {11};
    for (int i = 0; i < 20000; i++) {
        const struct evd_ledger_entry entry = any_entry(&random);
        struct evd_ledger_entry read;
        struct evd_buffer line = {0};
        struct evd_arena arena = {0};
        struct evd_ledger_fault fault = {0};
        cr_assert(evd_ledger_append(&line, &entry));
        const enum evd_ledger_line kind =
            evd_ledger_parse(&arena, (struct evd_text){line.data, line.length}, &read, &fault);
        cr_assert_eq(kind, EVD_LINE_ENTRY, "'%.*s': %s", (int)line.length, line.data, fault.message);
        cr_assert(evd_ledger_keys_equal(&entry.key, &read.key), "'%.*s'", (int)line.length, line.data);
        cr_assert(entry.signature == read.signature && entry.state == read.state && entry.since == read.since &&
                  entry.until == read.until && are_equal(entry.job, read.job) && are_equal(entry.bug, read.bug) &&
                  are_equal(entry.owner, read.owner) && are_equal(entry.reason, read.reason) &&
                  entry.fails[0] == read.fails[0] && entry.fails[1] == read.fails[1]);
        evd_buffer_release(&line);
        evd_arena_release(&arena);
    }
}
