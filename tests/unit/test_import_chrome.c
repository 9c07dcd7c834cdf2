/* Chrome's trace events: what they become, what is refused, and that where they are held does not matter. */
#include "import_case.h"

static void expect_thread(const char *name, const char *expected)
{
    char trace[512], member[256];
    snprintf(trace, sizeof trace,
             "[{\"ph\":\"i\",\"pid\":1,\"tid\":7,\"ts\":1},"
             "{\"ph\":\"M\",\"pid\":1,\"tid\":7,\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}]",
             name);
    snprintf(member, sizeof member, "\"source_thread\":\"1:7%s\",", expected);
    char *log = import_text("chrome-trace", trace);
    cr_expect(strstr(log, member) != NULL, "%s", log);
    free(log);
}

Test(import_chrome, threads_have_the_first_100_bytes_of_their_names)
{
    char name[128] = "", expected[128];
    memset(name, 'x', 100);
    snprintf(expected, sizeof expected, " %s", name);
    expect_thread(name, expected);
    strcpy(name + 100, "y");
    expect_thread(name, expected);
    /* A letter of two bytes is whole or not there. */
    strcpy(name + 99, "\xc3\xa9");
    expected[100] = '\0';
    expect_thread(name, expected);
    expect_thread("\\ud800", "");
    expect_thread("", "");
}

Test(import_chrome, spans_nest_whatever_order_they_are_in)
{
    char *log = import_text(
        "chrome-trace",
        "[{\"ph\":\"X\",\"ts\":5,\"dur\":2,\"name\":\"in\"},{\"ph\":\"i\",\"ts\":7,\"name\":\"at\"},\n"
        "{\"ph\":\"X\",\"ts\":5,\"dur\":2.5,\"name\":\"out\"},{\"ph\":\"X\",\"ts\":7,\"dur\":0,\"name\":\"no\"},"
        "{\"ph\":\"X\",\"ts\":7,\"dur\":0.5,\"name\":\"next\"},{\"ph\":\"M\"},{}");
    static const char *const ORDER[] = {
        "\"kind\":\"begin\",\"tid\":1,\"tid_event_idx\":0,\"host_ns\":5000,\"source_thread\":\":\",\"source_line\":2,\"source_event\":3,\"payload\":{\"name\":\"out\"}",
        "\"name\":\"in\"",
        "\"kind\":\"end\"",
        "\"name\":\"in\"",
        "\"name\":\"next\"",
        "\"kind\":\"instant\"",
        "\"name\":\"no\"",
        "\"name\":\"no\"",
        "\"kind\":\"end\"",
        "\"kind\":\"end\""};
    const char *at = log;
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        at = strstr(at, ORDER[i]);
        cr_assert_not_null(at, "%zu: %s", i, log);
        at++;
    }
    cr_expect_eq(summary.skip_count, 2);
    cr_expect_eq(summary.lines, 2);
    free(log);
}

Test(import_chrome, trace_events_are_refused_at_their_place)
{
    static const struct {
        const char *text;
        uint64_t line, column;
        const char *words;
    } FAULTS[] = {
        {"7", 1, 1, "is no trace of events"},
        {"[{}]\n x", 2, 2, "behind the end of the trace"},
        {"[7]", 1, 2, "is no trace of events"},
        {"{\"traceEvents\":[\n{\"ph\":\"i\",\"ts\":1}", 2, 18, "within its outer object"},
        {"[{\"ph\":\"i\",\n\"ts\":", 2, 6, "within an event"},
        {"[{\"ph\":\"i\",\n \"ts\":tru}]", 2, 7, ""},
        {"[\n {\"ph\":\"i\"}]", 2, 9, "without a time"},
        {"[{\"ph\":\"i\",\"ts\":\"x\"}]", 1, 18, "is no time in microseconds"},
        {"[{\"ph\":\"i\",\"ts\":9223372036854775.808}]", 1, 17, "is no time in microseconds"},
        {"[{\"ph\":\"X\",\"ts\":1}]", 1, 9, "without a duration"},
        {"[{\"ph\":\"X\",\"ts\":1,\"dur\":-1}]", 1, 25, "is no duration in microseconds"},
        {"[{\"ph\":\"X\",\"ts\":9223372036854775,\"dur\":1}]", 1, 40, "ends the span beyond 9223372036854775.807"},
        {"[{\"ph\":\"i\",\"ts\":1}\n,,{\"ph\":\"i\",\"ts\":1}]", 2, 2, "a comma without an event"},
        {"[,{\"ph\":\"i\",\"ts\":1}]", 1, 2, "a comma without an event"},
        {"{\"traceEvents\":[{\"ph\":\"i\",\"ts\":1}{\"ph\":\"i\",\"ts\":1}]", 1, 34, "an event without a comma"},
        {"{\"x\":1}\n{\"x\":1}", 2, 1, "an object without traceEvents"},
        {"[{\"ph\":\"i\",\"ts\":1,\"pid\":{}}]", 1, 25, "names no process"},
    };
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        const size_t length = strlen(FAULTS[i].text);
        expect_fault("chrome-trace", FAULTS[i].text, length, FAULTS[i].line, FAULTS[i].column, FAULTS[i].words);
        /* With so much behind it, it is looked at together with what is before it. */
        char longer[256];
        snprintf(longer, sizeof longer, "%s%100s", FAULTS[i].text, "");
        if (FAULTS[i].text[length - 1] == ']')
            expect_fault("chrome-trace", longer, length + 100, FAULTS[i].line, FAULTS[i].column, FAULTS[i].words);
    }
    struct evd_import *import = open_format("chrome-trace", true);
    struct evd_buffer out = {0};
    static const char DAMAGED[] = "[{\"ph\":\"i\",\"ts\":1},{\"ph\":x},{\"ph\":\"i\",\"ts\":2},{\"ph\":\"i";
    cr_expect_eq(push(import, DAMAGED, sizeof DAMAGED - 1, 3, &out), EVD_OK);
    cr_expect(summary.events == 2 && summary.skip_count == 1 && summary.skips[0].count == 2);
    evd_buffer_release(&out);
    evd_import_free(import);
}

