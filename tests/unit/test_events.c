/* The walk over a thread's events tells what the text has, from whichever event it begins. */
#include "index_files.h"

enum { EVENTS = 500, TIDS = 3 };

/* What the walk must tell. */
struct line {
    int tid;
    uint64_t idx, offset, number;
    size_t length;
};

static struct line lines[EVENTS];

/* Threads in any order, empty lines between, ends of both sorts. */
static void write_log(struct evd_buffer *text)
{
    uint64_t idx[TIDS] = {0}, number = 2;
    evd_buffer_clear(text);
    evd_buffer_string(text, LOG_HEADER);
    for (int i = 0; i < EVENTS; i++, number++) {
        for (; pick(5) == 0; number++)
            evd_buffer_byte(text, '\n');
        const int tid = (int)pick(TIDS);
        struct line *line = &lines[i];
        *line = (struct line){.tid = tid, .idx = idx[tid], .offset = text->length, .number = number};
        append_next(text, tid, &idx[tid], "k", pick(2) ? "{\"v\":[1,2]}" : "{}");
        line->length = text->length - line->offset - 1;
        if (pick(3) == 0) {
            text->length--;
            evd_buffer_string(text, "\r\n");
        }
    }
    write_file(paths[0], text);
}

/* Holds a walk from `position` on against the lines. */
static void hold(const struct evd_log *log, const struct evd_buffer *text, int tid, uint64_t position)
{
    struct evd_events *events;
    struct evd_thread_event event;
    struct evd_error error;
    bool has_event;
    uint64_t at = 0;
    cr_assert_eq(evd_events_open(log, tid, position, &events, &error), EVD_OK, "%s", error.message);
    for (int i = 0; i < EVENTS; i++) {
        const struct line *line = &lines[i];
        if (line->tid != tid || at++ < position)
            continue;
        cr_assert_eq(evd_events_next(events, &event, &has_event, &error), EVD_OK, "%s", error.message);
        cr_assert(has_event);
        cr_expect_eq(event.position, at - 1);
        cr_expect_eq(event.tid_event_idx, (int64_t)line->idx);
        cr_expect_eq(event.offset, line->offset);
        cr_assert_eq(event.length, line->length);
        cr_expect_eq(memcmp(event.text, text->data + line->offset, line->length), 0);
        uint64_t number;
        if (pick(3) == 0) {
            cr_assert_eq(evd_events_line(events, &number, &error), EVD_OK);
            cr_expect_eq(number, line->number, "%llu", (unsigned long long)number);
        }
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(evd_events_next(events, &event, &has_event, &error), EVD_OK);
        cr_expect_not(has_event);
    }
    evd_events_close(events);
}

TestSuite(events, .init = set_up, .fini = tear_down);

Test(events, are_those_of_the_text)
{
    struct evd_buffer text = {0}, index = {0};
    state = 1;
    write_log(&text);
    save(0, &index);
    for (int with_index = 0; with_index < 2; with_index++) {
        struct evd_log *log;
        struct evd_error error;
        cr_assert_eq(open_log(0, with_index ? EVD_INDEX_REQUIRE : EVD_INDEX_OFF, &log, &error), EVD_OK);
        for (int tid = 0; tid < TIDS; tid++) {
            const uint64_t count = evd_log_thread_events(log, (size_t)tid);
            for (uint64_t position = 0; position <= count; position += 1 + pick(20))
                hold(log, &text, tid, position);
            hold(log, &text, tid, count);
        }
        evd_log_free(log);
    }
    evd_buffer_release(&text);
    evd_buffer_release(&index);
}

Test(events, other_places_are_refused)
{
    struct evd_buffer text = {0};
    struct evd_log *log;
    struct evd_error error;
    struct evd_events *events;
    state = 2;
    write_log(&text);
    cr_assert_eq(open_log(0, EVD_INDEX_OFF, &log, &error), EVD_OK);
    cr_expect_eq(evd_events_open(log, TIDS, 0, &events, &error), EVD_E_ARGUMENT);
    cr_expect_null(events);
    cr_expect_eq(evd_events_open(log, 0, evd_log_thread_events(log, 0) + 1, &events, &error), EVD_E_ARGUMENT);
    cr_expect_null(events);
    evd_events_close(NULL);
    evd_log_free(log);
    evd_buffer_release(&text);
}

/* The log is written over while it is walked: the walk says so, and stays where it is. */
Test(events, what_changed_is_not_told)
{
    struct evd_buffer text = {0};
    struct evd_log *log;
    struct evd_error error;
    struct evd_events *events;
    struct evd_thread_event event;
    bool has_event;
    state = 3;
    write_log(&text);
    cr_assert_eq(open_log(0, EVD_INDEX_OFF, &log, &error), EVD_OK);
    cr_assert_eq(evd_events_open(log, lines[EVENTS - 1].tid, 0, &events, &error), EVD_OK);
    cr_assert_eq(evd_events_next(events, &event, &has_event, &error), EVD_OK);
    cr_assert(has_event);
    FILE *file = fopen(paths[0], "r+b");
    cr_assert_not_null(file);
    for (size_t i = 0; i < text.length; i++)
        fputc(' ', file);
    cr_assert_eq(fclose(file), 0);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(evd_events_next(events, &event, &has_event, &error), EVD_E_IO);
        cr_expect_not(has_event);
    }
    evd_events_close(events);
    evd_log_free(log);
    evd_buffer_release(&text);
}
