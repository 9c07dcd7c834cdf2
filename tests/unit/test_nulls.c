/* Nulls under marks: what a pointer to nothing looks like, and that all reports but the reference's tell of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "index_files.h"
#include "random.h"

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\",\"pairing\":{\"kind\":\"call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"name_classes\":[{\"class\":\"handle\",\"at_least\":\"0x4\",\"scope\":\"thread\",\"why\":\"w\"}],"
    "\"names\":[{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"return\",\"fields\":[\"handle\"],\"why\":\"w\"}],"
    "\"allocator_returns\":["
    "{\"kind\":\"return\",\"name_field\":\"name\",\"names\":[\"get\",\"take\"],\"set_fields\":[\"value\"],"
    "\"replace_fields\":[\"status\"],\"mark\":\"M\",\"why\":\"w\"},"
    "{\"kind\":\"reply\",\"name_field\":\"name\",\"names\":[\"get\"],\"replace_fields\":[\"value\"],\"mark\":\"M\","
    "\"why\":\"w\"}],"
    "\"host_heap_fields\":[{\"kind\":\"create\",\"fields\":[\"a\",\"b\"],\"mark\":\"H\",\"why\":\"w\"}],"
    "\"priority_fields\":[{\"kind\":\"return\",\"form\":\"value\",\"fields\":[\"value\"],\"name_field\":\"name\","
    "\"why\":\"w\"}]}";

static struct evd_rules *own_rules;

static void load(void)
{
    cr_assert_eq(evd_rules_load_text("t", RULES, sizeof RULES - 1, NULL, &own_rules, NULL), EVD_OK);
}

static void unload(void)
{
    evd_rules_free(own_rules);
}

TestSuite(nulls, .init = load, .fini = unload);

static struct evd_log *open_text(const struct evd_buffer *text, bool is_plain)
{
    char path[MEMORY_PATH_BYTES];
    const int file = memory_file(text->data, text->length, path);
    const char *const in[] = {path};
    const struct evd_read_options options = {.threads = 1, .is_plain = is_plain};
    struct evd_log *log;
    struct evd_error error;
    cr_assert_eq(evd_logs_open(in, 1, own_rules, &options, &log, NULL, NULL, NULL, &error), EVD_OK, "%s",
                 error.message);
    close(file);
    return log;
}

static struct evd_outcome *diff_texts(const struct evd_buffer texts[EVD_SIDES], bool has_resync, bool is_plain)
{
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1, .resync = has_resync, .is_plain = is_plain};
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = open_text(&texts[side], is_plain);
    cr_assert_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error), EVD_OK, "%s", error.message);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    return outcome;
}

static void release(struct evd_buffer texts[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&texts[side]);
}

static void begin(struct evd_buffer *text)
{
    evd_buffer_clear(text);
    evd_buffer_string(text, LOG_HEADER);
    append_event(text, "call", 1, 0, "{\"name\":\"main\"}");
}

/* A diff of two events of one kind, behind a call; the events come often enough to be read by their shapes. */
static struct evd_outcome *diff_events(const char *kind, const char *canary, const char *ours, bool is_plain)
{
    const char *const payloads[EVD_SIDES] = {canary, ours};
    struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
    for (int side = 0; side < EVD_SIDES; side++) {
        begin(&texts[side]);
        for (uint64_t i = 1; i < 4; i++)
            append_event(&texts[side], kind, 1, i, payloads[side]);
    }
    struct evd_outcome *outcome = diff_texts(texts, true, is_plain);
    release(texts);
    return outcome;
}

