/* evdiff/emit.h: what an engine emits against a slow twin, which writes the same members in another spelling; the diff of the
 * two logs judges. Then threads, buffers, crashes and disks that are full. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/buffer.h"
#include "evdiff/evdiff.h"
#include "memory_log.h"
#include "random.h"

#define EVD_EMIT_IMPLEMENTATION
#define EVD_EMIT_ZSTD
#include "evdiff/emit.h"

static struct evd_rules *rules;
static char path[64];

static void set_up(void)
{
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    snprintf(path, sizeof path, "/tmp/evdiff-emit-%d.jsonl", (int)getpid());
}

static void tear_down(void)
{
    unlink(path);
    evd_rules_free(rules);
}

TestSuite(emit, .init = set_up, .fini = tear_down);

static struct evd_emitter *open_emitter(const struct evd_emit_options *options)
{
    struct evd_emitter *emitter = evd_emit_open(path, "an \"engine\"", options);
    cr_assert_not_null(emitter, "%s: %s", path, strerror(errno));
    return emitter;
}

static struct evd_log *open_log(void)
{
    struct evd_log *log = NULL;
    struct evd_error error;
    const enum evd_status status =
        evd_logs_open((const char *[]){path}, 1, rules, NULL, &log, NULL, NULL, NULL, &error);
    cr_assert_eq(status, EVD_OK, "%s", error.message);
    return log;
}

static uint64_t gaps_in(const struct evd_log *log)
{
    uint64_t count, missing;
    cr_assert(evd_log_gaps(log, &count, &missing));
    return count;
}

static uint64_t events_in_log(void)
{
    struct evd_log *log = open_log();
    const uint64_t events = evd_log_event_count(log);
    evd_log_free(log);
    return events;
}

static void read_file(struct evd_buffer *text)
{
    FILE *file = fopen(path, "rb");
    char bytes[4096];
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, file)) > 0;)
        evd_buffer_append(text, bytes, count);
    fclose(file);
}

/* The slow twin: every letter as an escape, one at a time. */

static void append(struct evd_buffer *out, const char *text)
{
    evd_buffer_append(out, text, strlen(text));
}

static void append_escape(struct evd_buffer *out, unsigned value)
{
    char escape[16];
    snprintf(escape, sizeof escape, "\\u%04X", value);
    append(out, escape);
}

