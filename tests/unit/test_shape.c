/* Shapes against their slow twin: a log read with them and one read by the parser alone have the same
 * records, the same statistics, the same problems in the same places. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "log/log.h"
#include "log/shape.h"
#include "log/wide.h"
#include "memory_log.h"
#include "names/name_reader.h"
#include "random.h"
#include "random_log.h"

#define PICK(random, list) ((list)[random_below(random, sizeof(list) / sizeof(list)[0])])

static const char *const KINDS[] = {
    "import.call", "kernel.call",  "kernel.return", "kernel.return", "wake.requested",
    "x",           "sema.release", "handle.create", "wait.begin",    "thread.create",
};
static const char *const STRINGS[] = {
    "\"a\"",
    "\"\"",
    "\"0123456789abcdef0123456789\"",
    "\"\\u0061\"",
    "\"caf\xc3\xa9\"",
    "\"a\\nb\"",
    "\"RtlAllocateHeap\"",
    "\"RtlEnterCriticalSection\"",
    "\"0\"",
    "\"0x00000000\"",
    "\"0X0\"",
    "\"\\u0030x0\"",
    "\"0x\"",
    "\"00x0\"",
};
/* What rules with names tell apart: calls, and numbers as they are spelled. */
static const char *const NAMES[] = {
    "\"0x100\"",
    "\"0xFf00\"",
    "\"0x00000000000001ab\"",
    "\"0xff\"",
    "\"0xffffffffffffffff\"",
    "\"0x10000000000000000\"",
    "\"0X100\"",
    "\"0x1g0\"",
    "\"0x\"",
    "\"0x\\u0031ff\"",
    "\"0x1\xc3\xa9\"",
    "\"100\"",
    "\"a\"",
    "\"RtlAllocateHeap\"",
    "256",
    "255",
    "65536",
    "18446744073709551615",
    "18446744073709551616",
    "-256",
    "256.0",
    "\"0x123456789\"",
};
static const char *const INTEGERS[] = {
    "0",
    "-0",
    "7",
    "-7",
    "123456789012345678",
    "1234567890123456789",
    "-1234567890123456789",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "9999999999999999999",
    "1234567890123456789012345",
    "10",
};
static const char *const OTHERS[] = {"true", "false", "null", "1.0", "[1]", "{}", "1e3", "-0.0", "0e7", "1e-999"};
static const char *const WRONG[] = {"01", "nan", "\"\x01\"", "\"\xff\"", "-", "\"\\x\"", "tru"};

static void value(struct random *random, struct evd_buffer *log)
{
    const unsigned draw = random_below(random, 8000);
    if (draw >= 4000)
        evd_buffer_string(log, PICK(random, NAMES));
    else if (draw < 2200)
        evd_buffer_string(log, PICK(random, STRINGS));
    else if (draw < 3600)
        evd_buffer_string(log, PICK(random, INTEGERS));
    else if (draw < 3999)
        evd_buffer_string(log, PICK(random, OTHERS));
    else
        evd_buffer_string(log, PICK(random, WRONG));
}

/* The members of a payload, in one of a few orders, so that shapes come again. */
static void payload(struct random *random, struct evd_buffer *log)
{
    const unsigned form = random_below(random, 11);
    evd_buffer_byte(log, '{');
    if (form >= 6 && form < 9) {
        evd_buffer_string(log, "\"size\":");
        value(random, log);
        evd_buffer_string(log, ",\"args\":{\"a0\":");
        value(random, log);
        evd_buffer_string(log, form == 6 ? ",\"a2\":" : ",\"a1\":");
        value(random, log);
        evd_buffer_string(log, "}");
        if (form == 7) {
            evd_buffer_byte(log, '}');
            return;
        }
        evd_buffer_byte(log, ',');
    }
    evd_buffer_string(log, "\"name\":");
    value(random, log);
    if (form == 1 || form == 2) {
        evd_buffer_string(log, ",\"return_value\":");
        value(random, log);
        evd_buffer_string(log, ",\"status\":");
        value(random, log);
    } else if (form == 3) {
        evd_buffer_string(log, ", \"args\": {\"a0\":");
        value(random, log);
        evd_buffer_string(log, ",\"a1\":{\"b\":");
        value(random, log);
        evd_buffer_string(log, "}}");
    } else if (form == 4) {
        evd_buffer_string(log, ",\"handle_semantic_id\":");
        value(random, log);
        evd_buffer_string(log, ",\"x\":null,\"x\":");
        value(random, log);
    } else if (form == 5) {
        evd_buffer_string(log, ",\"ctx_ptr\":");
        value(random, log);
    } else if (form >= 9) {
        evd_buffer_string(log, ",\"size\":");
        value(random, log);
        evd_buffer_string(log, form == 9 ? ",\"args\":{\"a0\":" : ",\"return_value\":7,\"args\":{\"a1\":");
        value(random, log);
        evd_buffer_string(log, form == 9 ? ",\"a1\":" : ",\"a0\":");
        value(random, log);
        evd_buffer_byte(log, '}');
    }
    evd_buffer_byte(log, '}');
}

