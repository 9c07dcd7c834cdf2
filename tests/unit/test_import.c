/* Importers: what becomes of a trace does not depend on how it is cut, what is refused is refused at its place, and what
 * is made is a log whatever the trace holds. */
#include <time.h>
#include <unistd.h>

#include "import/json_line.h"
#include "import_case.h"
#include "random.h"

static bool refuse(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return false;
}

/* ── What all share ── */

static const char RELAY[] = "0024:Call a.f(1) ret=2\n0024:Ret  a.f() retval=3 ret=2\n";

Test(import, an_unknown_format_is_refused_with_what_was_meant)
{
    struct evd_import *import;
    cr_expect_eq(evd_import_open("wine-rely", NULL, &import, &error), EVD_E_ARGUMENT);
    cr_expect(strstr(error.message, "did you mean \"wine-relay\"") != NULL, "%s", error.message);
    cr_expect_null(import);
    cr_expect_eq(evd_import_open("nothing", NULL, &import, &error), EVD_E_ARGUMENT);
    cr_expect(strstr(error.message, "there are \"") != NULL, "%s", error.message);
}

Test(import, a_mapping_is_for_formats_that_need_one)
{
    struct evd_import *import;
    const struct evd_import_options options = {.mapping = "m.json"};
    cr_expect_eq(evd_import_open("wine-relay", &options, &import, &error), EVD_E_ARGUMENT);
    cr_expect(strstr(error.message, "takes no mapping") != NULL, "%s", error.message);
}

Test(import, an_engine_is_utf8_and_is_escaped)
{
    struct evd_import *import;
    struct evd_buffer out = {0};
    struct evd_import_options options = {.engine = "\xff"};
    cr_expect_eq(evd_import_open("wine-relay", &options, &import, &error), EVD_E_ARGUMENT);
    options.engine = "a\"\xc3\xa9\n";
    cr_assert_eq(evd_import_open("wine-relay", &options, &import, &error), EVD_OK);
    cr_assert_eq(push(import, RELAY, sizeof RELAY - 1, 7, &out), EVD_OK);
    evd_buffer_byte(&out, '\0');
    cr_expect(strstr(out.data, "\"engine\":\"a\\\"\xc3\xa9\\n\"") != NULL, "%s", out.data);
    evd_buffer_release(&out);
    evd_import_free(import);
}

Test(import, formats_tell_themselves_and_their_rules)
{
    size_t count = 0;
    for (; evd_import_format_name(count) != NULL; count++) {
        const char *rules_name = evd_import_format_rules(evd_import_format_name(count));
        struct evd_rules *rules;
        cr_expect_not_null(evd_import_format_summary(count));
        if (rules_name == NULL)
            continue;
        cr_expect_eq(evd_rules_load_shipped(rules_name, NULL, &rules, &error), EVD_OK, "%s", error.message);
        evd_rules_free(rules);
    }
    cr_expect_gt(count, 0);
    cr_expect_null(evd_import_format_summary(count));
    cr_expect_null(evd_import_format_rules("nothing"));
}

Test(import, shipped_rules_are_the_files)
{
    for (size_t i = 0; evd_rules_shipped_name(i) != NULL; i++) {
        char path[4096];
        struct evd_rules *shipped, *file;
        size_t length, file_length;
        snprintf(path, sizeof path, "%s/%s.json", getenv("EVD_TEST_RULES"), evd_rules_shipped_name(i));
        cr_assert_eq(evd_rules_load_shipped(evd_rules_shipped_name(i), NULL, &shipped, &error), EVD_OK);
        cr_assert_eq(evd_rules_load(path, NULL, &file, &error), EVD_OK, "%s", path);
        const char *text = evd_rules_text(shipped, &length), *file_text = evd_rules_text(file, &file_length);
        cr_expect(length == file_length && memcmp(text, file_text, length) == 0, "%s", path);
        evd_rules_free(shipped);
        evd_rules_free(file);
    }
    struct evd_rules *rules;
    cr_expect_eq(evd_rules_load_shipped("nothing", NULL, &rules, &error), EVD_E_ARGUMENT);
    cr_expect_null(rules);
}

Test(import, a_trace_without_events_is_refused)
{
    expect_fault("wine-relay", "", 0, 0, 0, "has no event of the format wine-relay");
    expect_fault("wine-relay", "\n\n", 2, 0, 0, "has no event");
    expect_fault("wine-relay", "\nhello\n", 7, 2, 1, "is skipped as 'lines that are no calls and no returns'");
}

