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
/* Lines at hand are looked over many at once; of pieces of 5 bytes there is never more than one. */
Test(import_formats, lines_looked_over_at_once_are_as_each_by_itself)
{
    static const char STEP[] = "{\"pc\":1,\"op\":2,\"stack\":[\"0x0a\"],\"s\":\"\\u0041\"}\n";
    static const char *const BETWEEN[] = {
        "",
        "{\"pc\":1,\n\"op\":2}\n",
        "{\"pc\":\"a\n",
        "{\"pc\":1}}\n",
        "{\"pc\":1} {\"pc\":2}\n",
        "{\"pc\":\"\xff\"}\n",
        "INFO \"x\" [\n",
        "INFO \"\n",
        "{\"pc\":\"\\\n",
        "  {\"pc\":1}\r\n",
        "{ \"pc\":[}\n",
        "{\"output\":\"\"}  \r\n"};
    struct evd_import *import = open_format("eip-3155", true);
    for (size_t i = 0; i < sizeof BETWEEN / sizeof *BETWEEN; i++) {
        struct evd_buffer text = {0}, one = {0}, all = {0};
        for (unsigned step = 0; step < 1500; step++) {
            evd_buffer_string(&text, STEP);
            if (step % 500 == 250)
                evd_buffer_string(&text, BETWEEN[i]);
        }
        cr_expect_eq(push(import, text.data, text.length, 5, &one), EVD_OK);
        const struct evd_import_summary expected = summary;
        cr_expect_eq(push(import, text.data, text.length, text.length, &all), EVD_OK);
        cr_expect(one.length == all.length && memcmp(one.data, all.data, all.length) == 0, "%zu", i);
        cr_expect(summary.damage_count == expected.damage_count && summary.lines == expected.lines, "%zu", i);
        for (size_t d = 0; d < summary.listed_damage_count; d++)
            cr_expect(summary.damages[d].line == expected.damages[d].line &&
                          summary.damages[d].column == expected.damages[d].column &&
                          strcmp(summary.damages[d].reason, expected.damages[d].reason) == 0,
                      "%zu", i);
        evd_buffer_release(&text);
        evd_buffer_release(&one);
        evd_buffer_release(&all);
    }
    evd_import_free(import);
}

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

/* ── Spike and gem5 ── */

Test(import_formats, commits_have_writes_and_accesses)
{
    expect_payload(
        "spike", "core   0: 3 0x0000000080000000 (0x00000297) x 5 0x0000000080000000\n",
        "{\"pc\":\"0x80000000\",\"insn\":\"0x00000297\",\"priv\":3,\"writes\":[{\"rd\":\"x5\",\"wdata\":\"0x80000000\"}]}");
    expect_payload("spike", "core   0: 1 0x0 (0x9002) c773_mtvec 0x0A mem 0x10 0x0001 mem 0x0020\n",
                   "{\"pc\":\"0x0\",\"insn\":\"0x9002\",\"priv\":1,\"writes\":[{\"csr\":\"mtvec\",\"wdata\":\"0xa\"}],"
                   "\"mem\":[{\"addr\":\"0x10\",\"data\":\"0x0001\"},{\"addr\":\"0x20\"}]}");
    expect_payload("spike", "core   0: exception interrupt #7, epc 0x01\n",
                   "{\"trap\":\"interrupt #7\",\"epc\":\"0x1\"}");
    expect_payload("spike", "core   0: exception t, epc 0x01\ncore   0:   tval 0x02\n",
                   "{\"trap\":\"t\",\"epc\":\"0x1\",\"tval\":\"0x2\"}");
}

Test(import_formats, a_trap_is_where_its_line_is)
{
    char *log = import_text("spike", "core 0: exception t, epc 0x1\ncore 1: 3 0x1 (0x2)\n");
    cr_expect(strstr(log, "\"kind\":\"trap\",\"tid\":0,\"tid_event_idx\":0,\"source_line\":1,") != NULL, "%s", log);
    cr_expect(strstr(log, "\"kind\":\"commit\",\"tid\":1,\"tid_event_idx\":0,\"source_line\":2,") != NULL, "%s", log);
    free(log);
}

Test(import_formats, what_begins_as_a_commit_or_an_instruction_is_refused)
{
    static const struct {
        const char *format, *text;
        uint64_t column;
        const char *words;
    } FAULTS[] = {
        {"spike", "core 0: 3 0x", 11, "an address is needed"},
        {"spike", "core 0: 3 0x1 0x2", 14, "an instruction is needed"},
        {"spike", "core 0: 3 0x1 (0x2) x5", 23, "a register's value is needed"},
        {"spike", "core 0: 3 0x1 (0x2) y5 0x1", 21, "is no register"},
        {"spike", "core 0: 3 0x1 (0x2) mem x", 25, "an address in memory"},
        {"spike", "core 0: exception t", 19, "the trap's name and a comma"},
        {"spike", "core 0: exception t, epc", 20, "the trap's address"},
        {"gem5", "1: system.cpu: T0 : 0x1", 21, "ends before its instruction"},
        {"gem5", "1: system.cpu: T0 : 0x : nop", 21, "is no address and no symbol"},
        {"gem5", "1: system.cpu: T0 : 0x1 : \xff", 27, "is no UTF-8"},
        {"chrome-trace", "[{\"ph\":\"i\",\"ts\":1}][{\"ph\":\"i\",\"ts\":1}]", 20, "behind the end of the trace"},
        {"chrome-trace", "{\"traceEvents\":[],\"traceEvents\":[]}", 33, "a second traceEvents"},
    };
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++)
        expect_fault(FAULTS[i].format, FAULTS[i].text, strlen(FAULTS[i].text), 1, FAULTS[i].column, FAULTS[i].words);
}

