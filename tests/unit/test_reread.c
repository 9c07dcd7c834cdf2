/* An event read again: the values are those of its line, and a text that is not what its record says is told as what
 * it is, by each cause. */
#include "index_files.h"
#include "log/reread.h"

TestSuite(reread, .init = set_up, .fini = tear_down);

enum { EVENTS = 40 };

/* The other side's log has other payloads of the same lengths. */
static void write_log(int side, struct evd_buffer *text)
{
    evd_buffer_clear(text);
    evd_buffer_string(text, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (int i = 0; i < EVENTS; i++)
        evd_buffer_format(text, "{\"kind\":\"k\",\"tid\":7,\"tid_event_idx\":%d,\"payload\":{\"v\":%d}}\n", 10 + 2 * i,
                          100 * (side + 1) + i);
    write_file(paths[side], text);
}

Test(reread, gives_what_the_line_says)
{
    struct evd_buffer text = {0};
    struct evd_reread reread;
    struct evd_reread_event read;
    struct evd_error error;
    struct evd_log *log;
    uint64_t bytes = 0;
    write_log(EVD_CANARY, &text);
    cr_assert_eq(open_log(EVD_CANARY, EVD_INDEX_OFF, &log, &error), EVD_OK);
    cr_assert(evd_reread_init(&reread));
    for (uint64_t i = 0; i < EVENTS; i++) {
        const struct evd_event *event = evd_stream_event(&log->streams[0], i);
        cr_assert_eq(evd_reread_event(&reread, log, event, &read, &error), EVD_OK, "%s", error.message);
        cr_expect(evd_string_equal(read.text, evd_log_text(log, evd_event_offset(event))));
        cr_expect_eq(read.fields.tid_event_idx, (int64_t)(10 + 2 * i));
        cr_expect(evd_string_equal(read.fields.kind, evd_string_of("k")));
        cr_expect_neq(read.fields.payload, 0);
        cr_expect_eq(read.summary.key, event->key);
        bytes += read.text.length;
        cr_expect_eq(reread.bytes_read, bytes);
    }
    evd_reread_release(&reread);
    evd_log_free(log);
    evd_buffer_release(&text);
}

/* A key, a tag or a place that is not the text's; no message is asked for in one of them. */
Test(reread, refuses_a_record_that_is_not_the_texts)
{
    struct evd_buffer text = {0};
    struct evd_reread reread;
    struct evd_reread_event read;
    struct evd_error error;
    struct evd_log *log;
    write_log(EVD_CANARY, &text);
    cr_assert_eq(open_log(EVD_CANARY, EVD_INDEX_OFF, &log, &error), EVD_OK);
    cr_assert(evd_reread_init(&reread));
    const struct evd_event good = *evd_stream_event(&log->streams[0], 3);
    const struct evd_event bad[] = {
        {good.key ^ 1, good.place},
        {good.key, good.place ^ 1},
        {good.key, good.place + ((uint64_t)1 << 16)},
        {good.key, (text.length + 1) << 16},
        {good.key, evd_stream_event(&log->streams[0], 4)->place},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(evd_reread_event(&reread, log, &bad[i], &read, &error), EVD_E_IO, "record %zu", i);
        cr_expect_str_eq(error.message, "the log changed while it was read; wait until its writer is done");
        cr_expect_str_eq(error.path, paths[EVD_CANARY]);
    }
    cr_expect_eq(evd_reread_event(&reread, log, &bad[0], &read, NULL), EVD_E_IO);
    cr_expect_eq(evd_reread_event(&reread, log, &good, &read, &error), EVD_OK);
    evd_reread_release(&reread);
    evd_log_free(log);
    evd_buffer_release(&text);
}

Test(reread, blames_the_index_that_a_record_is_from)
{
    struct evd_buffer text = {0}, index = {0};
    struct evd_reread reread;
    struct evd_reread_event read;
    struct evd_error error;
    struct evd_log *log;
    write_log(EVD_CANARY, &text);
    save(EVD_CANARY, &index);
    cr_assert_eq(open_log(EVD_CANARY, EVD_INDEX_REQUIRE, &log, &error), EVD_OK, "%s", error.message);
    cr_assert(evd_reread_init(&reread));
    cr_expect_eq(evd_reread_event(&reread, log, evd_stream_event(&log->streams[0], 5), &read, &error), EVD_OK);
    const struct evd_event bad = {
        evd_stream_event(&log->streams[0], 5)->key ^ 1, evd_stream_event(&log->streams[0], 5)->place};
    cr_expect_eq(evd_reread_event(&reread, log, &bad, &read, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.path, index_paths[EVD_CANARY]);
    cr_assert_eq(truncate(paths[EVD_CANARY], (off_t)text.length / 2), 0);
    cr_expect_eq(evd_reread_event(&reread, log, evd_stream_event(&log->streams[0], EVENTS - 1), &read, &error),
                 EVD_E_IO);
    cr_expect_str_eq(error.path, paths[EVD_CANARY]);
    evd_reread_release(&reread);
    evd_log_free(log);
    evd_buffer_release(&text);
    evd_buffer_release(&index);
}