Test(import, letters_of_16_and_32_bits_are_refused)
{
    expect_fault("wine-relay",
                 "\xff\xfe"
                 "a\0",
                 4, 1, 1, "is UTF-16, not UTF-8");
    expect_fault("wine-relay", "\xfe\xff", 2, 1, 1, "is UTF-16, not UTF-8");
    expect_fault("wine-relay", "0\0000\0000", 5, 1, 1, "is UTF-16LE, not UTF-8");
    expect_fault("wine-relay", "\0000\0000", 4, 1, 1, "is UTF-16BE, not UTF-8");
    expect_fault("wine-relay", "0\0\0\0", 4, 1, 1, "is UTF-32LE, not UTF-8");
    expect_fault("wine-relay", "\0\0\0000", 4, 1, 1, "is UTF-32BE, not UTF-8");
    expect_fault("wine-relay", "\xff\xfe\0\0", 4, 1, 1, "is UTF-32, not UTF-8");
    expect_fault("wine-relay", "\0\0\xfe\xff", 4, 1, 1, "is UTF-32, not UTF-8");
    expect_fault("wine-relay", "0\0000", 3, 1, 1, "is skipped as"); /* too little to tell */
    expect_fault("wine-relay", "0\0\0", 3, 1, 1, "is skipped as");
    expect_fault("wine-relay", "0\0\xe9\0", 4, 1, 1, "is skipped as");
}

Test(import, a_byte_order_mark_is_passed_over)
{
    char marked[256];
    snprintf(marked, sizeof marked, "\xef\xbb\xbf%s", RELAY);
    char *with = import_text("wine-relay", marked), *without = import_text("wine-relay", RELAY);
    cr_expect_str_eq(with, without);
    free(with);
    free(without);
}

Test(import, the_longest_line)
{
    static const char BEFORE[] = "0024:Call a.f(", AFTER[] = ") ret=2";
    const size_t limit = EVD_IMPORT_LINE_MAX, ends = sizeof BEFORE + sizeof AFTER - 2;
    struct evd_import *import = open_format("wine-relay", false);
    char *text = malloc(limit + 2);
    for (size_t extra = 0; extra < 2; extra++) {
        struct evd_buffer out = {0};
        memset(text, '1', limit + 1);
        memcpy(text, BEFORE, sizeof BEFORE - 1);
        memcpy(text + limit + extra - (sizeof AFTER - 1), AFTER, sizeof AFTER - 1);
        text[limit + extra] = '\n';
        for (size_t step = 1 << 20; step <= limit + 2; step *= 64) {
            evd_buffer_clear(&out);
            cr_expect_eq(push(import, text, limit + extra + 1, step, &out), extra == 0 ? EVD_OK : EVD_E_INPUT);
            cr_expect_eq(summary.events, extra == 0 ? 2 : 0);
        }
        cr_expect(extra == 0 || (error.line == 1 && error.column == limit + 1));
        cr_expect(extra == 1 || out.length > limit - ends);
        evd_buffer_release(&out);
    }
    free(text);
    evd_import_free(import);
}

Test(import, a_write_that_fails_ends_it)
{
    struct evd_import *import = open_format("wine-relay", false);
    struct evd_importer *importer;
    cr_assert_eq(evd_importer_open(import, "trace", refuse, NULL, &importer, &error), EVD_OK);
    cr_assert_eq(evd_importer_push(importer, RELAY, sizeof RELAY - 1, &error), EVD_OK);
    cr_expect_eq(evd_importer_finish(importer, &error), EVD_E_IO);
    evd_importer_free(importer);
    evd_import_free(import);
}

Test(import, lines_are_counted_from_1_whatever_ends_them)
{
    char *log = import_text("wine-relay", "\r\n0024:Call a.f(1) ret=2\r\n\n0024:Ret  a.f() retval=3 ret=2");
    cr_expect(strstr(log, "\"source_line\":2,\"payload\":{\"name\":\"f\",\"module\":\"a\"") != NULL, "%s", log);
    cr_expect(strstr(log, "\"source_line\":4,\"payload\":{\"name\":\"f\",\"return_value\":3") != NULL, "%s", log);
    cr_expect_eq(summary.lines, 4);
    cr_expect_eq(summary.events, 3);
    free(log);
}

/* ── UTF-8 and numbers ── */

