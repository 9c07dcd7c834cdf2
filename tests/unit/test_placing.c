/* Placing events: streams are the events of their tids in file order, however the log is cut and whoever scans what. The slow
 * twin is the list that the log was written by. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pages.h"
#include "log/log.h"
#include "memory_log.h"
#include "random.h"

enum { TIDS_MAX = 2400, EVENTS_MAX = 40000, LOGS = 60, WAYS = 6 };

/* A log, and where its events are. */
struct written {
    struct evd_buffer text;
    uint64_t offsets[EVENTS_MAX];
    int tids[EVENTS_MAX];
    unsigned count;
    uint64_t counts[TIDS_MAX];
};

static void write_event(struct written *log, int tid, uint64_t idx)
{
    log->offsets[log->count] = log->text.length;
    log->tids[log->count++] = tid;
    log->counts[tid]++;
    append_event(&log->text, "k", tid, idx, "{}");
}

/* Stretches of few tids with many events, and of many tids with few, in any order. */
static void write_log(struct random *random, struct written *log)
{
    evd_buffer_string(&log->text, LOG_HEADER);
    const bool has_disorder = random_below(random, 4) == 0;
    for (unsigned stretches = 1 + random_below(random, 4); stretches > 0; stretches--) {
        const unsigned tids =
            random_below(random, 3) ? 1 + random_below(random, 3) : 1 + random_below(random, TIDS_MAX);
        const unsigned first = random_below(random, TIDS_MAX - tids + 1);
        for (unsigned events = random_below(random, EVENTS_MAX / 4); events > 0; events--) {
            const int tid = (int)(first + random_below(random, tids));
            const uint64_t next = 2 * log->counts[tid] + 5;
            /* Neither above the one before nor the position. */
            const bool is_disorder = has_disorder && log->counts[tid] > 0 && random_below(random, 5000) == 0;
            write_event(log, tid, is_disorder ? next - 4 - log->counts[tid] % 2 : next);
        }
    }
}

static enum evd_status open_log(const char *path, const struct evd_rules *rules, const struct evd_read_options *options,
                                struct evd_log **log, struct evd_error *error)
{
    return evd_logs_open(&path, 1, rules, options, log, NULL, NULL, NULL, error);
}

static void expect_streams(const struct evd_log *log, const struct written *written, unsigned long long seed)
{
    static uint64_t seen[TIDS_MAX];
    memset(seen, 0, sizeof seen);
    cr_assert_eq(log->event_count, written->count, "seed %llu", seed);
    for (unsigned i = 0; i < written->count; i++) {
        const int tid = written->tids[i];
        const struct evd_stream *stream = evd_log_stream(log, tid);
        cr_assert(stream != NULL && stream->count == written->counts[tid], "seed %llu, tid %d", seed, tid);
        cr_assert_eq(evd_event_offset(evd_stream_event(stream, seen[tid]++)), written->offsets[i], "seed %llu, tid %d",
                     seed, tid);
    }
}

Test(placing, streams_are_what_was_written, .timeout = 300)
{
    struct evd_rules *rules;
    struct evd_error error;
    static struct written written;
    unsigned grown = 0, kept = 0, refused = 0;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    for (unsigned long long seed = 0; seed < LOGS; seed++) {
        struct random random = {seed};
        written = (struct written){.count = 0};
        write_log(&random, &written);
        char path[MEMORY_PATH_BYTES], message[EVD_MESSAGE_MAX] = "";
        const int fd = memory_file(written.text.data, written.text.length, path);
        for (unsigned way = 0; way < WAYS; way++) {
            const struct evd_read_options options = {
                .threads = 1 + way,
                .chunk_bytes = way == 0 ? 1 << 26 : 1000 + random_below(&random, 60000),
                .memory_bytes = way == WAYS - 1 ? 1 + random_below(&random, 1 << 20) : 0};
            struct evd_log *log;
            const enum evd_status status = open_log(path, rules, &options, &log, &error);
            if (way == 0 && status != EVD_OK)
                strcpy(message, error.message);
            cr_assert_eq(status == EVD_OK, message[0] == '\0', "seed %llu, way %u: %s", seed, way, error.message);
            if (status != EVD_OK) {
                cr_expect_str_eq(error.message, message, "seed %llu, way %u", seed, way);
                refused++;
                continue;
            }
            expect_streams(log, &written, seed);
            grown += log->events == NULL;
            kept += log->events != NULL;
            evd_log_free(log);
        }
        close(fd);
        evd_buffer_release(&written.text);
    }
    cr_expect(grown > LOGS / 2 && kept > LOGS / 2 && refused > 0, "%u grown, %u kept, %u refused", grown, kept,
              refused);
    evd_rules_free(rules);
}

