/* Absorbers: what each type skips, at its limits and one beyond, and that none reads further ahead than it says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "random.h"
#include "rules/absorber.h"

/* ── The built-in rules ── */

enum { SHARED_GLOBAL, WAIT_BEGIN, NESTED_CS };

static const char *const BLOCK_KINDS[] = {"import.call", "kernel.call", "kernel.return"};
enum { BLOCK_EVENTS = 3 };

struct log_text {
    struct evd_buffer text;
    uint64_t idx;
};

static void write_event(struct log_text *log, const char *kind, const char *payload)
{
    append_event(&log->text, kind, 1, log->idx++, payload);
}

static void begin_logs(struct log_text logs[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        logs[side] = (struct log_text){0};
        evd_buffer_string(&logs[side].text, LOG_HEADER);
        write_event(&logs[side], "kernel.call", "{\"name\":\"Start\"}");
    }
}

static void write_block(struct log_text *log, const char *name, size_t events)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    for (size_t i = 0; i < events; i++)
        write_event(log, BLOCK_KINDS[i], payload);
}

static void write_enter(struct log_text *log)
{
    write_block(log, "RtlEnterCriticalSection", BLOCK_EVENTS);
}

static void write_leave(struct log_text *log)
{
    write_block(log, "RtlLeaveCriticalSection", BLOCK_EVENTS);
}

/* What came of the pair of threads 1. */
struct result {
    bool is_equal;
    uint64_t absorbed[EVD_SIDES]; /* by the one absorber that is asked about */
    uint64_t by_others;
};

static struct result diff(struct log_text texts[EVD_SIDES], const struct evd_rules *rules, size_t absorber)
{
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct result result = {0};
    const struct evd_diff_options options = {.threads = 1};
    for (int side = 0; side < EVD_SIDES; side++) {
        logs[side] = memory_log(&texts[side].text, rules);
        evd_buffer_release(&texts[side].text);
    }
    cr_assert_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, NULL), EVD_OK);
    const struct evd_pair_outcome *pair = &outcome->pairs[0];
    cr_assert(outcome->pair_count >= 1 && pair->tid[EVD_CANARY] == 1 && pair->tid[EVD_OURS] == 1);
    result.is_equal = !pair->is_diverged && pair->left_over[EVD_CANARY] == 0 && pair->left_over[EVD_OURS] == 0;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->absorber_count; i++)
            *(i == absorber ? &result.absorbed[side] : &result.by_others) += pair->absorbed[side][i];
    evd_outcome_free(outcome);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    return result;
}

static struct evd_rules *load_builtin(void)
{
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    return rules;
}

/* `count` pairs of blocks on one side only, up to where both sides leave. */
static struct result diff_nested(const struct evd_rules *rules, enum evd_side side, unsigned count)
{
    struct log_text logs[EVD_SIDES];
    begin_logs(logs);
    for (unsigned i = 0; i < count; i++) {
        write_enter(&logs[side]);
        write_leave(&logs[side]);
    }
    for (int i = 0; i < EVD_SIDES; i++) {
        write_leave(&logs[i]);
        write_event(&logs[i], "kernel.call", "{\"name\":\"End\"}");
    }
    return diff(logs, rules, NESTED_CS);
}

Test(absorb, nested_sections_up_to_32_on_canarys_side)
{
    struct evd_rules *rules = load_builtin();
    for (unsigned count = 1; count <= 34; count++) {
        const struct result result = diff_nested(rules, EVD_CANARY, count);
        cr_expect_eq(result.is_equal, count <= 32, "%u", count);
        cr_expect_eq(result.absorbed[EVD_CANARY], count <= 32 ? 2 * BLOCK_EVENTS * count : 0, "%u", count);
        cr_expect_eq(result.absorbed[EVD_OURS] + result.by_others, 0, "%u", count);
    }
    const struct result other_side = diff_nested(rules, EVD_OURS, 1);
    cr_expect_not(other_side.is_equal);
    cr_expect_eq(other_side.absorbed[EVD_CANARY] + other_side.absorbed[EVD_OURS], 0);
    evd_rules_free(rules);
}

