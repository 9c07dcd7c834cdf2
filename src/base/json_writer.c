#include "base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "base/unicode.h"

static struct evd_buffer *buffer_of(const struct evd_json_writer *writer)
{
    return &writer->out->buffer;
}

/* \u009b; beyond 16 bits two surrogates. */
static void append_escape(struct evd_buffer *out, uint32_t c)
{
    if (c >= 0x10000) {
        evd_buffer_format(out, "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + (c & 0x3ff);
    }
    evd_buffer_format(out, "\\u%04" PRIx32, c);
}

static void append_letter(struct evd_buffer *out, const struct evd_letter *letter)
{
    static const char CONTROLS[] = "\b\f\n\r\t", LETTERS[] = "bfnrt";
    const uint32_t c = letter->code_point;
    const char *control = c != 0 && c < ' ' ? strchr(CONTROLS, (int)c) : NULL;
    if (!letter->is_utf8) {
        /* The backslash is part of the text, not of its spelling in JSON. */
        evd_buffer_byte(out, '\\');
        evd_append_escape(out, letter);
    } else if (c == '"' || c == '\\') {
        evd_buffer_byte(out, '\\');
        evd_buffer_byte(out, (char)c);
    } else if (control != NULL) {
        evd_buffer_byte(out, '\\');
        evd_buffer_byte(out, LETTERS[control - CONTROLS]);
    } else if (!evd_is_printable(c)) { /* whoever looks at it on a terminal is not to be commanded or misled */
        append_escape(out, c);
    } else {
        evd_buffer_append(out, letter->bytes, letter->length);
    }
}

static void append_letters(struct evd_buffer *out, struct evd_text text)
{
    struct evd_letter letter;
    for (;;) {
        size_t plain = 0;
        while (plain < text.length && text.bytes[plain] >= ' ' && text.bytes[plain] <= '~' &&
               text.bytes[plain] != '"' && text.bytes[plain] != '\\')
            plain++;
        evd_buffer_append(out, text.bytes, plain);
        text.length -= plain;
        if (text.length == 0)
            break;
        text.bytes += plain;
        evd_text_next(&text, &letter);
        append_letter(out, &letter);
    }
}

/* What comes before a value, a comma and its key, with room for `more` behind it: where that begins, or NULL when memory runs
 * out. */
static char *begin_with_room(struct evd_json_writer *writer, const char *key, size_t more)
{
    struct evd_buffer *out = buffer_of(writer);
    const size_t length = key == NULL ? 0 : strlen(key);
    const bool is_behind_value = writer->is_behind_value;
    writer->is_behind_value = true;
    if (!evd_buffer_reserve(out, length + 6 + more))
        return NULL;
    char *p = out->data + out->length;
    if (is_behind_value) {
        *p++ = ',';
        *p++ = ' ';
    }
    if (key != NULL) {
        *p++ = '"';
        memcpy(p, key, length);
        memcpy(p + length, "\": ", 3);
        p += length + 3;
    }
    return p;
}

static void end_at(struct evd_json_writer *writer, const char *end)
{
    struct evd_buffer *out = buffer_of(writer);
    out->length = (size_t)(end - out->data);
}

static void begin_value(struct evd_json_writer *writer, const char *key)
{
    const char *p = begin_with_room(writer, key, 0);
    if (p != NULL)
        end_at(writer, p);
}

char *evd_json_begin_spelt(struct evd_json_writer *writer, const char *key, size_t most)
{
    return begin_with_room(writer, key, most);
}

void evd_json_end_spelt(struct evd_json_writer *writer, const char *end)
{
    end_at(writer, end);
}

void evd_json_begin(struct evd_json_writer *writer, const char *key, char bracket)
{
    begin_value(writer, key);
    evd_buffer_byte(buffer_of(writer), bracket);
    writer->is_behind_value = false;
}

void evd_json_end(struct evd_json_writer *writer, char bracket)
{
    evd_buffer_byte(buffer_of(writer), bracket);
    writer->is_behind_value = true;
}

void evd_json_begin_lines(struct evd_json_writer *writer, const char *key, char bracket)
{
    evd_json_begin(writer, key, bracket);
    writer->depth++;
}

static void indent(struct evd_json_writer *writer)
{
    evd_buffer_byte(buffer_of(writer), '\n');
    for (unsigned i = 0; i < writer->depth; i++)
        evd_buffer_byte(buffer_of(writer), ' ');
    evd_output_flush_some(writer->out);
}

void evd_json_end_lines(struct evd_json_writer *writer, char bracket)
{
    writer->depth--;
    if (writer->is_behind_value)
        indent(writer);
    evd_json_end(writer, bracket);
}

void evd_json_line(struct evd_json_writer *writer)
{
    if (writer->is_behind_value)
        evd_buffer_byte(buffer_of(writer), ',');
    indent(writer);
    writer->is_behind_value = false;
}

void evd_json_null(struct evd_json_writer *writer, const char *key)
{
    begin_value(writer, key);
    evd_buffer_string(buffer_of(writer), "null");
}

void evd_json_bool(struct evd_json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    evd_buffer_string(buffer_of(writer), value ? "true" : "false");
}

static unsigned count_digits(uint64_t value)
{
    unsigned count = 1;
    for (; value >= 10000; value /= 10000)
        count += 4;
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Most of a large report is numbers; printf would be most of its time. */
char *evd_json_spell_unsigned(char *p, uint64_t value)
{
    static const char PAIRS[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    char *const end = p + count_digits(value), *digit = end;
    for (; value >= 10; value /= 100)
        memcpy(digit -= 2, PAIRS + value % 100 * 2, 2);
    /* An odd digit, or the one of a number below 10. */
    if (digit != p)
        *p = (char)('0' + value);
    return end;
}

char *evd_json_spell_signed(char *p, int64_t value)
{
    if (value < 0)
        *p++ = '-';
    return evd_json_spell_unsigned(p, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void evd_json_unsigned(struct evd_json_writer *writer, const char *key, uint64_t value)
{
    char *p = begin_with_room(writer, key, EVD_JSON_DIGITS_MAX);
    if (p != NULL)
        end_at(writer, evd_json_spell_unsigned(p, value));
}

void evd_json_signed(struct evd_json_writer *writer, const char *key, int64_t value)
{
    char *p = begin_with_room(writer, key, EVD_JSON_DIGITS_MAX + 1);
    if (p != NULL)
        end_at(writer, evd_json_spell_signed(p, value));
}

/* The fewest digits that read back as the same number, and the exponent of the first. The locale's decimal point is
 * left out. */
static int shortest_digits(double value, char digits[24], int *exponent)
{
    char text[40];
    int count = 1;
    while (snprintf(text, sizeof text, "%.*e", count - 1, value) > 0 && count < 17 && strtod(text, NULL) != value)
        count++;
    int length = 0;
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            digits[length++] = *p;
    *exponent = (int)strtol(p + 1, NULL, 10);
    return length;
}

void evd_json_real(struct evd_json_writer *writer, const char *key, double value)
{
    struct evd_buffer *out = buffer_of(writer);
    if (!isfinite(value)) {
        evd_json_null(writer, key);
        return;
    }
    begin_value(writer, key);
    if (signbit(value))
        evd_buffer_byte(out, '-');
    char digits[24];
    int exponent;
    const int count = shortest_digits(fabs(value), digits, &exponent);
    evd_buffer_append(out, digits, 1);
    evd_buffer_byte(out, '.');
    if (count > 1)
        evd_buffer_append(out, digits + 1, (size_t)count - 1);
    else
        evd_buffer_byte(out, '0');
    if (exponent != 0)
        evd_buffer_format(out, "e%d", exponent);
}

void evd_json_plain(struct evd_json_writer *writer, const char *key, struct evd_text text)
{
    struct evd_buffer *out = buffer_of(writer);
    begin_value(writer, key);
    if (!evd_buffer_reserve(out, text.length + 2))
        return;
    char *p = out->data + out->length;
    *p++ = '"';
    memcpy(p, text.bytes, text.length);
    p[text.length] = '"';
    out->length += text.length + 2;
}

void evd_json_text(struct evd_json_writer *writer, const char *key, struct evd_text text)
{
    evd_json_joined(writer, key, &text, 1, "");
}

void evd_json_joined(struct evd_json_writer *writer, const char *key, const struct evd_text *texts, size_t count,
                     const char *between)
{
    struct evd_buffer *out = buffer_of(writer);
    begin_value(writer, key);
    evd_buffer_byte(out, '"');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            append_letters(out, (struct evd_text){between, strlen(between)});
        append_letters(out, texts[i]);
    }
    evd_buffer_byte(out, '"');
}

void evd_json_string(struct evd_json_writer *writer, const char *key, const char *string)
{
    evd_json_text(writer, key, (struct evd_text){string, strlen(string)});
}