/* An event's own fields in one order: k kind, t tid, i tid_event_idx, h host_ns, c a counter that no rule
 * looks at, e the engine, d a constant, p the payload. */
static const char *const ORDERS[] = {
    "ektichdp", "ktihdp", "kthip",  "hkctip", "kitcpe", "tikcp",  "kptih",  "ktip",   "ktphic",
    "kthpi",    "pkti",   "ktichp", "chkitp", "ktpic",  "hkticp", "htkicp", "kticph", "tkicphd",
};
/* What a tid or a tid_event_idx may not be, or only the parser takes. */
static const char *const NUMBERS[] = {
    "01",
    "1.0",
    "2e0",
    "-3",
    "-0",
    "-01",
    "-",
    "1234567890123456789",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
};

static void field(struct random *random, char which, unsigned idx, const char *kind, unsigned tids,
                  struct evd_buffer *log)
{
    /* Clocks hold for many lines, then move, and get longer. */
    const unsigned clock = idx / 7;
    switch (which) {
    case 'k': evd_buffer_format(log, "\"kind\":\"%s\"", kind); break;
    case 't':
        if (random_below(random, 2000) == 0)
            evd_buffer_format(log, "\"tid\":%s", PICK(random, NUMBERS));
        else
            evd_buffer_format(log, "\"tid\":%u", random_below(random, tids));
        break;
    case 'i':
        if (random_below(random, 2000) == 0)
            evd_buffer_format(log, "\"tid_event_idx\":%s", PICK(random, NUMBERS));
        else
            evd_buffer_format(log, "\"tid_event_idx\":%u", random_below(random, 5000) ? idx : 0);
        break;
    case 'h':
        evd_buffer_string(log, "\"host_ns\":");
        if (random_below(random, 4) == 0)
            evd_buffer_string(log, PICK(random, INTEGERS));
        else
            evd_buffer_format(log, random_below(random, 2) ? "%u" : "17640000000%08u", clock * 3);
        break;
    case 'c':
        evd_buffer_string(log, "\"guest_cycle\":");
        if (random_below(random, 20) == 0)
            value(random, log);
        else
            evd_buffer_format(log, "%u%s", clock, random_below(random, 15) ? "" : "0");
        break;
    case 'e': evd_buffer_format(log, "\"engine\":\"%s\"", random_below(random, 50) ? "one" : "two"); break;
    case 'd': evd_buffer_string(log, "\"deterministic\":true"); break;
    default:
        evd_buffer_string(log, "\"payload\":");
        if (random_below(random, 1500) == 0)
            value(random, log);
        else if (random_below(random, 15) == 0)
            evd_buffer_string(log, "null");
        else
            payload(random, log);
    }
}

static void line(struct random *random, const char *order, unsigned idx, unsigned tids, struct evd_buffer *log)
{
    const char *kind = PICK(random, KINDS);
    for (const char *which = order; *which != '\0'; which++) {
        evd_buffer_byte(log, which == order ? '{' : ',');
        field(random, *which, idx, kind, tids, log);
    }
    evd_buffer_string(log, random_below(random, 20) ? "}\n" : "}\r\n");
}

