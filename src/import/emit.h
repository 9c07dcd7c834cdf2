/* Emit: the text of a log, written where it is to be.
 *
 * A writer asks for room first and then puts without asking. What it puts is JSON whatever the trace holds.
 * Threads: a sink belongs to one importer. */
#ifndef EVD_IMPORT_EMIT_H
#define EVD_IMPORT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/digits.h"
#include "evdiff/error.h"

/* Where the log's text goes. */
struct evd_import_sink {
    char *at;  /* the next byte */
    char *end; /* of the room */
    void *context;
    /* Takes what was put, and makes room for `size` bytes from a new `at` on; else says why not, EVD_E_NO_MEMORY,
     * EVD_E_LIMIT or EVD_E_IO. With a size of 0 it only takes. */
    enum evd_status (*make_room)(struct evd_import_sink *sink, size_t size);
};

enum {
    EVD_EIGHT_DIGITS = 100000000, /* the least number that has more */
    EVD_ESCAPED_MAX = 6,          /* bytes that one byte of a text becomes at most: \u001f */
    EVD_DIGITS_MAX = 20,          /* of a number of 64 bits, with its sign */
};

/* Room for `size` bytes. */
static inline enum evd_status evd_room(struct evd_import_sink *sink, size_t size)
{
    return (size_t)(sink->end - sink->at) >= size ? EVD_OK : sink->make_room(sink, size);
}

/* Copies as memcpy does, which is called for long ones only: most of what traces are made of is short. */
static inline void evd_copy(char *to, const char *from, size_t length)
{
    if (__builtin_constant_p(length) || length > 16) {
        memcpy(to, from, length);
    } else if (length >= 8) {
        /* Two parts that may overlap. */
        uint64_t first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + length - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + length - sizeof last, &last, sizeof last);
    } else if (length >= 4) {
        uint32_t first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + length - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + length - sizeof last, &last, sizeof last);
    } else if (length > 0) {
        const char first = from[0], middle = from[length / 2], last = from[length - 1];
        to[0] = first;
        to[length / 2] = middle;
        to[length - 1] = last;
    }
}

static inline void evd_put(struct evd_import_sink *sink, const char *bytes, size_t length)
{
    evd_copy(sink->at, bytes, length);
    sink->at += length;
}

#define EVD_PUT(sink, literal) evd_put(sink, literal, sizeof(literal) - 1)

static inline void evd_put_byte(struct evd_import_sink *sink, char byte)
{
    *sink->at++ = byte;
}

/* A sink whose bytes stay, for a payload that may yet be refused. Its `sink` is used as others are; what is in it begins at
 * buffer.data. To be released as a buffer; not to be moved. */
struct evd_scratch {
    struct evd_import_sink sink;
    struct evd_buffer buffer;
};
void evd_scratch_init(struct evd_scratch *scratch);

static inline size_t evd_scratch_length(const struct evd_scratch *scratch)
{
    return scratch->sink.at == NULL ? 0 : (size_t)(scratch->sink.at - scratch->buffer.data);
}

/* Takes back what was put behind a length. */
static inline void evd_scratch_cut(struct evd_scratch *scratch, size_t length)
{
    if (scratch->sink.at != NULL)
        scratch->sink.at = scratch->buffer.data + length;
}

/* Decimal digits; there must be room for EVD_DIGITS_MAX bytes. Most numbers of a trace are small. */
void evd_put_many_digits(struct evd_import_sink *sink, uint64_t value);
static inline void evd_put_unsigned(struct evd_import_sink *sink, uint64_t value)
{
    if (value < 10)
        evd_put_byte(sink, (char)('0' + value));
    else if (value < EVD_EIGHT_DIGITS)
        sink->at += evd_digits_write_few(sink->at, (uint32_t)value);
    else
        evd_put_many_digits(sink, value);
}

static inline void evd_put_signed(struct evd_import_sink *sink, int64_t value)
{
    if (value < 0)
        evd_put_byte(sink, '-');
    evd_put_unsigned(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* Lower-case hexadecimal digits, at least `digits` (1 to 16) of them. */
void evd_put_hex(struct evd_import_sink *sink, uint64_t value, unsigned digits);

/* What stands between a JSON string's quotes, for a text that is UTF-8, or of which each byte is a character (Latin-1). At
 * most EVD_ESCAPED_MAX bytes for each of its own. */
void evd_put_utf8(struct evd_import_sink *sink, const char *bytes, size_t length);
void evd_put_latin1(struct evd_import_sink *sink, const char *bytes, size_t length);

/* Where a text stops being UTF-8: at most `length`, which means nowhere. */
size_t evd_utf8_length(const char *bytes, size_t length);

#endif
