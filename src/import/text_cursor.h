/* Text cursor: what importers of lines of text share; it reads a line from left to right and stays where it can't. */
#ifndef EVD_IMPORT_TEXT_CURSOR_H
#define EVD_IMPORT_TEXT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct evd_text_cursor {
    const char *begin, *at, *end; /* of the line */
};

struct evd_line_part {
    const char *bytes;
    size_t length;
};

/* The place in the line, from 1. */
static inline uint64_t evd_cursor_column(const struct evd_text_cursor *cursor)
{
    return (uint64_t)(cursor->at - cursor->begin) + 1;
}

static inline void evd_cursor_spaces(struct evd_text_cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
        cursor->at++;
}

static inline bool evd_cursor_take(struct evd_text_cursor *cursor, const char *text)
{
    const size_t length = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* What stands up to a space or the end; may be empty. */
static inline struct evd_line_part evd_cursor_word(struct evd_text_cursor *cursor)
{
    const char *begin = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != ' ' && *cursor->at != '\t')
        cursor->at++;
    return (struct evd_line_part){begin, (size_t)(cursor->at - begin)};
}

/* Decimal digits of a number of 64 bits; false, and nothing is read, when there is none. */
static inline bool evd_cursor_decimal(struct evd_text_cursor *cursor, uint64_t *value)
{
    const char *at = cursor->at;
    for (*value = 0; at < cursor->end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(*value, (uint64_t)10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*at - '0'), value))
            return false;
    const bool has_digits = at > cursor->at;
    cursor->at = at;
    return has_digits;
}

static inline bool evd_is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* `0x` and hexadecimal digits, any number of them: the digits; false, and nothing is read, when there are none. */
static inline bool evd_cursor_hex(struct evd_text_cursor *cursor, struct evd_line_part *digits)
{
    const char *at = cursor->at;
    if (cursor->end - at < 3 || at[0] != '0' || at[1] != 'x')
        return false;
    const char *begin = at += 2;
    while (at < cursor->end && evd_is_hex_digit(*at))
        at++;
    *digits = (struct evd_line_part){begin, (size_t)(at - begin)};
    if (at == begin)
        return false;
    cursor->at = at;
    return true;
}

/* Without zeros before the number. */
static inline struct evd_line_part evd_least_digits(struct evd_line_part digits)
{
    while (digits.length > 1 && *digits.bytes == '0') {
        digits.bytes++;
        digits.length--;
    }
    return digits;
}

#endif