static void make_log(struct random *random, struct evd_buffer *log)
{
    evd_buffer_string(log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    const unsigned lines = 1 + random_below(random, 300);
    /* With many tids events are added by another way. */
    const unsigned tids = random_below(random, 20) ? 4 : 1100;
    for (unsigned i = 0; tids > 4 && i < tids; i++)
        evd_buffer_format(log, "{\"kind\":\"x\",\"tid\":%u,\"tid_event_idx\":0}\n", i);
    const size_t first = log->length;
    /* Most lines of a log have their fields in one order. */
    const char *order = PICK(random, ORDERS);
    for (unsigned i = 0; i < lines; i++)
        line(random, random_below(random, 12) ? order : PICK(random, ORDERS), i, tids, log);
    /* Now and then a byte goes wrong, or the log ends early. */
    static const char BYTES[] = "\"\\{}[],: 0a\n\r\x80\x00";
    if (random_below(random, 3) == 0)
        log->data[first + random_below(random, (unsigned)(log->length - first))] =
            BYTES[random_below(random, sizeof BYTES)];
    if (random_below(random, 3) == 0)
        log->length -= random_below(random, (unsigned)(log->length - first));
}

struct read {
    enum evd_status status;
    struct evd_log *log;
    struct evd_problem *problems;
    size_t problem_count;
};

static struct read read_log(const struct evd_rules *rules, const char *path, bool is_plain, size_t chunk_bytes)
{
    struct read read;
    struct evd_error error;
    const struct evd_read_options options = {
        .threads = 1, .chunk_bytes = chunk_bytes, .problems_max = 1000, .has_statistics = true, .is_plain = is_plain};
    read.status =
        evd_logs_open(&path, 1, rules, &options, &read.log, &read.problems, &read.problem_count, NULL, &error);
    return read;
}

/* A log's text read with shapes, and by the parser alone. */
struct two_ways {
    struct read with, without;
};

static struct two_ways read_two_ways(const struct evd_rules *rules, const struct evd_buffer *log, size_t chunk_bytes,
                                     unsigned long long seed)
{
    char path[MEMORY_PATH_BYTES];
    const int fd = memory_file(log->data, log->length, path);
    const struct two_ways read = {read_log(rules, path, false, chunk_bytes), read_log(rules, path, true, 0)};
    close(fd);
    cr_assert_eq(read.with.status, read.without.status, "seed %llu", seed);
    return read;
}

static void release_two_ways(struct two_ways *read)
{
    evd_log_free(read->with.log);
    evd_log_free(read->without.log);
    evd_problems_free(read->with.problems);
    evd_problems_free(read->without.problems);
}

static void expect_same_logs(const struct evd_log *a, const struct evd_log *b, unsigned long long seed)
{
    cr_assert_eq(a->event_count, b->event_count, "seed %llu", seed);
    cr_expect(memcmp(a->events, b->events, a->event_count * sizeof *a->events) == 0, "seed %llu", seed);
    cr_assert_eq(a->stream_count, b->stream_count, "seed %llu", seed);
    for (size_t i = 0; i < a->stream_count; i++) {
        const struct evd_stream *left = &a->streams[i], *right = &b->streams[i];
        cr_expect(left->tid == right->tid && left->count == right->count &&
                      left->has_pairing_value == right->has_pairing_value &&
                      left->pairing_value == right->pairing_value && left->counted[0] == right->counted[0],
                  "seed %llu, tid %lld", seed, (long long)left->tid);
    }
    cr_assert_eq(a->kind_count, b->kind_count, "seed %llu", seed);
    for (size_t i = 0; i < a->kind_count; i++)
        cr_expect(evd_string_equal(a->kinds[i].kind, b->kinds[i].kind) && a->kinds[i].count == b->kinds[i].count,
                  "seed %llu", seed);
    cr_expect(memcmp(a->kind_uses, b->kind_uses, a->rules->kind_count * sizeof *a->kind_uses) == 0, "seed %llu", seed);
    cr_expect(a->has_time_span == b->has_time_span && a->first_ns == b->first_ns && a->last_ns == b->last_ns,
              "seed %llu", seed);
    cr_expect_eq(a->floating.count, b->floating.count, "seed %llu", seed);
}

static void expect_same_problems(const struct read *a, const struct read *b, unsigned long long seed)
{
    cr_assert_eq(a->problem_count, b->problem_count, "seed %llu", seed);
    for (size_t i = 0; i < a->problem_count; i++) {
        const struct evd_error *left = &a->problems[i].error, *right = &b->problems[i].error;
        cr_expect(
            left->line == right->line && left->column == right->column && strcmp(left->message, right->message) == 0,
            "seed %llu", seed);
    }
}

/* The names that are listed on the way are those that the parser lists. Returns how many there are. */
static size_t expect_same_names(const struct evd_log *log, unsigned long long seed)
{
    struct evd_name_reader readers[2] = {{.is_plain = false}, {.is_plain = true}};
    struct evd_name_list names[2] = {0};
    size_t count = 0;
    for (int i = 0; i < 2; i++)
        cr_assert(evd_name_reader_init(&readers[i], log->rules));
    for (size_t i = 0; i < log->event_count; i++) {
        int64_t idx[2];
        for (int j = 0; j < 2; j++)
            cr_assert_eq(evd_name_reader_read(&readers[j], log, &log->events[i], &names[j], &idx[j], NULL), EVD_OK,
                         "seed %llu", seed);
        cr_assert(names[0].count == names[1].count && idx[0] == idx[1], "seed %llu", seed);
        for (size_t j = 0; j < names[0].count; j++)
            cr_assert(names[0].names[j].rule == names[1].names[j].rule &&
                          names[0].names[j].path == names[1].names[j].path &&
                          names[0].names[j].value == names[1].names[j].value,
                      "seed %llu", seed);
        count += names[0].count;
    }
    cr_expect_eq(readers[0].reread.bytes_read, readers[1].reread.bytes_read, "seed %llu", seed);
    for (int i = 0; i < 2; i++) {
        evd_name_reader_release(&readers[i]);
        evd_name_list_release(&names[i]);
    }
    return count;
}

Test(shape, reads_hexadecimal_digits_like_the_parser)
{
    static const char CHARACTERS[] = "0123456789abcdefABCDEF0123456789abcdefgG@`/:xX \x7f";
    size_t numbers = 0;
    for (unsigned long long seed = 1; seed <= 100000; seed++) {
        struct random random = {seed};
        char text[20 + EVD_WIDE_BEYOND];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = CHARACTERS[random_below(&random, random_below(&random, 12) ? 38 : sizeof CHARACTERS - 1)];
        if (random_below(&random, 20))
            memcpy(text, "0x", 2);
        const struct evd_string spelling = {text, random_below(&random, 21)};
        uint64_t wide = 0, plain = 0;
        const bool is_number = evd_hexadecimal(spelling, &plain);
        cr_assert_eq(evd_wide_hexadecimal(spelling, &wide), is_number, "seed %llu", seed);
        cr_assert(!is_number || wide == plain, "seed %llu", seed);
        numbers += is_number;
    }
    cr_expect(numbers > 10000 && numbers < 90000, "%zu numbers", numbers);
}

Test(shape, hashes_a_text_like_the_parser)
{
    for (unsigned long long seed = 1; seed <= 20000; seed++) {
        struct random random = {seed};
        char text[2 * EVD_HASH_SHORT_MAX + EVD_WIDE_BEYOND], alone[2 * EVD_HASH_SHORT_MAX];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)random_below(&random, 256);
        const size_t length = random_below(&random, 2 * EVD_HASH_SHORT_MAX);
        const uint64_t hash_seed = random_below(&random, 1000) * UINT64_C(0x9e3779b97f4a7c15);
        memcpy(alone, text, length);
        cr_assert_eq(evd_wide_hash_text(text, length, hash_seed), evd_hash_text(alone, length, hash_seed), "seed %llu",
                     seed);
        /* Nothing but the text counts, and all of it. */
        if (length > 0) {
            alone[random_below(&random, (unsigned)length)] ^= (char)(1 << random_below(&random, 8));
            cr_assert_neq(evd_wide_hash_text(text, length, hash_seed), evd_hash_text(alone, length, hash_seed),
                          "seed %llu", seed);
        }
    }
}

