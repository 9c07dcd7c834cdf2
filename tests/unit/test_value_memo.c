/* What was told of two events is found again for the same texts, and for no others. */
#include <criterion/criterion.h>
#include <string.h>

#include "align/value_memo.h"
#include "memory_log.h"

/* The event of each line, read by readers of their own, which hold what they have read. */
struct lines {
    struct evd_rules *rules;
    struct evd_log *log;
    struct evd_reread rereads[8];
    struct evd_reread_event read[8];
};

static const char *const PAYLOADS[] = {
    "{\"name\":\"NtClose\",\"a\":1}",  "{\"name\":\"NtClose\",\"a\":2}",  "{\"name\":\"NtClose\",\"a\":1}",
    "{\"name\":\"NtClose\",\"a\":12}", "{\"name\":\"NtClose\",\"a\":[]}", "{\"name\":\"NtClose\",\"a\":{}}"};
enum { LINES = sizeof PAYLOADS / sizeof PAYLOADS[0] };

static void read_lines(struct lines *lines, const char *last_kind)
{
    struct evd_buffer text = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &lines->rules, NULL), EVD_OK);
    evd_buffer_string(&text, LOG_HEADER);
    for (int i = 0; i < LINES; i++)
        append_event(&text, "kernel.call", 1, i, PAYLOADS[i]);
    append_event(&text, last_kind, 1, LINES, PAYLOADS[0]);
    lines->log = memory_log(&text, lines->rules);
    evd_buffer_release(&text);
    const struct evd_stream *stream = &lines->log->streams[0];
    for (int i = 0; i <= LINES; i++) {
        cr_assert(evd_reread_init(&lines->rereads[i]));
        cr_assert_eq(evd_reread_event(&lines->rereads[i], lines->log, evd_stream_event(stream, (uint64_t)i),
                                      &lines->read[i], NULL),
                     EVD_OK);
    }
}

static void release_lines(struct lines *lines)
{
    for (int i = 0; i <= LINES; i++)
        evd_reread_release(&lines->rereads[i]);
    evd_log_free(lines->log);
    evd_rules_free(lines->rules);
}

/* All have one key here, so that only texts tell them apart. */
static const struct evd_told_values *find(const struct evd_value_memo *memo, uint64_t aim, const struct lines *lines,
                                          int canary, int ours)
{
    const struct evd_memo_event events[EVD_SIDES] = {
        {lines->log, lines->read[canary].tape, &lines->read[canary].fields, 7},
        {lines->log, lines->read[ours].tape, &lines->read[ours].fields, 7}};
    return evd_value_memo_find(memo, aim, events);
}

Test(value_memo, finds_the_same_texts_alone)
{
    static const struct evd_field_value VALUES[EVD_SIDES];
    struct lines lines;
    struct evd_value_memo memo = {0};
    read_lines(&lines, "kernel.return");
    const struct evd_memo_event events[EVD_SIDES] = {{lines.log, lines.read[0].tape, &lines.read[0].fields, 7},
                                                     {lines.log, lines.read[1].tape, &lines.read[1].fields, 7}};
    const struct evd_told_values told = {VALUES, {"a", 1}};
    cr_expect_null(find(&memo, 1, &lines, 0, 1));
    evd_value_memo_put(&memo, 1, events, &told);
    for (int canary = 0; canary <= LINES; canary++)
        for (int ours = 0; ours <= LINES; ours++) {
            const bool is_same = (canary == 0 || canary == 2) && ours == 1;
            const struct evd_told_values *found = find(&memo, 1, &lines, canary, ours);
            cr_expect_eq(found != NULL, is_same, "%d, %d", canary, ours);
            cr_expect(found == NULL || (found->values == VALUES && found->field.length == 1));
        }
    cr_expect_null(find(&memo, 2, &lines, 0, 1));
    evd_value_memo_release(&memo);
    release_lines(&lines);
}

/* A text that is read elsewhere next time. */
Test(value_memo, keeps_no_text_that_does_not_stay)
{
    static const struct evd_field_value VALUES[EVD_SIDES];
    struct lines lines;
    struct evd_value_memo memo = {0};
    read_lines(&lines, "kernel.call");
    struct evd_json_tape copied = *lines.read[1].tape;
    char text[512] = {0};
    memcpy(text, copied.text, lines.read[1].text.length);
    copied.text = text;
    const struct evd_memo_event events[EVD_SIDES] = {
        {lines.log, lines.read[0].tape, &lines.read[0].fields, 7}, {lines.log, &copied, &lines.read[1].fields, 7}};
    evd_value_memo_put(&memo, 1, events, &(struct evd_told_values){VALUES, {"a", 1}});
    cr_expect_null(find(&memo, 1, &lines, 0, 1));
    evd_value_memo_release(&memo);
    release_lines(&lines);
}