/* The slow twin: the code points are read and written again. */
static bool is_utf8(const unsigned char *p, size_t length)
{
    for (size_t i = 0; i < length;) {
        const unsigned char first = p[i];
        const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (first >= 0xf8 || (first >= 0x80 && first < 0xc0) || i + size > length)
            return false;
        uint32_t code = size == 1 ? first : first & (0xffu >> (size + 1));
        for (size_t k = 1; k < size; k++) {
            if ((p[i + k] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (p[i + k] & 0x3f);
        }
        static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
        if (code < LEAST[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return false;
        i += size;
    }
    return true;
}

Test(import, utf8_is_told_as_its_twin_does)
{
    static const char PIECES[][5] = {"a",        "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc0\x80",
                                     "\xed\xa0", "\xf4\x90", "\xe0\x9f",     "\xf0\x8f",         "\x80",
                                     "\xff",     "bcde",     "\xbf\x80"};
    const uint64_t seed = (uint64_t)time(NULL);
    struct random random = {seed};
    for (int round = 0; round < 200000; round++) {
        char text[40];
        size_t length = 0;
        for (uint64_t pieces = random_below(&random, 8); pieces > 0; pieces--) {
            const char *piece = PIECES[random_below(&random, sizeof PIECES / sizeof *PIECES)];
            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
        }
        char *exact = malloc(length + 1);
        memcpy(exact, text, length);
        const size_t good = evd_utf8_length(exact, length);
        cr_assert_eq(good == length, is_utf8((unsigned char *)exact, length), "seed %llu", (unsigned long long)seed);
        cr_assert(is_utf8((unsigned char *)exact, good), "seed %llu", (unsigned long long)seed);
        free(exact);
    }
}

Test(import, numbers_are_written_as_printf_does)
{
    const uint64_t seed = (uint64_t)time(NULL);
    struct random random = {seed};
    for (int round = 0; round < 100000; round++) {
        const uint64_t value = random_next(&random) >> random_below(&random, 64);
        const unsigned digits = 1 + random_below(&random, 16);
        char expected[128], text[128];
        snprintf(expected, sizeof expected, "%llu %lld %0*llx", (unsigned long long)value, (long long)value,
                 (int)digits, (unsigned long long)value);
        struct evd_import_sink sink = {.at = text};
        evd_put_unsigned(&sink, value);
        evd_put_byte(&sink, ' ');
        evd_put_signed(&sink, (int64_t)value);
        evd_put_byte(&sink, ' ');
        evd_put_hex(&sink, value, digits);
        evd_put_byte(&sink, '\0');
        cr_assert_str_eq(text, expected, "seed %llu", (unsigned long long)seed);
    }
}

/* What evd_json_token_time reads in microseconds, digit by digit: all of them as nanoseconds, then what is too much. */
static bool time_twin(const char *text, int64_t *ns)
{
    const bool is_negative = *text == '-';
    uint64_t read = 0;
    text += is_negative;
    for (int behind_point = -1; behind_point < 3; behind_point += behind_point >= 0) {
        if (behind_point < 0 && (*text == '.' || *text == '\0')) {
            behind_point = 0;
            text += *text == '.';
        }
        if (behind_point == 3)
            break;
        const uint64_t digit = *text == '\0' ? 0 : (uint64_t)(*text++ - '0');
        if (read > (INT64_MAX - digit) / 10)
            return false;
        read = read * 10 + digit;
    }
    *ns = is_negative ? -(int64_t)read : (int64_t)read;
    return true;
}

Test(import, times_are_read_digit_by_digit_or_eight_at_once)
{
    const uint64_t seed = (uint64_t)time(NULL);
    struct random random = {seed};
    struct evd_json_parser *parser = evd_json_parser_create();
    for (int round = 0; round < 100000; round++) {
        char text[256] = {0};
        int length = snprintf(text, sizeof text, "{\"t\":%s", random_below(&random, 4) == 0 ? "-" : "");
        const int begin = length - (text[length - 1] == '-');
        const unsigned digits = 1 + random_below(&random, 22);
        for (unsigned i = 0; i < digits; i++)
            text[length++] =
                (char)('0' + (i == 0 && digits > 1) + random_below(&random, i == 0 && digits > 1 ? 9 : 10));
        if (random_below(&random, 2) == 0) {
            text[length++] = '.';
            for (unsigned i = 0, count = 1 + random_below(&random, 12); i < count; i++)
                text[length++] = (char)('0' + random_below(&random, 10));
        }
        char value[64] = {0};
        memcpy(value, text + begin, (size_t)(length - begin));
        text[length++] = '}';
        struct evd_json_fault fault;
        const struct evd_json_tape *tape = evd_json_parse(parser, text, (size_t)length, &fault);
        cr_assert_not_null(tape, "seed %llu: %s", (unsigned long long)seed, text);
        int64_t read = 0, expected = 0;
        const bool is_read = evd_json_token_time(tape, 2, 1000, &read), is_time = time_twin(value, &expected);
        cr_assert(is_read == is_time && (!is_time || read == expected), "seed %llu: %s", (unsigned long long)seed,
                  value);
    }
    evd_json_parser_destroy(parser);
}

/* ── Any trace ── */

/* Traces that together have every construct of their formats. */
static const struct sample {
    const char *format, *text;
} SAMPLES[] = {
    {"wine-relay",
     "6044.050:002c:trace:relay:load_list L\"RelayExclude\"\n"
     "6044.068:002c:Call kernel32.CreateFileW(0031fd10 L\"C:\\\\a,\\\"b\\\"\",80000000,,\"x\") ret=7b024713\n"
     "6044.068:002c:Ret  kernel32.CreateFileW() retval=ffffffffffffffff ret=7b024713 \n"
     "0024:Call a.b.WaitForSingleObject(000000a4,ffffffff) ret=1\n"
     "1.5:0020:0024:Call ntdll.NtWaitForSingleObject(zz) ret=1\n"
     "1.5:0020:0024:Ret  ntdll.NtWaitForSingleObject() retval=102 ret=1\n"
     "6044.068:002c:Call user32.Names(\"\xe9\x01\x7f\") ret=7b024713\n"
     "6044.069:002c:Ret  ntdll.NtCreateThreadEx() retval=4c ret=7b024713\r\n"
     "6044.069:002c:Ret  x.y() ret=7b024713\n"},
    {"strace",
     "strace: Process 12 attached\n"
     "[pid    12] 12:34:56.789 brk(NULL)       = 0x1e931000 <0.000012>\n"
     "25531 1795917170.862316 execve(\"/bin/a\", [\"a\", \"-b\"], 0x7ffc68693ca0 /* 2 vars */) = 0\n"
     "25531 1795917170.862317 openat(AT_FDCWD</srv>, \"/x\\\"y\"..., O_RDWR|O_CREAT, 0644) = -1 ENOENT (No such file)\n"
     "25531 newfstatat(3<TCP:[1.2:3->4.5:6]>, \"\", {st_mode=S_IFREG|0644, st_size=49655, ...}, AT_EMPTY_PATH) = 0\n"
     "25532 12:00:00 poll([{fd=3, events=POLLIN}, {fd=4}], 2, -1) = 1 ([{fd=3, revents=POLLIN}])\n"
     "25532 futex(0x1e932050, FUTEX_WAIT, {tv_sec=1, tv_nsec=2},  <unfinished ...>\n"
     "25531 clone3({flags=A|B, tls=0x7f} => {parent_tid=[25533]}, 88) = 25533\n"
     "25532 <... futex resumed>NULL) = ? ERESTARTSYS (To be restarted)\n"
     "25532 --- SIGCHLD {si_signo=SIGCHLD, si_pid=1, si_status=0} ---\n"
     "25532 --- stopped by SIGSTOP ---\n"
     "25533 ioctl(0, _IOC(_IOC_READ, 0x54), [INT TERM], ~[RTMIN], {}, [], makedev(0x1, 0x2)) = 0x1 (flags X)\n"
     "25533 read(0, <unfinished ...>\n"
     "25532 +++ killed by SIGKILL (core dumped) +++\n"
     "25531 exit_group(0)                       = ?\n"
     "25531 +++ exited with 0 +++\n"
     "nothing of this\n"},
    {"eip-3155",
     "{\"action\":\"starting\"}\nlog\n"
     "{\"pc\":0,\"op\":96,\"gas\":\"0x79ba08\",\"gasCost\":\"0x\",\"memory\":\"0x\",\"memSize\":0,\"stack\":[],\"depth\":1,"
     "\"refund\":0,\"opName\":\"PUSH1\",\"error\":\"\",\"returnStack\":null}\n"
     "{\"pc\":\"0x2\",\"op\":\"0x60\",\"gas\":1,\"stack\":[\"0x00Ab\",\"000\",\"0x\",7,null,\"zz\"],\"depth\":2,"
     "\"storage\":{\"a\":[1,{\"b\":2.5}]},\"error\":\"out of \\\"gas\\\"\"}\n"
     "{\"output\":\"\",\"gasUsed\":\"0x10\",\"time\":8519}\n"
     "{\"stateRoot\":\"0x79\"}\n"
     "{\"pc\":1,\"op\":0,\"gas\":\"0x1\",\"stack\":[\"0x1\"],\"depth\":1}\n"},
    {"spike",
     "warning: tohost and fromhost symbols not in ELF; can't communicate with target\n"
     "core   0: >>>>  _start\n"
     "core   0: 0x0000000080000000 (0x00000297) auipc   t0, 0x0\n"
     "core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000\n"
     "core   0: 3 0x0000000080000008 (0x30529073) c773_mtvec 0x0000000080000100\n"
     "core   0: 3 0x000000008000000c (0x0002b303) x 6 0x0000000000000001 mem 0x0000000080000000\n"
     "core   0: 3 0x000000008000000e (0xc398) mem 0x0000000080000000 0x00000001\n"
     "core   1: 3 0x000000008000000e (0x0d0272d7) e32 m1 l4 v8 0x00000000000000010000000000000001 f3  0xffffffff00000001 c1_fflags 0x1\n"
     "core   0: exception trap_illegal_instruction, epc 0x0000000080000010\n"
     "core   0:           tval 0x0000000000000000\n"
     "core   0: exception interrupt #7, epc 0x0000000080000010\n"},
    {"gem5",
     "gem5 Simulator System.  https://www.gem5.org\n"
     "info: Entering event queue @ 0.  Starting simulation...\n"
     "  77000: system.cpu: A0 T0 : 0x10000 @_start    : addi a0, zero, 5           : IntAlu :  D=0x0000000000000005  flags=(IsInteger)\n"
     "  77500: system.cpu: A0 T0 : 0x401020 @main+4. 0 :   CALL_NEAR_I : limm   t1, 0x1a : IntAlu :  D=0x000000000000001a\n"
     "  77500: system.cpu: A0 T0 : 0x401020 @main+4.12 :   CALL_NEAR_I : st   t1, SS:[rsp + 0xff] : MemWrite :  D=0x000000000000001a A=0x7fffffffeff8\n"
     "  78000: system.cpu1: T0 : 0x10004    : nop                      : IntAlu : \n"
     "  78000: system.cpu1: T0 : 0x10004    : nop\n"
     "  78000: system.physmem: Read of size 4\n"
     "      0: system.cpu T0 : @start+8    : movs r0, 1 : IntAlu :  D=0x1\n"},
    {"chrome-trace",
     "{\"displayTimeUnit\":\"ms\",\"meta\":{\"a\":\"}]\"},\"traceEvents\":[\n"
     "{\"ph\":\"M\",\"pid\":1,\"tid\":7,\"ts\":0,\"name\":\"thread_name\",\"args\":{\"name\":\"main\"}},\n"
     "{\"ph\":\"X\",\"pid\":1,\"tid\":7,\"ts\":100.5,\"dur\":20,\"name\":\"draw\",\"cat\":\"gpu\",\"args\":{\"frame\":3}},\n"
     "{\"ph\":\"X\",\"pid\":1,\"tid\":7,\"ts\":100.5,\"dur\":10,\"name\":\"inner\"},\n"
     "{\"ph\":\"X\",\"pid\":1,\"tid\":7,\"ts\":110.5,\"dur\":0,\"name\":\"point\"},\n"
     "{\"ph\":\"i\",\"pid\":1,\"tid\":7,\"ts\":1,\"s\":\"t\",\"name\":\"start\"},\n"
     "{\"ph\":\"b\",\"pid\":1,\"tid\":\"x\",\"ts\":1.25,\"id\":255,\"name\":\"load\"},\n"
     "{\"ph\":\"s\",\"pid\":1,\"tid\":7,\"ts\":3,\"id\":\"0x00Ff\",\"name\":\"f\"} ], \"x\":1}\n"},
};
enum { SAMPLE_COUNT = sizeof SAMPLES / sizeof *SAMPLES };

static void mutate(struct random *random, char *text, size_t *length)
{
    static const char PIECES[][8] = {
        "\"",      "\\", ",", "\n", "(", ")",   "{",     "}", "[",  "]",    "0x",  "\xc3", " ",
        "9999999", "<",  ">", "=",  "-", "...", "/* */", ":", "\0", "null", "+++", "---"};
    for (uint64_t count = random_below(random, 6); count > 0; count--) {
        const size_t at = random_below(random, (unsigned)*length + 1);
        const size_t piece = random_below(random, sizeof PIECES / sizeof *PIECES);
        const size_t size = PIECES[piece][0] == '\0' ? 1 : strlen(PIECES[piece]);
        switch (random_below(random, 4)) {
        case 0: /* a byte changes */
            if (at < *length)
                text[at] = (char)random_below(random, 256);
            break;
        case 1: /* the end is cut */
            if (random_below(random, 4) == 0)
                *length = at;
            break;
        case 2: /* a stretch goes */
            if (at < *length) {
                const size_t gone = random_below(random, *length - at < 20 ? (unsigned)(*length - at) : 20);
                memmove(text + at, text + at + gone, *length - at - gone);
                *length -= gone;
            }
            break;
        default: /* a piece comes */
            memmove(text + at + size, text + at, *length - at);
            memcpy(text + at, PIECES[piece], size);
            *length += size;
        }
    }
}

Test(import, whatever_a_trace_holds_it_becomes_a_log_or_is_refused)
{
    const uint64_t seed = (uint64_t)time(NULL);
    struct random random = {seed};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    uint64_t good = 0;
    for (int round = 0; round < 6000; round++) {
        const struct sample *sample = &SAMPLES[random_below(&random, SAMPLE_COUNT)];
        char text[8192];
        size_t length = strlen(sample->text);
        cr_assert_lt(length, sizeof text - 256);
        memcpy(text, sample->text, length);
        mutate(&random, text, &length);
        struct evd_import *import = open_format(sample->format, random_below(&random, 2) == 0);
        struct evd_buffer whole = {0}, pieces = {0};
        const enum evd_status status = push(import, text, length, length + 1, &whole);
        const struct evd_error first = error;
        const struct evd_import_summary all = summary;
        const enum evd_status again = push(import, text, length, 1 + random_below(&random, 40), &pieces);
        cr_assert_eq(again, status, "seed %llu", (unsigned long long)seed);
        if (status == EVD_OK) {
            good++;
            cr_assert(whole.length == pieces.length && memcmp(whole.data, pieces.data, whole.length) == 0, "seed %llu",
                      (unsigned long long)seed);
            cr_assert_eq(all.lines, summary.lines);
            expect_log(rules, &whole, seed);
        } else {
            cr_assert_eq(status, EVD_E_INPUT);
            cr_assert(
                first.line == error.line && first.column == error.column && strcmp(first.message, error.message) == 0,
                "seed %llu", (unsigned long long)seed);
        }
        evd_buffer_release(&whole);
        evd_buffer_release(&pieces);
        evd_import_free(import);
    }
    cr_expect_gt(good, 1000);
    evd_rules_free(rules);
}

/* ── Which format ── */

static const char *detect(const char *text, size_t length)
{
    char path[] = "/tmp/evdiff-import-XXXXXX";
    const int fd = mkstemp(path);
    const char *format = "";
    cr_assert(fd >= 0 && write(fd, text, length) == (ssize_t)length);
    close(fd);
    cr_assert_eq(evd_import_detect(path, &format, &error), EVD_OK);
    unlink(path);
    return format;
}

Test(import, a_file_tells_its_format)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        const char *found = detect(SAMPLES[i].text, strlen(SAMPLES[i].text));
        cr_expect(found != NULL && strcmp(found, SAMPLES[i].format) == 0, "%s: %s", SAMPLES[i].format,
                  found != NULL ? found : "none");
    }
    cr_expect_null(detect("", 0));
    cr_expect_null(detect("hello\n", 6));
    static const char LOG[] = "{\"kind\":\"schema_version\",\"schema_version\":1}\n0024:Call a.f(1) ret=2\n";
    cr_expect_null(detect(LOG, sizeof LOG - 1));
    const char *format = "";
    cr_expect_eq(evd_import_detect("/dev/null", &format, &error), EVD_OK);
    cr_expect_null(format);
    cr_expect_eq(evd_import_detect("/nowhere/at/all", &format, &error), EVD_OK);
}
