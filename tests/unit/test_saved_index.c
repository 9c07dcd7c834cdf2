/* Saved indexes: a diff by them says what a diff of the text says; a damaged one is never believed. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "evdiff/evdiff.h"
#include "log/saved_index.h"

/* Of `version_stands_for_these_keys`: key and tag of each event. */
static const char KEYS_OF_VERSION[] = "d590c044a710b912 0\n"
                                      "03d240909b20bf08 0\n"
                                      "47ea9fe8a737d4bb 8\n"
                                      "774550aefdbe22a3 2\n"
                                      "7cfa97bb5db6705c 1\n"
                                      "f5d34ecde9259e24 0\n";

static char folder[64];
static char paths[EVD_SIDES][96], index_paths[EVD_SIDES][EVD_PATH_MAX];
static struct evd_rules *rules;

static void set_up(void)
{
    struct evd_error error;
    strcpy(folder, "/tmp/evdiff-index-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    for (int side = 0; side < EVD_SIDES; side++) {
        snprintf(paths[side], sizeof paths[side], "%s/%d.jsonl", folder, side);
        cr_assert(evd_index_place(paths[side], NULL, 0, index_paths[side]));
    }
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
}

static void tear_down(void)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        unlink(paths[side]);
        unlink(index_paths[side]);
    }
    rmdir(folder);
    evd_rules_free(rules);
}

TestSuite(saved_index, .init = set_up, .fini = tear_down);

static bool append(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static void write_file(const char *path, const struct evd_buffer *content)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(content->data, 1, content->length, file), content->length);
    cr_assert_eq(fclose(file), 0);
}

static enum evd_status open_log(int side, enum evd_index_mode mode, struct evd_log **log,
                                struct evd_error *error)
{
    const char *path = paths[side];
    const struct evd_read_options options = {.index = mode, .threads = 1};
    return evd_logs_open(&path, 1, rules, &options, log, NULL, NULL, NULL, error);
}

static void save(int side, struct evd_buffer *content)
{
    struct evd_log *log;
    struct evd_error error;
    cr_assert_eq(open_log(side, EVD_INDEX_OFF, &log, &error), EVD_OK, "%s", error.message);
    evd_buffer_clear(content);
    cr_assert_eq(evd_index_write(log, append, content, &error), EVD_OK);
    evd_log_free(log);
    write_file(index_paths[side], content);
}

/* The report of a diff; the status of the first step that failed. */
static enum evd_status diff_by(enum evd_index_mode canary, enum evd_index_mode ours, bool is_plain,
                               struct evd_buffer *report)
{
    struct evd_log *logs[EVD_SIDES] = {NULL, NULL};
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    const struct evd_diff_options options = {
        .threads = 1, .emit_absorbed_events = true, .is_plain = is_plain};
    evd_buffer_clear(report);
    enum evd_status status = open_log(EVD_CANARY, canary, &logs[EVD_CANARY], &error);
    if (status == EVD_OK)
        status = open_log(EVD_OURS, ours, &logs[EVD_OURS], &error);
    if (status == EVD_OK)
        status = evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
    if (status == EVD_OK) {
        uint64_t count;
        cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append, report, &error), EVD_OK);
        cr_assert_eq(evd_report_write(outcome, "text", NULL, append, report, &error), EVD_OK);
        cr_assert_eq(evd_report_absorbed_events(outcome, append, report, &count, &error), EVD_OK);
        for (size_t i = 0; i < outcome->rule_use_count; i++)
            evd_buffer_format(report, "%llu %llu\n",
                              (unsigned long long)outcome->rule_uses[i].count[EVD_CANARY],
                              (unsigned long long)outcome->rule_uses[i].count[EVD_OURS]);
    }
    evd_outcome_free(outcome);
    evd_log_free(logs[EVD_CANARY]);
    evd_log_free(logs[EVD_OURS]);
    return status;
}

static enum evd_status diff(enum evd_index_mode canary, enum evd_index_mode ours,
                            struct evd_buffer *report)
{
    return diff_by(canary, ours, false, report);
}

static uint64_t state;

static uint64_t pick(uint64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
}

