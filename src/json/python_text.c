/* Python's spellings: repr(), str() and json.dumps(sort_keys=True). */
#include <math.h>
#include <string.h>

#include "base/unicode.h"
#include "json/value.h"

static bool is_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point < 0xe000;
}

static void append_string(struct evd_buffer *out, struct evd_string string)
{
    evd_buffer_append(out, string.bytes, string.length);
}

/* float.__repr__: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
static void append_real(struct evd_buffer *out, double value, const char *infinity)
{
    if (signbit(value))
        evd_buffer_byte(out, '-');
    if (isinf(value)) {
        evd_buffer_string(out, infinity);
        return;
    }
    char digits[32];
    int exponent;
    const int count = evd_json_double_to_digits(value, digits, &exponent);
    if (value != 0 && (exponent <= -4 || exponent > 16)) {
        evd_buffer_byte(out, digits[0]);
        if (count > 1)
            evd_buffer_byte(out, '.');
        evd_buffer_append(out, digits + 1, (size_t)count - 1);
        evd_buffer_format(out, "e%c%02d", exponent > 0 ? '+' : '-', exponent > 0 ? exponent - 1 : 1 - exponent);
        return;
    }
    if (exponent <= 0)
        evd_buffer_byte(out, '0');
    for (int i = 0; i < exponent; i++)
        evd_buffer_byte(out, i < count ? digits[i] : '0');
    evd_buffer_byte(out, '.');
    for (int i = exponent; i < 0; i++)
        evd_buffer_byte(out, '0');
    const int first = exponent > 0 ? exponent : 0;
    if (first >= count)
        evd_buffer_byte(out, '0');
    else
        evd_buffer_append(out, digits + first, (size_t)(count - first));
}

static void append_repr_escape(struct evd_buffer *out, uint32_t c)
{
    if (c == '\n')
        evd_buffer_string(out, "\\n");
    else if (c == '\r')
        evd_buffer_string(out, "\\r");
    else if (c == '\t')
        evd_buffer_string(out, "\\t");
    else if (c < 0x100)
        evd_buffer_format(out, "\\x%02x", c);
    else if (c < 0x10000)
        evd_buffer_format(out, "\\u%04x", c);
    else
        evd_buffer_format(out, "\\U%08x", c);
}

static void append_string_repr(struct evd_buffer *out, struct evd_string string)
{
    const bool has_single = string.length > 0 && memchr(string.bytes, '\'', string.length);
    const bool has_double = string.length > 0 && memchr(string.bytes, '"', string.length);
    const char quote = has_single && !has_double ? '"' : '\'';
    evd_buffer_byte(out, quote);
    const char *p = string.bytes, *end = p + string.length;
    while (p < end) {
        const char *start = p;
        const uint32_t c = evd_code_point_next(&p);
        if (c == (unsigned char)quote || c == '\\') {
            evd_buffer_byte(out, '\\');
            evd_buffer_byte(out, (char)c);
        } else if (evd_is_printable(c)) {
            evd_buffer_append(out, start, (size_t)(p - start));
        } else {
            append_repr_escape(out, c);
        }
    }
    evd_buffer_byte(out, quote);
}

void evd_value_repr(struct evd_buffer *out, const struct evd_value *value)
{
    if (value == NULL) {
        evd_buffer_string(out, "None");
        return;
    }
    switch (value->type) {
    case EVD_JSON_NULL: evd_buffer_string(out, "None"); break;
    case EVD_JSON_FALSE: evd_buffer_string(out, "False"); break;
    case EVD_JSON_TRUE: evd_buffer_string(out, "True"); break;
    case EVD_JSON_INTEGER: append_string(out, value->integer); break;
    case EVD_JSON_REAL: append_real(out, value->real, "inf"); break;
    case EVD_JSON_STRING: append_string_repr(out, value->string); break;
    case EVD_JSON_ARRAY:
        evd_buffer_byte(out, '[');
        for (size_t i = 0; i < value->array.count; i++) {
            evd_buffer_string(out, i ? ", " : "");
            evd_value_repr(out, &value->array.items[i]);
        }
        evd_buffer_byte(out, ']');
        break;
    case EVD_JSON_OBJECT:
        evd_buffer_byte(out, '{');
        for (size_t i = 0; i < value->object.count; i++) {
            evd_buffer_string(out, i ? ", " : "");
            append_string_repr(out, value->object.members[i].key);
            evd_buffer_string(out, ": ");
            evd_value_repr(out, &value->object.members[i].value);
        }
        evd_buffer_byte(out, '}');
        break;
    }
}

void evd_value_str(struct evd_buffer *out, const struct evd_value *value)
{
    if (value == NULL || value->type != EVD_JSON_STRING) {
        evd_value_repr(out, value);
        return;
    }
    const char *p = value->string.bytes, *end = p + value->string.length;
    while (p < end) {
        const char *start = p;
        const uint32_t c = evd_code_point_next(&p);
        if (is_surrogate(c))
            evd_buffer_format(out, "\\u%04x", c);
        else
            evd_buffer_append(out, start, (size_t)(p - start));
    }
}

static void append_json_escape(struct evd_buffer *out, uint32_t c)
{
    static const char CONTROLS[] = "\b\f\n\r\t", LETTERS[] = "bfnrt";
    const char *control = c != 0 && c < ' ' ? strchr(CONTROLS, (char)c) : NULL;
    if (control != NULL)
        evd_buffer_format(out, "\\%c", LETTERS[control - CONTROLS]);
    else if (c < 0x10000)
        evd_buffer_format(out, "\\u%04x", c);
    else
        evd_buffer_format(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* As ASCII every other letter is escaped too. */
