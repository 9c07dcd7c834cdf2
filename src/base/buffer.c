#include "base/buffer.h"

#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool evd_buffer_grow(struct evd_buffer *buffer, size_t extra)
{
    if (buffer->failed)
        return false;
    size_t wanted;
    if (__builtin_add_overflow(buffer->length, extra, &wanted) || wanted > SIZE_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity < wanted)
        capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

/* What a directive of a format prints, of those that take no width: the rest is the C library's. */
enum directive {
    DIRECTIVE_OTHER,
    DIRECTIVE_PERCENT,
    DIRECTIVE_STRING,
    DIRECTIVE_INT,
    DIRECTIVE_UINT,
    DIRECTIVE_LONG,
    DIRECTIVE_ULONG
};

/* The directive behind the percent sign at `p`; *end becomes the byte after it. */
static enum directive read_directive(const char *p, const char **end)
{
    const bool is_long =
        (p[1] == 'l' && sizeof(long) == sizeof(int64_t)) || (p[1] == 'z' && sizeof(size_t) == sizeof(int64_t));
    *end = p + 2 + is_long;
    switch (p[1 + is_long]) {
    case '%': return is_long ? DIRECTIVE_OTHER : DIRECTIVE_PERCENT;
    case 's': return is_long ? DIRECTIVE_OTHER : DIRECTIVE_STRING;
    case 'd': return is_long ? DIRECTIVE_LONG : DIRECTIVE_INT;
    case 'u': return is_long ? DIRECTIVE_ULONG : DIRECTIVE_UINT;
    default: return DIRECTIVE_OTHER;
    }
}

static void append_integer(struct evd_buffer *buffer, uint64_t magnitude, bool is_negative)
{
    char digits[20 + 1];
    char *first = digits + sizeof digits;
    do
        *--first = (char)('0' + magnitude % 10);
    while ((magnitude /= 10) > 0);
    if (is_negative)
        *--first = '-';
    evd_buffer_append(buffer, first, (size_t)(digits + sizeof digits - first));
}

static void append_signed(struct evd_buffer *buffer, int64_t value)
{
    append_integer(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

/* False at a directive that is another's, as few have of those formats of which a report has many; then nothing is appended. */
static bool format_plain(struct evd_buffer *buffer, const char *format, va_list args)
{
    const size_t before = buffer->length;
    const char *literal = format;
    for (const char *p = format; *p != '\0';) {
        if (*p != '%') {
            p++;
            continue;
        }
        evd_buffer_append(buffer, literal, (size_t)(p - literal));
        switch (read_directive(p, &literal)) {
        case DIRECTIVE_STRING: evd_buffer_string(buffer, va_arg(args, const char *)); break;
        case DIRECTIVE_INT: append_signed(buffer, va_arg(args, int)); break;
        case DIRECTIVE_UINT: append_integer(buffer, va_arg(args, unsigned), false); break;
        case DIRECTIVE_LONG: append_signed(buffer, va_arg(args, int64_t)); break;
        case DIRECTIVE_ULONG: append_integer(buffer, va_arg(args, uint64_t), false); break;
        case DIRECTIVE_PERCENT: evd_buffer_byte(buffer, '%'); break;
        case DIRECTIVE_OTHER: buffer->length = before; return false;
        }
        p = literal;
    }
    evd_buffer_string(buffer, literal);
    return true;
}

int evd_print(char *text, size_t size, const char *format, va_list args)
{
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return -1;
    const locale_t before = uselocale(plain);
    const int length = vsnprintf(text, size, format, args);
    uselocale(before);
    freelocale(plain);
    return length;
}

void evd_buffer_format(struct evd_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const bool is_plain = format_plain(buffer, format, args);
    va_end(args);
    if (is_plain) {
        va_end(again);
        return;
    }
    va_copy(args, again);
    const int length = evd_print(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        buffer->failed = true;
    else if (evd_buffer_reserve(buffer, (size_t)length + 1)) {
        evd_print(buffer->data + buffer->length, (size_t)length + 1, format, args);
        buffer->length += (size_t)length;
    }
    va_end(args);
}

struct evd_number evd_grouped(uint64_t value)
{
    struct evd_number number;
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *p = number.text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = '\0';
    return number;
}

bool evd_buffer_take(void *buffer, const char *bytes, size_t length)
{
    evd_buffer_append(buffer, bytes, length);
    return !((struct evd_buffer *)buffer)->failed;
}

void evd_buffer_clear(struct evd_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void evd_buffer_release(struct evd_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct evd_buffer){0};
}
