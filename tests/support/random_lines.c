#include "random_lines.h"

static const char *const KINDS[] = {
    "import.call", "kernel.call",  "kernel.return", "kernel.return", "wake.requested",
    "x",           "sema.release", "handle.create", "wait.begin",    "thread.create",
};
static const char *const STRINGS[] = {
    "\"a\"",
    "\"\"",
    "\"0123456789abcdef0123456789\"",
    "\"\\u0061\"",
    "\"caf\xc3\xa9\"",
    "\"a\\nb\"",
    "\"RtlAllocateHeap\"",
    "\"RtlEnterCriticalSection\"",
    "\"0\"",
    "\"0x00000000\"",
    "\"0X0\"",
    "\"\\u0030x0\"",
    "\"0x\"",
    "\"00x0\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"C:\\\\windows\\\\system32\\\\a longer name than fits one step.dll\"",
    "\"\\u0000\\u007F\"",
    "\"\\u0080\\u00e9\\u012f\"",
    "\"\\ud83d\\uDE00\\ud800\"",
    "\"\\u0052tlAllocateHeap\"",
};
/* What rules with names tell apart: calls, and numbers as they are spelled. */
static const char *const NAMES[] = {
    "\"0x100\"",
    "\"0xFf00\"",
    "\"0x00000000000001ab\"",
    "\"0xff\"",
    "\"0xffffffffffffffff\"",
    "\"0x10000000000000000\"",
    "\"0X100\"",
    "\"0x1g0\"",
    "\"0x\"",
    "\"0x\\u0031ff\"",
    "\"0x1\xc3\xa9\"",
    "\"100\"",
    "\"a\"",
    "\"RtlAllocateHeap\"",
    "256",
    "255",
    "65536",
    "18446744073709551615",
    "18446744073709551616",
    "-256",
    "256.0",
    "\"0x123456789\"",
};
static const char *const INTEGERS[] = {
    "0",
    "-0",
    "7",
    "-7",
    "123456789012345678",
    "1234567890123456789",
    "-1234567890123456789",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "9999999999999999999",
    "1234567890123456789012345",
    "10",
};
static const char *const OTHERS[] = {"true", "false", "null", "1.0", "[1]", "{}", "1e3", "-0.0", "0e7", "1e-999"};
static const char *const WRONG[] = {
    "01", "nan", "\"\x01\"", "\"\xff\"", "-", "\"\\x\"", "tru", "\"\\u00g0\"", "\"\\u004g\"", "\"\\u12\"", "\"\\"};

static void value(struct random *random, struct evd_buffer *log)
{
    const unsigned draw = random_below(random, 8000);
    if (draw >= 4000)
        evd_buffer_string(log, PICK(random, NAMES));
    else if (draw < 2200)
        evd_buffer_string(log, PICK(random, STRINGS));
    else if (draw < 3600)
        evd_buffer_string(log, PICK(random, INTEGERS));
    else if (draw < 3999)
        evd_buffer_string(log, PICK(random, OTHERS));
    else
        evd_buffer_string(log, PICK(random, WRONG));
}

void random_payload(struct random *random, struct evd_buffer *log)
{
    const unsigned form = random_below(random, 11);
    evd_buffer_byte(log, '{');
    if (form >= 6 && form < 9) {
        evd_buffer_string(log, "\"size\":");
        value(random, log);
        evd_buffer_string(log, ",\"args\":{\"a0\":");
        value(random, log);
        evd_buffer_string(log, form == 6 ? ",\"a2\":" : ",\"a1\":");
        value(random, log);
        evd_buffer_string(log, "}");
        if (form == 7) {
            evd_buffer_byte(log, '}');
            return;
        }
        evd_buffer_byte(log, ',');
    }
    evd_buffer_string(log, "\"name\":");
    value(random, log);
    if (form == 1 || form == 2) {
        evd_buffer_string(log, ",\"return_value\":");
        value(random, log);
        evd_buffer_string(log, ",\"status\":");
        value(random, log);
    } else if (form == 3) {
        evd_buffer_string(log, ", \"args\": {\"a0\":");
        value(random, log);
        evd_buffer_string(log, ",\"a1\":{\"b\":");
        value(random, log);
        evd_buffer_string(log, "}}");
    } else if (form == 4) {
        evd_buffer_string(log, ",\"handle_semantic_id\":");
        value(random, log);
        evd_buffer_string(log, ",\"x\":null,\"x\":");
        value(random, log);
    } else if (form == 5) {
        evd_buffer_string(log, ",\"ctx_ptr\":");
        value(random, log);
    } else if (form >= 9) {
        evd_buffer_string(log, ",\"size\":");
        value(random, log);
        evd_buffer_string(log, form == 9 ? ",\"args\":{\"a0\":" : ",\"return_value\":7,\"args\":{\"a1\":");
        value(random, log);
        evd_buffer_string(log, form == 9 ? ",\"a1\":" : ",\"a0\":");
        value(random, log);
        evd_buffer_byte(log, '}');
    }
    evd_buffer_byte(log, '}');
}