/* Holds that two events, three times each, match but for a null of `side`, or quite (EVD_SIDES). */
static void expect_null(const char *kind, const char *canary, const char *ours, int side)
{
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        struct evd_outcome *outcome = diff_events(kind, canary, ours, is_plain);
        const struct evd_pair_outcome *pair = &outcome->pairs[0];
        const uint64_t count = side == EVD_SIDES ? 0 : 3;
        cr_expect_eq(pair->matched, 4, "%s %s", canary, ours);
        cr_expect_not(pair->is_diverged, "%s %s", canary, ours);
        cr_expect_eq(pair->marked_null_count, count, "%s %s", canary, ours);
        cr_expect_eq(pair->exact_comparisons, 0, "keys and tags tell it");
        cr_expect_eq(outcome->verdict, count > 0 ? EVD_VERDICT_DIVERGED : EVD_VERDICT_EQUAL, "%s %s", canary, ours);
        cr_expect_eq(pair->divergence_count, count, "%s %s", canary, ours);
        cr_expect_eq(pair->counts[EVD_OURS].matched, 4 - count);
        cr_expect_eq(pair->counts[EVD_OURS].differing, count);
        cr_expect_eq(pair->first_null != NULL, count > 0);
        for (size_t i = 0; i < pair->divergence_count; i++) {
            const struct evd_divergence *divergence = &pair->divergences[i];
            cr_assert(divergence->class_ == EVD_CLASS_VALUE && evd_marked_null_of(divergence) != NULL);
            cr_expect_eq((int)evd_marked_null_of(divergence)->side, side, "%s %s", canary, ours);
            cr_expect_eq(evd_run_of(divergence, EVD_CANARY).first_idx, (int64_t)i + 1);
        }
        evd_outcome_free(outcome);
    }
}

Test(nulls, what_is_null)
{
    static const char *const NULLS[] = {
        ",\"value\":null",
        ",\"value\":false",
        ",\"value\":0",
        ",\"value\":-0",
        ",\"value\":0.0",
        ",\"value\":-0e5",
        ",\"value\":\"0\"",
        ",\"value\":\"0000\"",
        ",\"value\":\"0x0\"",
        ",\"value\":\"0X00000000\"",
        ",\"value\":\"\\u0030x0\"",
        ""};
    static const char *const OTHERS[] = {
        ",\"value\":true",     ",\"value\":1",      ",\"value\":-1",
        ",\"value\":0.5",      ",\"value\":10",     ",\"value\":\"\"",
        ",\"value\":\"0x\"",   ",\"value\":\"x0\"", ",\"value\":\"0x10\"",
        ",\"value\":\"00x0\"", ",\"value\":\" 0\"", ",\"value\":\"-0\"",
        ",\"value\":[]",       ",\"value\":{}",     ",\"value\":{\"value\":0}",
        ",\"value\":\"null\""};
    for (size_t i = 0; i < sizeof NULLS / sizeof *NULLS; i++) {
        char null[96], other[96];
        snprintf(null, sizeof null, "{\"name\":\"get\"%s}", NULLS[i]);
        for (size_t j = 0; j < sizeof OTHERS / sizeof *OTHERS; j++) {
            snprintf(other, sizeof other, "{\"name\":\"get\"%s}", OTHERS[j]);
            expect_null("return", null, other, EVD_CANARY);
            expect_null("return", other, null, EVD_OURS);
        }
        snprintf(other, sizeof other, "{\"name\":\"get\"%s}", NULLS[(i + 1) % (sizeof NULLS / sizeof *NULLS)]);
        expect_null("return", null, other, EVD_SIDES);
    }
}

/* What an allocator gives counts, not how the call went; without the one, the other. */
Test(nulls, which_fields_count)
{
    expect_null("return", "{\"name\":\"get\",\"value\":5,\"status\":0}", "{\"name\":\"get\",\"value\":5,\"status\":7}",
                EVD_SIDES);
    expect_null("return", "{\"name\":\"get\",\"value\":5,\"status\":0}", "{\"name\":\"get\",\"value\":0,\"status\":7}",
                EVD_OURS);
    expect_null("reply", "{\"name\":\"get\",\"value\":5}", "{\"name\":\"get\",\"value\":0}", EVD_OURS);
    expect_null("reply", "{\"name\":\"get\",\"value\":null}", "{\"name\":\"get\",\"value\":7}", EVD_CANARY);
}

Test(nulls, host_heap_fields)
{
    expect_null("create", "{\"a\":\"0x10\",\"b\":\"0x1\"}", "{\"a\":\"0x20\",\"b\":\"0x0\"}", EVD_OURS);
    expect_null("create", "{\"a\":\"0x0\",\"b\":\"0x1\"}", "{\"a\":\"0x20\",\"b\":\"0x2\"}", EVD_CANARY);
    expect_null("create", "{\"a\":\"0x0\",\"b\":\"0x1\"}", "{\"a\":\"0\",\"b\":\"0x2\"}", EVD_SIDES);
    expect_null("create", "{\"b\":\"0x0\"}", "{\"b\":\"0x2\"}", EVD_CANARY);
}

