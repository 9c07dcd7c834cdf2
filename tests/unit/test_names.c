/* Names: whole diffs against a slow, obvious twin on random input, and on the sample of the real boots. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "name_rules.h"
#include "random.h"
#include "renaming_twin.h"
#include "rules/rules.h"

/* Both sides have the same events but for names, and for some events that plainly differ. */
enum { TIDS = 4, EVENTS = 1500, ADDRESS_LEAST = 0x100, HANDLE_LEAST = 4 };

enum what { USE, FREE, MALLOC, MALLOC_RETURN, OPEN, READ, CLOSE, PLAIN };

struct event {
    unsigned tid;
    size_t idx;
    enum what what;
    uint64_t a0[2], a1[2]; /* arguments, or what is returned */
    bool has_a1, is_swapped;
};

struct logs {
    struct event events[EVENTS];
    size_t count;
    size_t order[2][EVENTS]; /* indexes of events in each log */
};

static void make_address(struct random *random, uint64_t value[2])
{
    value[0] = value[1] = random_below(random, 40);
    if (random_below(random, 5)) {
        value[0] = ADDRESS_LEAST + random_below(random, 400);
        value[1] = random_below(random, 30) ? value[0] * 3 + 1000 : ADDRESS_LEAST + random_below(random, 2000);
    }
}

static void make_handle(struct random *random, uint64_t value[2])
{
    value[0] = value[1] = random_below(random, HANDLE_LEAST);
    if (random_below(random, 5)) {
        value[0] = HANDLE_LEAST + random_below(random, 30);
        value[1] = random_below(random, 30) ? value[0] + 100 : HANDLE_LEAST + random_below(random, 200);
    }
}

/* A thread's events in both logs keep their order; how threads interleave differs. */
static void interleave(struct random *random, struct logs *logs, int side)
{
    size_t next[TIDS] = {0}, count = 0;
    while (count < logs->count) {
        const unsigned tid = random_below(random, TIDS);
        unsigned burst = 1 + random_below(random, 9);
        for (size_t i = next[tid]; i < logs->count && burst > 0; i++) {
            next[tid] = i + 1;
            if (logs->events[i].tid != tid)
                continue;
            logs->order[side][count++] = i;
            burst--;
        }
    }
}

static void make_logs(struct random *random, struct logs *logs)
{
    size_t idx[TIDS] = {0};
    bool allocates[TIDS] = {false};
    logs->count = EVENTS - random_below(random, EVENTS / 2);
    for (size_t i = 0; i < logs->count; i++) {
        struct event *event = &logs->events[i];
        *event = (struct event){.tid = random_below(random, TIDS)};
        event->idx = idx[event->tid]++;
        event->what = (enum what)random_below(random, PLAIN);
        if (allocates[event->tid] && random_below(random, 3))
            event->what = MALLOC_RETURN;
        allocates[event->tid] = event->what == MALLOC;
        event->is_swapped = random_below(random, 2);
        event->has_a1 = event->what == USE || event->what == READ;
        make_address(random, event->has_a1 ? event->a1 : event->a0);
        if (event->what == USE)
            make_address(random, event->a0);
        if (event->what >= OPEN)
            make_handle(random, event->a0);
        if (event->what == MALLOC)
            event->a0[0] = event->a0[1] = random_below(random, 600);
        if (random_below(random, 60) == 0) {
            event->what = PLAIN;
            event->has_a1 = false;
            event->a0[0] = 1;
            event->a0[1] = random_below(random, 2) ? 1 : 2;
        }
    }
    for (int side = 0; side < EVD_SIDES; side++)
        interleave(random, logs, side);
}

/* How an address is spelled does not matter. */
struct spelling {
    char text[24];
};

static struct spelling spell(uint64_t value, int side)
{
    struct spelling spelling;
    const int width = value >= ADDRESS_LEAST && side == EVD_OURS ? 8 : 1;
    snprintf(spelling.text, sizeof spelling.text, "0x%0*llx", width, (unsigned long long)value);
    return spelling;
}

static void write_event(struct evd_buffer *out, const struct event *event, int side)
{
    const bool returns = event->what == MALLOC_RETURN || event->what == OPEN;
    const bool is_swapped = event->is_swapped && side == EVD_OURS;
    evd_buffer_format(out,
                      "{\"kind\":\"%s\",\"tid\":%u,\"tid_event_idx\":%zu,\"payload\":{\"n\":%zu,"
                      "\"name\":\"%s\",\"skipped\":%d,",
                      returns ? "return" : "call", event->tid, event->idx, event->idx, NAME_CALLS[event->what], side);
    if (returns)
        evd_buffer_format(out, "\"value\":%llu}}\n", (unsigned long long)event->a0[side]);
    else if (!event->has_a1)
        evd_buffer_format(out, "\"args\":{\"a0\":\"0x%llx\"}}}\n", (unsigned long long)event->a0[side]);
    else
        evd_buffer_format(out, "\"args\":{\"a%d\":\"%s\",\"a%d\":\"%s\"}}}\n", is_swapped,
                          spell((is_swapped ? event->a1 : event->a0)[side], side).text, !is_swapped,
                          spell((is_swapped ? event->a0 : event->a1)[side], side).text);
}

