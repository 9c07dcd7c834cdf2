/* Opening logs: what it says does not depend on how the work is shared. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evdiff/evdiff.h"

static char path[] = "/tmp/evdiff-open-XXXXXX";
static struct evd_rules *rules;

static void set_up(void)
{
    const int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
}

static void tear_down(void)
{
    evd_rules_free(rules);
    unlink(path);
}

TestSuite(open, .init = set_up, .fini = tear_down);

/* A log of `count` events, of which those from the `first_bad`-th on are none. */
static void write_log(unsigned count, unsigned first_bad)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    fputs("{\"kind\":\"schema_version\",\"schema_version\":1}\n", file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%u%s\n", i, i < first_bad ? "}" : "");
    cr_assert_eq(fclose(file), 0);
}

/* Every stretch has a problem, so workers that are ahead find some before the first one is found. */
Test(open, the_first_problems_are_told_whoever_finds_them)
{
    enum { EVENTS = 64, LISTED = 3, ROUNDS = 1500 };
    struct evd_error error;
    const char *paths[] = {path};
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned first_bad = round % 16;
        write_log(EVENTS, first_bad);
        struct evd_log *log;
        struct evd_problem *problems;
        size_t count;
        const struct evd_read_options options = {
            .threads = 8, .chunk_bytes = 40, .problems_max = round % 2 ? LISTED : 0};
        cr_assert_eq(evd_logs_open(paths, 1, rules, &options, &log, &problems, &count, NULL, &error), EVD_E_INPUT);
        cr_assert_eq(count, round % 2 ? LISTED : 1);
        for (size_t i = 0; i < count; i++)
            cr_expect_eq(problems[i].error.line, first_bad + 2 + i, "round %u: problem %zu is in line %llu", round, i,
                         (unsigned long long)problems[i].error.line);
        evd_problems_free(problems);
    }
}

/* What keeps logs from being opened is listed as what is wrong in them: one problem a log, whatever the others are. */
Test(open, logs_that_can_not_be_opened_are_listed)
{
    enum { LOGS = 4 };
    struct evd_error error;
    const char *paths[LOGS] = {path, "/nowhere/a.jsonl", "/", "/nowhere/b.jsonl"};
    write_log(2, 1);
    for (size_t most = 1; most <= LOGS; most++) {
        struct evd_log *logs[LOGS];
        struct evd_problem *problems;
        size_t count;
        const struct evd_read_options options = {.threads = 2, .problems_max = most};
        cr_assert_eq(evd_logs_open(paths, LOGS, rules, &options, logs, &problems, &count, NULL, &error), EVD_E_IO);
        cr_expect_str_eq(error.path, paths[1]);
        cr_assert_eq(count, most < 3 ? most : 3);
        for (size_t i = 0; i < count; i++) {
            cr_expect_eq(problems[i].log, i + 1);
            cr_expect_eq(problems[i].error.status, EVD_E_IO);
            cr_expect_str_eq(problems[i].error.path, paths[i + 1]);
            cr_expect_eq(problems[i].error.line, 0);
            cr_expect_not(problems[i].is_line);
        }
        cr_expect_str_eq(problems[0].error.message, error.message);
        evd_problems_free(problems);
    }
}

