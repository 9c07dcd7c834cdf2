/* The ledger: its grammar both ways, what finds a line, what changes a file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/ledger.h>

#include "base/buffer.h"
#include "ledger/line.h"
#include "random.h"

#define HEADER "#evdiff known 1\n"

static struct evd_text text(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

static bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static struct evd_ledger_file *read_file(const char *content)
{
    struct evd_ledger_file *file;
    struct evd_error error = {0};
    cr_assert_eq(evd_ledger_file_read_text("a.known", content, strlen(content), &file, &error), EVD_OK, "%s",
                 error.message);
    return file;
}

static void expect_text(const struct evd_ledger_file *file, const char *expected)
{
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write(file, keep, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    cr_assert_str_eq(out.data, expected);
    evd_buffer_release(&out);
}

static void expect_changes(const struct evd_ledger_file *file, const char *expected)
{
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write_changes(file, keep, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    cr_assert_str_eq(out.data, expected);
    evd_buffer_release(&out);
}

/* The lines of the documentation are what the words hash to. */
#define TICKS \
    "067993480bfeb799 noise value kernel.return NtGetTickCount return_value after=import.call,kernel.call # clock"
#define STRDUP \
    "426aed03b068ee9a noise value kernel.return _strdup return_value after=kernel.call,kernel.return job=boot/*"
#define READ                                                                                                       \
    "71fe4af319cb22c7 known value kernel.return NtReadFile return_value after=import.call,kernel.call job=boot/* " \
    "bug=https://bugs/812 owner=mk until=2027-02-01 # overlapped reads complete at once"

Test(ledger, a_line_is_taken_apart)
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
Test(ledger, escapes_of_a_string_are_letters)
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
Test(ledger, a_line_that_is_none_is_told_with_its_place)
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

Test(ledger, what_is_no_ledger_is_refused)
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

Test(ledger, a_line_said_twice_names_both)
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