/* An event's own fields in one order: k kind, t tid, i tid_event_idx, h host_ns, c a counter that no rule
 * looks at, e the engine, d a constant, p the payload. */
static const char *const ORDERS[] = {
    "ektichdp", "ktihdp", "kthip",  "hkctip", "kitcpe", "tikcp",  "kptih",  "ktip",   "ktphic",
    "kthpi",    "pkti",   "ktichp", "chkitp", "ktpic",  "hkticp", "htkicp", "kticph", "tkicphd",
};
/* What a tid or a tid_event_idx may not be, or only the parser takes. */
static const char *const NUMBERS[] = {
    "01",
    "1.0",
    "2e0",
    "-3",
    "-0",
    "-01",
    "-",
    "1234567890123456789",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
};

static void field(struct random *random, char which, unsigned idx, const char *kind, unsigned tids,
                  struct evd_buffer *log)
{
    /* Clocks hold for many lines, then move, and get longer. */
    const unsigned clock = idx / 7;
    switch (which) {
    case 'k': evd_buffer_format(log, "\"kind\":\"%s\"", kind); break;
    case 't':
        if (random_below(random, 2000) == 0)
            evd_buffer_format(log, "\"tid\":%s", PICK(random, NUMBERS));
        else
            evd_buffer_format(log, "\"tid\":%u", random_below(random, tids));
        break;
    case 'i':
        if (random_below(random, 2000) == 0)
            evd_buffer_format(log, "\"tid_event_idx\":%s", PICK(random, NUMBERS));
        else
            evd_buffer_format(log, "\"tid_event_idx\":%u", random_below(random, 5000) ? idx : 0);
        break;
    case 'h':
        evd_buffer_string(log, "\"host_ns\":");
        if (random_below(random, 4) == 0)
            evd_buffer_string(log, PICK(random, INTEGERS));
        else
            evd_buffer_format(log, random_below(random, 2) ? "%u" : "17640000000%08u", clock * 3);
        break;
    case 'c':
        evd_buffer_string(log, "\"guest_cycle\":");
        if (random_below(random, 20) == 0)
            value(random, log);
        else
            evd_buffer_format(log, "%u%s", clock, random_below(random, 15) ? "" : "0");
        break;
    case 'e': evd_buffer_format(log, "\"engine\":\"%s\"", random_below(random, 50) ? "one" : "two"); break;
    case 'd': evd_buffer_string(log, "\"deterministic\":true"); break;
    default:
        evd_buffer_string(log, "\"payload\":");
        if (random_below(random, 1500) == 0)
            value(random, log);
        else if (random_below(random, 15) == 0)
            evd_buffer_string(log, "null");
        else
            random_payload(random, log);
    }
}

static void line(struct random *random, const char *order, unsigned idx, unsigned tids, struct evd_buffer *log)
{
    const char *kind = PICK(random, KINDS);
    for (const char *which = order; *which != '\0'; which++) {
        evd_buffer_byte(log, which == order ? '{' : ',');
        field(random, *which, idx, kind, tids, log);
    }
    evd_buffer_string(log, random_below(random, 20) ? "}\n" : "}\r\n");
}

void random_lines(struct random *random, struct evd_buffer *log)
{
    evd_buffer_string(log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    const unsigned lines = 1 + random_below(random, 300);
    /* With many tids events are added by another way. */
    const unsigned tids = random_below(random, 20) ? 4 : 1100;
    for (unsigned i = 0; tids > 4 && i < tids; i++)
        evd_buffer_format(log, "{\"kind\":\"x\",\"tid\":%u,\"tid_event_idx\":0}\n", i);
    const size_t first = log->length;
    /* Most lines of a log have their fields in one order. */
    const char *order = PICK(random, ORDERS);
    for (unsigned i = 0; i < lines; i++)
        line(random, random_below(random, 12) ? order : PICK(random, ORDERS), i, tids, log);
    /* Now and then a byte goes wrong, or the log ends early. */
    static const char BYTES[] = "\"\\{}[],: 0a\n\r\x80\x00";
    if (random_below(random, 3) == 0)
        log->data[first + random_below(random, (unsigned)(log->length - first))] =
            BYTES[random_below(random, sizeof BYTES)];
    if (random_below(random, 3) == 0)
        log->length -= random_below(random, (unsigned)(log->length - first));
}