static struct evd_log *open_log(const struct logs *logs, int side, const struct evd_rules *rules)
{
    struct evd_buffer text = {0};
    evd_buffer_string(&text, LOG_HEADER);
    for (size_t i = 0; i < logs->count; i++)
        write_event(&text, &logs->events[logs->order[side][i]], side);
    struct evd_log *log = memory_log(&text, rules);
    evd_buffer_release(&text);
    return log;
}

/* What the twin expects of a thread: where it diverges, in order, and by a name or plainly. */
struct expected {
    size_t positions[EVENTS];
    bool is_break[EVENTS];
    size_t count;
};

static bool twin_value(struct renaming_twin *twin, const uint64_t value[2], uint64_t least, const struct event *event,
                       bool is_end)
{
    struct evd_name_pair earlier;
    const struct evd_learnt_at at = {event->tid, (int64_t)event->idx};
    if (value[0] < least || value[1] < least)
        return false;
    const bool is_broken = twin_use(twin, value, at, &earlier);
    if (is_end)
        twin_end(twin, value);
    return is_broken;
}

/* True when a name breaks what is known. */
static bool twin_event(struct renaming_twin *addresses, struct renaming_twin *handles, uint64_t sizes[TIDS][2],
                       const struct event *event)
{
    struct renaming_twin *own = &addresses[event->tid];
    const struct evd_learnt_at at = {event->tid, (int64_t)event->idx};
    static const uint64_t NO_SIZE[2];
    bool is_broken;
    switch (event->what) {
    case USE:
    case READ:
        is_broken = event->what == USE ? twin_value(own, event->a0, ADDRESS_LEAST, event, false)
                                       : twin_value(handles, event->a0, HANDLE_LEAST, event, false);
        is_broken |= twin_value(own, event->a1, ADDRESS_LEAST, event, false);
        return is_broken;
    case FREE: return twin_value(own, event->a0, ADDRESS_LEAST, event, true);
    case CLOSE: return twin_value(handles, event->a0, HANDLE_LEAST, event, true);
    case MALLOC: memcpy(sizes[event->tid], event->a0, sizeof event->a0); return false;
    case MALLOC_RETURN:
        if (event->a0[0] < ADDRESS_LEAST || event->a0[1] < ADDRESS_LEAST)
            return false;
        twin_birth(own, event->a0, sizes[event->tid], at);
        memset(sizes[event->tid], 0, sizeof sizes[event->tid]);
        return false;
    case OPEN:
        if (event->a0[0] >= HANDLE_LEAST && event->a0[1] >= HANDLE_LEAST)
            twin_birth(handles, event->a0, NO_SIZE, at);
        return false;
    case PLAIN: break;
    }
    return false;
}

static void expect_by_twin(const struct logs *logs, bool has_own_handles, struct expected expected[TIDS])
{
    static struct renaming_twin addresses[TIDS], handles[TIDS];
    uint64_t sizes[TIDS][2] = {{0}};
    for (unsigned tid = 0; tid < TIDS; tid++)
        addresses[tid].count = handles[tid].count = expected[tid].count = 0;
    for (size_t i = 0; i < logs->count; i++) {
        const struct event *event = &logs->events[logs->order[EVD_CANARY][i]];
        struct expected *thread = &expected[event->tid];
        const bool is_plain = event->what == PLAIN && event->a0[0] != event->a0[1];
        if (!is_plain && !twin_event(addresses, &handles[has_own_handles ? event->tid : 0], sizes, event))
            continue;
        thread->is_break[thread->count] = !is_plain;
        thread->positions[thread->count++] = event->idx;
    }
}

static struct evd_outcome *diff(struct evd_log *const logs[2], bool resync, unsigned threads, bool is_plain,
                                struct evd_buffer *report)
{
    static const struct evd_tid_pair MAP[TIDS] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
    const struct evd_diff_options options = {
        .threads = threads, .tid_map = MAP, .tid_map_count = TIDS, .resync = resync, .is_plain = is_plain};
    struct evd_outcome *outcome;
    struct evd_error error;
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append_bytes, report, NULL), EVD_OK);
    cr_assert_eq(evd_report_write(outcome, "json", NULL, append_bytes, report, NULL), EVD_OK);
    return outcome;
}