static bool is_as_it_is(uint32_t c, bool is_ascii)
{
    return is_ascii ? c >= ' ' && c <= '~' : c >= ' ' && !is_surrogate(c);
}

static void append_json_string(struct evd_buffer *out, struct evd_string string, bool is_ascii)
{
    evd_buffer_byte(out, '"');
    const char *p = string.bytes, *end = p + string.length;
    while (p < end) {
        const char *start = p;
        const uint32_t c = evd_code_point_next(&p);
        if (c == '"' || c == '\\') {
            evd_buffer_byte(out, '\\');
            evd_buffer_byte(out, (char)c);
        } else if (is_as_it_is(c, is_ascii)) {
            evd_buffer_append(out, start, (size_t)(p - start));
        } else {
            append_json_escape(out, c);
        }
    }
    evd_buffer_byte(out, '"');
}

/* How JSON is written. */
struct json_style {
    bool is_sorted; /* members by their keys */
    bool is_ascii;
    const char *infinity;
};

static void append_json(struct evd_buffer *out, const struct evd_value *value, const struct json_style *style)
{
    switch (value->type) {
    case EVD_JSON_NULL: evd_buffer_string(out, "null"); break;
    case EVD_JSON_FALSE: evd_buffer_string(out, "false"); break;
    case EVD_JSON_TRUE: evd_buffer_string(out, "true"); break;
    case EVD_JSON_INTEGER: append_string(out, value->integer); break;
    case EVD_JSON_REAL: append_real(out, value->real, style->infinity); break;
    case EVD_JSON_STRING: append_json_string(out, value->string, style->is_ascii); break;
    case EVD_JSON_ARRAY:
        evd_buffer_byte(out, '[');
        for (size_t i = 0; i < value->array.count; i++) {
            evd_buffer_string(out, i ? ", " : "");
            append_json(out, &value->array.items[i], style);
        }
        evd_buffer_byte(out, ']');
        break;
    case EVD_JSON_OBJECT:
        evd_buffer_byte(out, '{');
        for (size_t i = 0; i < value->object.count; i++) {
            const struct evd_member *member = &value->object.members[style->is_sorted ? value->object.by_key[i] : i];
            evd_buffer_string(out, i ? ", " : "");
            append_json_string(out, member->key, style->is_ascii);
            evd_buffer_string(out, ": ");
            append_json(out, &member->value, style);
        }
        evd_buffer_byte(out, '}');
        break;
    }
}

void evd_value_dumps(struct evd_buffer *out, const struct evd_value *value)
{
    append_json(out, value, &(struct json_style){.is_sorted = true, .is_ascii = true, .infinity = "Infinity"});
}

void evd_value_json(struct evd_buffer *out, const struct evd_value *value)
{
    append_json(out, value, &(struct json_style){.is_sorted = false, .is_ascii = false, .infinity = "1e999"});
}