Test(import_formats, an_instruction_is_taken_apart_from_both_ends)
{
    expect_payload(
        "gem5", "7: system.cpu: A0 T0 : 0x0401 @a.b.12    : li : x : IntAlu :  D=[0_1] A=0x7 flags=(A|B)\n",
        "{\"pc\":\"0x401\",\"symbol\":\"a.b.12\",\"text\":\"li : x\",\"class\":\"IntAlu\",\"D\":\"[0_1]\",\"A\":\"0x7\"}");
    expect_payload("gem5", "7: system.cpu T0 : @a.12 : nop\n", "{\"symbol\":\"a\",\"micro_pc\":12,\"text\":\"nop\"}");
    expect_payload("gem5", "7: system.cpu T0 : 0x1. 3 : nop : IntAlu : Predicated False\n",
                   "{\"pc\":\"0x1\",\"micro_pc\":3,\"text\":\"nop\",\"class\":\"IntAlu\",\"predicated\":false}");
}

/* ── JSON lines ── */

static const char MAPPING[] = "{\"mapping\":\"evdiff.mapping/1\",";

static char *mapped(const char *rest, const char *text)
{
    char mapping[1024];
    struct evd_import *import;
    struct evd_buffer out = {0};
    snprintf(mapping, sizeof mapping, "%s%s", MAPPING, rest);
    cr_assert_eq(open_mapped(mapping, &import), EVD_OK, "%s", error.message);
    cr_assert_eq(push(import, text, strlen(text), 1 << 20, &out), EVD_OK, "%s", error.message);
    evd_buffer_byte(&out, '\0');
    evd_import_free(import);
    return out.data;
}

Test(import_formats, members_are_what_the_mapping_says)
{
    char *log =
        mapped("\"thread\":\"c.t\",\"kind\":\"k\",\"name\":\"f\",\"index\":\"i\",\"time\":\"s\",\"unit\":\"ms\"}",
               "{\"a\":[1],\"c\":{\"t\":7,\"u\":{}},\"k\":\"x\\\"\",\"i\":12,\"\\u0066\":\"open\",\"s\":\"1.5\"}\n");
    cr_expect(strstr(log, "\"kind\":\"x\\\"\",\"tid\":7,\"tid_event_idx\":12,\"host_ns\":1500000,\"source_line\":1,"
                          "\"payload\":{\"name\":\"open\",\"a\":[1],\"c\":{\"u\":{}}}}") != NULL,
              "%s", log);
    free(log);
}

Test(import_formats, threads_have_names_of_parts)
{
    char *log = mapped("\"thread\":[\"p\",\"t\"],\"kept\":[\"a.b\",\"c\"],\"left_out\":[\"c.d\"]}",
                       "{\"p\":1,\"t\":\"x:y\",\"a\":{\"b\":2,\"e\":3},\"c\":{\"d\":4,\"e\":5}}\n{\"p\":1,\"a\":{}}\n"
                       "{\"p\":\"1:x\",\"t\":\"y\",\"a\":{\"e\":6}}\n");
    cr_expect(strstr(log, "\"tid\":1,\"tid_event_idx\":0,\"source_thread\":\"1:x\\\\:y\",\"source_line\":1,\"payload\":"
                          "{\"a\":{\"b\":2},\"c\":{\"e\":5}}}") != NULL,
              "%s", log);
    cr_expect(
        strstr(log,
               "\"tid\":2,\"tid_event_idx\":0,\"source_thread\":\"1\\\\:x:y\",\"source_line\":3,\"payload\":{}}") !=
            NULL,
        "%s", log);
    cr_expect(summary.skip_count == 1 && summary.skips[0].count == 1 && summary.skips[0].first_line == 2);
    free(log);
}

