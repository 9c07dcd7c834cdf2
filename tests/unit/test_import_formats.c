/* Importers, format by format: what a line becomes, and what is refused where. */
#include "import_case.h"

/* ── strace ── */

Test(import_formats, strace_arguments_have_paths)
{
    expect_payload("strace", "1 f() = 0\n", "{\"call\":\"f\",\"args\":{},\"result\":0}");
    expect_payload("strace", "1 f(-1, 007, 0x10, A|B, NULL) = 0x5\n",
                   "{\"call\":\"f\",\"args\":{\"a0\":-1,\"a1\":\"007\",\"a2\":\"0x10\",\"a3\":\"A|B\",\"a4\":\"NULL\"},"
                   "\"result\":\"0x5\"}");
    expect_payload("strace", "1 f({a=1, b={c=\"d,}\"}, ...}, [], [{e=2}, 3]) = -1 E (why)\n",
                   "{\"call\":\"f\",\"args\":{\"a0/a\":1,\"a0/b/c\":\"d,}\",\"a0/...\":true,\"a1\":\"[]\",\"a2/0/e\":2,"
                   "\"a2/1\":3},\"result\":-1,\"errno\":\"E\"}");
    expect_payload("strace", "1 f(\"a\\\"b\"..., {x=1} => {x=[2]}, 5</a b>, 0x1 /* 2, ) */) = 3</c d> (note) <0.1>\n",
                   "{\"call\":\"f\",\"args\":{\"a0\":\"a\\\\\\\"b\",\"a0/...\":true,\"a1/x\":1,\"a1/after/x/0\":2,"
                   "\"a2\":\"5</a b>\",\"a3\":\"0x1\"},\"result\":\"3</c d>\",\"note\":\"note\"}");
    expect_payload("strace", "1 f(g(1, 2), ~[A B], {a}) = ?\n",
                   "{\"call\":\"f\",\"args\":{\"a0\":\"g(1, 2)\",\"a1\":\"~[A B]\",\"a2/0\":\"a\"},\"result\":\"?\"}");
}

Test(import_formats, strace_calls_are_joined_where_they_return)
{
    char *log = import_text("strace", "1 f(1,  <unfinished ...>\n2 g() = 0\n1 <... f resumed>2) = 3\n");
    const char *g = strstr(log, "\"call\":\"g\""),
               *f = strstr(log, "\"call\":\"f\",\"args\":{\"a0\":1,\"a1\":2},\"result\":3");
    cr_expect(g != NULL && f != NULL && g < f, "%s", log);
    free(log);
    /* Without its beginning the end is skipped; without its end the beginning is the thread's last event. */
    log = import_text("strace", "1 f(1,  <unfinished ...>\n2 <... f resumed>2) = 3\n");
    cr_expect(strstr(log, "{\"call\":\"f\",\"args\":{\"a0\":1},\"unfinished\":true}") != NULL, "%s", log);
    cr_expect_eq(summary.skip_count, 1);
    free(log);
}

Test(import_formats, strace_times)
{
    static const struct {
        const char *time, *ns;
    } TIMES[] = {{"1795917170.862316", "\"host_ns\":1795917170862316000,"},
                 {"12:34:56", "\"host_ns\":45296000000000,"},
                 {"00:00:01.5", "\"host_ns\":1500000000,"},
                 {"     0.000012", "\"tid_event_idx\":0,\"source_line\""}};
    for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++) {
        char line[128];
        snprintf(line, sizeof line, "7 %s f() = 0\n", TIMES[i].time);
        char *log = import_text("strace", line);
        cr_expect(strstr(log, "\"tid\":7,") != NULL && strstr(log, TIMES[i].ns) != NULL, "%s", log);
        free(log);
    }
}