/* All divergences, their places and what matches between them. */
static void expect_all(const struct evd_pair_outcome *pair, const struct expected *expected, unsigned seed)
{
    const uint64_t total = pair->total[EVD_CANARY];
    cr_assert_eq(pair->divergence_count, expected->count, "seed %u tid %d: %zu, not %zu", seed, (int)pair->tid[0],
                 pair->divergence_count, expected->count);
    for (size_t i = 0; i < expected->count; i++) {
        const struct evd_divergence *divergence = &pair->divergences[i];
        const uint64_t next = i + 1 < expected->count ? expected->positions[i + 1] : total;
        for (int side = 0; side < EVD_SIDES; side++)
            cr_expect(evd_run_of(divergence, side).position == expected->positions[i] &&
                          evd_run_of(divergence, side).count == 1,
                      "seed %u tid %d", seed, (int)pair->tid[0]);
        cr_expect_eq(divergence->class_, EVD_CLASS_VALUE, "seed %u", seed);
        cr_expect_eq(divergence->matched_after, next - expected->positions[i] - 1, "seed %u tid %d divergence %zu",
                     seed, (int)pair->tid[0], i);
        cr_expect_eq(evd_breaks_of(divergence) != NULL, expected->is_break[i], "seed %u", seed);
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        cr_expect_eq(pair->counts[side].matched, total - expected->count, "seed %u", seed);
        cr_expect_eq(pair->counts[side].differing, expected->count, "seed %u", seed);
    }
}

/* Only the first, which is the same as among all. */
static void expect_first(const struct evd_pair_outcome *pair, const struct expected *expected, unsigned seed)
{
    const uint64_t total = pair->total[EVD_CANARY];
    const uint64_t matched = expected->count > 0 ? expected->positions[0] : total;
    cr_expect_eq(pair->is_diverged, expected->count > 0, "seed %u", seed);
    cr_expect_eq(pair->matched, matched, "seed %u tid %d", seed, (int)pair->tid[0]);
    cr_expect_eq(pair->left_over[EVD_OURS], total - matched, "seed %u", seed);
    if (!pair->is_diverged)
        return;
    cr_expect_eq(pair->divergence->form == EVD_DIFFERENCE_NAME, expected->is_break[0], "seed %u", seed);
    cr_expect_eq(pair->divergence->breaks != NULL, expected->is_break[0], "seed %u", seed);
    cr_expect_eq(pair->divergence->event[EVD_CANARY].tid_event_idx, (int64_t)matched);
}

Test(names, diff_finds_what_the_twin_finds, .timeout = 300)
{
    static struct logs logs;
    static struct expected all[TIDS];
    size_t breaks = 0, plain = 0;
    for (unsigned seed = 0; seed < 60; seed++) {
        const bool has_own_handles = seed % 2;
        const char *text = has_own_handles ? NAME_RULES_OWN_HANDLES : NAME_RULES;
        struct evd_rules *rules;
        struct evd_error error;
        cr_assert_eq(evd_rules_load_text("t", text, strlen(text), NULL, &rules, &error), EVD_OK, "%llu: %s",
                     (unsigned long long)error.column, error.message);
        struct random random = {seed};
        struct evd_log *log[EVD_SIDES];
        make_logs(&random, &logs);
        for (int side = 0; side < EVD_SIDES; side++)
            log[side] = open_log(&logs, side, rules);
        expect_by_twin(&logs, has_own_handles, all);
        struct evd_buffer report = {0}, again = {0}, by_parser = {0};
        struct evd_outcome *resynced = diff(log, true, 1, false, &report);
        struct evd_outcome *outcome = diff(log, false, 1, false, &report);
        cr_assert_eq(outcome->pair_count, TIDS);
        for (unsigned tid = 0; tid < TIDS; tid++) {
            expect_all(&resynced->pairs[tid], &all[tid], seed);
            expect_first(&outcome->pairs[tid], &all[tid], seed);
            for (size_t i = 0; i < all[tid].count; i++) {
                breaks += all[tid].is_break[i];
                plain += !all[tid].is_break[i];
            }
        }
        evd_outcome_free(resynced);
        evd_outcome_free(outcome);
        evd_outcome_free(diff(log, true, 3, false, &again));
        evd_outcome_free(diff(log, false, 3, false, &again));
        cr_expect(report.length == again.length && memcmp(report.data, again.data, again.length) == 0,
                  "seed %u: 3 threads say something else", seed);
        evd_outcome_free(diff(log, true, 1, true, &by_parser));
        evd_outcome_free(diff(log, false, 1, true, &by_parser));
        cr_expect(report.length == by_parser.length && memcmp(report.data, by_parser.data, by_parser.length) == 0,
                  "seed %u: the parser says something else", seed);
        evd_buffer_release(&report);
        evd_buffer_release(&again);
        evd_buffer_release(&by_parser);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(log[side]);
        evd_rules_free(rules);
    }
    cr_expect(breaks > 1000 && plain > 100, "%zu breaks, %zu plain", breaks, plain);
}

