/* What finds a line in the ledger: patterns of jobs, the nearest line of several files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "ledger_lines.h"
#include "random.h"

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
        cr_assert_eq(evd_ledger_file_write(file, append_bytes, &out, NULL), EVD_OK);
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
            cr_assert_eq(evd_ledger_file_write(file, append_bytes, &out, NULL), EVD_OK);
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
