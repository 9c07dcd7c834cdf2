/* Lines that are read again: copied from the file of a log with a saved index, they are what its mapping holds. */
#include "index_files.h"
#include "log/line.h"
#include "json/json.h"

TestSuite(line, .init = set_up, .fini = tear_down);

enum { LINES = 300, LONGEST_VALUE = 9000 };

/* A log of lines of many lengths; the other side's has others of the same lengths. */
static void make_lines(int side, uint64_t offsets[LINES], struct evd_buffer *text)
{
    state = 11;
    evd_buffer_clear(text);
    evd_buffer_string(text, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    for (int i = 0; i < LINES; i++) {
        const uint64_t length = pick(8) == 0 ? pick(LONGEST_VALUE) : pick(200);
        offsets[i] = text->length;
        evd_buffer_format(text, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":{\"v\":\"", i);
        for (uint64_t j = 0; j < length; j++)
            evd_buffer_byte(text, (char)((side == 0 ? 'a' : 'A') + pick(26)));
        evd_buffer_string(text, "\"}}");
        if (i + 1 < LINES)
            evd_buffer_string(text, pick(4) == 0 ? "\r\n" : "\n");
    }
}

/* Lines of any length, in any order, are what the mapped text says they are; of a log that is cut there are none. */
Test(line, is_copied_as_it_is)
{
    enum { READS = 5000 };
    uint64_t offsets[LINES], line = 0;
    struct evd_buffer text = {0}, index = {0};
    struct evd_line_reader reader = {0};
    struct evd_error error;
    struct evd_log *logs[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        make_lines(side, offsets, &text);
        write_file(paths[side], &text);
        save(side, &index);
        cr_assert_eq(open_log(side, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK, "%s", error.message);
    }
    for (int i = 0; i < READS; i++) {
        const struct evd_log *log = logs[pick(2)];
        line = pick(2) == 0 ? pick(LINES) : (line + pick(2)) % LINES;
        const struct evd_string expected = evd_log_text(log, offsets[line]);
        const struct evd_string actual = evd_line_read(&reader, log, offsets[line]);
        cr_assert(actual.bytes != expected.bytes && evd_string_equal(actual, expected), "line %llu",
                  (unsigned long long)line);
        for (size_t j = 0; line + 1 == LINES && j < EVD_JSON_PADDING; j++)
            cr_assert_eq(actual.bytes[actual.length + j], 0);
    }
    cr_expect_null(evd_line_read(&reader, logs[0], text.length).bytes);
    cr_assert_eq(truncate(paths[0], (off_t)offsets[LINES / 2]), 0);
    cr_assert_not_null(evd_line_read(&reader, logs[0], offsets[0]).bytes);
    cr_expect_null(evd_line_read(&reader, logs[0], offsets[LINES - 1]).bytes);
    cr_expect_eq(reader.copy.failed, false);
    cr_expect_eq(evd_log_check(logs[0], true, &error), EVD_E_IO);
    evd_line_reader_release(&reader);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_buffer_release(&text);
    evd_buffer_release(&index);
}