static void append_event(struct evd_buffer *log, int tid, uint64_t *idx, const char *kind,
                         const char *payload)
{
    evd_buffer_format(log, "{\"kind\":\"%s\",\"tid\":%d,\"tid_event_idx\":%llu,\"payload\":%s}\n", kind,
                      tid, (unsigned long long)*idx, payload);
    *idx += 1 + pick(2);
}

/* What engines do in their own time: events that take no part, and SIDs that may be on one side only. */
static void append_noise(struct evd_buffer *log, int tid, uint64_t *idx, uint64_t rarity)
{
    if (pick(rarity) == 0)
        append_event(log, tid, idx, "contention.observed", "{}");
    if (pick(rarity) == 0)
        append_event(log, tid, idx, "sema.release", "{\"n\":1}");
    if (pick(rarity * 8) == 0)
        append_event(log, tid, idx, "wait.begin", "{\"handles_semantic_ids\":[\"shared\"]}");
}

/* A whole call; a few lack their return or have another argument than the other side's. */
static void append_call(struct evd_buffer *log, int tid, uint64_t *idx, const char *name, uint64_t argument)
{
    char payload[128];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    append_event(log, tid, idx, "import.call", payload);
    snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"args\":{\"cs\":%llu}}", name,
             (unsigned long long)(argument + (pick(80) == 0)));
    append_event(log, tid, idx, "kernel.call", payload);
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    if (pick(80) > 0)
        append_event(log, tid, idx, "kernel.return", payload);
}

/* A critical section, in which canary may enter and leave others. */
static void append_section(struct evd_buffer logs[EVD_SIDES], const int tids[EVD_SIDES],
                           uint64_t idx[EVD_SIDES])
{
    const uint64_t argument = pick(1000);
    for (int side = 0; side < EVD_SIDES; side++) {
        append_call(&logs[side], tids[side], &idx[side], "RtlEnterCriticalSection", argument);
        for (uint64_t i = side == EVD_CANARY ? pick(4) : 0; i > 0; i--) {
            append_call(&logs[side], tids[side], &idx[side], "RtlEnterCriticalSection", pick(1000));
            append_call(&logs[side], tids[side], &idx[side], "RtlLeaveCriticalSection", argument);
        }
        append_call(&logs[side], tids[side], &idx[side], "RtlLeaveCriticalSection", argument);
    }
}

/* A pair of logs: the same streams but for noise and, in some, differences. */
static void make_pair(void)
{
    static const char *const NAMES[] = {"NtClose", "RtlAllocateHeap", "NtAllocateVirtualMemory",
                                        "KeWait"};
    struct evd_buffer logs[EVD_SIDES] = {{0}, {0}};
    const uint64_t threads = 1 + pick(4), rarity = 20 + pick(3000);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&logs[side], "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (uint64_t thread = 0; thread < threads; thread++) {
        const uint64_t count = 1 + pick(pick(3) == 0 ? 12000 : 2500);
        const bool has_sections = pick(2) == 0;
        const uint64_t odd = pick(2) == 0 ? pick(count) : UINT64_MAX;
        const uint64_t ends[] = {pick(6) == 0 ? pick(count) : count,
                                 pick(6) == 0 ? pick(count) : count};
        uint64_t idx[EVD_SIDES] = {0, 0};
        const int tids[] = {(int)thread, (int)thread + 10};
        for (int side = 0; side < EVD_SIDES; side++) {
            char payload[64];
            snprintf(payload, sizeof payload, "{\"name\":\"first%d\"}", (int)thread);
            append_event(&logs[side], tids[side], &idx[side], "kernel.call", payload);
            append_event(&logs[side], tids[side], &idx[side], "wait.begin",
                         "{\"handles_semantic_ids\":[\"shared\"]}");
        }
        for (uint64_t i = 0; i < count; i++) {
            char payload[128];
            const uint64_t value = pick(50);
            if (has_sections && i < ends[EVD_CANARY] && i < ends[EVD_OURS] && pick(rarity) == 0)
                append_section(logs, tids, idx);
            /* The odd one is an allocator's return, so that the report has its number. */
            const bool is_return = i == odd || pick(2) == 0;
            snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"%s\":%d}",
                     NAMES[i == odd ? 1 : value % 4],
                     is_return ? "return_value" : "v", (int)value);
            for (int side = 0; side < EVD_SIDES; side++) {
                if (i >= ends[side])
                    continue;
                append_noise(&logs[side], tids[side], &idx[side], rarity);
                append_event(&logs[side], tids[side], &idx[side],
                             is_return ? "kernel.return" : "kernel.call",
                             i == odd && side == EVD_OURS ? "{\"name\":\"odd\"}" : payload);
            }
        }
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        write_file(paths[side], &logs[side]);
        evd_buffer_release(&logs[side]);
    }
}