/* Other calls' zeros are differences of their own. */
Test(nulls, no_allocator)
{
    struct evd_outcome *outcome =
        diff_events("return", "{\"name\":\"put\",\"value\":5}", "{\"name\":\"put\",\"value\":0}", false);
    cr_expect(outcome->pairs[0].is_diverged && outcome->pairs[0].marked_null_count == 0);
    evd_outcome_free(outcome);
}

/* Two events in which a name breaks the renaming and a null is hidden are one divergence. */
Test(nulls, and_a_broken_name)
{
    static const char *const PAYLOADS[EVD_SIDES][3] = {
        {"{\"name\":\"get\",\"handle\":8,\"value\":1}", "{\"name\":\"get\",\"handle\":8,\"value\":1}",
         "{\"name\":\"get\",\"handle\":8,\"value\":1}"},
        {"{\"name\":\"get\",\"handle\":8,\"value\":1}", "{\"name\":\"get\",\"handle\":12,\"value\":0}",
         "{\"name\":\"get\",\"handle\":12,\"value\":0}"}};
    for (int has_resync = 0; has_resync < 2; has_resync++) {
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        for (int side = 0; side < EVD_SIDES; side++) {
            begin(&texts[side]);
            for (uint64_t i = 0; i < 3; i++)
                append_event(&texts[side], "return", 1, i + 1, PAYLOADS[side][i]);
        }
        struct evd_outcome *outcome = diff_texts(texts, has_resync, false);
        const struct evd_pair_outcome *pair = &outcome->pairs[0];
        cr_expect(pair->is_diverged && pair->first_null == NULL);
        cr_expect_eq(pair->matched, 2);
        cr_expect_eq(pair->marked_null_count, has_resync ? 2 : 0);
        cr_expect_eq(pair->counts[EVD_OURS].differing, has_resync ? 2 : 1);
        cr_expect_eq(pair->divergence_count, has_resync ? 2 : 0);
        if (has_resync) {
            cr_expect(evd_breaks_of(&pair->divergences[0]) != NULL &&
                      evd_marked_null_of(&pair->divergences[0]) != NULL);
            cr_expect(evd_breaks_of(&pair->divergences[1]) == NULL &&
                      evd_marked_null_of(&pair->divergences[1]) != NULL);
        }
        evd_outcome_free(outcome);
        release(texts);
    }
}

/* ---- random logs against what was planted ---- */

enum { SEEDS = 400, STEPS_MAX = 120 };

struct planted {
    struct evd_buffer texts[EVD_SIDES];
    bool is_null[EVD_SIDES][STEPS_MAX * 2 + 2]; /* by position in the stream */
    uint64_t count[EVD_SIDES];
};

static const char *spell(struct random *random, bool is_null)
{
    static const char *const NULLS[] = {"0", "\"0x0\"", "null", "\"0x00000000\"", "false"};
    static const char *const OTHERS[] = {"1", "\"0x10\"", "\"0x7f0000000000\"", "true", "\"x\""};
    return is_null ? NULLS[random_below(random, 5)] : OTHERS[random_below(random, 5)];
}

static void append_return(struct random *random, struct planted *planted, int side, const char *name, bool is_null)
{
    char payload[128];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"value\":%s}", name, spell(random, is_null));
    planted->is_null[side][planted->count[side]] = is_null;
    append_event(&planted->texts[side], "return", 1, planted->count[side]++, payload);
}

static void append_own_call(struct planted *planted, int side, unsigned number)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"name\":\"c%u\"}", number);
    append_event(&planted->texts[side], "call", 1, planted->count[side]++, payload);
}

/* Two logs of calls and allocators' returns, of which each side lacks a few and has a few of its own. The same seed gives
 * the same logs but for nulls, which there are one in `nulls` on each side; 0: none. */
static void plant(unsigned seed, unsigned nulls, struct planted *planted)
{
    struct random random = {seed}, null_random = {~(uint64_t)seed};
    *planted = (struct planted){.count = {1, 1}};
    for (int side = 0; side < EVD_SIDES; side++)
        begin(&planted->texts[side]);
    const unsigned steps = random_below(&random, STEPS_MAX), rarity = 2 + random_below(&random, 40);
    for (unsigned i = 0; i < steps; i++) {
        const unsigned what = random_below(&random, 3), number = random_below(&random, 12);
        for (int side = 0; side < EVD_SIDES; side++) {
            const unsigned fate = random_below(&random, 2 * rarity);
            if (fate == 0)
                continue;
            if (fate == 1)
                append_own_call(planted, side, 100 + random_below(&random, 9));
            if (what == 0)
                append_own_call(planted, side, number);
            else
                append_return(&null_random, planted, side, what == 1 ? "get" : "take",
                              nulls > 0 && random_below(&null_random, nulls) == 0);
        }
    }
}

