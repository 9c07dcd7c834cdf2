/* Names: whole diffs against a slow, obvious twin on random input, and keys against the exact comparison. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "base/buffer.h"
#include "diff/compare.h"
#include "random.h"
#include "renaming_twin.h"
#include "rules/rules.h"

/* Whole logs. Both sides have the same events but for names, and for some events that plainly differ. Handles are
 * the log's or each thread's. */
#define RULES_WITH(scope_of_handles) \
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," \
    "\"pairing\":{\"kind\":\"first\",\"field\":\"f\",\"why\":\"w\"}," \
    "\"skipped_fields\":[{\"kind\":\"call\",\"fields\":[\"skipped\"],\"why\":\"w\"}," \
    "{\"kind\":\"return\",\"fields\":[\"skipped\"],\"why\":\"w\"}]," \
    "\"name_classes\":[" \
    "{\"class\":\"address\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"}," \
    "{\"class\":\"handle\",\"at_least\":\"0x4\",\"at_most\":\"0xfff\",\"scope\":\"" scope_of_handles "\",\"why\":\"w\"}]," \
    "\"names\":[" \
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"call\",\"fields\":[\"args.*\"],\"why\":\"w\"}," \
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\"," \
    "\"calls\":[\"read\"],\"fields\":[\"args.a0\"],\"why\":\"w\"}," \
    "{\"form\":\"end\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\"," \
    "\"calls\":[\"close\"],\"fields\":[\"args.a0\"],\"why\":\"w\"}," \
    "{\"form\":\"end\",\"class\":\"address\",\"kind\":\"call\",\"name_field\":\"name\"," \
    "\"calls\":[\"free\"],\"fields\":[\"args.a0\"],\"why\":\"w\"}," \
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"return\",\"name_field\":\"name\"," \
    "\"calls\":[\"malloc\"],\"fields\":[\"value\"],\"why\":\"w\"," \
    "\"size\":{\"kind\":\"call\",\"field\":\"args.a0\"}}," \
    "{\"form\":\"birth\",\"class\":\"handle\",\"kind\":\"return\",\"name_field\":\"name\"," \
    "\"calls\":[\"open\"],\"fields\":[\"value\"],\"why\":\"w\"}]," \
    "\"priority_fields\":[{\"kind\":\"call\",\"form\":\"members\",\"fields\":[\"args\"]," \
    "\"name_field\":\"name\",\"why\":\"w\"}]}"

static const char RULES[] = RULES_WITH("log"), OWN_HANDLES[] = RULES_WITH("thread");

enum { TIDS = 4, EVENTS = 1500, ADDRESS_LEAST = 0x100, HANDLE_LEAST = 4 };

enum what { USE, FREE, MALLOC, MALLOC_RETURN, OPEN, READ, CLOSE, PLAIN };
static const char *const CALLS[] = {"use", "free", "malloc", "malloc", "open", "read", "close", "plain"};

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
        value[1] = random_below(random, 30) ? value[0] * 3 + 1000
                                            : ADDRESS_LEAST + random_below(random, 2000);
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
    evd_buffer_format(out, "{\"kind\":\"%s\",\"tid\":%u,\"tid_event_idx\":%zu,\"payload\":{\"n\":%zu,"
                           "\"name\":\"%s\",\"skipped\":%d,",
                      returns ? "return" : "call", event->tid, event->idx, event->idx,
                      CALLS[event->what], side);
    if (returns)
        evd_buffer_format(out, "\"value\":%llu}}\n", (unsigned long long)event->a0[side]);
    else if (!event->has_a1)
        evd_buffer_format(out, "\"args\":{\"a0\":\"0x%llx\"}}}\n", (unsigned long long)event->a0[side]);
    else
        evd_buffer_format(out, "\"args\":{\"a%d\":\"%s\",\"a%d\":\"%s\"}}}\n", is_swapped,
                          spell((is_swapped ? event->a1 : event->a0)[side], side).text, !is_swapped,
                          spell((is_swapped ? event->a0 : event->a1)[side], side).text);
}