/* A text of random letters and, at times, bytes that are none; the same in the twin's spelling. */
static size_t random_text(struct random *random, char *bytes, size_t most, struct evd_buffer *spelled)
{
    static const unsigned LETTERS[] = {
        0, 7, 0x1f, ' ', '"', '\\', '/', 'a', 'z', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    static const char *const BAD[] = {
        "\x80",
        "\xc0",
        "\xc1",
        "\xf5",
        "\xff",
        "\xed\xa0\x80",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98"};
    const unsigned long wanted = random_below(random, (unsigned)most - 8);
    const bool is_plain = random_below(random, 2);
    size_t length = 0;
    append(spelled, "\"");
    while (length < wanted) {
        if (!is_plain && random_below(random, 8) == 0) {
            /* An 'x' behind it, so that what is cut stays cut. */
            const char *bad = BAD[random_below(random, sizeof BAD / sizeof *BAD)];
            for (const char *at = bad; *at; at++) {
                append_escape(spelled, 0xdc00u + (unsigned char)*at);
                bytes[length++] = *at;
            }
            append_escape(spelled, 'x');
            bytes[length++] = 'x';
            continue;
        }
        const unsigned letter = is_plain ? 'a' + (unsigned)random_below(random, 26)
                                         : LETTERS[random_below(random, sizeof LETTERS / sizeof *LETTERS)];
        if (letter < 0x80) {
            bytes[length++] = (char)letter;
        } else if (letter < 0x800) {
            bytes[length++] = (char)(0xc0 | letter >> 6);
        } else if (letter < 0x10000) {
            bytes[length++] = (char)(0xe0 | letter >> 12);
            bytes[length++] = (char)(0x80 | (letter >> 6 & 0x3f));
        } else {
            bytes[length++] = (char)(0xf0 | letter >> 18);
            bytes[length++] = (char)(0x80 | (letter >> 12 & 0x3f));
            bytes[length++] = (char)(0x80 | (letter >> 6 & 0x3f));
        }
        if (letter >= 0x80)
            bytes[length++] = (char)(0x80 | (letter & 0x3f));
        if (letter >= 0x10000) {
            append_escape(spelled, 0xd800 + ((letter - 0x10000) >> 10));
            append_escape(spelled, 0xdc00 + ((letter - 0x10000) & 0x3ff));
        } else {
            append_escape(spelled, letter);
        }
    }
    append(spelled, "\"");
    return length;
}

enum { MEMBERS = 12, TEXT_BYTES = 64 };

static const int64_t WHOLE[] = {0, 1, -1, 9, 10, 99, 100, INT64_MAX, INT64_MIN, 1234567890123456789};
static const double REAL[] = {0, -0.5, 0.1, 1e300, 5e-324, 1.7976931348623157e308, 123456.75};

static struct evd_emit_member random_value(struct random *random, const char *key, char *text,
                                           struct evd_buffer *spelled)
{
    char number[64];
    const unsigned pick = (unsigned)random_below(random, 1 << 16);
    struct evd_emit_member member;
    switch (random_below(random, 7)) {
    case 0: return evd_emit_bytes(key, text, random_text(random, text, TEXT_BYTES, spelled));
    case 1:
        member = evd_emit_signed(key, WHOLE[pick % 10]);
        snprintf(number, sizeof number, "%lld", (long long)WHOLE[pick % 10]);
        break;
    case 2:
        member = evd_emit_unsigned(key, UINT64_MAX >> pick % 64);
        snprintf(number, sizeof number, "%llu", (unsigned long long)(UINT64_MAX >> pick % 64));
        break;
    case 3:
        member = evd_emit_hex(key, UINT64_C(0xfedcba9876543210) >> pick % 65 % 64);
        snprintf(number, sizeof number, "\"0x%llx\"",
                 (unsigned long long)(UINT64_C(0xfedcba9876543210) >> pick % 65 % 64));
        break;
    case 4:
        member = evd_emit_real(key, REAL[pick % 7]);
        snprintf(number, sizeof number, "%.20e", REAL[pick % 7]);
        break;
    case 5:
        member = evd_emit_boolean(key, (int)(pick & 2));
        snprintf(number, sizeof number, "%s", pick & 2 ? "true" : "false");
        break;
    default: member = evd_emit_null(key); snprintf(number, sizeof number, "null");
    }
    append(spelled, number);
    return member;
}

/* Members with objects and arrays among them; the payload in the twin's spelling. */
static size_t random_members(struct random *random, struct evd_emit_member *members, char texts[][TEXT_BYTES],
                             char keys[][8], struct evd_buffer *payload)
{
    char closing[MEMBERS];
    size_t depth = 0, count = random_below(random, MEMBERS + 1);
    bool is_first = true;
    append(payload, "{");
    for (size_t i = 0; i < count; i++) {
        if (depth > 0 && random_below(random, 3) == 0) {
            members[i] = evd_emit_end();
            evd_buffer_append(payload, &closing[--depth], 1);
            is_first = false;
            continue;
        }
        snprintf(keys[i], sizeof keys[i], "k%zu", i);
        append(payload, is_first ? "" : ", ");
        if (depth == 0 || closing[depth - 1] == '}') {
            append(payload, "\"");
            append(payload, keys[i]);
            append(payload, "\" : ");
        }
        const unsigned long kind = random_below(random, 6);
        is_first = kind < 2;
        if (kind < 2) {
            members[i] = kind == 0 ? evd_emit_object(keys[i]) : evd_emit_array(keys[i]);
            append(payload, kind == 0 ? "{" : "[");
            closing[depth++] = kind == 0 ? '}' : ']';
        } else {
            members[i] = random_value(random, keys[i], texts[i], payload);
        }
    }
    while (depth > 0)
        evd_buffer_append(payload, &closing[--depth], 1);
    append(payload, "}");
    evd_buffer_append(payload, "", 1);
    return count;
}

static uint64_t divergences_between(struct evd_log *canary, struct evd_log *ours, uint64_t *matched)
{
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    const struct evd_tid_pair map[] = {{-1, -1}, {0, 0}, {1, 1}};
    const struct evd_diff_options options = {.tid_map = map, .tid_map_count = 3};
    cr_assert_eq(evd_diff(canary, ours, &options, &outcome, &error), EVD_OK, "%s", error.message);
    uint64_t diverged = 0;
    *matched = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        diverged += outcome->pairs[i].is_diverged;
        *matched += outcome->pairs[i].matched;
    }
    evd_outcome_free(outcome);
    return diverged;
}

Test(emit, what_is_emitted_is_what_a_slow_twin_writes)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random random = {seed};
        const struct evd_emit_options options = {
            .buffer_bytes = 4096, .spare_count = 1, .has_host_ns = (int)(seed & 1)};
        struct evd_emitter *emitter = open_emitter(seed == 1 ? NULL : &options);
        struct evd_buffer twin = {0};
        append(&twin, LOG_HEADER);
        uint64_t next[3] = {0};
        for (unsigned i = 0; i < 300; i++) {
            const int tid = (int)random_below(&random, 3) - 1;
            struct evd_emit_thread *thread = evd_emit_thread_of(emitter, tid);
            struct evd_emit_member members[MEMBERS];
            char texts[MEMBERS][TEXT_BYTES], keys[MEMBERS][8];
            struct evd_buffer payload = {0};
            const size_t count = random_members(&random, members, texts, keys, &payload);
            cr_assert_eq(evd_emit_next_index(thread), next[tid + 1]);
            evd_emit_event(thread, "a\nkind", members, count);
            append_event(&twin, "a\\nkind", tid, next[tid + 1]++, payload.data);
            evd_buffer_release(&payload);
            if (random_below(&random, 50) == 0)
                evd_emit_release(thread);
        }
        cr_assert_eq(evd_emit_close(emitter), 0);
        struct evd_log *canary = memory_log(&twin, rules), *ours = open_log();
        uint64_t matched;
        cr_assert_eq(divergences_between(canary, ours, &matched), 0, "seed %llu", (unsigned long long)seed);
        cr_assert_eq(matched, 300, "seed %llu: %llu events match", (unsigned long long)seed,
                     (unsigned long long)matched);
        evd_log_free(canary);
        evd_log_free(ours);
        evd_buffer_release(&twin);
    }
}