Test(import_formats, json_lines_are_refused_at_their_place)
{
    static const struct {
        const char *mapping, *text;
        uint64_t line, column;
        const char *words;
    } FAULTS[] = {
        {"\"name\":\"a\"}", "{\"a\":1}\n[1]\n", 2, 1, ""},
        {"\"name\":\"a\"}", "{\"a\":[1]}\n", 1, 6, "is no name"},
        {"\"name\":\"a\"}", "{\"name\":1,\"a\":2}\n", 1, 3, "is a second name"},
        {"\"kind\":\"a\"}", "{\"a\":1.5}\n", 1, 6, "is no kind"},
        {"\"index\":\"a\"}", "{\"a\":-1}\n", 1, 6, "is no index"},
        {"\"index\":\"a\"}", "{\"a\":9223372036854775807}\n", 1, 6, "is no index"},
        {"\"time\":\"a\",\"unit\":\"s\"}", "{\"a\":9223372037}\n", 1, 6, "is no time"},
        {"\"time\":\"a\"}", "{\"a\":1e9}\n", 1, 6, "is no time"},
        {"\"thread\":\"a\"}", "{\"a\":1}\n{\"a\":\"b\"}\n", 2, 7, "is no number from 0 on"},
        {"\"thread\":\"a\"}", "{\"a\":\"b\"}\n{\"a\":1}\n", 2, 6, "threads before it have names"},
        {"\"thread\":\"a\"}", "{\"a\":true}\n", 1, 6, "names no thread"},
        {"\"thread\":\"a\"}", "{\"a\":\"\\ud800\"}\n", 1, 7, "half a surrogate pair"},
    };
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        char mapping[256];
        struct evd_import *import;
        struct evd_buffer out = {0};
        snprintf(mapping, sizeof mapping, "%s%s", MAPPING, FAULTS[i].mapping);
        cr_assert_eq(open_mapped(mapping, &import), EVD_OK, "%s", error.message);
        cr_expect_eq(push(import, FAULTS[i].text, strlen(FAULTS[i].text), 5, &out), EVD_E_INPUT, "%zu", i);
        cr_expect(error.line == FAULTS[i].line && error.column == FAULTS[i].column &&
                      strstr(error.message, FAULTS[i].words) != NULL,
                  "%zu: %llu:%llu: %s", i, (unsigned long long)error.line, (unsigned long long)error.column,
                  error.message);
        evd_buffer_release(&out);
        evd_import_free(import);
    }
}

Test(import_formats, mappings_are_refused_at_their_place)
{
    static const struct {
        const char *text;
        uint64_t line, column;
        const char *words;
    } FAULTS[] = {
        {"", 1, 1, ""},
        {"[]", 1, 1, ""},
        {"{}", 1, 1, "\"mapping\": \"evdiff.mapping/1\" is missing"},
        {"{\"mapping\":\"evdiff.mapping/2\"}", 1, 12, "the format is to be"},
        {"{\"mapping\":\"evdiff.mapping/1\",\n\"thred\":\"a\"}", 2, 1, "did you mean \"thread\""},
        {"{\"mapping\":\"evdiff.mapping/1\",\"why\":1}", 1, 37, "a text"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":\"a\",\"kind\":\"b\"}", 1, 42, "given twice"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":\"a..b\"}", 1, 38, "an empty name"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":\"a.\"}", 1, 38, "an empty name"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":\"a\\\\b\"}", 1, 38, "a backslash is for"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":[]}", 1, 38, "a path is needed"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"thread\":[]}", 1, 40, "an empty list"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"thread\":[1,2]}", 1, 41, "a path is needed"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"thread\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}", 1, 73,
         "too long"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"kind\":\"a\",\"name\":\"a\"}", 1, 49, "\"a\" has a meaning already"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"time\":\"a\",\"unit\":\"m\"}", 1, 49, "a unit of time"},
        {"{\"mapping\":\"evdiff.mapping/1\",\"unit\":\"s\"}", 1, 1, "\"unit\" without \"time\""},
    };
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        struct evd_import *import;
        cr_expect_eq(open_mapped(FAULTS[i].text, &import), EVD_E_RULES, "%zu", i);
        cr_expect_null(import);
        cr_expect(error.line == FAULTS[i].line && error.column == FAULTS[i].column &&
                      strstr(error.message, FAULTS[i].words) != NULL,
                  "%zu: %llu:%llu: %s", i, (unsigned long long)error.line, (unsigned long long)error.column,
                  error.message);
    }
    const struct evd_import_options options = {.mapping = "/"};
    struct evd_import *import;
    cr_expect_eq(evd_import_open("ndjson", &options, &import, &error), EVD_E_IO);
}

/* Paths of as many names as there may be, and one more; lists of as many paths. */
Test(import_formats, the_largest_mappings)
{
    struct evd_import *import;
    for (unsigned extra = 0; extra < 2; extra++) {
        struct evd_buffer text = {0};
        evd_buffer_format(&text, "%s\"kind\":\"a", MAPPING);
        for (unsigned i = 1; i < 32 + extra; i++)
            evd_buffer_string(&text, ".a");
        evd_buffer_append(&text, "\"}", 3);
        cr_expect_eq(open_mapped(text.data, &import), extra == 0 ? EVD_OK : EVD_E_RULES);
        evd_import_free(import);
        evd_buffer_clear(&text);
        evd_buffer_format(&text, "%s\"kept\":[\"a\"", MAPPING);
        for (unsigned i = 1; i < 256 + extra; i++)
            evd_buffer_format(&text, ",\"b%u\"", i);
        evd_buffer_append(&text, "]}", 3);
        cr_expect_eq(open_mapped(text.data, &import), extra == 0 ? EVD_OK : EVD_E_RULES);
        evd_import_free(import);
        evd_buffer_release(&text);
    }
}