/* The same log read with and without shapes. */
static void expect_twins(const struct evd_rules *rules, const struct evd_buffer *text)
{
    struct two_ways read = read_two_ways(rules, text, 0, 0);
    cr_assert(read.with.status == EVD_OK && read.without.status == EVD_OK);
    expect_same_logs(read.with.log, read.without.log, 0);
    release_two_ways(&read);
}

/* A time that is no integer is none, but the next ones are. */
Test(shape, times_count_after_one_that_is_no_integer)
{
    static const char *const FIRST[] = {"1.5", "\"1\"", "null", "[1]", "{\"a\":1}", "1e3"};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (size_t i = 0; i < sizeof FIRST / sizeof FIRST[0]; i++) {
        struct evd_buffer log = {0};
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (int line = 0; line < 20; line++) {
            evd_buffer_format(&log, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%d,\"host_ns\":", line);
            if (line == 0)
                evd_buffer_string(&log, FIRST[i]);
            else
                evd_buffer_format(&log, "%d", 100 + line);
            evd_buffer_string(&log, ",\"payload\":{}}\n");
        }
        expect_twins(rules, &log);
        evd_buffer_release(&log);
    }
    evd_rules_free(rules);
}

/* Teaches a shape by a line, which is followed by readable bytes. */
static void teach(struct evd_shapes *shapes, const struct evd_rules *rules, const char *line, size_t length)
{
    struct evd_hasher hasher = {0};
    struct evd_event_fields fields;
    struct evd_line_fault fault;
    struct evd_json_fault json_fault;
    struct evd_json_parser *parser = evd_json_parser_create();
    const struct evd_json_tape *tape = evd_json_parse(parser, line, length, &json_fault);
    cr_assert_not_null(tape);
    cr_assert(evd_event_read(&hasher, rules, tape, &fields, &fault));
    evd_shapes_learn(shapes, &hasher, tape, length, &fields);
    evd_json_parser_destroy(parser);
    evd_hasher_release(&hasher);
}

