/* Windows of the selftest: 16 events before a mutation, 64 that take part in alignment behind it, as far as the stretch
 * goes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "memory_log.h"
#include "random.h"
#include "selftest/windows.h"

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\",\"pairing\":{\"kind\":\"k\",\"field\":\"f\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"local\",\"counted\":true,\"why\":\"w\"}]}";

enum { EVENTS = 300, BEFORE = 16, AFTER = 64 };

/* Where a window ends, counted event by event. */
static uint64_t find_end(const bool *is_local, uint64_t last, uint64_t end)
{
    uint64_t seen = 0, at = last + 1;
    while (at < end && seen < AFTER)
        seen += !is_local[at++];
    return at;
}

static void expect_window(const struct evd_window *window, const struct evd_stretch *stretch, const bool *is_local,
                          uint64_t first, uint64_t last, unsigned seed)
{
    const uint64_t least = stretch->from[EVD_OURS];
    cr_expect_eq(window->from.ours, first < least + BEFORE ? least : first - BEFORE, "seed %u", seed);
    cr_expect_eq(window->to.ours, find_end(is_local, last, stretch->to), "seed %u", seed);
    cr_expect(window->from.is_reached && window->to.is_reached, "seed %u", seed);
}

Test(windows, reach_as_far_as_they_say)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("t", RULES, strlen(RULES), NULL, &rules, &error), EVD_OK, "%s", error.message);
    unsigned at_the_beginning = 0, at_the_end = 0;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        bool is_local[EVENTS];
        evd_buffer_string(&text, LOG_HEADER);
        for (unsigned i = 0; i < EVENTS; i++) {
            is_local[i] = i > 0 && random_below(&random, 3) == 0;
            append_event(&text, is_local[i] ? "local" : "k", 1, i, "{\"f\":1}");
        }
        struct evd_log *log = memory_log(&text, rules);
        const struct evd_log *const logs[EVD_SIDES] = {log, log};
        const struct evd_stream *stream = evd_log_stream(log, 1);
        const uint64_t from = random_below(&random, 20), to = EVENTS - random_below(&random, 20);
        struct evd_stretch stretch = {.stream = {stream, stream}, .from = {from, from}, .to = to, .plant_to = to};
        struct evd_mutant mutants[EVD_MUTATIONS];
        for (int i = 0; i < EVD_MUTATIONS; i++) {
            const uint64_t at = from + random_below(&random, (unsigned)(to - from));
            const uint64_t other = at + random_below(&random, (unsigned)(to - at));
            mutants[i] = (struct evd_mutant){.mutation = (enum evd_mutation)i, .at = {0, at}, .other = {0, other}};
            at_the_beginning += at < from + BEFORE;
            at_the_end += find_end(is_local, at, to) == to;
        }
        const struct evd_selftest_plan plan = {
            .stretches = {&stretch, 1, 1, 0}, .mutants = mutants, .mutant_count = EVD_MUTATIONS};
        struct evd_walker walker;
        struct evd_window *windows;
        cr_assert(evd_walker_init(&walker, rules));
        cr_assert_eq(evd_windows_open(&plan, &walker, logs, &windows, &error), EVD_OK);
        for (int i = 0; i < EVD_MUTATIONS; i++) {
            const uint64_t at = mutants[i].at.position, other = mutants[i].other.position;
            const struct evd_window *window = &windows[i * EVD_WINDOWS_PER_MUTANT];
            expect_window(&window[0], &stretch, is_local, at, i == EVD_MUTATION_SWAP ? other : at, seed);
            if (i == EVD_MUTATION_SWAP_THREADS)
                expect_window(&window[1], &stretch, is_local, other, other, seed);
        }
        free(windows);
        evd_walker_release(&walker);
        evd_log_free(log);
        evd_buffer_release(&text);
    }
    cr_expect_gt(at_the_beginning, 10);
    cr_expect_gt(at_the_end, 10);
    evd_rules_free(rules);
}
