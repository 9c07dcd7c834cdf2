/* Blocks that reach far: what is known of all that begin near one another is what looking for each by itself finds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "memory_log.h"
#include "random.h"
#include "walk/fits.h"

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\",\"pairing\":{\"kind\":\"k\",\"field\":\"f\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"local\",\"counted\":true,\"why\":\"w\"}],"
    "\"optional\":[{\"name\":\"o\",\"from\":{\"kind\":\"enter\"},\"to\":{\"kind\":\"leave\"},\"same\":[\"f\"],\"why\":\"w\"}]}";

enum { SEEDS = 12, EVENTS = 220 };

struct made {
    struct evd_rules *rules;
    struct evd_buffer text;
    struct evd_log *log;
    struct evd_walker fast, plain;
    const struct evd_rule_block *block;
};

static void open_made(struct made *made)
{
    made->log = memory_log(&made->text, made->rules);
    const struct evd_log *const logs[EVD_SIDES] = {made->log, made->log};
    const struct evd_stream *stream = evd_log_stream(made->log, 1);
    const struct evd_stream *const streams[EVD_SIDES] = {stream, stream};
    cr_assert(evd_walker_init(&made->fast, made->rules) && evd_walker_init(&made->plain, made->rules));
    evd_walker_set_plain(&made->plain, true);
    evd_walker_aim(&made->fast, logs, streams);
    evd_walker_aim(&made->plain, logs, streams);
    /* The block is what the members of such a rule begin with. */
    made->block = made->rules->absorbers[0].members;
}

static void close_made(struct made *made)
{
    evd_walker_release(&made->fast);
    evd_walker_release(&made->plain);
    evd_log_free(made->log);
    evd_buffer_release(&made->text);
}

static uint64_t run(struct evd_walker *walker, const struct made *made, uint64_t position)
{
    struct evd_block_found by_value, by_key;
    struct evd_error error;
    cr_assert_eq(evd_block_run(walker, made->block, EVD_OURS, position, false, &by_value, &error), EVD_OK, "%s",
                 error.message);
    cr_assert_eq(evd_block_run(walker, made->block, EVD_OURS, position, true, &by_key, &error), EVD_OK, "%s",
                 error.message);
    /* Without names and values of both sides, keys tell all; what follows again lies behind the place. */
    cr_assert_eq(by_key.count, by_value.count);
    cr_assert_eq(by_key.again, by_value.again);
    cr_assert(by_key.again == 0 ||
              (by_key.first < position && position < by_key.again && by_key.again <= position + by_key.count));
    return by_value.count;
}

static uint64_t length_at(struct evd_walker *walker, const struct made *made, uint64_t position)
{
    uint64_t length;
    struct evd_error error;
    cr_assert_eq(evd_block_length(walker, made->block, EVD_OURS, position, &length, &error), EVD_OK, "%s",
                 error.message);
    return length;
}

static bool takes_part(const struct made *made, uint64_t position)
{
    return evd_event_tag(evd_stream_event(evd_log_stream(made->log, 1), position)) != EVD_TAG_ENGINE_LOCAL;
}

Test(far_blocks, end_where_each_by_itself_ends, .timeout = 300)
{
    static const char *const KINDS[] = {"enter", "leave", "k", "local"};
    struct made made = {0};
    struct evd_error error;
    size_t far = 0, none = 0;
    cr_assert_eq(evd_rules_load_text("t", RULES, strlen(RULES), NULL, &made.rules, &error), EVD_OK, "%s",
                 error.message);
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct random random = {seed};
        made.text = (struct evd_buffer){0};
        evd_buffer_string(&made.text, LOG_HEADER);
        for (unsigned i = 0; i < EVENTS; i++) {
            char payload[32];
            const unsigned kind = random_below(&random, 12);
            snprintf(payload, sizeof payload, "{\"f\":%u}", random_below(&random, 3));
            append_event(&made.text, KINDS[i == 0 ? 2 : kind < 2 ? 0 : kind < 4 ? 1 : kind < 9 ? 2 : 3], 1, i, payload);
        }
        open_made(&made);
        for (uint64_t i = 0; i < EVENTS; i++) {
            /* Backwards, forwards and anywhere. */
            const uint64_t at = seed % 3 == 0 ? i : seed % 3 == 1 ? EVENTS - 1 - i : random_below(&random, EVENTS);
            const uint64_t found = run(&made.fast, &made, at);
            cr_expect_eq(found, run(&made.plain, &made, at), "seed %u, position %llu", seed, (unsigned long long)at);
            if (takes_part(&made, at))
                cr_expect_eq(length_at(&made.fast, &made, at), length_at(&made.plain, &made, at),
                             "seed %u, position %llu", seed, (unsigned long long)at);
            far += found > 64;
            none += found == 0;
        }
        close_made(&made);
    }
    cr_expect(far > 20 && none > 100, "%zu reach far, %zu are none", far, none);
    evd_rules_free(made.rules);
}

Test(far_blocks, reach_over_as_many_events_as_a_block_may_and_no_more, .timeout = 300)
{
    struct made made = {0};
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("t", RULES, strlen(RULES), NULL, &made.rules, &error), EVD_OK, "%s",
                 error.message);
    for (unsigned extra = 0; extra < 2; extra++) {
        const unsigned begin = 5, end = begin + EVD_BLOCK_REACH_MAX - 1 + extra;
        made.text = (struct evd_buffer){0};
        evd_buffer_string(&made.text, LOG_HEADER);
        for (unsigned i = 0; i < end + 50; i++)
            append_event(&made.text, i == begin ? "enter" : i == end ? "leave" : "k", 1, i, "{\"f\":1}");
        open_made(&made);
        cr_expect_eq(run(&made.fast, &made, begin), extra ? 0 : EVD_BLOCK_REACH_MAX);
        cr_expect_eq(length_at(&made.fast, &made, begin), extra ? 0 : EVD_BLOCK_REACH_MAX);
        close_made(&made);
    }
    evd_rules_free(made.rules);
}
