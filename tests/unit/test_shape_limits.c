/* What reading by shapes takes, at its limits: digits, texts, integers of 64 bits, lines of 4 GiB. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "log/log.h"
#include "log/shape.h"
#include "log/wide.h"
#include "random.h"

Test(shape_limits, reads_hexadecimal_digits_like_the_parser)
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

Test(shape_limits, hashes_a_text_like_the_parser)
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
    cr_assert(evd_event_read(&hasher, rules, EVD_CANARY, tape, &fields, &fault));
    evd_shapes_learn(shapes, &hasher, tape, length, &fields);
    evd_json_parser_destroy(parser);
    evd_hasher_release(&hasher);
}

/* Integers of a log are read as they are, whatever fits in 64 bits; what does not is the parser's. */
Test(shape_limits, reads_integers_to_the_limits_of_64_bits)
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

/* Reads `text` by a shape that `like` taught; false when it goes to the parser. */
static bool is_read_like(const struct evd_rules *rules, const char *like, const char *text,
                         struct evd_event_record *record)
{
    struct evd_shapes *shapes = evd_shapes_create(rules);
    struct evd_buffer lines[2] = {{0}};
    for (int i = 0; i < 2; i++) {
        evd_buffer_format(&lines[i], "{\"kind\":\"wait.begin\",\"tid\":1,\"tid_event_idx\":1,\"payload\":{%s}}\n",
                          i == 0 ? like : text);
        cr_assert(evd_buffer_reserve(&lines[i], 256));
        memset(lines[i].data + lines[i].length, 0, 256);
    }
    teach(shapes, rules, lines[0].data, lines[0].length - 1);
    const char *next = evd_shapes_read(shapes, lines[1].data, lines[1].data + lines[1].length, record);
    evd_shapes_destroy(shapes);
    for (int i = 0; i < 2; i++)
        evd_buffer_release(&lines[i]);
    return next != NULL;
}

/* Arrays of as many elements have a shape, and so have the SIDs in them up to a limit. */
Test(shape_limits, arrays_and_sids_have_a_shape)
{
    static const struct {
        const char *like, *text;
        bool is_read;
        uint32_t sids;
    } CASES[] = {
        {"\"a\":[1,\"x\",[true,2]]", "\"a\":[9,\"yz\",[true,33]]", true, 0},
        {"\"a\":[1,\"x\",[true,2]]", "\"a\":[9,\"yz\",[false,33]]", false, 0},
        {"\"a\":[1,2]", "\"a\":[1,2,3]", false, 0},
        {"\"a\":[1,2]", "\"a\":[1]", false, 0},
        {"\"a\":[]", "\"a\":[]", true, 0},
        {"\"a\":[[[[[[[[1]]]]]]]]", "\"a\":[[[[[[[[2]]]]]]]]", true, 0},
        {"\"a\":[[[[[[[[[1]]]]]]]]]", "\"a\":[[[[[[[[[2]]]]]]]]]", false, 0},
        {"\"handles_semantic_ids\":[\"a\",1,\"b\"]", "\"handles_semantic_ids\":[\"c\",2,\"d\"]", true, 2},
        {"\"handles_semantic_ids\":[\"a\",\"b\",\"c\",\"d\"]", "\"handles_semantic_ids\":[\"1\",\"2\",\"3\",\"4\"]",
         true, 4},
        {"\"handles_semantic_ids\":[\"a\",\"b\",\"c\",\"d\",\"e\"]",
         "\"handles_semantic_ids\":[\"1\",\"2\",\"3\",\"4\",\"5\"]", false, 0},
        {"\"handles_semantic_ids\":[[\"a\"]]", "\"handles_semantic_ids\":[[\"b\"]]", true, 0},
        {"\"handles_semantic_ids\":\"ab\"", "\"handles_semantic_ids\":\"cd\"", false, 0},
        {"\"handles_semantic_ids\":{\"a\":1}", "\"handles_semantic_ids\":{\"a\":2}", false, 0},
    };
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++) {
        struct evd_event_record record = {0};
        cr_expect_eq(is_read_like(rules, CASES[c].like, CASES[c].text, &record), CASES[c].is_read, "%s", CASES[c].text);
        if (CASES[c].is_read)
            cr_expect_eq(record.sid_count, CASES[c].sids, "%s", CASES[c].text);
    }
    evd_rules_free(rules);
}

/* The parser refuses a line of 4 GiB, so shapes leave it to the parser. The line is a few pages that are mapped
 * again and again. */
Test(shape_limits, lines_of_4_gib_are_left_to_the_parser)
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