/* Integers of a log are read as they are, whatever fits in 64 bits; what does not is the parser's. */
Test(shape, reads_integers_to_the_limits_of_64_bits)
{
    static const struct {
        const char *spelling;
        bool is_read;
        int64_t value;
    } CASES[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"7", true, 7},
        {"-7", true, -7},
        {"12345678", true, 12345678},
        {"-123456789", true, -123456789},
        {"999999999999999999", true, 999999999999999999},
        {"1000000000000000000", true, 1000000000000000000},
        {"1764000000123456789", true, 1764000000123456789}, /* a clock since 1970 */
        {"-1764000000123456789", true, -1764000000123456789},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"9999999999999999999", false, 0},
        {"-9223372036854775807", true, -INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"-9999999999999999999", false, 0},
        {"10000000000000000000", false, 0},
        {"18446744073709551616", false, 0},
        {"-10000000000000000000", false, 0},
        {"01", false, 0},
        {"-01", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"1764000000123456789.0", false, 0},
        {"-1e3", false, 0},
    };
    static const char *const FIELDS[] = {"tid", "tid_event_idx", "host_ns"};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    struct evd_shapes *shapes = evd_shapes_create(rules);
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++)
        for (int field = -1; field < 3; field++) {
            struct evd_buffer line = {0};
            evd_buffer_string(&line, "{\"kind\":\"k\"");
            for (int i = 0; i < 3; i++)
                evd_buffer_format(&line, ",\"%s\":%s", FIELDS[i], i == field ? CASES[c].spelling : "1");
            evd_buffer_string(&line, "}\n");
            const size_t length = line.length;
            cr_assert(evd_buffer_reserve(&line, 256));
            memset(line.data + length, 0, 256);
            if (field < 0) { /* the shape itself */
                teach(shapes, rules, line.data, length - 1);
                evd_buffer_release(&line);
                continue;
            }
            struct evd_event_record record = {0};
            const char *next = evd_shapes_read(shapes, line.data, line.data + length, &record);
            const char *spelling = CASES[c].spelling;
            cr_expect_eq(next != NULL, CASES[c].is_read, "%s: %s", FIELDS[field], spelling);
            const int64_t values[] = {record.tid, record.tid_event_idx, record.host_ns};
            for (int i = 0; i < 3 && next != NULL; i++)
                cr_expect_eq(values[i], i == field ? CASES[c].value : 1, "%s: %s", FIELDS[i], spelling);
            evd_buffer_release(&line);
        }
    evd_shapes_destroy(shapes);
    evd_rules_free(rules);
}

/* The parser refuses a line of 4 GiB, so shapes leave it to the parser. The line is a few pages that are mapped
 * again and again. */