static void expect_run_at(uint64_t position, uint64_t run, uint64_t offset)
{
    uint64_t found_offset;
    cr_assert_eq(evd_event_run_of(position, &found_offset), run, "position %llu", (unsigned long long)position);
    cr_assert_eq(found_offset, offset, "position %llu", (unsigned long long)position);
    cr_assert_eq(evd_event_run_start(run) + offset, position);
    cr_assert_eq(evd_event_rest_of_run(position), evd_event_run_start(run + 1) - position);
    cr_assert_eq(evd_event_run_count(position + 1), run + 1);
}

/* Positions are numbered through a stream's runs without a gap, a run begins where the one before it is full, and both a run and
 * the number of runs are about the root of the events. */
Test(placing, runs_follow_each_other)
{
    enum { RUNS = 5000 };
    uint64_t position = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        const uint64_t size = evd_event_run_start(run + 1) - evd_event_run_start(run);
        cr_assert_eq(position, evd_event_run_start(run));
        cr_assert(size >= EVD_RUN_EVENTS_MIN && size * size <= 2 * (position + EVD_RUN_BIAS) &&
                      run * run <= 9 * (position + 1),
                  "run %llu of %llu", (unsigned long long)run, (unsigned long long)size);
        for (uint64_t offset = 0; offset < size; offset++)
            expect_run_at(position++, run, offset);
    }
    cr_expect_eq(evd_event_run_count(0), 0);
    /* Where the size of runs changes, as far as positions go. */
    for (unsigned digits = 3; digits < 63; digits++) {
        uint64_t offset;
        const uint64_t first = ((uint64_t)1 << digits) - EVD_RUN_BIAS, run = evd_event_run_of(first, &offset);
        const uint64_t size = (uint64_t)1 << (digits + 1) / 2;
        cr_expect_eq(offset, 0);
        expect_run_at(first, run, 0);
        expect_run_at(first + size - 1, run, size - 1);
        expect_run_at(first + size, run + 1, 0);
        cr_expect(digits == 3 || evd_event_run_start(run) - evd_event_run_start(run - 1) <= size);
    }
}

/* Runs are found again, by their owners in the order in which they were taken, whatever the stretches are. */
Test(placing, runs_are_found_by_their_places)
{
    enum { OWNERS = 50, STEPS = 3000 };
    for (unsigned long long seed = 0; seed < 20; seed++) {
        struct random random = {seed};
        struct evd_event_runs memory = {.left = 0};
        static struct evd_runs streams[OWNERS];
        static struct evd_event *runs[OWNERS][2 * STEPS];
        uint64_t told[OWNERS] = {0};
        memset(streams, 0, sizeof streams);
        for (unsigned i = 0; i < STEPS; i++) {
            const uint32_t owner = random_below(&random, OWNERS);
            const uint64_t count = 1 + random_below(&random, random_below(&random, 20) ? 9 : 5000);
            struct evd_runs *stream = &streams[owner];
            struct evd_event_room room;
            memory.expected = random_below(&random, 2) ? 0 : random_below(&random, 100000);
            uint64_t position = stream->count, offset;
            cr_assert(evd_runs_extend(stream, &memory, owner, count, &room));
            for (; position < stream->count; position++) {
                const uint64_t run = evd_event_run_of(position, &offset);
                if (offset == 0)
                    runs[owner][run] = room.next;
                cr_assert_eq(room.next, runs[owner][run] + offset, "seed %llu", seed);
                room.next = room.next + 1 == room.end ? room.more : room.next + 1;
            }
        }
        struct evd_run_walk walk = {.run = 0};
        for (uint32_t owner; evd_run_walk_owner(&memory, &walk, &owner); told[owner]++) {
            const uint64_t size = evd_event_run_start(told[owner] + 1) - evd_event_run_start(told[owner]);
            cr_assert_eq(evd_run_at(memory.stretches, evd_run_walk_next(&memory, &walk, size)),
                         runs[owner][told[owner]], "seed %llu", seed);
        }
        for (unsigned i = 0; i < OWNERS; i++)
            cr_expect_eq(told[i], evd_event_run_count(streams[i].count));
        evd_event_runs_seal(&memory);
        evd_event_runs_release(&memory);
    }
}