/* The walk over blocks and by keys, and the walk over events that reads those that differ, are twins. */
Test(saved_index, says_what_the_text_says)
{
    const char *seed = getenv("EVD_TEST_SEED");
    const uint64_t first = seed != NULL ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) * 1000;
    struct evd_buffer expected = {0}, actual = {0}, index = {0};
    for (uint64_t i = 0; i < 40; i++) {
        state = first + i;
        make_pair();
        for (int side = 0; side < EVD_SIDES; side++)
            save(side, &index);
        cr_assert_eq(diff_by(EVD_INDEX_OFF, EVD_INDEX_OFF, true, &expected), EVD_OK);
        static const enum evd_index_mode MODES[][EVD_SIDES] = {
            {EVD_INDEX_OFF, EVD_INDEX_OFF},
            {EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE},
            {EVD_INDEX_REQUIRE, EVD_INDEX_OFF},
            {EVD_INDEX_OFF, EVD_INDEX_REQUIRE},
        };
        for (int j = 0; j < 4; j++) {
            cr_assert_eq(diff(MODES[j][0], MODES[j][1], &actual), EVD_OK);
            cr_assert(actual.length == expected.length &&
                          memcmp(actual.data, expected.data, actual.length) == 0,
                      "EVD_TEST_SEED=%llu, modes %d", (unsigned long long)(first + i), j);
        }
    }
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
    evd_buffer_release(&index);
}

/* An index made from an index is the same file. */
/* The events before a divergence are quoted, wherever blocks were passed over before it. */
Test(saved_index, quotes_what_it_passed_over)
{
    enum { EVENTS = 400, STEP = 3 };
    struct evd_buffer expected = {0}, actual = {0}, index = {0}, log = {0};
    for (uint64_t odd = 40; odd < EVENTS; odd += STEP) {
        for (int side = 0; side < EVD_SIDES; side++) {
            uint64_t idx = 0;
            evd_buffer_clear(&log);
            evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
            state = 5;
            for (uint64_t i = 0; i < EVENTS; i++) {
                char payload[64];
                snprintf(payload, sizeof payload, "{\"name\":\"n\",\"v\":%d}",
                         i == odd ? side : (int)pick(1000));
                append_event(&log, 1, &idx, "kernel.call", payload);
                for (uint64_t local = pick(3); local > 0; local--)
                    append_event(&log, 1, &idx, "sema.release", "{\"n\":1}");
            }
            write_file(paths[side], &log);
            save(side, &index);
        }
        cr_assert_eq(diff_by(EVD_INDEX_OFF, EVD_INDEX_OFF, true, &expected), EVD_OK);
        cr_assert_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &actual), EVD_OK);
        cr_assert(actual.length == expected.length &&
                      memcmp(actual.data, expected.data, actual.length) == 0,
                  "the odd event is %llu", (unsigned long long)odd);
    }
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
    evd_buffer_release(&index);
    evd_buffer_release(&log);
}

Test(saved_index, is_saved_again_alike)
{
    struct evd_buffer first = {0}, again = {0};
    struct evd_log *log;
    struct evd_error error;
    state = 7;
    make_pair();
    save(0, &first);
    cr_assert_eq(open_log(0, EVD_INDEX_REQUIRE, &log, &error), EVD_OK, "%s", error.message);
    cr_expect_str_eq(evd_log_index(log, NULL), index_paths[0]);
    cr_assert_eq(evd_index_write(log, append, &again, &error), EVD_OK);
    cr_expect_eq(first.length, again.length);
    cr_expect_eq(memcmp(first.data, again.data, first.length), 0);
    evd_log_free(log);
    evd_buffer_release(&first);
    evd_buffer_release(&again);
}

