/* Tolerant reading against its slow twin: a damaged log reads like a copy of it without the lines that are no events,
 * which the parser finds one by one, whatever the cut into chunks and the number of threads. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "log/event.h"
#include "log/log.h"
#include "memory_log.h"
#include "random_log.h"

static struct evd_rules *rules;

static void set_up(void)
{
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
}

static void tear_down(void)
{
    evd_rules_free(rules);
}

TestSuite(tolerant, .init = set_up, .fini = tear_down);

static const char *const STRAYS[] = {
    "\n",
    "stray\n",
    "[1]\n",
    "{\"kind\":\"k\"}\n",
    "{\"kind\":\"k\",\"tid\":1.0,\"tid_event_idx\":0}\n",
    "\xff\n",
    "\r\n",
    " \n",
    "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":0,\"payload\":[]}\n",
    "\0\0\0\n",
    "{\"kind\":\"k\",\"tid\":1,\"ti",
};

/* Puts bytes into the text at `at`, in the place of `removed` others. */
static void splice(struct evd_buffer *text, size_t at, size_t removed, const char *bytes, size_t length)
{
    struct evd_buffer rest = {0};
    evd_buffer_append(&rest, text->data + at + removed, text->length - at - removed);
    text->length = at;
    evd_buffer_append(text, bytes, length);
    evd_buffer_append(text, rest.data, rest.length);
    evd_buffer_release(&rest);
}

static void damage(struct random *random, struct evd_buffer *text)
{
    static const char BYTES[] = "\"\\{}[],: 0a\n\r\x80\x00-.";
    const size_t header = (size_t)((char *)memchr(text->data, '\n', text->length) - text->data) + 1;
    for (unsigned count = random_below(random, 40); count > 0; count--) {
        const size_t at = header + random_below(random, (unsigned)(text->length - header) + 1);
        const size_t rest = text->length - at;
        const char *stray = STRAYS[random_below(random, sizeof STRAYS / sizeof STRAYS[0])];
        const size_t removed = rest == 0 ? 0 : random_below(random, rest < 60 ? (unsigned)rest : 60);
        switch (random_below(random, 4)) {
        case 0: splice(text, at, rest > 0, &BYTES[random_below(random, sizeof BYTES)], 1); break;
        case 1: splice(text, at, removed, "", 0); break;
        case 2: splice(text, at, 0, stray, strlen(stray) ? strlen(stray) : 4); break;
        default: { /* a whole line, between others */
            const char *end = memchr(text->data + at, '\n', rest);
            splice(text, end == NULL ? text->length : (size_t)(end - text->data) + 1, 0, stray, strlen(stray));
        }
        }
    }
    /* An event again, which is out of order. */
    if (random_below(random, 10) == 0) {
        const char *end = memchr(text->data + header, '\n', text->length - header);
        if (end != NULL)
            splice(text, text->length, 0, text->data + header, (size_t)(end - text->data) + 1 - header);
    } else if (random_below(random, 2))
        text->length -= random_below(random, (unsigned)(text->length - header) / 8 + 1);
}

/* What the twin finds. */
struct kept {
    struct evd_buffer text;
    uint64_t skipped;
    uint64_t lines[EVD_SKIPPED_LISTED_MAX], columns[EVD_SKIPPED_LISTED_MAX];
    const char *reasons[EVD_SKIPPED_LISTED_MAX];
};

/* Copies the header and all lines that are empty or events. */
static struct kept keep_events(const struct evd_buffer *text)
{
    struct kept kept = {0};
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_hasher hasher = {0};
    uint64_t line = 0;
    for (size_t at = 0; at < text->length;) {
        const char *end = memchr(text->data + at, '\n', text->length - at);
        const size_t next = end == NULL ? text->length : (size_t)(end - text->data) + 1;
        const struct evd_string content = evd_line_cut(text->data + at, next - at - (end != NULL));
        struct evd_buffer alone = {0};
        struct evd_json_fault json_fault;
        struct evd_line_fault fault = {0};
        struct evd_event_fields fields;
        evd_buffer_append(&alone, content.bytes, content.length);
        cr_assert(evd_buffer_reserve(&alone, EVD_JSON_PADDING));
        memset(alone.data + alone.length, 0, EVD_JSON_PADDING);
        const struct evd_json_tape *tape = NULL;
        if (line > 0 && content.length > 0 &&
            (tape = evd_json_parse(parser, alone.data, content.length, &json_fault)) == NULL)
            fault = (struct evd_line_fault){json_fault.offset, json_fault.reason};
        evd_hasher_reset(&hasher);
        if (tape == NULL ? fault.reason == NULL : evd_event_read(&hasher, rules, EVD_CANARY, tape, &fields, &fault)) {
            evd_buffer_append(&kept.text, text->data + at, next - at);
        } else {
            if (kept.skipped < EVD_SKIPPED_LISTED_MAX) {
                kept.lines[kept.skipped] = line + 1;
                kept.columns[kept.skipped] = fault.offset + 1;
                kept.reasons[kept.skipped] = fault.reason;
            }
            kept.skipped++;
        }
        evd_buffer_release(&alone);
        at = next;
        line++;
    }
    evd_hasher_release(&hasher);
    evd_json_parser_destroy(parser);
    return kept;
}