/* A block of all kinds, in their order and under one name, and nothing else. */
Test(absorb, nested_sections_only_as_whole_blocks)
{
    struct evd_rules *rules = load_builtin();
    enum { WHOLE, ENTER_TOO_SHORT, LEAVE_TOO_SHORT, OTHER_ORDER, OTHER_NAME, CASES };
    for (int which = 0; which < CASES; which++) {
        struct log_text logs[EVD_SIDES];
        begin_logs(logs);
        write_block(&logs[EVD_CANARY], "RtlEnterCriticalSection",
                    which == ENTER_TOO_SHORT || which == OTHER_ORDER || which == OTHER_NAME ? 1 : BLOCK_EVENTS);
        if (which == OTHER_ORDER) {
            write_event(&logs[EVD_CANARY], BLOCK_KINDS[2], "{\"name\":\"RtlEnterCriticalSection\"}");
            write_event(&logs[EVD_CANARY], BLOCK_KINDS[1], "{\"name\":\"RtlEnterCriticalSection\"}");
        }
        if (which == OTHER_NAME) {
            write_event(&logs[EVD_CANARY], BLOCK_KINDS[1], "{\"name\":\"RtlTryEnterCriticalSection\"}");
            write_event(&logs[EVD_CANARY], BLOCK_KINDS[2], "{\"name\":\"RtlEnterCriticalSection\"}");
        }
        write_block(&logs[EVD_CANARY], "RtlLeaveCriticalSection", which == LEAVE_TOO_SHORT ? 2 : BLOCK_EVENTS);
        for (int side = 0; side < EVD_SIDES; side++) {
            write_leave(&logs[side]);
            write_event(&logs[side], "kernel.call", "{\"name\":\"End\"}");
        }
        cr_expect_eq(diff(logs, rules, NESTED_CS).is_equal, which == WHOLE, "case %d", which);
    }
    evd_rules_free(rules);
}

/* An event that one side has more of, of a SID that another thread of `sharer` uses too, or none does. */
static struct result diff_floating(const struct evd_rules *rules, const char *kind, const char *payload,
                                   enum evd_side side, int sharer, size_t absorber)
{
    struct log_text logs[EVD_SIDES];
    begin_logs(logs);
    write_event(&logs[side], kind, payload);
    for (int i = 0; i < EVD_SIDES; i++) {
        write_event(&logs[i], "kernel.call", "{\"name\":\"End\"}");
        append_event(&logs[i].text, "kernel.call", 2, 0, "{\"name\":\"Other\"}");
        if (i == sharer)
            append_event(&logs[i].text, kind, 2, 1, payload);
    }
    return diff(logs, rules, absorber);
}

Test(absorb, events_with_floating_sids)
{
    static const struct {
        const char *kind, *payload;
        size_t absorber;
    } EVENTS[] = {
        {"handle.create", "{\"handle_semantic_id\":\"s\",\"object_type\":1}", SHARED_GLOBAL},
        {"wait.begin", "{\"handles_semantic_ids\":[\"r\",\"s\"]}", WAIT_BEGIN},
        {"handle.destroy", "{\"handle_semantic_id\":\"s\"}", SIZE_MAX}, /* no absorber is about it */
    };
    struct evd_rules *rules = load_builtin();
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++)
        for (int side = 0; side < EVD_SIDES; side++) {
            const enum evd_side more = (enum evd_side)side;
            /* Shared in the log that has it more often: two threads use it there. */
            const struct result shared =
                diff_floating(rules, EVENTS[i].kind, EVENTS[i].payload, more, side, EVENTS[i].absorber);
            const struct result alone =
                diff_floating(rules, EVENTS[i].kind, EVENTS[i].payload, more, -1, EVENTS[i].absorber);
            cr_expect_eq(shared.is_equal, EVENTS[i].absorber != SIZE_MAX, "%s", EVENTS[i].kind);
            cr_expect_eq(shared.absorbed[side], EVENTS[i].absorber != SIZE_MAX, "%s", EVENTS[i].kind);
            cr_expect_eq(shared.absorbed[!side] + shared.by_others, 0, "%s", EVENTS[i].kind);
            cr_expect_not(alone.is_equal, "%s", EVENTS[i].kind);
            cr_expect_eq(alone.absorbed[side] + alone.by_others, 0, "%s", EVENTS[i].kind);
        }
    evd_rules_free(rules);
}

