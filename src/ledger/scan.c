#include "ledger/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/letters.h"
#include "base/unicode.h"

bool evd_scan_refuse(struct evd_ledger_scan *scan, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(scan->fault->message, sizeof scan->fault->message, format, arguments);
    va_end(arguments);
    scan->fault->column = (size_t)(at - scan->begin) + 1;
    return false;
}

bool evd_scan_refuse_memory(struct evd_ledger_scan *scan)
{
    scan->has_no_memory = true;
    return false;
}

bool evd_is_ledger_blank(char letter)
{
    return letter == ' ' || letter == '\t';
}

void evd_scan_skip_blanks(struct evd_ledger_scan *scan)
{
    while (scan->at < scan->end && evd_is_ledger_blank(*scan->at))
        scan->at++;
}

bool evd_is_ledger_control(uint32_t code_point)
{
    return code_point < ' ' || (code_point >= 0x7f && code_point < 0xa0) || code_point == 0x2028 ||
           code_point == 0x2029;
}

bool evd_is_ledger_unseen(uint32_t code_point)
{
    enum { SOFT_HYPHEN = 0xad, NON_JOINER = 0x200c, JOINER = 0x200d };
    return evd_is_ledger_control(code_point) || (code_point != SOFT_HYPHEN && code_point != NON_JOINER &&
                                                 code_point != JOINER && !evd_is_printable(code_point));
}

bool evd_scan_check_letters(struct evd_ledger_scan *scan)
{
    struct evd_text rest = {scan->begin, (size_t)(scan->end - scan->begin)};
    struct evd_letter letter;
    while (evd_text_next(&rest, &letter)) {
        if (!letter.is_utf8)
            return evd_scan_refuse(scan, letter.bytes, "is no UTF-8");
        if (letter.code_point == '\r')
            return evd_scan_refuse(scan, letter.bytes, "lines end in LF alone, not in CR LF");
        if (evd_is_ledger_control(letter.code_point) && letter.code_point != '\t')
            return evd_scan_refuse(scan, letter.bytes, "has the control character U+%04X", letter.code_point);
    }
    return true;
}

/* The value of a hexadecimal digit; -1 when it is none. */
static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* The four digits behind "\u"; -1 when they are none. */
static long read_unit(const struct evd_ledger_scan *scan, const char *at)
{
    long unit = 0;
    if (scan->end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hexadecimal(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static size_t put_utf8(char *out, unsigned long code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    const size_t more = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    static const unsigned char LEAD[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(LEAD[more] | code_point >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (code_point >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* An escape, behind its backslash. Returns the bytes it stands for; 0 after a refusal. */
static size_t read_escape(struct evd_ledger_scan *scan, char *out)
{
    static const char SHORT[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    const char *start = scan->at - 1;
    const char letter = scan->at < scan->end ? *scan->at : '\0';
    const char *found = letter != '\0' ? strchr(SHORT, letter) : NULL;
    if (found != NULL) {
        scan->at++;
        *out = MEANT[found - SHORT];
        return 1;
    }
    long unit = letter == 'u' ? read_unit(scan, scan->at + 1) : -1;
    if (unit < 0) {
        evd_scan_refuse(scan, start, "is no escape of JSON");
        return 0;
    }
    scan->at += 5;
    if (unit >= 0xd800 && unit < 0xdc00 && scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u') {
        const long low = read_unit(scan, scan->at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            scan->at += 6;
            return put_utf8(out, 0x10000 + ((unsigned long)(unit - 0xd800) << 10) + (unsigned long)(low - 0xdc00));
        }
    }
    if (unit >= 0xd800 && unit < 0xe000) {
        evd_scan_refuse(scan, start, "half of a surrogate pair is no letter");
        return 0;
    }
    return put_utf8(out, (unsigned long)unit);
}

/* A string of JSON, at its first quote. */
static bool read_quoted(struct evd_ledger_scan *scan, struct evd_text *text)
{
    const char *start = scan->at++;
    char *bytes = evd_arena_alloc(scan->arena, (size_t)(scan->end - start));
    size_t length = 0;
    if (bytes == NULL)
        return evd_scan_refuse_memory(scan);
    while (scan->at < scan->end && *scan->at != '"') {
        const char letter = *scan->at++;
        if (letter == '\t')
            return evd_scan_refuse(scan, scan->at - 1, "a tab in quotes is written \\t");
        size_t added = 1;
        if (letter == '\\')
            added = read_escape(scan, bytes + length);
        else
            bytes[length] = letter;
        if (added == 0)
            return false;
        length += added;
    }
    if (scan->at == scan->end)
        return evd_scan_refuse(scan, start, "the quote is not closed");
    scan->at++;
    *text = (struct evd_text){bytes, length};
    return true;
}

/* A word without quotes, up to a blank or one of `ends`. */
static bool read_plain(struct evd_ledger_scan *scan, const char *ends, struct evd_text *text)
{
    const char *start = scan->at;
    while (scan->at < scan->end && !evd_is_ledger_blank(*scan->at) && strchr(ends, *scan->at) == NULL) {
        if (*scan->at == '#' || *scan->at == '"')
            return evd_scan_refuse(scan, scan->at, "what has a '%c' in it is to be in quotes, as \"a%sb\"", *scan->at,
                                   *scan->at == '#' ? "#" : "\\\"");
        scan->at++;
    }
    *text = (struct evd_text){start, (size_t)(scan->at - start)};
    return true;
}

bool evd_scan_word(struct evd_ledger_scan *scan, const char *ends, struct evd_text *text)
{
    return scan->at < scan->end && *scan->at == '"' ? read_quoted(scan, text) : read_plain(scan, ends, text);
}

bool evd_scan_end_of_word(struct evd_ledger_scan *scan)
{
    return scan->at == scan->end || evd_is_ledger_blank(*scan->at) ||
           evd_scan_refuse(scan, scan->at, "a blank is needed here");
}