static enum evd_status read_log(const struct evd_buffer *text, const struct evd_read_options *options,
                                struct evd_log **log, struct evd_error *error)
{
    char path[MEMORY_PATH_BYTES];
    const char *const paths[] = {path};
    const int fd = memory_file(text->data, text->length, path);
    const enum evd_status status = evd_logs_open(paths, 1, rules, options, log, NULL, NULL, NULL, error);
    close(fd);
    return status;
}

static void expect_same(const struct evd_log *a, const struct evd_log *b, unsigned long long seed)
{
    cr_assert_eq(a->event_count, b->event_count, "seed %llu", seed);
    cr_assert_eq(a->stream_count, b->stream_count, "seed %llu", seed);
    for (size_t i = 0; i < a->event_count; i++)
        cr_assert(log_event(a, i)->key == log_event(b, i)->key &&
                      evd_event_tag(log_event(a, i)) == evd_event_tag(log_event(b, i)),
                  "seed %llu", seed);
    for (size_t i = 0; i < a->stream_count; i++) {
        const struct evd_stream *left = &a->streams[i], *right = &b->streams[i];
        cr_assert(left->tid == right->tid && left->count == right->count &&
                      left->has_pairing_value == right->has_pairing_value &&
                      left->pairing_value == right->pairing_value && left->counted[0] == right->counted[0],
                  "seed %llu, tid %lld", seed, (long long)left->tid);
    }
    cr_assert_eq(a->creation_count, b->creation_count, "seed %llu", seed);
    for (size_t i = 0; i < a->creation_count; i++)
        cr_assert(a->creations[i].tid == b->creations[i].tid && a->creations[i].entry == b->creations[i].entry);
    cr_assert_eq(a->kind_count, b->kind_count, "seed %llu", seed);
    for (size_t i = 0; i < a->kind_count; i++)
        cr_assert(evd_string_equal(a->kinds[i].kind, b->kinds[i].kind) && a->kinds[i].count == b->kinds[i].count);
    cr_expect(a->has_time_span == b->has_time_span && a->first_ns == b->first_ns && a->last_ns == b->last_ns);
    cr_expect_eq(a->floating.count, b->floating.count, "seed %llu", seed);
    cr_expect(a->gaps.count == b->gaps.count && a->gaps.missing == b->gaps.missing, "seed %llu", seed);
}

static void expect_skipped(const struct evd_log *log, const struct kept *kept, unsigned long long seed)
{
    uint64_t line, column;
    const char *reason;
    size_t listed = 0;
    cr_assert_eq(evd_log_skipped_count(log), kept->skipped, "seed %llu", seed);
    for (; (reason = evd_log_skipped_line(log, listed, &line, &column)) != NULL; listed++)
        cr_assert(line == kept->lines[listed] && column == kept->columns[listed] &&
                      strcmp(reason, kept->reasons[listed]) == 0,
                  "seed %llu: %s at %llu:%llu", seed, reason, (unsigned long long)line, (unsigned long long)column);
    cr_expect_eq(listed, kept->skipped < EVD_SKIPPED_LISTED_MAX ? kept->skipped : EVD_SKIPPED_LISTED_MAX);
}