Test(import_chrome, commas_too_many_are_skipped_where_damage_is_and_one_may_be_last)
{
    struct evd_import *import = open_format("chrome-trace", true);
    static const char TRACE[] = "[,{\"ph\":\"i\",\"ts\":1}{\"ph\":\"i\",\"ts\":1},,{\"ph\":\"i\",\"ts\":2},]";
    for (size_t step = 1; step <= sizeof TRACE; step += 6) {
        struct evd_buffer out = {0};
        cr_expect_eq(push(import, TRACE, sizeof TRACE - 1, step, &out), EVD_OK);
        cr_expect(summary.events == 3 && summary.skip_count == 1 && summary.skips[0].count == 3, "%zu", step);
        evd_buffer_release(&out);
    }
    evd_import_free(import);
    free(import_text("chrome-trace", "[{\"ph\":\"i\",\"ts\":1},"));
}

/* A file, from whose text the log is written, and pieces, of which payloads are held, become the same log. */
static void expect_same_of_file_and_pieces(const char *trace, size_t length)
{
    const uint64_t memories[] = {0, 1};
    char path[] = "/tmp/evdiff-trace-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, trace, length) == (ssize_t)length);
    close(fd);
    for (size_t i = 0; i < 2; i++) {
        const struct evd_import_options options = {.has_places = true, .memory_bytes = memories[i]};
        struct evd_import *import;
        struct evd_buffer of_file = {0}, of_pieces = {0};
        cr_assert_eq(evd_import_open("chrome-trace", &options, &import, &error), EVD_OK);
        cr_expect_eq(push(import, trace, length, 1000, &of_pieces), EVD_OK, "%s", error.message);
        cr_expect_eq(evd_import_file(import, path, false, keep, &of_file, NULL, &error), EVD_OK, "%s", error.message);
        cr_expect(of_file.length == of_pieces.length && memcmp(of_file.data, of_pieces.data, of_file.length) == 0,
                  "%.300s", trace);
        evd_buffer_release(&of_file);
        evd_buffer_release(&of_pieces);
        evd_import_free(import);
    }
    unlink(path);
}

Test(import_chrome, payloads_at_the_limits_of_ranges)
{
    enum { BEFORE = sizeof "{\"ph\":\"X\",\"ts\":1,\"dur\":2,\"name\":\"\"" - 1, MOST = 65535 };
    for (int more = -1; more <= 1; more++) {
        struct evd_buffer trace = {0};
        evd_buffer_string(&trace, "[{\"ph\":\"X\",\"ts\":1,\"dur\":2,\"name\":\"");
        for (int i = 0; i < MOST - BEFORE + more; i++)
            evd_buffer_byte(&trace, 'x');
        evd_buffer_string(&trace, "\"},{\"ph\":\"s\",\"ts\":0,\"id\":18446744073709551615}]");
        expect_same_of_file_and_pieces(trace.data, trace.length);
        evd_buffer_release(&trace);
    }
}

Test(import_chrome, arguments_with_many_containers_or_with_space_in_them)
{
    for (int count = 62; count <= 66; count++) {
        struct evd_buffer trace = {0};
        evd_buffer_string(&trace, "[{\"args\":{\"a\":[]");
        for (int i = 2; i < count; i++)
            evd_buffer_format(&trace, ",\"a%d\":%s", i, i % 2 == 0 ? "{}" : "[1,{}]");
        evd_buffer_string(&trace, "} , \"cat\":\"c\",\"id\":\"0x0F\",\"ph\":\"X\",\"ts\":1,\"dur\":4294967.296},\n");
        evd_buffer_string(&trace, "{\"ph\":\"X\",\"ts\":1,\"dur\":4294967.295,\"args\":{\"a\": {}}},");
        evd_buffer_string(
            &trace, "{\"ph\":\"b\",\"ts\":1,\"id\":\"x\",\"id2\":{\"l\":[1,\"[ ]\"]},\"scope\":\"s\" , \"args\":{} },");
        evd_buffer_string(&trace, "{\"ph\":\"b\",\"ts\":1,\"name\" :1,\"id2\":[ ]}]                                  "
                                  "                                        ");
        expect_same_of_file_and_pieces(trace.data, trace.length);
        evd_buffer_release(&trace);
    }
}