/* 256 is a name and 256.0 is none, but they are equal: then keys do not tell that two events match, and the walk must
 * stop at what they break all the same. */
Test(names, a_break_where_keys_differ)
{
    static const char *const USES[2][2] = {
        {"{\"name\":\"use\",\"args\":{\"a0\":\"0x1000\"}}", "{\"name\":\"use\",\"args\":{\"a0\":\"0x2000\"}}"},
        {"{\"name\":\"use\",\"args\":{\"a0\":\"0x1000\",\"a1\":256}}",
         "{\"name\":\"use\",\"args\":{\"a0\":\"0x3000\",\"a1\":256.0}}"}};
    struct evd_rules *rules;
    struct evd_log *logs[2];
    cr_assert_eq(evd_rules_load_text("t", NAME_RULES_OWN_HANDLES, strlen(NAME_RULES_OWN_HANDLES), NULL, &rules, NULL),
                 EVD_OK);
    for (int side = 0; side < 2; side++) {
        struct evd_buffer text = {0};
        evd_buffer_string(&text, LOG_HEADER);
        append_event(&text, "first", 0, 0, "{\"f\":\"0\"}");
        for (int i = 0; i < 2; i++)
            append_event(&text, "call", 0, (uint64_t)i + 1, USES[i][side]);
        logs[side] = memory_log(&text, rules);
        evd_buffer_release(&text);
    }
    for (int i = 0; i < 2; i++) {
        struct evd_outcome *outcome;
        const struct evd_diff_options options = {.resync = i == 1};
        cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
        const struct evd_pair_outcome *pair = &outcome->pairs[0];
        cr_expect(pair->is_diverged);
        cr_expect_eq(pair->matched, 2);
        cr_expect_eq(pair->counts[EVD_CANARY].differing, 1);
        cr_expect_eq(pair->divergence_count, i == 1 ? 1 : 0);
        evd_outcome_free(outcome);
    }
    for (int side = 0; side < 2; side++)
        evd_log_free(logs[side]);
    evd_rules_free(rules);
}

/* How many divergences there are, and how many of them are names that break a renaming. */
static size_t count_divergences(struct evd_log *const logs[2], size_t *breaks)
{
    size_t count = 0;
    struct evd_outcome *outcome;
    const struct evd_diff_options options = {.resync = true, .pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
    *breaks = 0;
    for (size_t i = 0; i < outcome->pair_count; i++, count += outcome->pairs[i - 1].divergence_count)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            *breaks += evd_breaks_of(&outcome->pairs[i].divergences[j]) != NULL;
    evd_outcome_free(outcome);
    return count;
}

/* The rules that are installed as an example do what they are for: most of the divergences that the built-in
 * rules leave are gone, and hardly a name breaks a renaming. */
Test(names, wine_relay_rules_on_the_sample)
{
    char path[EVD_SIDES][4096], rules_path[4096];
    const char *const names[] = {path[0], path[1]};
    size_t divergences[2], breaks[2];
    snprintf(path[0], sizeof path[0], "%s/boot-canary.jsonl.zst", getenv("EVD_TEST_DATA"));
    snprintf(path[1], sizeof path[1], "%s/boot-ours.jsonl.zst", getenv("EVD_TEST_DATA"));
    snprintf(rules_path, sizeof rules_path, "%s/wine-relay.json", getenv("EVD_TEST_RULES"));
    for (int i = 0; i < 2; i++) {
        struct evd_rules *rules;
        struct evd_log *logs[2];
        struct evd_error error;
        cr_assert_eq(evd_rules_load(i ? rules_path : NULL, NULL, &rules, &error), EVD_OK, "%llu:%llu: %s",
                     (unsigned long long)error.line, (unsigned long long)error.column, error.message);
        cr_assert_eq(evd_logs_open(names, 2, rules, NULL, logs, NULL, NULL, NULL, &error), EVD_OK, "%s", error.message);
        divergences[i] = count_divergences(logs, &breaks[i]);
        evd_log_free(logs[0]);
        evd_log_free(logs[1]);
        evd_rules_free(rules);
    }
    fprintf(stderr, "%zu divergences under the built-in rules, %zu under wine-relay, %zu of them names\n",
            divergences[0], divergences[1], breaks[1]);
    cr_expect_eq(breaks[0], 0);
    cr_expect_gt(divergences[1], 0);
    cr_expect_lt(divergences[1] * 3, divergences[0]);
    cr_expect_leq(breaks[1], 3);
}