Test(emit, numbers_that_json_has_not_are_texts)
{
    struct evd_emitter *emitter = open_emitter(NULL);
    EVD_EMIT(evd_emit_thread_of(emitter, INT64_MIN), "k", evd_emit_real("a", (double)NAN), evd_emit_real("b", HUGE_VAL),
             evd_emit_real("c", -HUGE_VAL), evd_emit_text("d", NULL));
    cr_assert_eq(evd_emit_close(emitter), 0);
    struct evd_buffer text = {0};
    read_file(&text);
    evd_buffer_append(&text, "", 1);
    cr_assert_str_eq(text.data,
                     "{\"kind\":\"schema_version\",\"schema_version\":1,\"engine\":\"an \\\"engine\\\"\"}\n"
                     "{\"kind\":\"k\",\"tid\":-9223372036854775808,\"tid_event_idx\":0,\"payload\":{\"a\":\"NaN\","
                     "\"b\":\"Infinity\",\"c\":\"-Infinity\",\"d\":null}}\n");
    evd_buffer_release(&text);
}

Test(emit, containers_nest_64_deep)
{
    struct evd_emitter *emitter = open_emitter(NULL);
    struct evd_emit_thread *thread = evd_emit_thread_of(emitter, 1);
    struct evd_emit_member members[140];
    for (size_t deep = 64; deep <= 65; deep++) {
        size_t count = 0;
        for (size_t i = 0; i < deep; i++)
            members[count++] = evd_emit_array("a");
        members[count++] = evd_emit_signed("b", 7);
        for (size_t i = 0; i < deep; i++)
            members[count++] = evd_emit_end();
        members[count++] = evd_emit_end(); /* closes nothing */
        members[count++] = evd_emit_signed("c", 8);
        evd_emit_event(thread, "k", members, count);
    }
    cr_assert_eq(evd_emit_close(emitter), 0);
    struct evd_buffer text = {0};
    read_file(&text);
    evd_buffer_append(&text, "", 1);
    const char *first = strchr(text.data, '\n') + 1, *second = strchr(first, '\n') + 1;
    cr_assert_not_null(strstr(first, "[7]"));
    cr_assert_not_null(strstr(second, "[[]]"));
    cr_assert_null(strstr(second, "7"));
    cr_assert_not_null(strstr(second, "],\"c\":8}}\n"));
    evd_buffer_release(&text);
}

Test(emit, options_have_limits)
{
    cr_assert_null(evd_emit_open(path, NULL, &(struct evd_emit_options){.buffer_bytes = 4095}));
    cr_assert_eq(errno, EINVAL);
    struct evd_emitter *emitter = evd_emit_open(path, NULL, &(struct evd_emit_options){.buffer_bytes = 4096});
    cr_assert_not_null(emitter);
    cr_assert_eq(evd_emit_close(emitter), 0);
    cr_assert_null(evd_emit_open("/tmp/no/such/folder/log", NULL, NULL));
    cr_assert_eq(errno, ENOENT);
}