static void open_log(const struct logs *logs, int side, const struct evd_rules *rules,
                     struct evd_log **log)
{
    struct evd_buffer text = {0};
    char path[64];
    const char *const names[] = {path};
    evd_buffer_string(&text, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (size_t i = 0; i < logs->count; i++)
        write_event(&text, &logs->events[logs->order[side][i]], side);
    const int fd = memfd_create("log", 0);
    cr_assert_eq(write(fd, text.data, text.length), (ssize_t)text.length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct evd_error error;
    cr_assert_eq(evd_logs_open(names, 1, rules, NULL, log, NULL, NULL, NULL, &error), EVD_OK, "%s",
                 error.message);
    close(fd);
    evd_buffer_release(&text);
}

/* What the twin expects of a thread: where it diverges, in order, and by a name or plainly. */
struct expected {
    size_t positions[EVENTS];
    bool is_break[EVENTS];
    size_t count;
};

static bool twin_value(struct renaming_twin *twin, const uint64_t value[2], uint64_t least,
                       const struct event *event, bool is_end)
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
static bool twin_event(struct renaming_twin *addresses, struct renaming_twin *handles,
                       uint64_t sizes[TIDS][2], const struct event *event)
{
    struct renaming_twin *own = &addresses[event->tid];
    const struct evd_learnt_at at = {event->tid, (int64_t)event->idx};
    static const uint64_t NO_SIZE[2];
    bool is_broken;
    switch (event->what) {
    case USE:
    case READ:
        is_broken = event->what == USE
                        ? twin_value(own, event->a0, ADDRESS_LEAST, event, false)
                        : twin_value(handles, event->a0, HANDLE_LEAST, event, false);
        is_broken |= twin_value(own, event->a1, ADDRESS_LEAST, event, false);
        return is_broken;
    case FREE:
        return twin_value(own, event->a0, ADDRESS_LEAST, event, true);
    case CLOSE:
        return twin_value(handles, event->a0, HANDLE_LEAST, event, true);
    case MALLOC:
        memcpy(sizes[event->tid], event->a0, sizeof event->a0);
        return false;
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
    case PLAIN:
        break;
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
        if (!is_plain &&
            !twin_event(addresses, &handles[has_own_handles ? event->tid : 0], sizes, event))
            continue;
        thread->is_break[thread->count] = !is_plain;
        thread->positions[thread->count++] = event->idx;
    }
}

static bool append(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static struct evd_outcome *diff(struct evd_log *const logs[2], bool resync, unsigned threads,
                                struct evd_buffer *report)
{
    static const struct evd_tid_pair MAP[TIDS] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
    const struct evd_diff_options options = {
        .threads = threads, .tid_map = MAP, .tid_map_count = TIDS, .resync = resync};
    struct evd_outcome *outcome;
    struct evd_error error;
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append, report, NULL), EVD_OK);
    cr_assert_eq(evd_report_write(outcome, "json", NULL, append, report, NULL), EVD_OK);
    return outcome;
}

static bool is_note(struct evd_text note)
{
    static const char START[] = "breaks ";
    return note.length >= sizeof START && memcmp(note.bytes, START, sizeof START - 1) == 0;
}

/* All divergences, their places and what matches between them. */
static void expect_all(const struct evd_pair_outcome *pair, const struct expected *expected,
                       unsigned seed)
{
    const uint64_t total = pair->total[EVD_CANARY];
    cr_assert_eq(pair->divergence_count, expected->count, "seed %u tid %d: %zu, not %zu", seed,
                 (int)pair->tid[0], pair->divergence_count, expected->count);
    for (size_t i = 0; i < expected->count; i++) {
        const struct evd_divergence *divergence = &pair->divergences[i];
        const uint64_t next = i + 1 < expected->count ? expected->positions[i + 1] : total;
        for (int side = 0; side < EVD_SIDES; side++)
            cr_expect(divergence->run[side].position == expected->positions[i] &&
                          divergence->run[side].count == 1,
                      "seed %u tid %d", seed, (int)pair->tid[0]);
        cr_expect_eq(divergence->class_, EVD_CLASS_VALUE, "seed %u", seed);
        cr_expect_eq(divergence->matched_after, next - expected->positions[i] - 1,
                     "seed %u tid %d divergence %zu", seed, (int)pair->tid[0], i);
        cr_expect_eq(is_note(divergence->note), expected->is_break[i], "seed %u", seed);
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        cr_expect_eq(pair->counts[side].matched, total - expected->count, "seed %u", seed);
        cr_expect_eq(pair->counts[side].differing, expected->count, "seed %u", seed);
    }
}

/* Only the first, which is the same as among all. */
static void expect_first(const struct evd_pair_outcome *pair, const struct expected *expected,
                         unsigned seed)
{
    const uint64_t total = pair->total[EVD_CANARY];
    const uint64_t matched = expected->count > 0 ? expected->positions[0] : total;
    cr_expect_eq(pair->is_diverged, expected->count > 0, "seed %u", seed);
    cr_expect_eq(pair->matched, matched, "seed %u tid %d", seed, (int)pair->tid[0]);
    cr_expect_eq(pair->left_over[EVD_OURS], total - matched, "seed %u", seed);
    if (!pair->is_diverged)
        return;
    const struct evd_text text = pair->divergence.description;
    cr_expect_eq(memmem(text.bytes, text.length, " renamed] ", 10) != NULL, expected->is_break[0],
                 "seed %u: %.*s", seed, (int)text.length, text.bytes);
    cr_expect_eq(pair->divergence.event[EVD_CANARY].tid_event_idx, (int64_t)matched);
}

Test(names, diff_finds_what_the_twin_finds, .timeout = 300)
{
    static struct logs logs;
    static struct expected all[TIDS];
    size_t breaks = 0, plain = 0;
    for (unsigned seed = 0; seed < 60; seed++) {
        const bool has_own_handles = seed % 2;
        const char *text = has_own_handles ? OWN_HANDLES : RULES;
        struct evd_rules *rules;
        struct evd_error error;
        cr_assert_eq(evd_rules_load_text("t", text, strlen(text), NULL, &rules, &error), EVD_OK,
                     "%llu: %s", (unsigned long long)error.column, error.message);
        struct random random = {seed};
        struct evd_log *log[EVD_SIDES];
        make_logs(&random, &logs);
        for (int side = 0; side < EVD_SIDES; side++)
            open_log(&logs, side, rules, &log[side]);
        expect_by_twin(&logs, has_own_handles, all);
        struct evd_buffer report = {0}, again = {0};
        struct evd_outcome *resynced = diff(log, true, 1, &report);
        struct evd_outcome *outcome = diff(log, false, 1, &report);
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
        evd_outcome_free(diff(log, true, 3, &again));
        evd_outcome_free(diff(log, false, 3, &again));
        cr_expect(report.length == again.length && memcmp(report.data, again.data, again.length) == 0,
                  "seed %u: 3 threads say something else", seed);
        evd_buffer_release(&report);
        evd_buffer_release(&again);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(log[side]);
        evd_rules_free(rules);
    }
    cr_expect(breaks > 1000 && plain > 100, "%zu breaks, %zu plain", breaks, plain);
}

/* Keys against the exact comparison, which is their slow twin. */
static void write_value(struct random *random, struct evd_buffer *out, int depth)
{
    static const char *const VALUES[] = {
        "1", "1.0", "255", "256", "256.0", "300", "18446744073709551615", "18446744073709551616", "-300",
        "null", "true", "\"0x1\"", "\"0x0001\"", "\"0x100\"", "\"0x\\u0031ff\"", "\"0x0200\"",
        "\"0xffffffffffffffff\"", "\"0x10000000000000000\"", "\"0X100\"", "\"256\"", "\"\""};
    const unsigned draw = random_below(random, 12);
    if (draw > 1 || depth > 2) {
        evd_buffer_string(out, VALUES[random_below(random, sizeof VALUES / sizeof *VALUES)]);
        return;
    }
    evd_buffer_byte(out, draw ? '{' : '[');
    for (unsigned i = random_below(random, 3); i-- > 0;) {
        if (draw)
            evd_buffer_format(out, "\"a%u\":", random_below(random, 3));
        write_value(random, out, depth + 1);
        evd_buffer_string(out, i > 0 ? "," : "");
    }
    evd_buffer_byte(out, draw ? '}' : ']');
}

static void write_random_event(struct random *random, struct evd_buffer *out, size_t idx)
{
    evd_buffer_format(out, "{\"kind\":\"%s\",\"tid\":1,\"tid_event_idx\":%zu,\"payload\":{\"x\":0",
                      random_below(random, 3) ? "call" : "return", idx);
    for (unsigned i = random_below(random, 3); i > 0; i--) {
        static const char *const FIELDS[] = {"value", "args", "other"};
        evd_buffer_format(out, ",\"%s\":", FIELDS[random_below(random, 3)]);
        if (random_below(random, 4) == 0) {
            write_value(random, out, 0);
            continue;
        }
        evd_buffer_string(out, "{\"a0\":");
        write_value(random, out, 1);
        if (random_below(random, 4) == 0) {
            evd_buffer_string(out, ",\"a0\":"); /* the last one counts */
            write_value(random, out, 1);
        }
        evd_buffer_byte(out, '}');
    }
    if (random_below(random, 5))
        evd_buffer_format(out, ",\"name\":\"%s\"", CALLS[random_below(random, 7)]);
    evd_buffer_string(out, "}}\n");
}

Test(names, equal_keys_are_equal_events, .timeout = 300)
{
    enum { EVENT_COUNT = 2500, LOOKED_AT = 100 };
    struct evd_rules *rules;
    size_t equal_keys = 0, equal_events = 0, renamed = 0;
    cr_assert_eq(evd_rules_load_text("t", RULES, strlen(RULES), NULL, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < 6; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        struct evd_log *log;
        char path[64];
        const char *const names[] = {path};
        evd_buffer_string(&text, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (size_t i = 0; i < EVENT_COUNT; i++)
            write_random_event(&random, &text, i);
        const int fd = memfd_create("log", 0);
        cr_assert_eq(write(fd, text.data, text.length), (ssize_t)text.length);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        cr_assert_eq(evd_logs_open(names, 1, rules, NULL, &log, NULL, NULL, NULL, NULL), EVD_OK);
        struct evd_reader readers[2];
        cr_assert(evd_reader_init(&readers[0]) && evd_reader_init(&readers[1]));
        const struct evd_event *events = log->streams[0].events;
        for (size_t i = 0; i < LOOKED_AT; i++) {
            struct evd_event_view left, right;
            struct evd_difference difference;
            cr_assert(evd_reader_read(&readers[0], log, &events[i], NULL, &left));
            for (size_t j = i + 1; j < EVENT_COUNT; j++) {
                cr_assert(evd_reader_read(&readers[1], log, &events[j], NULL, &right));
                const bool is_equal = evd_compare(&left, &right, &difference);
                const bool has_equal_key = events[i].key == events[j].key;
                const struct evd_string a = evd_log_text(log, evd_event_offset(&events[i]));
                const struct evd_string b = evd_log_text(log, evd_event_offset(&events[j]));
                /* Only 256 as a name and 256.0, which is none, are equal with unequal keys. */
                cr_assert(!has_equal_key || is_equal, "seed %u\n%.*s\n%.*s", seed, (int)a.length, a.bytes,
                          (int)b.length, b.bytes);
                cr_assert(has_equal_key || !is_equal || memmem(a.bytes, a.length, "256", 3) != NULL,
                          "seed %u\n%.*s\n%.*s", seed, (int)a.length, a.bytes, (int)b.length, b.bytes);
                equal_keys += has_equal_key;
                equal_events += is_equal;
                renamed += has_equal_key && (left.payload->object.count > 2);
            }
        }
        evd_reader_release(&readers[0]);
        evd_reader_release(&readers[1]);
        evd_log_free(log);
        close(fd);
        evd_buffer_release(&text);
    }
    evd_rules_free(rules);
    cr_expect(equal_keys > 4000 && renamed > 100 && equal_events >= equal_keys,
              "%zu keys, %zu events, %zu with fields are equal", equal_keys, equal_events, renamed);
}

/* Pairs of events, and whether they are equal but for names: by key and by comparison. */
Test(names, what_is_a_name)
{
    static const struct {
        const char *left, *right; /* kind and payload */
        bool is_equal;
    } PAIRS[] = {
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x100\"}}",
         "call\",\"payload\":{\"args\":{\"a0\":\"0x200\"}}", true},
        /* a string and a number are no pair of names, though they spell the same one */
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x100\"}}",
         "call\",\"payload\":{\"args\":{\"a0\":256}}", false},
        {"call\",\"payload\":{\"args\":{\"a0\":256}}",
         "call\",\"payload\":{\"args\":{\"a0\":300}}", true},
        /* below at_least */
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x0\"}}",
         "call\",\"payload\":{\"args\":{\"a0\":\"0x200\"}}", false},
        {"call\",\"payload\":{\"args\":{\"a0\":\"0xfe\"}}",
         "call\",\"payload\":{\"args\":{\"a0\":\"0xff\"}}", false},
        /* above at_most */
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4095}", true},
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4096}", false},
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4097}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4096}", false},
        /* other calls, other paths */
        {"return\",\"payload\":{\"name\":\"read\",\"value\":4}",
         "return\",\"payload\":{\"name\":\"read\",\"value\":5}", false},
        {"call\",\"payload\":{\"args\":{\"a0\":{\"b\":\"0x100\"}}}",
         "call\",\"payload\":{\"args\":{\"a0\":{\"b\":\"0x200\"}}}", false},
        {"call\",\"payload\":{\"args\":\"0x100\"}",
         "call\",\"payload\":{\"args\":\"0x200\"}", false},
        /* sizes are none */
        {"call\",\"payload\":{\"name\":\"malloc\",\"args\":{\"a0\":\"0x100\"}}",
         "call\",\"payload\":{\"name\":\"malloc\",\"args\":{\"a0\":\"0x200\"}}", false},
    };
    enum { PAIR_COUNT = sizeof PAIRS / sizeof *PAIRS };
    struct evd_rules *rules;
    struct evd_log *log;
    struct evd_buffer text = {0};
    struct evd_reader readers[2];
    char path[64];
    const char *const names[] = {path};
    cr_assert_eq(evd_rules_load_text("t", RULES, strlen(RULES), NULL, &rules, NULL), EVD_OK);
    evd_buffer_string(&text, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (size_t i = 0; i < PAIR_COUNT; i++)
        evd_buffer_format(&text, "{\"tid\":1,\"tid_event_idx\":%zu,\"kind\":\"%s}\n"
                                 "{\"tid\":1,\"tid_event_idx\":%zu,\"kind\":\"%s}\n",
                          2 * i, PAIRS[i].left, 2 * i + 1, PAIRS[i].right);
    const int fd = memfd_create("log", 0);
    cr_assert_eq(write(fd, text.data, text.length), (ssize_t)text.length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cr_assert_eq(evd_logs_open(names, 1, rules, NULL, &log, NULL, NULL, NULL, NULL), EVD_OK);
    cr_assert(evd_reader_init(&readers[0]) && evd_reader_init(&readers[1]));
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        const struct evd_event *events = &log->streams[0].events[2 * i];
        struct evd_event_view left, right;
        struct evd_difference difference;
        cr_assert(evd_reader_read(&readers[0], log, &events[0], NULL, &left) &&
                  evd_reader_read(&readers[1], log, &events[1], NULL, &right));
        cr_expect_eq(events[0].key == events[1].key, PAIRS[i].is_equal, "keys of pair %zu", i);
        cr_expect_eq(evd_compare(&left, &right, &difference), PAIRS[i].is_equal, "pair %zu", i);
    }
    evd_reader_release(&readers[0]);
    evd_reader_release(&readers[1]);
    evd_log_free(log);
    close(fd);
    evd_buffer_release(&text);
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
            *breaks += is_note(outcome->pairs[i].divergences[j].note);
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
        cr_assert_eq(evd_rules_load(i ? rules_path : NULL, NULL, &rules, &error), EVD_OK,
                     "%llu:%llu: %s", (unsigned long long)error.line,
                     (unsigned long long)error.column, error.message);
        cr_assert_eq(evd_logs_open(names, 2, rules, NULL, logs, NULL, NULL, NULL, &error), EVD_OK,
                     "%s", error.message);
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
