/* Pairs of logs and their saved indexes, for tests, in a folder of their own. */
#ifndef EVD_TESTS_INDEX_FILES_H
#define EVD_TESTS_INDEX_FILES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evdiff/evdiff.h"
#include "log/saved_index.h"
#include "memory_log.h"

static char folder[64];
static char paths[EVD_SIDES][96], index_paths[EVD_SIDES][EVD_PATH_MAX];
static struct evd_rules *rules;

static inline void set_up(void)
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

static inline void tear_down(void)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        unlink(paths[side]);
        unlink(index_paths[side]);
    }
    rmdir(folder);
    evd_rules_free(rules);
}

static inline void write_file(const char *path, const struct evd_buffer *content)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(content->data, 1, content->length, file), content->length);
    cr_assert_eq(fclose(file), 0);
}

static inline enum evd_status open_log(int side, enum evd_index_mode mode, struct evd_log **log,
                                       struct evd_error *error)
{
    const char *path = paths[side];
    const struct evd_read_options options = {.index = mode, .threads = 1};
    return evd_logs_open(&path, 1, rules, &options, log, NULL, NULL, NULL, error);
}

static inline void save(int side, struct evd_buffer *content)
{
    struct evd_log *log;
    struct evd_error error;
    cr_assert_eq(open_log(side, EVD_INDEX_OFF, &log, &error), EVD_OK, "%s", error.message);
    evd_buffer_clear(content);
    cr_assert_eq(evd_index_write(log, append_bytes, content, &error), EVD_OK);
    evd_log_free(log);
    write_file(index_paths[side], content);
}

/* The report of a diff; the status of the first step that failed. */
static inline enum evd_status diff_by(enum evd_index_mode canary, enum evd_index_mode ours, bool is_plain,
                                      struct evd_buffer *report)
{
    struct evd_log *logs[EVD_SIDES] = {NULL, NULL};
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1, .emit_absorbed_events = true, .is_plain = is_plain};
    evd_buffer_clear(report);
    enum evd_status status = open_log(EVD_CANARY, canary, &logs[EVD_CANARY], &error);
    if (status == EVD_OK)
        status = open_log(EVD_OURS, ours, &logs[EVD_OURS], &error);
    if (status == EVD_OK)
        status = evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
    if (status == EVD_OK) {
        uint64_t count;
        cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append_bytes, report, &error), EVD_OK);
        cr_assert_eq(evd_report_write(outcome, "text", NULL, append_bytes, report, &error), EVD_OK);
        cr_assert_eq(evd_report_absorbed_events(outcome, append_bytes, report, &count, &error), EVD_OK);
        for (size_t i = 0; i < outcome->rule_use_count; i++)
            evd_buffer_format(report, "%llu %llu\n", (unsigned long long)outcome->rule_uses[i].count[EVD_CANARY],
                              (unsigned long long)outcome->rule_uses[i].count[EVD_OURS]);
    }
    evd_outcome_free(outcome);
    evd_log_free(logs[EVD_CANARY]);
    evd_log_free(logs[EVD_OURS]);
    return status;
}

static inline enum evd_status diff(enum evd_index_mode canary, enum evd_index_mode ours, struct evd_buffer *report)
{
    return diff_by(canary, ours, false, report);
}

static uint64_t state; /* of the random numbers */

static inline uint64_t pick(uint64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
}

/* Appends a thread's next event; now and then a tid_event_idx is left out. */
static inline void append_next(struct evd_buffer *log, int tid, uint64_t *idx, const char *kind, const char *payload)
{
    append_event(log, kind, tid, *idx, payload);
    *idx += 1 + pick(2);
}

/* What engines do in their own time: events that take no part, and SIDs that may be on one side only. */
static inline void append_noise(struct evd_buffer *log, int tid, uint64_t *idx, uint64_t rarity)
{
    if (pick(rarity) == 0)
        append_next(log, tid, idx, "contention.observed", "{}");
    if (pick(rarity) == 0)
        append_next(log, tid, idx, "sema.release", "{\"n\":1}");
    if (pick(rarity * 8) == 0)
        append_next(log, tid, idx, "wait.begin", "{\"handles_semantic_ids\":[\"shared\"]}");
}

/* A whole call; a few lack their return or have another argument than the other side's. */
static inline void append_call(struct evd_buffer *log, int tid, uint64_t *idx, const char *name, uint64_t argument)
{
    char payload[128];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    append_next(log, tid, idx, "import.call", payload);
    snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"args\":{\"cs\":%llu}}", name,
             (unsigned long long)(argument + (pick(80) == 0)));
    append_next(log, tid, idx, "kernel.call", payload);
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    if (pick(80) > 0)
        append_next(log, tid, idx, "kernel.return", payload);
}

/* A critical section, in which canary may enter and leave others. */
static inline void append_section(struct evd_buffer logs[EVD_SIDES], const int tids[EVD_SIDES], uint64_t idx[EVD_SIDES])
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
static inline void make_pair(void)
{
    static const char *const NAMES[] = {"NtClose", "RtlAllocateHeap", "NtAllocateVirtualMemory", "KeWait"};
    struct evd_buffer logs[EVD_SIDES] = {{0}, {0}};
    const uint64_t threads = 1 + pick(4), rarity = 20 + pick(3000);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&logs[side], LOG_HEADER);
    for (uint64_t thread = 0; thread < threads; thread++) {
        const uint64_t count = 1 + pick(pick(3) == 0 ? 12000 : 2500);
        const bool has_sections = pick(2) == 0;
        const uint64_t odd = pick(2) == 0 ? pick(count) : UINT64_MAX;
        const uint64_t ends[] = {pick(6) == 0 ? pick(count) : count, pick(6) == 0 ? pick(count) : count};
        uint64_t idx[EVD_SIDES] = {0, 0};
        const int tids[] = {(int)thread, (int)thread + 10};
        for (int side = 0; side < EVD_SIDES; side++) {
            char payload[64];
            snprintf(payload, sizeof payload, "{\"name\":\"first%d\"}", (int)thread);
            append_next(&logs[side], tids[side], &idx[side], "kernel.call", payload);
            append_next(&logs[side], tids[side], &idx[side], "wait.begin", "{\"handles_semantic_ids\":[\"shared\"]}");
        }
        for (uint64_t i = 0; i < count; i++) {
            char payload[128];
            const uint64_t value = pick(50);
            if (has_sections && i < ends[EVD_CANARY] && i < ends[EVD_OURS] && pick(rarity) == 0)
                append_section(logs, tids, idx);
            /* The odd one is an allocator's return, so that the report has its number. */
            const bool is_return = i == odd || pick(2) == 0;
            snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"%s\":%d}", NAMES[i == odd ? 1 : value % 4],
                     is_return ? "return_value" : "v", (int)value);
            for (int side = 0; side < EVD_SIDES; side++) {
                if (i >= ends[side])
                    continue;
                append_noise(&logs[side], tids[side], &idx[side], rarity);
                append_next(&logs[side], tids[side], &idx[side], is_return ? "kernel.return" : "kernel.call",
                            i == odd && side == EVD_OURS ? "{\"name\":\"odd\"}" : payload);
            }
        }
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        write_file(paths[side], &logs[side]);
        evd_buffer_release(&logs[side]);
    }
}

#endif