Test(tolerant, reads_what_is_left_without_the_lines_that_are_no_events, .timeout = 600)
{
    static const size_t CHUNKS[] = {0, 1, 40, 300, 5000};
    unsigned read = 0, refused = 0, with_more = 0;
    for (unsigned long long seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct evd_buffer logs[2] = {{0}};
        random_log_pair(&random, 40, logs);
        damage(&random, &logs[0]);
        struct kept kept = keep_events(&logs[0]);
        struct evd_log *tolerant, *strict;
        struct evd_error error;
        const struct evd_read_options loose = {
            .threads = 1 + random_below(&random, 3),
            .chunk_bytes = CHUNKS[random_below(&random, 5)],
            .has_statistics = true,
            .is_plain = random_below(&random, 4) == 0,
            .is_tolerant = true};
        const struct evd_read_options plain = {.threads = 1, .has_statistics = true, .is_plain = true};
        const enum evd_status expected = read_log(&kept.text, &plain, &strict, &error);
        cr_assert_eq(read_log(&logs[0], &loose, &tolerant, &error), expected, "seed %llu", seed);
        if (expected == EVD_OK) {
            expect_same(tolerant, strict, seed);
            expect_skipped(tolerant, &kept, seed);
        } else {
            cr_assert_not_null(strstr(error.message, "out of order"), "seed %llu: %s", seed, error.message);
        }
        read += expected == EVD_OK;
        refused += expected != EVD_OK;
        with_more += expected == EVD_OK && kept.skipped > EVD_SKIPPED_LISTED_MAX;
        evd_log_free(tolerant);
        evd_log_free(strict);
        evd_buffer_release(&kept.text);
        evd_buffer_release(&logs[0]);
        evd_buffer_release(&logs[1]);
    }
    cr_expect(read > 150 && refused > 5 && with_more > 20, "%u read, %u refused, %u with many lines", read, refused,
              with_more);
}

/* 20 lines are listed; one more is only counted. */
Test(tolerant, lists_twenty_lines)
{
    for (unsigned bad = 19; bad <= 21; bad++) {
        struct evd_buffer text = {0};
        struct evd_log *log;
        struct evd_error error;
        const struct evd_read_options options = {.threads = 2, .chunk_bytes = 30, .is_tolerant = true};
        evd_buffer_string(&text, LOG_HEADER);
        for (unsigned i = 0; i < bad; i++)
            evd_buffer_string(&text, "x\n");
        cr_assert_eq(read_log(&text, &options, &log, &error), EVD_OK);
        uint64_t line, column;
        cr_expect_eq(evd_log_skipped_count(log), bad);
        for (unsigned i = 0; i < bad; i++)
            cr_expect_eq(evd_log_skipped_line(log, i, &line, &column) != NULL, i < 20);
        evd_log_free(log);
        evd_buffer_release(&text);
    }
}

/* Gaps are between the events of a thread, wherever the log is cut; what comes before its first event is none. */
Test(tolerant, counts_gaps)
{
    static const int64_t IDX[][5] = {
        {3, 4, 6, 7, 10}, {0, 1, 2, 3, 4}, {INT64_MIN, INT64_MAX, 2, 3, 4}, {-2, -1, 0, 1, 9}};
    static const uint64_t COUNT[] = {2, 0, 1, 1}, MISSING[] = {3, 0, UINT64_MAX - 1, 7};
    for (size_t c = 0; c < 4; c++)
        for (size_t chunk = 1; chunk < 400; chunk += 37) {
            struct evd_buffer text = {0};
            struct evd_log *log;
            struct evd_error error;
            const struct evd_read_options options = {.threads = 2, .chunk_bytes = chunk};
            evd_buffer_string(&text, LOG_HEADER);
            for (int i = 0; i < 5; i++)
                evd_buffer_format(&text, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%lld}\n", (long long)IDX[c][i]);
            cr_assert_eq(read_log(&text, &options, &log, &error), EVD_OK, "%s", error.message);
            uint64_t count, missing;
            cr_expect(evd_log_gaps(log, &count, &missing));
            cr_expect(count == COUNT[c] && missing == MISSING[c], "case %zu: %llu, %llu", c, (unsigned long long)count,
                      (unsigned long long)missing);
            evd_log_free(log);
            evd_buffer_release(&text);
        }
}

/* A log with such lines gets no index. */
Test(tolerant, no_index)
{
    struct evd_buffer text = {0}, index = {0};
    struct evd_log *log;
    struct evd_error error;
    const struct evd_read_options options = {.threads = 1, .is_tolerant = true};
    evd_buffer_string(&text, LOG_HEADER "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":0}\n");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(read_log(&text, &options, &log, &error), EVD_OK);
        cr_expect_eq(evd_index_is_possible(log), i == 0);
        cr_expect_eq(evd_index_write(log, append_bytes, &index, &error), i == 0 ? EVD_OK : EVD_E_INDEX);
        evd_log_free(log);
        evd_buffer_string(&text, "{\"kind\":\"k\",\"tid\":1,\"tid_ev");
    }
    evd_buffer_release(&index);
    evd_buffer_release(&text);
}

#define EVENT "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":0}\n"