Test(shape, lines_of_4_gib_are_left_to_the_parser)
{
    enum { STRETCH = 1 << 24, STRETCHES = 257 };
    static const char BEGIN[] = "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":2,\"payload\":{\"s\":\"";
    static const char END[] = "\"}}\n";
    struct evd_rules *rules;
    struct evd_event_record record;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    struct evd_shapes *shapes = evd_shapes_create(rules);
    const int fd = memfd_create("letters", 0);
    cr_assert_eq(ftruncate(fd, STRETCH), 0);
    const size_t size = (size_t)STRETCH * STRETCHES;
    char *text = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *letters = mmap(NULL, STRETCH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(text != MAP_FAILED && letters != MAP_FAILED);
    memset(letters, 'a', STRETCH);
    for (size_t i = 0; i < STRETCHES; i++)
        cr_assert(mmap(text + i * STRETCH, STRETCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) !=
                  MAP_FAILED);
    memcpy(text, BEGIN, sizeof BEGIN - 1);
    /* A short one teaches, the longest that the parser takes is read, a longer one is not. */
    char *ends[] = {text + sizeof BEGIN + 9, text + EVD_JSON_LENGTH_MAX - sizeof END,
                    text + EVD_JSON_LENGTH_MAX + sizeof END};
    for (size_t i = 0; i < 3; i++) {
        char saved[sizeof END];
        memcpy(saved, ends[i], sizeof END);
        memcpy(ends[i], END, sizeof END);
        if (i == 0)
            teach(shapes, rules, text, (size_t)(ends[i] - text) + sizeof END - 2);
        const char *next = evd_shapes_read(shapes, text, ends[i] + sizeof END - 1, &record);
        cr_expect(i < 2 ? next == ends[i] + sizeof END - 1 : next == NULL, "line %zu", i);
        memcpy(ends[i], saved, sizeof END);
    }
    munmap(text, size);
    munmap(letters, STRETCH);
    close(fd);
    evd_shapes_destroy(shapes);
    evd_rules_free(rules);
}

/* Roles on kinds that have none in the built-in rules, and on fields that are objects, numbers or null. */
static const char OTHER_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"other\",\"version\":\"1\",\"why\":\"w\","
    "\"pairing\":{\"kind\":\"kernel.return\",\"field\":\"status\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"import.call\",\"counted\":true,\"why\":\"w\"}],"
    "\"allocator_returns\":["
    "{\"kind\":\"kernel.return\",\"name_field\":\"name\",\"names\":[\"a\",\"caf\u00e9\"],"
    "\"set_fields\":[\"status\"],\"replace_fields\":[\"return_value\"],\"mark\":\"R\",\"why\":\"w\"},"
    "{\"kind\":\"kernel.call\",\"name_field\":\"name\",\"names\":[\"RtlAllocateHeap\",\"a\\nb\"],"
    "\"set_fields\":[\"x\"],\"replace_fields\":[\"args\",\"handle_semantic_id\"],\"mark\":\"C\","
    "\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"x\",\"fields\":[\"args\"],\"why\":\"w\"}]}";

/* Names in fields and in members, of all forms, for all calls and for some; sizes in a field that is canonical for
 * some calls, beside skipped fields, one of which tells the call. */
static const char NAME_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"names\","
    "\"pairing\":{\"kind\":\"kernel.return\",\"field\":\"status\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"wake.requested\",\"counted\":true,\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"kernel.return\",\"fields\":[\"x\",\"args\"],\"why\":\"w\"},"
    "{\"kind\":\"import.call\",\"fields\":[\"name\"],\"why\":\"w\"},"
    "{\"kind\":\"x\",\"fields\":[\"size\"],\"why\":\"w\"}],"
    "\"allocator_returns\":[{\"kind\":\"sema.release\",\"name_field\":\"name\",\"names\":[\"a\"],"
    "\"set_fields\":[\"status\"],\"replace_fields\":[\"size\"],\"mark\":\"S\",\"why\":\"w\"}],"
    "\"name_classes\":["
    "{\"class\":\"address\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"},"
    "{\"class\":\"handle\",\"at_least\":\"0x0\",\"at_most\":\"0xffff\",\"scope\":\"log\",\"why\":\"w\"}],"
    "\"names\":["
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"kernel.call\",\"fields\":[\"args.*\",\"size\"],\"why\":\"w\"},"
    "{\"form\":\"end\",\"class\":\"handle\",\"kind\":\"kernel.call\",\"name_field\":\"name\",\"calls\":[\"a\",\"b\"],"
    "\"fields\":[\"args.a0\",\"size\"],\"why\":\"w\"},"
    "{\"form\":\"plain\",\"kind\":\"kernel.call\",\"name_field\":\"name\",\"calls\":[\"a\",\"caf\u00e9\"],"
    "\"fields\":[\"args.*\"],\"why\":\"w\"},"
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"RtlAllocateHeap\",\"a\\nb\"],\"fields\":[\"return_value\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"sema.release\",\"field\":\"args.a1\"}},"
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"a\"],\"fields\":[\"size\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"sema.release\",\"field\":\"size\"}},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"kernel.return\",\"fields\":[\"return_value\",\"handle_semantic_id\"],"
    "\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"import.call\",\"name_field\":\"name\",\"calls\":[\"a\"],"
    "\"fields\":[\"args.a0\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"x\",\"fields\":[\"args.*\",\"args.a1\",\"args\"],\"why\":\"w\"}]}";