/* Workers find SIDs in any order; the file shows none of it. */
Test(saved_index, is_the_same_for_any_threads_and_chunks)
{
    struct evd_buffer log = {0}, first = {0}, again = {0};
    evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (int tid = 0; tid < 2; tid++)
        for (uint64_t i = 0; i < 900; i++)
            evd_buffer_format(&log,
                              "{\"kind\":\"handle.create\",\"tid\":%d,\"tid_event_idx\":%d,"
                              "\"payload\":{\"handle_semantic_id\":\"%d\"}}\n",
                              tid, (int)i, (int)(i * 7 % 900));
    write_file(paths[0], &log);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct evd_log *opened;
        struct evd_error error;
        const char *path = paths[0];
        const struct evd_read_options options = {.threads = threads, .chunk_bytes = 100000 / threads};
        cr_assert_eq(evd_logs_open(&path, 1, rules, &options, &opened, NULL, NULL, NULL, &error), EVD_OK);
        cr_expect_eq(opened->floating.count, 900);
        evd_buffer_clear(&again);
        cr_assert_eq(evd_index_write(opened, append, threads == 1 ? &first : &again, &error), EVD_OK);
        evd_log_free(opened);
        cr_expect(threads == 1 || (first.length == again.length &&
                                   memcmp(first.data, again.data, first.length) == 0),
                  "%u threads", threads);
    }
    evd_buffer_release(&log);
    evd_buffer_release(&first);
    evd_buffer_release(&again);
}

