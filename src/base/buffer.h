/* Buffer: bytes that grow at the end.
 *
 * A failed append is remembered in `failed` and every later one does nothing, so that a writer can
 * append many times and check once.
 * Ownership: `data` belongs to the buffer until release. Threads: one buffer, one thread at a time. */
#ifndef EVD_BASE_BUFFER_H
#define EVD_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zero is an empty buffer. */
struct evd_buffer {
    char *data;      /* `length` bytes, not terminated; NULL while empty */
    size_t length;   /* in bytes */
    size_t capacity; /* in bytes */
    bool failed;     /* memory ran out at some append; the content is incomplete */
};

/* Grows the buffer by at least `extra` bytes of room; false when memory runs out. */
bool evd_buffer_grow(struct evd_buffer *buffer, size_t extra);

/* Makes room for `extra` more bytes; false when memory runs out. Cost: amortised O(extra). */
static inline bool evd_buffer_reserve(struct evd_buffer *buffer, size_t extra)
{
    return (!buffer->failed && buffer->capacity - buffer->length >= extra) || evd_buffer_grow(buffer, extra);
}

/* Appending is in the header because reports consist of it: what is known of the bytes is then used. */
static inline void evd_buffer_append(struct evd_buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0 || !evd_buffer_reserve(buffer, length))
        return;
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
}

static inline void evd_buffer_byte(struct evd_buffer *buffer, char byte)
{
    if (evd_buffer_reserve(buffer, 1))
        buffer->data[buffer->length++] = byte;
}

static inline void evd_buffer_string(struct evd_buffer *buffer, const char *string)
{
    evd_buffer_append(buffer, string, strlen(string));
}

/* As vsnprintf, with a point as the decimal point, whatever the host program's locale has. */
int evd_print(char *text, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

void evd_buffer_format(struct evd_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends, in the shape of what takes pieces of an output: `buffer` is a struct evd_buffer. False when it has failed. */
bool evd_buffer_take(void *buffer, const char *bytes, size_t length);

/* A number with its thousands apart: 1,234,567. */
struct evd_number {
    char text[32];
};
struct evd_number evd_grouped(uint64_t value);

/* Empties the buffer and keeps its memory; `failed` is cleared. */
void evd_buffer_clear(struct evd_buffer *buffer);

/* Frees the memory; the buffer is empty again. */
void evd_buffer_release(struct evd_buffer *buffer);

#endif
