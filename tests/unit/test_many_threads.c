/* What a pair of threads costs in memory, where there are very many of them. */
#include <criterion/criterion.h>
#include <malloc.h>

#include "evdiff/evdiff.h"
#include "memory_log.h"

enum { PAIRS = 20000, BYTES_PER_PAIR = 300, BYTES_PER_TID = 64 };

/* Of AddressSanitizer, whose memory mallinfo2 does not know. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* A thread an event, all of which begin with the same call. */
static struct evd_log *make_log(const struct evd_rules *rules)
{
    struct evd_buffer text = {0};
    evd_buffer_string(&text, LOG_HEADER);
    for (int tid = 0; tid < PAIRS; tid++)
        append_event(&text, "kernel.call", tid, 0, "{\"name\":\"NtClose\"}");
    struct evd_log *log = memory_log(&text, rules);
    evd_buffer_release(&text);
    return log;
}

Test(many_threads, cost_few_bytes_each)
{
    struct evd_rules *rules;
    struct evd_error error;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    const size_t before = allocated_bytes();
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = make_log(rules);
    const size_t opened = allocated_bytes();
    cr_assert_gt(opened, before);
    for (int resync = 0; resync < 2; resync++) {
        const struct evd_diff_options options = {.threads = 1, .resync = resync != 0};
        cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK);
        cr_assert_eq(outcome->pair_count, PAIRS);
        const size_t used = allocated_bytes() - opened;
        cr_expect_gt(used, PAIRS * sizeof(struct evd_pair_outcome), "%zu", used);
        cr_expect_lt(used, PAIRS * BYTES_PER_PAIR, "%zu bytes a pair", used / PAIRS);
        evd_outcome_free(outcome);
    }
    cr_expect_lt(opened - before, 2 * PAIRS * BYTES_PER_TID, "%zu bytes a tid", (opened - before) / PAIRS / 2);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
}