/* Keys and tags go into files that later programs read: they may change only with the version. */
Test(saved_index, version_stands_for_these_keys)
{
    static const char TEXT[] =
        "{\"kind\":\"schema_version\",\"schema_version\":1}\n"
        "{\"kind\":\"import.call\",\"tid\":1,\"tid_event_idx\":0,\"payload\":{\"name\":\"N\\u0074Close\"}}\n"
        "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":1,\"payload\":{\"args\":{\"a\":[1,-2,0.5,true,"
        "null]},\"e\":{},\"big\":123456789012345678901234567890}}\n"
        "{\"kind\":\"kernel.return\",\"tid\":1,\"tid_event_idx\":2,\"payload\":{\"name\":\"RtlAllocateHeap\","
        "\"return_value\":4096}}\n"
        "{\"kind\":\"thread.create\",\"tid\":1,\"tid_event_idx\":3,\"payload\":{\"ctx_ptr\":\"0x10\","
        "\"parent_tid\":3,\"entry\":\"\\ud83d\\ude00\"}}\n"
        "{\"kind\":\"sema.release\",\"tid\":1,\"tid_event_idx\":4}\n"
        "{\"kind\":\"handle.create\",\"tid\":1,\"tid_event_idx\":5,\"payload\":{\"handle_semantic_id\":\"aa\","
        "\"object_type\":2}}\n";
    struct evd_buffer log = {0};
    struct evd_log *opened;
    struct evd_error error;
    evd_buffer_string(&log, TEXT);
    write_file(paths[0], &log);
    cr_assert_eq(open_log(0, EVD_INDEX_OFF, &opened, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(opened->event_count, 6);
    struct evd_buffer keys = {0};
    for (size_t i = 0; i < opened->event_count; i++)
        evd_buffer_format(&keys, "%016llx %u\n", (unsigned long long)opened->events[i].key,
                          evd_event_tag(&opened->events[i]));
    evd_buffer_byte(&keys, '\0');
    cr_expect_eq((int)EVD_SAVED_VERSION, 5);
    cr_expect_eq(sizeof(struct evd_saved_header), 152, "the format has changed: raise EVD_SAVED_VERSION");
    cr_expect_str_eq(keys.data, KEYS_OF_VERSION,
                     "keys or tags have changed: raise EVD_SAVED_VERSION, then expect these:\n%s", keys.data);
    evd_log_free(opened);
    evd_buffer_release(&log);
    evd_buffer_release(&keys);
}

/* Two logs so long that their blocks take pages of the index; ours waits now and then for what two threads
 * share, so that the walk looks at every block. */
static void make_long_pair(void)
{
    static const char WAIT[] = "{\"handles_semantic_ids\":[\"shared\"]}";
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer log = {0};
        uint64_t idx = 0, other_idx = 0;
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        append_event(&log, 2, &other_idx, "wait.begin", WAIT);
        append_event(&log, 1, &idx, "kernel.call", "{\"name\":\"first\"}");
        append_event(&log, 1, &idx, "wait.begin", WAIT);
        for (int i = 0; i < 300000; i++) {
            char payload[32];
            snprintf(payload, sizeof payload, "{\"v\":%d}", i);
            append_event(&log, 1, &idx, "k", payload);
            if (side == EVD_OURS && i % 500 == 0)
                append_event(&log, 1, &idx, "wait.begin", WAIT);
        }
        write_file(paths[side], &log);
        evd_buffer_release(&log);
    }
}

/* What the index holds is taken away, from the end, while it is in use. */
Test(saved_index, cut_while_it_is_open)
{
    struct evd_buffer index = {0}, other = {0};
    size_t refused = 0, cuts = 0;
    state = 3;
    make_long_pair();
    save(1, &other);
    save(0, &index);
    for (size_t length = 0; length < index.length; length += length < 65536 ? 4096 : 1 << 20) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome = NULL;
        struct evd_error error;
        const struct evd_diff_options options = {.threads = 1};
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert_eq(open_log(side, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK, "%s",
                         error.message);
        cr_assert_eq(truncate(index_paths[0], (off_t)length), 0);
        const enum evd_status status =
            evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
        refused += status == EVD_E_INDEX;
        cuts++;
        evd_outcome_free(outcome);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(logs[side]);
        write_file(index_paths[0], &index);
    }
    /* Every cut takes events away that the walk looks at. */
    cr_expect_eq(refused, cuts);
    evd_buffer_release(&index);
    evd_buffer_release(&other);
}

static void append_counted(struct evd_buffer *log, int count, int odd)
{
    evd_buffer_string(log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (int i = 0; i < count; i++)
        evd_buffer_format(log,
                          "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":{\"name\":"
                          "\"n\",\"v\":%d}}\n",
                          i, i == odd ? 1000000 + i : 2000000 + i);
}

/* Another log's index is written over it while it is in use: what was checked at the opening still counts. */
Test(saved_index, overwritten_while_it_is_open)
{
    struct evd_buffer text = {0}, index[EVD_SIDES] = {{0}, {0}};
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_clear(&text);
        append_counted(&text, 8000, side == EVD_OURS ? 6000 : -1);
        write_file(paths[side], &text);
        save(side, &index[side]);
    }
    cr_assert_eq(index[0].length, index[1].length);
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1};
    for (int side = 0; side < EVD_SIDES; side++)
        cr_assert_eq(open_log(side, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK, "%s", error.message);
    FILE *file = fopen(index_paths[EVD_CANARY], "r+b");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(index[EVD_OURS].data, 1, index[EVD_OURS].length, file), index[EVD_OURS].length);
    cr_assert_eq(fclose(file), 0);
    cr_expect_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error), EVD_E_INDEX);
    cr_expect_null(outcome);
    evd_outcome_free(outcome);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(logs[side]);
        evd_buffer_release(&index[side]);
    }
    evd_buffer_release(&text);
}

/* A diff with a changed index gives the right report or none. */
static void hold(const struct evd_buffer *expected, struct evd_buffer *actual, size_t place)
{
    const enum evd_status status = diff(EVD_INDEX_REQUIRE, EVD_INDEX_OFF, actual);
    cr_assert(status == EVD_E_INDEX ||
                  (status == EVD_OK && actual->length == expected->length &&
                   memcmp(actual->data, expected->data, actual->length) == 0),
              "byte %zu: status %d", place, (int)status);
}