static bool are_equal(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
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

Test(ledger, what_a_line_says_is_read_again)
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

/* The slow twin: every way that a '*' can go. */
static bool matches(const char *pattern, const char *job)
{
    if (*pattern == '\0')
        return *job == '\0';
    if (*pattern == '*')
        return matches(pattern + 1, job) || (*job != '\0' && matches(pattern, job + 1));
    return *job != '\0' && (*pattern == '?' || *pattern == *job) && matches(pattern + 1, job + 1);
}

Test(ledger, jobs_match_as_the_slow_twin_says)
{
    struct random random = {5};
    unsigned matching = 0;
    for (int i = 0; i < 100000; i++) {
        char pattern[9], job[11];
        const unsigned lengths[] = {random_below(&random, 9), random_below(&random, 11)};
        for (unsigned j = 0; j < lengths[0]; j++)
            pattern[j] = "ab/*?*"[random_below(&random, 6)];
        for (unsigned j = 0; j < lengths[1]; j++)
            job[j] = "ab/"[random_below(&random, 3)];
        pattern[lengths[0]] = job[lengths[1]] = '\0';
        matching += matches(pattern, job);
        cr_assert_eq(evd_ledger_job_matches(text(pattern), text(job)), matches(pattern, job), "'%s' and '%s'", pattern,
                     job);
    }
    cr_assert(matching > 5000 && matching < 95000, "%u", matching);
    cr_assert(evd_ledger_job_matches(text("a?b"), text("a\xf0\x9f\x98\x80"
                                                       "b")));
}

static void put_file(char path[32], const char *content)
{
    strcpy(path, "/tmp/evdiff-known-XXXXXX");
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

static unsigned literal_letters(const char *pattern)
{
    unsigned count = 0;
    bool has_wildcard = false;
    for (; *pattern != '\0'; pattern++) {
        has_wildcard |= *pattern == '*' || *pattern == '?';
        count += *pattern != '*' && *pattern != '?';
    }
    return has_wildcard ? count : UINT32_MAX;
}

/* Entries that are put in one after the other are those of a file that is looked at after each. */
Test(ledger, what_is_put_in_is_sorted_once)
{
    struct random random = {11};
    for (int round = 0; round < 50; round++) {
        struct evd_ledger_file *file = read_file(HEADER "\n" TICKS "\n" READ "\n"),
                               *twin = read_file(HEADER "\n" TICKS "\n" READ "\n");
        size_t count, twin_count;
        for (unsigned left = random_below(&random, 60); left > 0; left--) {
            char call[8];
            snprintf(call, sizeof call, "c%u", random_below(&random, 40));
            const struct evd_ledger_entry entry = {
                .key = {.kind = text("k"), .call = text(call), .field = text("f")},
                .state = (enum evd_ledger_state)random_below(&random, 4),
                .job = text("*"),
                .bug = {"", 0},
                .owner = {"", 0},
                .reason = {"", 0}};
            cr_assert_eq(evd_ledger_file_put(file, &entry, NULL, NULL), EVD_OK);
            cr_assert_eq(evd_ledger_file_put(twin, &entry, NULL, NULL), EVD_OK);
            cr_assert_not_null(evd_ledger_file_entries(twin, &twin_count));
            const struct evd_ledger_entry *found = evd_ledger_file_find_entry(file, &entry.key, entry.job);
            cr_assert(found != NULL && found->state == entry.state);
            if (random_below(&random, 8) == 0)
                evd_ledger_file_remove(twin, 0), evd_ledger_file_entries(file, &count), evd_ledger_file_remove(file, 0);
        }
        const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &count);
        const struct evd_ledger_entry *twins = evd_ledger_file_entries(twin, &twin_count);
        cr_assert_eq(count, twin_count);
        for (size_t i = 0; i < count; i++)
            cr_assert(entries[i].signature == twins[i].signature && entries[i].state == twins[i].state);
        evd_ledger_file_free(file);
        evd_ledger_file_free(twin);
    }
}

/* One without wildcards is the nearest, though another has as many letters and comes first by bytes; then letters count. */
Test(ledger, a_job_without_wildcards_goes_before_all_others)
{
    static const struct {
        const char *jobs[2], *name, *nearest;
    } CASES[] = {
        {{"boot/a", "*boot/a"}, "boot/a", "boot/a"},
        {{"*boot/a", "*boot/*a*"}, "boot/a", "*boot/*a*"},
        {{"*boot/a", "?oot/a"}, "boot/a", "*boot/a"},
        {{"?oot/a", "*oot/a"}, "boot/a", "*oot/a"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[32];
        const char *const paths[] = {path};
        struct evd_ledger_file *file = read_file(HEADER);
        struct evd_buffer out = {0};
        struct evd_ledger *ledger;
        const struct evd_ledger_key key = {.kind = text("k"), .call = text("c"), .field = text("f")};
        for (int j = 0; j < 2; j++) {
            const struct evd_ledger_entry entry = {
                .key = key, .job = text(CASES[i].jobs[j]), .bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
            cr_assert_eq(evd_ledger_file_put(file, &entry, NULL, NULL), EVD_OK);
        }
        cr_assert_eq(evd_ledger_file_write(file, keep, &out, NULL), EVD_OK);
        evd_buffer_byte(&out, '\0');
        put_file(path, out.data);
        cr_assert_eq(evd_ledger_read(paths, 1, &ledger, NULL), EVD_OK);
        const struct evd_ledger_entry *found = evd_ledger_find(ledger, &key, text(CASES[i].name));
        cr_assert_not_null(found);
        cr_expect(are_equal(found->job, text(CASES[i].nearest)), "case %zu: %.*s", i, (int)found->job.length,
                  found->job.bytes);
        evd_ledger_free(ledger);
        evd_ledger_file_free(file);
        evd_buffer_release(&out);
        unlink(path);
    }
}

/* Among three files of random lines, the one that is found is the one that a look at all of them finds. */
Test(ledger, the_line_that_is_found_is_the_nearest)
{
    static const char *const CALLS[] = {"a", "b", "c"}, *const JOBS[] = {"*",      "boot/*", "boot/a*",
                                                                         "boot/a", "b*a",    "?*"};
    struct random random = {3};
    unsigned found_some = 0;
    for (int round = 0; round < 300; round++) {
        char paths[3][32];
        const char *names[3] = {paths[0], paths[1], paths[2]};
        for (int i = 0; i < 3; i++) {
            struct evd_ledger_file *file = read_file(HEADER);
            for (unsigned left = random_below(&random, 8); left > 0; left--) {
                const struct evd_ledger_entry entry = {
                    .key = {.kind = text("k"), .call = text(CALLS[random_below(&random, 3)]), .field = text("f")},
                    .job = text(JOBS[random_below(&random, 6)]),
                    .bug = {"", 0},
                    .owner = {"", 0},
                    .reason = {"", 0}};
                cr_assert_eq(evd_ledger_file_put(file, &entry, NULL, NULL), EVD_OK);
            }
            struct evd_buffer out = {0};
            cr_assert_eq(evd_ledger_file_write(file, keep, &out, NULL), EVD_OK);
            evd_buffer_byte(&out, '\0');
            put_file(paths[i], out.data);
            evd_buffer_release(&out);
            evd_ledger_file_free(file);
        }
        struct evd_ledger *ledger;
        struct evd_error error = {0};
        cr_assert_eq(evd_ledger_read(names, 3, &ledger, &error), EVD_OK, "%s", error.message);
        for (int call = 0; call < 3; call++)
            for (int job = 0; job < 3; job++) {
                static const char *const NAMES[] = {"boot/a", "boot/ab", "x"};
                const struct evd_ledger_key key = {.kind = text("k"), .call = text(CALLS[call]), .field = text("f")};
                const struct evd_ledger_entry *expected = NULL;
                for (size_t i = 0; i < ledger->entry_count; i++) {
                    const struct evd_ledger_entry *entry = &ledger->entries[i];
                    char pattern[16], best[16] = "";
                    snprintf(pattern, sizeof pattern, "%.*s", (int)entry->job.length, entry->job.bytes);
                    if (expected != NULL)
                        snprintf(best, sizeof best, "%.*s", (int)expected->job.length, expected->job.bytes);
                    if (!are_equal(entry->key.call, key.call) || !matches(pattern, NAMES[job]) ||
                        (expected != NULL && expected->file != entry->file))
                        continue;
                    const unsigned letters = literal_letters(pattern), most = literal_letters(best);
                    if (expected == NULL || letters > most || (letters == most && strcmp(pattern, best) < 0))
                        expected = entry;
                }
                found_some += expected != NULL;
                cr_assert_eq(evd_ledger_find(ledger, &key, text(NAMES[job])), expected, "round %d", round);
            }
        evd_ledger_free(ledger);
        for (int i = 0; i < 3; i++)
            unlink(paths[i]);
    }
    cr_assert(found_some > 500, "%u", found_some);
}

Test(ledger, the_first_line_that_is_wrong_ends_the_reading)
{
    char paths[2][32];
    const char *names[2] = {paths[0], paths[1]};
    struct evd_ledger *ledger;
    struct evd_error error = {0};
    put_file(paths[0], HEADER TICKS "\n");
    put_file(paths[1], HEADER "\n\nnonsense\n");
    cr_assert_eq(evd_ledger_read(names, 2, &ledger, &error), EVD_E_INPUT);
    cr_assert_null(ledger);
    cr_assert_str_eq(error.path, paths[1]);
    cr_assert_eq(error.line, 4);
    unlink(paths[1]);
    cr_assert_eq(evd_ledger_read(names, 2, &ledger, &error), EVD_E_IO);
    unlink(paths[0]);
}

Test(ledger, a_new_line_comes_in_by_its_signature_and_comments_stay)
{
    struct evd_ledger_file *file = read_file(HEADER "# clocks\n" TICKS "\n# reads\n" READ "\n# the end\n");
    struct evd_ledger_file *other = read_file(HEADER STRDUP "\n");
    size_t count;
    bool changed;
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(other, &count);
    cr_assert_eq(evd_ledger_file_put(file, &entries[0], &changed, NULL), EVD_OK);
    cr_assert(changed);
    cr_assert_eq(evd_ledger_file_put(file, &entries[0], &changed, NULL), EVD_OK);
    cr_assert(!changed);
    expect_text(file, HEADER "# clocks\n" TICKS "\n# reads\n" STRDUP "\n" READ "\n# the end\n");
    expect_changes(file, "--- a.known\n+++ a.known\n@@ -4,0 +5 @@\n+" STRDUP "\n");
    evd_ledger_file_entries(file, &count);
    cr_assert_eq(count, 3);
    evd_ledger_file_remove(file, 0);
    expect_text(file, HEADER "# clocks\n# reads\n" STRDUP "\n" READ "\n# the end\n");
    expect_changes(file, "--- a.known\n+++ a.known\n@@ -3 +2,0 @@\n-" TICKS "\n@@ -4,0 +4 @@\n+" STRDUP "\n");
    struct evd_ledger_entry bad = entries[0];
    bad.reason = text("two\nlines");
    cr_assert_eq(evd_ledger_file_put(file, &bad, NULL, NULL), EVD_E_ARGUMENT);
    evd_ledger_file_free(other);
    evd_ledger_file_free(file);
}

/* Entries are taken out by their indexes in the list as it was asked for. */
Test(ledger, several_entries_are_taken_out_of_one_list)
{
    struct evd_ledger_file *file = read_file(HEADER TICKS "\n" STRDUP "\n" READ "\n");
    size_t count;
    cr_assert_not_null(evd_ledger_file_entries(file, &count));
    cr_assert_eq(count, 3);
    evd_ledger_file_remove(file, 0);
    evd_ledger_file_remove(file, 2);
    expect_text(file, HEADER STRDUP "\n");
    cr_assert_not_null(evd_ledger_file_entries(file, &count));
    cr_assert_eq(count, 1);
    evd_ledger_file_free(file);
}

Test(ledger, rekey_puts_the_signature_of_the_words_in)
{
    struct evd_ledger_file *file =
        read_file(HEADER "0000000000000000 noise value kernel.return NtGetTickCount return_value "
                         "after=import.call,kernel.call # clock\n");
    size_t count;
    evd_ledger_file_problems(file, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(evd_ledger_file_rekey(file, &count, NULL), EVD_OK);
    cr_assert_eq(count, 1);
    expect_text(file, HEADER TICKS "\n");
    evd_ledger_file_free(file);
}

/* Of a random base, two versions with a change each to other lines merge to one with both changes, whatever the order of the
 * lines; a change to the same attribute of the same line is a conflict, and to different attributes is none. */
Test(ledger, merges_bring_both_sides_changes_in)
{
    struct random random = {17};
    for (int round = 0; round < 300; round++) {
        struct evd_ledger_file *files[3];
        struct evd_ledger_file *expected;
        for (int i = 0; i < 3; i++)
            files[i] = read_file(HEADER);
        expected = read_file(HEADER);
        struct evd_text bug[] = {text("b1"), text("b2")}, owner = text("me");
        for (int i = 0; i < 12; i++) {
            char call[16];
            snprintf(call, sizeof call, "call%d", i);
            const struct evd_ledger_entry base = {
                .key = {.kind = text("k"), .call = text(call), .field = text("f")},
                .job = text("*"),
                .bug = text("b0"),
                .owner = {"", 0},
                .reason = {"", 0}};
            struct evd_ledger_entry ours = base, theirs = base, both = base;
            bool is_in[4] = {true, true, true, true};
            switch (random_below(&random, 8)) {
            case 0: ours.bug = both.bug = bug[0]; break;
            case 1: theirs.bug = both.bug = bug[1]; break;
            case 2: ours.bug = theirs.bug = both.bug = bug[0]; break;
            case 3:
                ours.bug = both.bug = bug[0];
                theirs.owner = both.owner = owner;
                break;
            case 4: is_in[1] = is_in[3] = false; break;
            case 5: is_in[2] = is_in[3] = false; break;
            case 6: is_in[0] = is_in[random_below(&random, 2) + 1] = false; break;
            default: break;
            }
            const struct evd_ledger_entry *const versions[] = {&base, &ours, &theirs, &both};
            struct evd_ledger_file *const all[] = {files[0], files[1], files[2], expected};
            for (int j = 0; j < 4; j++)
                if (is_in[j])
                    cr_assert_eq(evd_ledger_file_put(all[j], versions[j], NULL, NULL), EVD_OK);
        }
        struct evd_buffer out = {0};
        size_t conflicts;
        cr_assert_eq(evd_ledger_file_merge(files[1], files[0], files[2], &conflicts, NULL), EVD_OK);
        cr_assert_eq(conflicts, 0, "round %d", round);
        cr_assert_eq(evd_ledger_file_write(expected, keep, &out, NULL), EVD_OK);
        evd_buffer_byte(&out, '\0');
        expect_text(files[1], out.data);
        evd_buffer_release(&out);
        for (int i = 0; i < 3; i++)
            evd_ledger_file_free(files[i]);
        evd_ledger_file_free(expected);
    }
}

enum { COMMENTS_MAX = 12 };

struct comment_lines {
    int texts[2 * COMMENTS_MAX];
    size_t count;
};

static bool has_text(const struct comment_lines *lines, int text_number)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->texts[i] == text_number)
            return true;
    return false;
}

static void spell_comments(const struct comment_lines *lines, struct evd_buffer *out)
{
    evd_buffer_string(out, HEADER);
    for (size_t i = 0; i < lines->count; i++)
        evd_buffer_format(out, "# %d\n", lines->texts[i]);
    evd_buffer_byte(out, '\0');
}

/* What theirs added comes in once, and of what it took out each line takes one out, the first: as a look at all lines says. */
Test(ledger, comments_merge_as_a_look_at_all_of_them_says)
{
    struct random random = {23};
    for (int round = 0; round < 1000; round++) {
        struct comment_lines lines[3], expected;
        struct evd_buffer texts[3] = {{0}, {0}, {0}}, out = {0};
        struct evd_ledger_file *files[3];
        for (int i = 0; i < 3; i++) {
            lines[i].count = random_below(&random, COMMENTS_MAX);
            for (size_t j = 0; j < lines[i].count; j++)
                lines[i].texts[j] = (int)random_below(&random, 8);
            spell_comments(&lines[i], &texts[i]);
            files[i] = read_file(texts[i].data);
        }
        expected = lines[1];
        for (size_t i = 0; i < lines[2].count; i++)
            if (!has_text(&lines[0], lines[2].texts[i]) && !has_text(&expected, lines[2].texts[i]))
                expected.texts[expected.count++] = lines[2].texts[i];
        for (size_t i = 0; i < lines[0].count; i++) {
            size_t at = 0;
            while (at < expected.count && expected.texts[at] != lines[0].texts[i])
                at++;
            if (has_text(&lines[2], lines[0].texts[i]) || at == expected.count)
                continue;
            expected.count--;
            memmove(&expected.texts[at], &expected.texts[at + 1], (expected.count - at) * sizeof *expected.texts);
        }
        size_t conflicts;
        cr_assert_eq(evd_ledger_file_merge(files[1], files[0], files[2], &conflicts, NULL), EVD_OK);
        spell_comments(&expected, &out);
        expect_text(files[1], out.data);
        evd_buffer_release(&out);
        for (int i = 0; i < 3; i++) {
            evd_ledger_file_free(files[i]);
            evd_buffer_release(&texts[i]);
        }
    }
}

Test(ledger, what_both_changed_differently_is_a_conflict)
{
    struct evd_ledger_file *base = read_file(HEADER READ "\n# old\n");
    struct evd_ledger_file *ours = read_file(HEADER READ " and more\n# old\n# ours\n");
    struct evd_ledger_file *theirs = read_file(HEADER "# theirs\n" READ " and less\n");
    size_t conflicts, problems;
    cr_assert_eq(evd_ledger_file_merge(ours, base, theirs, &conflicts, NULL), EVD_OK);
    cr_assert_eq(conflicts, 1);
    expect_text(ours, HEADER
                "# theirs\n<<<<<<< ours\n" READ " and more\n=======\n" READ " and less\n>>>>>>> theirs\n# ours\n");
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write(ours, keep, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    struct evd_ledger_file *again = read_file(out.data);
    evd_ledger_file_problems(again, &problems);
    cr_assert_eq(problems, 4); /* three marks, and the line that is there twice */
    evd_ledger_file_free(again);
    evd_buffer_release(&out);
    evd_ledger_file_free(base);
    evd_ledger_file_free(ours);
    evd_ledger_file_free(theirs);
}