static struct evd_rules *load_rules(const char *text)
{
    struct evd_rules *rules;
    struct evd_error error;
    const enum evd_status status = text == NULL ? evd_rules_load(NULL, NULL, &rules, &error)
                                                : evd_rules_load_text("t", text, strlen(text), NULL, &rules, &error);
    cr_assert_eq(status, EVD_OK, "%llu:%llu %s", (unsigned long long)error.line, (unsigned long long)error.column,
                 error.message);
    return rules;
}

Test(shape, reads_what_the_parser_reads, .timeout = 600)
{
    struct evd_rules *const all_rules[] = {load_rules(NULL), load_rules(OTHER_RULES), load_rules(NAME_RULES)};
    unsigned valid = 0, invalid = 0;
    size_t names = 0;
    for (unsigned long long seed = 1; seed <= 4000; seed++) {
        const struct evd_rules *rules = all_rules[seed % 3];
        struct random random = {seed};
        struct evd_buffer log = {0};
        make_log(&random, &log);
        struct two_ways read = read_two_ways(rules, &log, random_below(&random, 2) ? 0 : 900, seed);
        if (read.with.status == EVD_OK) {
            expect_same_logs(read.with.log, read.without.log, seed);
            names += expect_same_names(read.with.log, seed);
        } else {
            expect_same_problems(&read.with, &read.without, seed);
        }
        valid += read.with.status == EVD_OK;
        invalid += read.with.status != EVD_OK;
        release_two_ways(&read);
        evd_buffer_release(&log);
    }
    cr_expect_gt(valid, 100, "%u valid logs", valid);
    cr_expect_gt(invalid, 100, "%u invalid logs", invalid);
    cr_expect_gt(names, 1000, "%zu names", names);
    for (int i = 0; i < 3; i++)
        evd_rules_free(all_rules[i]);
}

/* Logs without errors, all of kinds with names, in which a program does again what it did before. */
Test(shape, lists_the_names_that_the_parser_lists, .timeout = 600)
{
    enum { EARLIER = 20 };
    static const char *const NAME_KINDS[] = {"kernel.call", "kernel.return", "x", "sema.release", "import.call"};
    struct evd_rules *rules = load_rules(NAME_RULES);
    size_t names = 0;
    for (unsigned long long seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct evd_buffer log = {0}, payloads[EARLIER] = {{0}};
        const char *kinds[EARLIER];
        evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (unsigned i = 0; i < 400; i++) {
            const unsigned which = i < EARLIER ? i : random_below(&random, EARLIER);
            struct evd_buffer *text = &payloads[which];
            if (i < EARLIER || random_below(&random, 3) == 0) {
                evd_buffer_clear(text);
                payload(&random, text);
                kinds[which] = PICK(&random, NAME_KINDS);
            }
            evd_buffer_format(&log, "{\"kind\":\"%s\",\"tid\":1,\"tid_event_idx\":%u,\"payload\":", kinds[which], i);
            evd_buffer_append(&log, text->data, text->length);
            evd_buffer_string(&log, "}\n");
        }
        for (unsigned i = 0; i < EARLIER; i++)
            evd_buffer_release(&payloads[i]);
        struct two_ways read = read_two_ways(rules, &log, 0, seed);
        if (read.with.status == EVD_OK) {
            expect_same_logs(read.with.log, read.without.log, seed);
            names += expect_same_names(read.with.log, seed);
        }
        release_two_ways(&read);
        evd_buffer_release(&log);
    }
    evd_rules_free(rules);
    cr_expect_gt(names, 10000, "%zu names", names);
}