static bool is_same_place(const struct evd_divergence *a, const struct evd_divergence *b)
{
    bool is_same = a->class_ == b->class_;
    for (int side = 0; side < EVD_SIDES; side++)
        is_same = is_same && evd_run_of(a, side).position == evd_run_of(b, side).position &&
                  evd_run_of(a, side).count == evd_run_of(b, side).count;
    return is_same;
}

/* The next pair of events that match, as the divergences of a diff without nulls leave them over. */
struct matching {
    const struct evd_pair_outcome *pair;
    bool differs[EVD_SIDES][STEPS_MAX * 2 + 2];
    uint64_t next[EVD_SIDES];
};

static void find_matching(const struct evd_pair_outcome *pair, struct matching *matching)
{
    *matching = (struct matching){.pair = pair};
    for (size_t i = 0; i < pair->divergence_count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            for (uint64_t j = 0; j < evd_run_of(&pair->divergences[i], side).count; j++)
                matching->differs[side][evd_run_of(&pair->divergences[i], side).position + j] = true;
}

static bool next_matching(struct matching *matching, uint64_t position[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        while (matching->next[side] < matching->pair->total[side] && matching->differs[side][matching->next[side]])
            matching->next[side]++;
        if (matching->next[side] == matching->pair->total[side])
            return false;
        position[side] = matching->next[side]++;
    }
    return true;
}

/* Holds a diff of logs with nulls against the diff of the same logs without. */
static uint64_t expect_planted(const struct evd_pair_outcome *pair, const struct evd_pair_outcome *plain,
                               const struct planted *planted, unsigned seed)
{
    struct matching matching;
    uint64_t position[EVD_SIDES], nulls = 0;
    size_t listed = 0, others = 0;
    find_matching(plain, &matching);
    while (next_matching(&matching, position)) {
        const bool canary = planted->is_null[EVD_CANARY][position[EVD_CANARY]];
        if (canary == planted->is_null[EVD_OURS][position[EVD_OURS]])
            continue;
        nulls++;
        while (listed < pair->divergence_count && evd_marked_null_of(&pair->divergences[listed]) == NULL)
            listed++;
        cr_assert_lt(listed, pair->divergence_count, "seed %u: a null is not listed", seed);
        const struct evd_divergence *divergence = &pair->divergences[listed++];
        cr_assert_eq((int)evd_marked_null_of(divergence)->side, canary ? EVD_CANARY : EVD_OURS, "seed %u", seed);
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert_eq(evd_run_of(divergence, side).position, position[side], "seed %u", seed);
    }
    for (size_t i = 0; i < pair->divergence_count; i++)
        if (evd_marked_null_of(&pair->divergences[i]) == NULL) {
            cr_assert_lt(others, plain->divergence_count, "seed %u", seed);
            cr_assert(is_same_place(&pair->divergences[i], &plain->divergences[others++]), "seed %u", seed);
        }
    cr_assert_eq(others, plain->divergence_count, "seed %u", seed);
    cr_assert_eq(pair->divergence_count - others, nulls, "seed %u", seed);
    cr_assert_eq(pair->marked_null_count, nulls, "seed %u", seed);
    cr_assert_eq(pair->counts[EVD_CANARY].matched + nulls, plain->counts[EVD_CANARY].matched, "seed %u", seed);
    /* In the order of the streams, but for what has moved, which has two places. */
    for (size_t i = 0; i + 1 < pair->divergence_count; i++) {
        const struct evd_divergence *here = &pair->divergences[i], *next = here + 1;
        if (here->class_ != EVD_CLASS_REORDERED && next->class_ != EVD_CLASS_REORDERED)
            cr_assert_leq(evd_run_of(here, EVD_CANARY).position, evd_run_of(next, EVD_CANARY).position, "seed %u",
                          seed);
    }
    return nulls;
}

static void write_report(const struct evd_outcome *outcome, const char *format, struct evd_buffer *report)
{
    struct evd_error error;
    evd_buffer_clear(report);
    cr_assert_eq(evd_report_write(outcome, format, NULL, append_bytes, report, &error), EVD_OK);
    evd_buffer_byte(report, '\0');
}

/* The reference's report knows of no null. */
static void expect_same_markdown(const struct evd_outcome *a, const struct evd_outcome *b, unsigned seed)
{
    struct evd_buffer reports[2] = {{0}, {0}};
    write_report(a, "markdown", &reports[0]);
    write_report(b, "markdown", &reports[1]);
    cr_assert_str_eq(reports[0].data, reports[1].data, "seed %u", seed);
    for (int i = 0; i < 2; i++)
        evd_buffer_release(&reports[i]);
}

Test(nulls, random_logs)
{
    uint64_t nulls = 0, behind = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct planted without, with;
        plant(seed, 0, &without);
        plant(seed, 2 + seed % 9, &with);
        struct evd_outcome *plain = diff_texts(without.texts, true, false),
                           *outcome = diff_texts(with.texts, true, false);
        struct evd_outcome *slow = diff_texts(with.texts, true, true), *first = diff_texts(with.texts, false, false);
        struct evd_buffer reports[2] = {{0}, {0}};
        nulls += expect_planted(&outcome->pairs[0], &plain->pairs[0], &with, seed);
        expect_same_markdown(outcome, plain, seed);
        expect_same_markdown(first, plain, seed);
        write_report(outcome, "full", &reports[0]);
        write_report(slow, "full", &reports[1]);
        cr_assert_str_eq(reports[0].data, reports[1].data, "seed %u: the slow twin", seed);
        /* Without resync the verdict is the same. */
        cr_assert_eq(first->verdict, outcome->verdict, "seed %u", seed);
        cr_assert_eq(first->pairs[0].first_null != NULL, outcome->pairs[0].first_null != NULL, "seed %u", seed);
        behind += outcome->pairs[0].marked_null_count > first->pairs[0].marked_null_count;
        for (int i = 0; i < 2; i++)
            evd_buffer_release(&reports[i]);
        evd_outcome_free(plain);
        evd_outcome_free(outcome);
        evd_outcome_free(slow);
        evd_outcome_free(first);
        release(without.texts);
        release(with.texts);
    }
    cr_expect(nulls > 1000 && behind > 50, "%llu nulls, %llu logs with some behind", (unsigned long long)nulls,
              (unsigned long long)behind);
}