/* ── Look-ahead ── */

enum { MAX_BLOCKS = 3, AHEAD = 2 * MAX_BLOCKS * 2, CANARY_EVENTS = 40, SEEDS = 1000 };

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"blocks\","
    "\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"absorbers\":[{\"name\":\"blocks\",\"type\":\"balanced-blocks\",\"side\":\"canary\",\"name_field\":\"name\","
    "\"enter\":\"E\",\"leave\":\"L\",\"block_kinds\":[\"a\",\"b\"],\"max_blocks\":3,\"why\":\"w\"}]}";

/* An event of a kind and a name; "x" is of no block. */
struct token {
    char kind, name;
};

/* Blocks, mostly balanced. */
static void draw_blocks(struct random *random, struct token tokens[CANARY_EVENTS])
{
    for (size_t i = 0; i < CANARY_EVENTS; i++) {
        tokens[i] = (struct token){i % 2 ? 'b' : 'a', i / 2 % 2 ? 'L' : 'E'};
        if (random_below(random, 20) == 0)
            tokens[i] = (struct token){"abx"[random_below(random, 3)], "EL"[random_below(random, 2)]};
    }
    /* Where the two sides meet: one leave block more than enter blocks. */
    const size_t meeting = 4 * (1 + random_below(random, MAX_BLOCKS + 1));
    for (size_t i = meeting; i < meeting + 2; i++)
        tokens[i].name = 'L';
}

/* How many of canary's events are absorbed where ours leaves; ours goes on as canary never does. */
static uint64_t count_absorbed(const struct evd_rules *rules, const struct token *tokens, size_t count)
{
    struct log_text logs[EVD_SIDES];
    char kind[] = "?", payload[64];
    begin_logs(logs);
    for (size_t i = 0; i < count; i++) {
        kind[0] = tokens[i].kind;
        snprintf(payload, sizeof payload, "{\"name\":\"%c\"}", tokens[i].name);
        write_event(&logs[EVD_CANARY], kind, payload);
    }
    write_event(&logs[EVD_OURS], "a", "{\"name\":\"L\"}");
    write_event(&logs[EVD_OURS], "y", "{}");
    return diff(logs, rules, 0).absorbed[EVD_CANARY];
}

/* What lies behind the look-ahead decides nothing; what lies at its end does. */
Test(absorb, reads_as_far_ahead_as_it_says_and_no_further, .timeout = 300)
{
    struct evd_rules *rules;
    size_t absorbed = 0, decided_by_last = 0;
    cr_assert_eq(evd_rules_load_text("rules", RULES, sizeof RULES - 1, NULL, &rules, NULL), EVD_OK);
    cr_assert_eq(evd_absorbers_lookahead(rules), AHEAD);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct token tokens[CANARY_EVENTS], other[CANARY_EVENTS];
        draw_blocks(&random, tokens);
        const uint64_t count = count_absorbed(rules, tokens, CANARY_EVENTS);
        absorbed += count > 0;
        cr_assert_eq(count_absorbed(rules, tokens, AHEAD + 1), count, "seed %u", seed);
        memcpy(other, tokens, sizeof other);
        for (size_t i = AHEAD + 1; i < CANARY_EVENTS; i++)
            other[i] = (struct token){"abx"[random_below(&random, 3)], "EL"[random_below(&random, 2)]};
        cr_assert_eq(count_absorbed(rules, other, CANARY_EVENTS), count, "seed %u", seed);
        other[AHEAD] = (struct token){'x', 'E'};
        decided_by_last += count_absorbed(rules, other, CANARY_EVENTS) != count;
    }
    cr_expect_gt(absorbed, SEEDS / 10);
    cr_expect_gt(decided_by_last, SEEDS / 50);
    evd_rules_free(rules);
}

/* Absorbers that are switched off look at nothing. */
Test(absorb, a_disabled_absorber_looks_nowhere)
{
    static const char *const DISABLED[] = {"blocks"};
    const struct evd_rules_options options = {.disabled_absorbers = DISABLED, .disabled_absorber_count = 1};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load_text("rules", RULES, sizeof RULES - 1, &options, &rules, NULL), EVD_OK);
    cr_expect_eq(evd_absorbers_lookahead(rules), 0);
    evd_rules_free(rules);
}