struct guest {
    struct evd_emitter *emitter;
    int64_t tid;
    unsigned events;
    volatile unsigned *emitted;
};

/* Events of all sizes, some larger than a buffer and some larger than what is staged. */
static void *run_guest(void *argument)
{
    const struct guest *guest = argument;
    struct evd_emit_thread *thread = evd_emit_thread_of(guest->emitter, guest->tid);
    static char filler[1 << 21];
    struct random random = {(uint64_t)guest->tid};
    for (unsigned i = 0; i < guest->events; i++) {
        const size_t length = i % 5000 == 4999 ? (1 << 20) + 10 : random_below(&random, i % 100 ? 60 : 5000);
        EVD_EMIT(thread, "k", evd_emit_unsigned("number", i), evd_emit_bytes("filler", filler, length));
        __atomic_add_fetch(guest->emitted, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void run_guests(struct evd_emitter *emitter, unsigned threads, unsigned events, volatile unsigned *emitted,
                       bool wait)
{
    static struct guest guests[8];
    pthread_t ids[8];
    for (unsigned i = 0; i < threads; i++) {
        guests[i] = (struct guest){emitter, i + 1, events, emitted};
        cr_assert_eq(pthread_create(&ids[i], NULL, run_guest, &guests[i]), 0);
    }
    for (unsigned i = 0; wait && i < threads; i++)
        pthread_join(ids[i], NULL);
}

Test(emit, threads_emit_at_once)
{
    volatile unsigned emitted = 0;
    struct evd_emitter *emitter = open_emitter(&(struct evd_emit_options){.buffer_bytes = 4096, .spare_count = 2});
    run_guests(emitter, 8, 6000, &emitted, true);
    cr_assert_eq(evd_emit_close(emitter), 0);
    cr_assert_eq(events_in_log(), 8 * 6000);
}

Test(emit, a_compressed_log_is_the_same)
{
    strcat(path, ".zst");
    volatile unsigned emitted = 0;
    struct evd_emitter *emitter = open_emitter(NULL);
    run_guests(emitter, 4, 6000, &emitted, true);
    cr_assert_eq(evd_emit_close(emitter), 0);
    cr_assert_eq(events_in_log(), 4 * 6000);
}

/* A child emits on four threads and dies at some moment; the log is whole lines, and no thread has a gap. */
static void crash_in_child(int signal_number, unsigned after)
{
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 5; i++)
            signal(evd_emit_signals[i], SIG_DFL); /* the sanitizers have theirs */
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        volatile unsigned emitted = 0;
        struct evd_emitter *emitter = open_emitter(&(struct evd_emit_options){.buffer_bytes = 4096, .spare_count = 4});
        evd_emit_close_on_crash(emitter);
        run_guests(emitter, 4, 1000000, &emitted, false);
        while (emitted < after)
            ;
        if (signal_number == SIGSEGV)
            *(volatile char *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
        else
            raise(signal_number);
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == signal_number, "status %x", status);
    struct evd_log *log = open_log();
    cr_assert_geq(evd_log_event_count(log), after > 4 ? after - 4 : 0);
    cr_assert_eq(gaps_in(log), 0);
    evd_log_free(log);
}

Test(emit, a_crash_leaves_a_log_of_whole_lines)
{
    for (unsigned i = 0; i < 12; i++)
        crash_in_child(i % 2 ? SIGABRT : SIGSEGV, i * 397);
}

Test(emit, a_crash_leaves_a_compressed_log_of_whole_lines)
{
    strcat(path, ".zst");
    for (unsigned i = 0; i < 6; i++)
        crash_in_child(i % 2 ? SIGBUS : SIGILL, i * 1703);
}

Test(emit, a_full_disk_is_told_and_leaves_whole_lines)
{
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){3 << 20, 3 << 20});
        volatile unsigned emitted = 0;
        struct evd_emitter *emitter = open_emitter(NULL);
        run_guests(emitter, 2, 60000, &emitted, true);
        _exit(evd_emit_close(emitter) == EFBIG ? 7 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %x", status);
    cr_assert_geq(events_in_log(), 1000);
}

/* Vectors that Python computed from the recipe. */
Test(emit, semantic_ids_follow_the_recipe)
{
    char sid[17];
    evd_emit_shared_global_sid(0x82001234, 3, sid);
    cr_assert_str_eq(sid, "064bfda50d58453d");
    evd_emit_sid(7, 4, UINT64_C(1) << 40, 2, sid);
    cr_assert_str_eq(sid, "893ff21207384bc3");
}