/* ---- by saved indexes ---- */

TestSuite(nulls_by_index, .init = set_up, .fini = tear_down);

enum { INDEXED_EVENTS = 3000 };

/* Equal but for one null at `at`; long enough for many blocks. */
static void write_long_logs(uint64_t at)
{
    struct evd_buffer text = {0};
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_clear(&text);
        evd_buffer_string(&text, LOG_HEADER);
        append_event(&text, "kernel.call", 1, 0, "{\"name\":\"main\"}");
        for (uint64_t i = 1; i < INDEXED_EVENTS; i++) {
            char payload[96];
            snprintf(payload, sizeof payload, "{\"name\":\"RtlAllocateHeap\",\"return_value\":\"0x%x\"}",
                     side == EVD_OURS && i == at ? 0 : 64 * (unsigned)i + (unsigned)side);
            if (i % 3 != 0)
                snprintf(payload, sizeof payload, "{\"name\":\"c%llu\"}", (unsigned long long)(i * i % 997));
            append_event(&text, i % 3 != 0 ? "kernel.call" : "kernel.return", 1, i, payload);
        }
        write_file(paths[side], &text);
    }
    evd_buffer_release(&text);
}

Test(nulls_by_index, no_block_hides_one)
{
    struct evd_buffer index = {0}, reports[2] = {{0}, {0}};
    for (uint64_t at = 3; at < INDEXED_EVENTS; at += 249) {
        write_long_logs(at);
        for (int side = 0; side < EVD_SIDES; side++)
            save(side, &index);
        cr_assert_eq(diff_by(EVD_INDEX_OFF, EVD_INDEX_OFF, true, &reports[0]), EVD_OK);
        cr_assert_eq(diff_by(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, false, &reports[1]), EVD_OK);
        for (int i = 0; i < 2; i++)
            evd_buffer_byte(&reports[i], '\0');
        cr_expect(strstr(reports[0].data, "which its mark hides") != NULL, "at %llu", (unsigned long long)at);
        cr_expect_str_eq(reports[0].data, reports[1].data, "at %llu", (unsigned long long)at);
    }
    evd_buffer_release(&index);
    for (int i = 0; i < 2; i++)
        evd_buffer_release(&reports[i]);
}