Test(saved_index, damage_is_found)
{
    struct evd_buffer index = {0}, expected = {0}, actual = {0};
    state = 3;
    make_pair();
    save(0, &index);
    save(1, &actual);
    cr_assert_eq(diff(EVD_INDEX_OFF, EVD_INDEX_OFF, &expected), EVD_OK);
    size_t tried = 0;
    char path[EVD_PATH_MAX];
    struct evd_error error;
    for (size_t i = 0; i < index.length; i += i < 4096 ? 7 : 1 + pick(997)) {
        index.data[i] ^= (char)(1 << pick(8));
        write_file(index_paths[0], &index);
        hold(&expected, &actual, i);
        /* The whole check misses nothing, wherever it is. */
        cr_assert_eq(evd_index_check(paths[0], rules, NULL, path, &error), EVD_E_INDEX, "byte %zu", i);
        save(0, &index);
        tried++;
    }
    cr_expect_gt(tried, 100);
    for (size_t length = 0; length < index.length; length += 1 + pick(index.length / 30)) {
        struct evd_buffer cut = index;
        cut.length = length;
        write_file(index_paths[0], &cut);
        cr_assert_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_OFF, &actual), EVD_E_INDEX, "cut at %zu", length);
        hold(&expected, &actual, length);
    }
    evd_buffer_release(&index);
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
}

/* Someone who can make checksums can still not make it crash. */
Test(saved_index, hostile_counts_are_refused)
{
    struct evd_buffer index = {0}, actual = {0};
    state = 11;
    make_pair();
    save(0, &index);
    save(1, &actual);
    const size_t first = offsetof(struct evd_saved_header, text_length);
    const size_t last = offsetof(struct evd_saved_header, tables_hash);
    static const uint64_t VALUES[] = {0,          1,          2,          3,
                                      UINT64_MAX, UINT64_MAX / 2, UINT64_MAX / 16, (uint64_t)1 << 32};
    for (size_t place = first; place < last; place += sizeof(uint64_t))
        for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
            struct evd_saved_header header;
            memcpy(&header, index.data, sizeof header);
            uint64_t *member = (uint64_t *)((char *)&header + place);
            const bool is_same = *member == VALUES[i];
            *member = VALUES[i];
            header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
            struct evd_buffer hostile = {0};
            evd_buffer_append(&hostile, index.data, index.length);
            memcpy(hostile.data, &header, sizeof header);
            write_file(index_paths[0], &hostile);
            evd_buffer_release(&hostile);
            const enum evd_status status = diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &actual);
            cr_expect(status == EVD_E_INDEX || is_same ||
                          place == offsetof(struct evd_saved_header, has_floating_zero),
                      "member at %zu = %llx: status %d", place, (unsigned long long)VALUES[i],
                      (int)status);
        }
    evd_buffer_release(&index);
    evd_buffer_release(&actual);
}

/* Where the blocks of the first stream that has three are in an index; 0 when there is none. */
static size_t find_three_blocks(const struct evd_buffer *index, struct evd_saved_header *header)
{
    memcpy(header, index->data, sizeof *header);
    const struct evd_saved_stream *streams = (const void *)(index->data + sizeof *header);
    size_t place = sizeof *header + header->stream_count * sizeof *streams +
                   header->stream_count * header->counted_count * sizeof(uint64_t) +
                   header->kind_count * sizeof(struct evd_kind_use) +
                   header->floating_capacity * sizeof(struct evd_table_entry) +
                   header->creation_count * sizeof(struct evd_creation);
    for (uint64_t i = 0; i < header->stream_count; i++) {
        if (streams[i].block_count >= 3)
            return place;
        place += streams[i].block_count * sizeof(struct evd_block);
    }
    return 0;
}

