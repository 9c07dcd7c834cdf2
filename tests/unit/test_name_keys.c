/* Names: keys of events against the exact comparison, which is their slow twin. */
#include <criterion/criterion.h>
#include <string.h>

#include "memory_log.h"
#include "name_rules.h"
#include "random.h"
#include "rules/rules.h"
#include "walk/compare.h"

static void write_value(struct random *random, struct evd_buffer *out, int depth)
{
    static const char *const VALUES[] = {
        "1",
        "1.0",
        "255",
        "256",
        "256.0",
        "300",
        "18446744073709551615",
        "18446744073709551616",
        "-300",
        "null",
        "true",
        "\"0x1\"",
        "\"0x0001\"",
        "\"0x100\"",
        "\"0x\\u0031ff\"",
        "\"0x0200\"",
        "\"0xffffffffffffffff\"",
        "\"0x10000000000000000\"",
        "\"0X100\"",
        "\"256\"",
        "\"\""};
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
        evd_buffer_format(out, ",\"name\":\"%s\"", NAME_CALLS[random_below(random, 7)]);
    evd_buffer_string(out, "}}\n");
}

Test(name_keys, equal_keys_are_equal_events, .timeout = 300)
{
    enum { EVENT_COUNT = 2500, LOOKED_AT = 100 };
    struct evd_rules *rules;
    size_t equal_keys = 0, equal_events = 0, renamed = 0;
    cr_assert_eq(evd_rules_load_text("t", NAME_RULES, strlen(NAME_RULES), NULL, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < 6; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        evd_buffer_string(&text, LOG_HEADER);
        for (size_t i = 0; i < EVENT_COUNT; i++)
            write_random_event(&random, &text, i);
        struct evd_log *log = memory_log(&text, rules);
        struct evd_reader readers[2];
        cr_assert(evd_reader_init(&readers[0]) && evd_reader_init(&readers[1]));
        const struct evd_stream *stream = &log->streams[0];
        for (size_t i = 0; i < LOOKED_AT; i++) {
            struct evd_event_view left, right;
            struct evd_difference difference;
            const struct evd_event *event = evd_stream_event(stream, i);
            cr_assert(evd_reader_read(&readers[0], log, event, NULL, &left, NULL) == EVD_OK);
            for (size_t j = i + 1; j < EVENT_COUNT; j++) {
                const struct evd_event *other = evd_stream_event(stream, j);
                cr_assert(evd_reader_read(&readers[1], log, other, NULL, &right, NULL) == EVD_OK);
                const bool is_equal = evd_compare(&left, &right, &difference);
                const bool has_equal_key = event->key == other->key;
                const struct evd_string a = evd_log_text(log, evd_event_offset(event));
                const struct evd_string b = evd_log_text(log, evd_event_offset(other));
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
        evd_buffer_release(&text);
    }
    evd_rules_free(rules);
    cr_expect(equal_keys > 4000 && renamed > 100 && equal_events >= equal_keys,
              "%zu keys, %zu events, %zu with fields are equal", equal_keys, equal_events, renamed);
}

/* Pairs of events, and whether they are equal but for names: by key and by comparison. */
Test(name_keys, what_is_a_name)
{
    static const struct {
        const char *left, *right; /* kind and payload */
        bool is_equal;
    } PAIRS[] = {
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x100\"}}", "call\",\"payload\":{\"args\":{\"a0\":\"0x200\"}}", true},
        /* a string and a number are no pair of names, though they spell the same one */
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x100\"}}", "call\",\"payload\":{\"args\":{\"a0\":256}}", false},
        {"call\",\"payload\":{\"args\":{\"a0\":256}}", "call\",\"payload\":{\"args\":{\"a0\":300}}", true},
        /* below at_least */
        {"call\",\"payload\":{\"args\":{\"a0\":\"0x0\"}}", "call\",\"payload\":{\"args\":{\"a0\":\"0x200\"}}", false},
        {"call\",\"payload\":{\"args\":{\"a0\":\"0xfe\"}}", "call\",\"payload\":{\"args\":{\"a0\":\"0xff\"}}", false},
        /* above at_most */
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4095}", true},
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4096}", false},
        {"return\",\"payload\":{\"name\":\"open\",\"value\":4097}",
         "return\",\"payload\":{\"name\":\"open\",\"value\":4096}", false},
        /* other calls, other paths */
        {"return\",\"payload\":{\"name\":\"read\",\"value\":4}", "return\",\"payload\":{\"name\":\"read\",\"value\":5}",
         false},
        {"call\",\"payload\":{\"args\":{\"a0\":{\"b\":\"0x100\"}}}",
         "call\",\"payload\":{\"args\":{\"a0\":{\"b\":\"0x200\"}}}", false},
        {"call\",\"payload\":{\"args\":\"0x100\"}", "call\",\"payload\":{\"args\":\"0x200\"}", false},
        /* sizes are none */
        {"call\",\"payload\":{\"name\":\"malloc\",\"args\":{\"a0\":\"0x100\"}}",
         "call\",\"payload\":{\"name\":\"malloc\",\"args\":{\"a0\":\"0x200\"}}", false},
    };
    enum { PAIR_COUNT = sizeof PAIRS / sizeof *PAIRS };
    struct evd_rules *rules;
    struct evd_buffer text = {0};
    struct evd_reader readers[2];
    cr_assert_eq(evd_rules_load_text("t", NAME_RULES, strlen(NAME_RULES), NULL, &rules, NULL), EVD_OK);
    evd_buffer_string(&text, LOG_HEADER);
    for (size_t i = 0; i < PAIR_COUNT; i++)
        evd_buffer_format(&text,
                          "{\"tid\":1,\"tid_event_idx\":%zu,\"kind\":\"%s}\n"
                          "{\"tid\":1,\"tid_event_idx\":%zu,\"kind\":\"%s}\n",
                          2 * i, PAIRS[i].left, 2 * i + 1, PAIRS[i].right);
    struct evd_log *log = memory_log(&text, rules);
    cr_assert(evd_reader_init(&readers[0]) && evd_reader_init(&readers[1]));
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        const struct evd_event *first = evd_stream_event(&log->streams[0], 2 * i);
        const struct evd_event *second = evd_stream_event(&log->streams[0], 2 * i + 1);
        struct evd_event_view left, right;
        struct evd_difference difference;
        cr_assert(evd_reader_read(&readers[0], log, first, NULL, &left, NULL) == EVD_OK &&
                  evd_reader_read(&readers[1], log, second, NULL, &right, NULL) == EVD_OK);
        cr_expect_eq(first->key == second->key, PAIRS[i].is_equal, "keys of pair %zu", i);
        cr_expect_eq(evd_compare(&left, &right, &difference), PAIRS[i].is_equal, "pair %zu", i);
    }
    evd_reader_release(&readers[0]);
    evd_reader_release(&readers[1]);
    evd_log_free(log);
    evd_buffer_release(&text);
    evd_rules_free(rules);
}