/* So are one without the index that it must have, and one that has more text than may be unpacked. */
Test(open, other_reasons_are_listed_too)
{
    struct evd_error error;
    struct evd_log *log;
    struct evd_problem *problems;
    size_t count;
    const char *paths[] = {path};
    write_log(2, 2);
    const struct evd_read_options needs_index = {.index = EVD_INDEX_REQUIRE};
    cr_assert_eq(evd_logs_open(paths, 1, rules, &needs_index, &log, &problems, &count, NULL, &error), EVD_E_INDEX);
    cr_assert_eq(count, 1);
    cr_expect_eq(problems[0].error.status, EVD_E_INDEX);
    evd_problems_free(problems);
    int ends[2];
    char pipe_path[32];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "0123456789", 10), 10);
    close(ends[1]);
    snprintf(pipe_path, sizeof pipe_path, "/dev/fd/%d", ends[0]);
    paths[0] = pipe_path;
    const struct evd_read_options is_short = {.max_unpacked_bytes = 9};
    cr_assert_eq(evd_logs_open(paths, 1, rules, &is_short, &log, &problems, &count, NULL, &error), EVD_E_LIMIT);
    cr_assert_eq(count, 1);
    cr_expect_eq(problems[0].error.status, EVD_E_LIMIT);
    evd_problems_free(problems);
    close(ends[0]);
    const struct evd_read_options is_wrong = {.threads = 1025};
    cr_assert_eq(evd_logs_open(paths, 1, rules, &is_wrong, &log, &problems, &count, NULL, &error), EVD_E_ARGUMENT);
    cr_expect_eq(count, 0);
    cr_expect_null(problems);
}

static void count_call(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    (void)done_bytes;
    (void)total_bytes;
    ++*(size_t *)context;
}

static const char EVENT[] = "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":0}\n";

/* Into how many tasks the log at `path` is cut, which has one event. */
static size_t count_tasks_of_log(size_t chunk_bytes, bool is_tolerant)
{
    const char *paths[] = {path};
    struct evd_log *log;
    struct evd_error error;
    size_t calls = 0;
    const struct evd_read_options options = {
        .threads = 1,
        .chunk_bytes = chunk_bytes,
        .is_tolerant = is_tolerant,
        .progress = count_call,
        .progress_context = &calls};
    cr_assert_eq(evd_logs_open(paths, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_OK, "%s", error.message);
    cr_expect_eq(evd_log_event_count(log), 1);
    evd_log_free(log);
    return calls;
}

static FILE *begin_log(void)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    fputs("{\"kind\":\"schema_version\",\"schema_version\":1}\n", file);
    return file;
}

/* Into how many tasks a log whose events have `bytes` bytes is cut, for tasks of one, two, … bytes. */
static size_t count_tasks(size_t bytes, size_t chunk_bytes)
{
    FILE *file = begin_log();
    fputs(EVENT, file);
    for (size_t i = strlen(EVENT); i < bytes; i++)
        fputc('\n', file);
    cr_assert_eq(fclose(file), 0);
    return count_tasks_of_log(chunk_bytes, false);
}

/* Each task has memory of its own, so however small they are to be there are not more of them. */
Test(open, tasks_are_bounded)
{
    cr_expect_eq(count_tasks(4 * EVD_CHUNKS_MAX, 4), EVD_CHUNKS_MAX);
    cr_expect_eq(count_tasks(4 * EVD_CHUNKS_MAX + 1, 4), (4 * EVD_CHUNKS_MAX + 1 + 4) / 5);
    cr_expect_eq(count_tasks(100 * EVD_CHUNKS_MAX, 1), EVD_CHUNKS_MAX);
}

/* What stands for an event while its log is scanned has room for 64 MiB. The event is the last line. */
Test(open, tasks_have_64_mib_at_most)
{
    enum { LIMIT = 64 << 20, FILLING = 1 << 20 };
    static char filling[FILLING];
    memset(filling, '#', sizeof filling - 1);
    filling[FILLING - 1] = '\n';
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        FILE *file = begin_log();
        size_t left = LIMIT + beyond - strlen(EVENT);
        for (; left >= FILLING; left -= FILLING)
            cr_assert_eq(fwrite(filling, 1, FILLING, file), FILLING);
        cr_assert_eq(fwrite(filling + FILLING - left, 1, left, file), left);
        fputs(EVENT, file);
        cr_assert_eq(fclose(file), 0);
        cr_expect_eq(count_tasks_of_log((size_t)1 << 30, true), 1 + beyond);
    }
}