/* Lines before the header are skipped too, unless one of them has the members of an event. */
Test(tolerant, lines_before_the_header)
{
    static const struct {
        const char *text, *refusal;
        unsigned skipped;
        uint64_t line, column; /* of the last of them */
        bool is_told;          /* without --tolerant its message says that it exists */
    } CASES[] = {
        {"stray\n" LOG_HEADER EVENT, NULL, 1, 1, 1, true},
        {"\n\r\n" LOG_HEADER EVENT, NULL, 0, 0, 0, true},
        {"[1]\n{}\n\"x\xff\"\n" LOG_HEADER EVENT, NULL, 3, 3, 3, true},
        {"\xef\xbb\xbfstray\n" LOG_HEADER EVENT, NULL, 1, 1, 1, true},
        {"{\"kind\":\"k\",\"tid\":1}\n" LOG_HEADER EVENT, NULL, 1, 1, 1, true},
        {"stray\n" LOG_HEADER "stray\n" EVENT, NULL, 2, 3, 1, true},
        {"stray\n" LOG_HEADER EVENT LOG_HEADER, NULL, 2, 4, 1, true},
        {EVENT LOG_HEADER EVENT, "the first line must be the header", 0, 0, 0, false},
        {"stray\n" EVENT LOG_HEADER EVENT, "expected a value", 0, 0, 0, false},
        {"stray\n{\"kind\":\"k\",\"tid\":\"1\",\"tid_event_idx\":null}\n" LOG_HEADER, "expected a value", 0, 0, 0,
         false},
        {"stray\n" EVENT, "expected a value", 0, 0, 0, false},
        {"stray\n{\"kind\":\"schema_version\",\"schema_version\":2}\n" EVENT, "schema_version must be 1, not 2", 0, 0,
         0, true},
        {"\xff\xfe"
         "stray\n" LOG_HEADER EVENT,
         "is UTF-16", 0, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        for (unsigned chunk = 1; chunk < 200; chunk += 66) {
            struct evd_buffer text = {0};
            struct evd_log *log;
            struct evd_error error;
            struct evd_read_options options = {.threads = 2, .chunk_bytes = chunk};
            evd_buffer_string(&text, CASES[i].text);
            cr_assert_eq(read_log(&text, &options, &log, &error), EVD_E_INPUT, "case %zu", i);
            cr_expect_eq(strstr(error.message, "--tolerant") != NULL, CASES[i].is_told, "case %zu: %s", i,
                         error.message);
            options.is_tolerant = true;
            const enum evd_status status = read_log(&text, &options, &log, &error);
            cr_assert_eq(status, CASES[i].refusal == NULL ? EVD_OK : EVD_E_INPUT, "case %zu: %s", i, error.message);
            if (CASES[i].refusal != NULL) {
                cr_expect_not_null(strstr(error.message, CASES[i].refusal), "case %zu: %s", i, error.message);
            } else {
                uint64_t line = 0, column = 0;
                cr_expect_eq(evd_log_skipped_count(log), CASES[i].skipped, "case %zu", i);
                cr_expect_eq(evd_log_event_count(log), 1, "case %zu", i);
                if (CASES[i].skipped > 0)
                    cr_expect_not_null(evd_log_skipped_line(log, CASES[i].skipped - 1, &line, &column));
                cr_expect(line == CASES[i].line && column == CASES[i].column, "case %zu: %llu:%llu", i,
                          (unsigned long long)line, (unsigned long long)column);
                evd_log_free(log);
            }
            evd_buffer_release(&text);
        }
}

/* A log that is refused is looked through for a header up to 1 MiB; one that is read, however far it is. */
Test(tolerant, how_far_a_header_is_sought)
{
    for (int beyond = 0; beyond < 2; beyond++) {
        struct evd_buffer text = {0};
        struct evd_log *log;
        struct evd_error error;
        struct evd_read_options options = {.threads = 1};
        while (text.length + (beyond ? 0 : 1) < 1 << 20)
            evd_buffer_byte(&text, '\n');
        evd_buffer_string(&text, LOG_HEADER EVENT);
        cr_assert_eq(read_log(&text, &options, &log, &error), EVD_E_INPUT);
        cr_expect_eq(strstr(error.message, "--tolerant") != NULL, beyond == 0, "%s", error.message);
        options.is_tolerant = true;
        cr_assert_eq(read_log(&text, &options, &log, &error), EVD_OK);
        cr_expect_eq(evd_log_skipped_count(log), 0);
        evd_log_free(log);
        evd_buffer_release(&text);
    }
}