/* The block after one that begins near 2^64 is after it only by overflow. */
Test(saved_index, a_block_beyond_its_stream_is_refused)
{
    struct evd_buffer index = {0};
    struct evd_saved_header header;
    struct evd_log *log;
    struct evd_error error;
    size_t place;
    state = 1;
    do {
        make_pair();
        save(0, &index);
    } while ((place = find_three_blocks(&index, &header)) == 0);
    struct evd_block *blocks = (void *)(index.data + place);
    blocks[1].first = UINT64_MAX - 100;
    const size_t events = index.length - header.event_count * sizeof(struct evd_event);
    header.tables_hash = evd_saved_hash(index.data + sizeof header, events - sizeof header);
    header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
    memcpy(index.data, &header, sizeof header);
    write_file(index_paths[0], &index);
    cr_expect_eq(open_log(0, EVD_INDEX_REQUIRE, &log, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "is damaged");
    evd_buffer_release(&index);
}

/* What is overwritten in place, by cp for one, changes under the diff that has it mapped. */
Test(saved_index, a_file_that_is_cut_while_it_is_used_is_damaged)
{
    struct evd_buffer index = {0}, expected = {0}, actual = {0};
    struct evd_error error;
    unsigned refused = 0;
    state = 2;
    make_pair();
    for (size_t part = 0; part <= 8; part++) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome;
        const struct evd_diff_options options = {.threads = 1};
        struct evd_buffer *report = part == 0 ? &expected : &actual;
        save(0, &index);
        cr_assert_eq(open_log(EVD_CANARY, EVD_INDEX_REQUIRE, &logs[EVD_CANARY], &error), EVD_OK);
        cr_assert_eq(open_log(EVD_OURS, EVD_INDEX_OFF, &logs[EVD_OURS], &error), EVD_OK);
        cr_assert_eq(truncate(index_paths[0], (off_t)(index.length * (8 - part) / 8)), 0);
        const enum evd_status status =
            evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
        evd_buffer_clear(&actual);
        if (status == EVD_OK) {
            cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append, report, &error), EVD_OK);
            cr_expect(expected.length == report->length &&
                          memcmp(expected.data, report->data, expected.length) == 0,
                      "part %zu", part);
            evd_outcome_free(outcome);
        } else {
            cr_expect_eq(status, EVD_E_INDEX, "part %zu", part);
            refused++;
        }
        evd_log_free(logs[EVD_CANARY]);
        evd_log_free(logs[EVD_OURS]);
    }
    cr_expect_gt(refused, 0);
    evd_buffer_release(&index);
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
}

/* What the index was made from must be what is there. */
Test(saved_index, fits_one_log_only)
{
    struct evd_buffer index = {0}, log = {0};
    struct evd_log *opened;
    struct evd_error error;
    state = 5;
    make_pair();
    save(0, &index);
    struct stat before;
    cr_assert_eq(stat(paths[0], &before), 0);
    FILE *file = fopen(paths[0], "r+b");
    cr_assert_not_null(file);
    int byte;
    fseek(file, 60, SEEK_SET);
    byte = fgetc(file);
    fseek(file, 60, SEEK_SET);
    fputc(byte == '1' ? '2' : '1', file);
    fclose(file);
    cr_expect_eq(open_log(0, EVD_INDEX_REQUIRE, &opened, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "the log has changed since it was made");
    /* Also when the time says that it has not: the samples tell. */
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    cr_assert_eq(utimensat(AT_FDCWD, paths[0], times, 0), 0);
    cr_expect_eq(open_log(0, EVD_INDEX_REQUIRE, &opened, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "the log has changed since it was made");
    evd_buffer_release(&index);
    evd_buffer_release(&log);
}

Test(saved_index, other_rules_do_not_fit)
{
    struct evd_buffer index = {0};
    struct evd_error error;
    char path[EVD_PATH_MAX];
    state = 5;
    make_pair();
    save(0, &index);
    const struct evd_rules_options options = {.keep_allocator_returns = true};
    struct evd_rules *other;
    cr_assert_eq(evd_rules_load(NULL, &options, &other, &error), EVD_OK);
    cr_expect_eq(evd_index_check(paths[0], other, NULL, path, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "was made with other rules");
    cr_expect_eq(evd_index_check(paths[0], rules, NULL, path, &error), EVD_OK);
    cr_expect_str_eq(path, index_paths[0]);
    evd_rules_free(other);
    evd_buffer_release(&index);
}

Test(saved_index, only_an_index_is_removed)
{
    struct evd_buffer index = {0};
    struct evd_error error;
    bool is_removed;
    state = 5;
    make_pair();
    save(0, &index);
    cr_expect_eq(evd_index_remove(paths[0], &is_removed, &error), EVD_E_INDEX);
    cr_expect_not(is_removed);
    cr_expect_eq(access(paths[0], F_OK), 0);
    cr_expect_eq(evd_index_remove(index_paths[0], &is_removed, &error), EVD_OK);
    cr_expect(is_removed);
    cr_expect_eq(evd_index_remove(index_paths[0], &is_removed, &error), EVD_OK);
    cr_expect_not(is_removed);
    evd_buffer_release(&index);
}