/* As many stretches as places can tell, and one beyond. */
Test(placing, stretches_have_numbers)
{
    struct evd_event_runs memory = {.stretch_count = EVD_STRETCHES_MAX - 1, .stretch_capacity = EVD_STRETCHES_MAX};
    struct evd_runs stream = {.count = 0};
    struct evd_event_room room;
    memory.stretches = calloc(EVD_STRETCHES_MAX, sizeof *memory.stretches);
    cr_assert(memory.stretches != NULL && evd_runs_extend(&stream, &memory, 0, 1, &room));
    cr_expect_eq(memory.stretch_count, EVD_STRETCHES_MAX);
    cr_expect_not(evd_runs_extend(&stream, &memory, 0, memory.left + 5, &room));
    evd_event_runs_release(&memory);
}

/* More than a large page, in one stretch and in several; pieces are as long as they can be, and go no further. */
Test(placing, many_events_of_one_thread, .timeout = 100)
{
    enum { EVENTS = 2 * EVD_LARGE_PAGE_BYTES / sizeof(struct evd_event) + 100 };
    struct evd_rules *rules;
    struct evd_error error;
    struct evd_buffer text = {0};
    uint64_t *offsets = malloc(EVENTS * sizeof *offsets);
    cr_assert(offsets != NULL && evd_rules_load(NULL, NULL, &rules, &error) == EVD_OK);
    evd_buffer_string(&text, LOG_HEADER);
    for (uint64_t i = 0; i < EVENTS; i++) {
        offsets[i] = text.length;
        append_event(&text, "k", 7, i, "{}");
    }
    char path[MEMORY_PATH_BYTES];
    const int fd = memory_file(text.data, text.length, path);
    for (int way = 0; way < 3; way++) {
        const struct evd_read_options options = {
            .threads = 2,
            .chunk_bytes = way == 0   ? 1 << 26
                           : way == 1 ? 1 << 20
                                      : 999};
        struct evd_log *log;
        cr_assert_eq(open_log(path, rules, &options, &log, &error), EVD_OK);
        const struct evd_stream *stream = evd_log_stream(log, 7);
        cr_assert(stream != NULL && stream->count == EVENTS);
        for (uint64_t i = 0; i < EVENTS; i++)
            cr_assert_eq(evd_event_offset(evd_stream_event(stream, i)), offsets[i], "way %d, event %llu", way,
                         (unsigned long long)i);
        for (uint64_t from = 0; from < EVENTS; from += 777) {
            const uint64_t to = from + 1000 < EVENTS ? from + 1000 : EVENTS;
            const uint64_t count = evd_stream_piece(stream, from, to);
            cr_assert(count > 0 && count <= to - from);
            cr_assert_eq(evd_stream_event(stream, from + count - 1), evd_stream_event(stream, from) + count - 1);
            cr_assert(from + count == to ||
                      evd_stream_event(stream, from + count) != evd_stream_event(stream, from) + count);
        }
        evd_log_free(log);
    }
    close(fd);
    free(offsets);
    evd_buffer_release(&text);
    evd_rules_free(rules);
}

/* The number after the largest is the smallest, which is no order; in one chunk and where two meet. */
Test(placing, numbers_do_not_go_round)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    for (int by_chunks = 0; by_chunks < 2; by_chunks++)
        for (int is_round = 0; is_round < 2; is_round++) {
            struct evd_buffer text = {0};
            struct evd_log *log;
            char path[MEMORY_PATH_BYTES];
            evd_buffer_string(&text, LOG_HEADER);
            for (int i = 0; i < 3; i++)
                append_event(&text, "k", 1, (uint64_t)(INT64_MAX - 2 + i), "{}");
            evd_buffer_format(&text, "{\"kind\":\"k\",\"tid\":%d,\"tid_event_idx\":%lld,\"payload\":{}}\n",
                              is_round ? 1 : 2, (long long)INT64_MIN);
            const int fd = memory_file(text.data, text.length, path);
            const struct evd_read_options options = {.threads = 1, .chunk_bytes = by_chunks ? 60 : 0};
            cr_expect_eq(open_log(path, rules, &options, &log, &error), is_round ? EVD_E_INPUT : EVD_OK);
            cr_expect(!is_round || strstr(error.message, "out of order at index 3") != NULL, "%s", error.message);
            if (!is_round)
                evd_log_free(log);
            close(fd);
            evd_buffer_release(&text);
        }
    evd_rules_free(rules);
}
