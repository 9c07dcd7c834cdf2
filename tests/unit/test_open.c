/* Opening logs: what it says does not depend on how the work is shared. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evdiff/evdiff.h"

static char path[] = "/tmp/evdiff-open-XXXXXX";

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
    struct evd_rules *rules;
    struct evd_error error;
    const char *paths[] = {path};
    const int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
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
    evd_rules_free(rules);
    unlink(path);
}
