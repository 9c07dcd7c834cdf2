/* Numbers that documentation or comments state of values that take both sides and of blocks: each has a case at its limit and one
 * beyond. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "memory_log.h"
#include "rules_text.h"

#define HEAD "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\",\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"},"

static const char FIRST[] = "{\"f\":1}";

/* A log up to the event that its thread is known by. */
static void begin_log(struct evd_buffer *text)
{
    evd_buffer_string(text, LOG_HEADER);
    append_event(text, "p", 1, 0, FIRST);
}

/* Whether two logs diverge, whose texts are released: events of kinds, told by letters, with payloads. */
static bool diverge(const char *rules_text, struct evd_buffer text[EVD_SIDES])
{
    struct evd_rules *rules = load_text(rules_text, NULL);
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1};
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = memory_log(&text[side], rules);
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "%s", error.message);
    const bool is_diverged = outcome->pairs[0].is_diverged;
    evd_outcome_free(outcome);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(logs[side]);
        evd_buffer_release(&text[side]);
    }
    evd_rules_free(rules);
    return is_diverged;
}

static bool numbers_diverge(const char *as, const char *canary, const char *ours)
{
    const char *const numbers[EVD_SIDES] = {canary, ours};
    struct evd_buffer text[EVD_SIDES] = {{0}, {0}};
    char rules[512];
    snprintf(rules, sizeof rules,
             HEAD
             "\"compare\":[{\"name\":\"close\",\"when\":{\"kind\":\"k\"},\"fields\":\"v\",\"as\":%s,\"why\":\"w\"}]}",
             as);
    for (int side = 0; side < EVD_SIDES; side++) {
        char payload[256];
        snprintf(payload, sizeof payload, "{\"v\":%s}", numbers[side]);
        begin_log(&text[side]);
        append_event(&text[side], "k", 1, 1, payload);
    }
    return diverge(rules, text);
}

/* Whole numbers of up to 96 bits are compared exactly, larger ones only by whether they are equal. */
Test(constants, whole_numbers_of_96_bits_are_exact)
{
    static const struct {
        const char *canary, *ours;
        bool differ;
    } CASES[] = {
        {"79228162514264337593543950335", "79228162514264337593543950333", false}, /* 2^96 - 1 */
        {"79228162514264337593543950335", "79228162514264337593543950332", true},
        {"-79228162514264337593543950335", "-79228162514264337593543950333", false},
        {"-79228162514264337593543950335", "-79228162514264337593543950332", true},
        {"79228162514264337593543950336", "79228162514264337593543950336", false}, /* 2^96 */
        {"79228162514264337593543950336", "79228162514264337593543950337", true},
        {"79228162514264337593543950335", "79228162514264337593543950336", true},
        {"\"0xffffffffffffffffffffffff\"", "\"0xfffffffffffffffffffffffd\"", false},
        {"\"0x1000000000000000000000000\"", "\"0x1000000000000000000000001\"", true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        cr_expect_eq(numbers_diverge("{\"within\":2}", CASES[i].canary, CASES[i].ours), CASES[i].differ, "%s, %s",
                     CASES[i].canary, CASES[i].ours);
}

/* E a a a L, then E a a a Q: of ours without the block, all before Q matches what the block begins with. */
static bool block_diverges(unsigned inside)
{
    static const char RULES[] =
        HEAD "\"optional\":[{\"name\":\"o\",\"from\":{\"kind\":\"E\"},\"to\":{\"kind\":\"L\"},\"why\":\"w\"}]}";
    struct evd_buffer text[EVD_SIDES] = {{0}, {0}};
    for (int side = 0; side < EVD_SIDES; side++) {
        int idx = 1;
        begin_log(&text[side]);
        for (int round = side; round < 2; round++) {
            append_event(&text[side], "E", 1, idx++, "{}");
            for (unsigned i = 0; i < inside; i++)
                append_event(&text[side], "a", 1, idx++, "{}");
            append_event(&text[side], round == 0 ? "L" : "Q", 1, idx++, "{}");
        }
    }
    return diverge(RULES, text);
}

/* A block that begins with one event and ends with another is seen where up to 16 of its events stand before the place. */
Test(constants, a_block_may_have_begun_16_events_before)
{
    cr_expect_not(block_diverges(0));
    cr_expect_not(block_diverges(14));
    cr_expect_not(block_diverges(15));
    cr_expect(block_diverges(16));
    cr_expect(block_diverges(17));
}

/* Numbers are taken over at so many places; then one comes that is as far ahead as the first of them. */
static bool forgets_the_first_of(unsigned places)
{
    static const char RULES[] = HEAD
        "\"compare\":[{\"name\":\"a\",\"when\":{\"kind\":\"r\"},\"fields\":\"v\",\"as\":{\"adopt\":\"rd\"},\"why\":\"w\"},"
        "{\"name\":\"u\",\"when\":{\"kind\":\"u\"},\"fields\":\"v\",\"as\":{\"adopted\":\"rd\"},\"why\":\"w\"}]}";
    struct evd_buffer text[EVD_SIDES] = {{0}, {0}};
    for (unsigned side = 0; side < EVD_SIDES; side++) {
        unsigned idx = 1;
        char payload[128];
        begin_log(&text[side]);
        /* Each is ahead by a square of its own, so that no two have a sum or a difference in common. */
        for (unsigned i = 0; i < places; i++) {
            snprintf(payload, sizeof payload, "{\"rd\":%u,\"v\":%u}", i, 1000003 * (i + 1) + side * (7 + i * i));
            append_event(&text[side], "r", 1, idx++, payload);
        }
        snprintf(payload, sizeof payload, "{\"rd\":1000,\"v\":%u}", 17 + 7 * side);
        append_event(&text[side], "u", 1, idx, payload);
    }
    return diverge(RULES, text);
}

/* The latest 64 numbers that were taken over are kept. */
Test(constants, the_latest_64_adopted_numbers_are_kept)
{
    cr_expect_not(forgets_the_first_of(1));
    cr_expect_not(forgets_the_first_of(64));
    cr_expect(forgets_the_first_of(65));
}