Test(import_formats, strace_lines_that_are_cut_are_refused)
{
    static const char CUT[] = "1 f() = 0\n1 open(\"/etc";
    expect_fault("strace", CUT, sizeof CUT - 1, 2, 13, "the call ends before");
    expect_fault("strace", "1 f(1", 5, 1, 6, "the call ends before");
    expect_fault("strace", "1 f(1)", 6, 1, 7, "the call ends before");
    expect_fault("strace", "1 f(\"\xff\") = 0\n", 14, 1, 6, "is no UTF-8");
    struct evd_import *import = open_format("strace", true);
    struct evd_buffer out = {0};
    cr_expect_eq(push(import, CUT, sizeof CUT - 1, 5, &out), EVD_OK);
    cr_expect(summary.events == 1 && summary.skip_count == 1 && summary.skips[0].first_line == 2);
    evd_buffer_release(&out);
    evd_import_free(import);
}

/* ── EIP-3155 ── */

Test(import_formats, steps_are_spelled_alike)
{
    static const char PAYLOAD[] =
        "{\"pc\":2,\"op\":96,\"gas\":255,\"stack\":[\"0xab\",\"0x0\",\"0x0\",\"0x7\"],\"depth\":1}";
    expect_payload(
        "eip-3155",
        "{\"pc\":2,\"op\":96,\"gas\":\"0xfF\",\"stack\":[\"0x00Ab\",\"0\",\"0x\",7],\"depth\":\"0x1\",\"error\":\"\"}\n",
        PAYLOAD);
    expect_payload(
        "eip-3155",
        "{\"pc\":\"0x2\",\"op\":\"0x60\",\"gas\":255,\"stack\":[\"00AB\",\"0x000\",0,\"7\"],\"depth\":1,\"error\":null}\n",
        PAYLOAD);
}

Test(import_formats, a_transaction_is_a_thread_and_an_index_is_a_line)
{
    char *log = import_text(
        "eip-3155", "x\n{\"pc\":0,\"op\":0}\n{\"stateRoot\":\"0x1\"}\n{\"output\":\"\"}\n{\"pc\":0,\"op\":1}\n");
    cr_expect(strstr(log, "\"kind\":\"op\",\"tid\":0,\"tid_event_idx\":2,") != NULL, "%s", log);
    cr_expect(strstr(log, "\"kind\":\"state\",\"tid\":0,\"tid_event_idx\":3,") != NULL);
    cr_expect(strstr(log, "\"kind\":\"end\",\"tid\":0,\"tid_event_idx\":4,") != NULL);
    cr_expect(strstr(log, "\"kind\":\"op\",\"tid\":1,\"tid_event_idx\":5,") != NULL);
    free(log);
}

Test(import_formats, steps_that_are_no_json_are_refused)
{
    static const char CUT[] = "{\"pc\":0,\"op\":0}\n{\"pc\":0,\"op\":";
    expect_fault("eip-3155", CUT, sizeof CUT - 1, 2, sizeof "{\"pc\":0,\"op\":", "");
}

/* A value that is nested as deep as an event can hold it, and one deeper. */
Test(import_formats, the_deepest_value)
{
    for (int depth = 997; depth <= 998; depth++) {
        char text[4096] = "{\"pc\":0,\"storage\":";
        size_t length = strlen(text);
        memset(text + length, '[', (size_t)depth);
        memset(text + length + depth, ']', (size_t)depth);
        length += 2 * (size_t)depth;
        memcpy(text + length, "}\n", 3);
        struct evd_import *import = open_format("eip-3155", false);
        struct evd_buffer out = {0};
        const enum evd_status status = push(import, text, length + 2, 1000, &out);
        cr_expect_eq(status, depth == 997 ? EVD_OK : EVD_E_INPUT, "%d: %s", depth, error.message);
        if (status == EVD_OK) {
            struct evd_rules *rules;
            cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
            expect_log(rules, &out, 0);
            evd_rules_free(rules);
        }
        evd_buffer_release(&out);
        evd_import_free(import);
    }
}
