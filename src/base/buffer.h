/* Buffer: bytes that grow at the end.
 *
 * A failed append is remembered in `failed` and every later one does nothing, so that a writer can
 * append many times and check once.
 * Ownership: `data` belongs to the buffer until release. Threads: one buffer, one thread at a time. */
#ifndef EVD_BASE_BUFFER_H
#define EVD_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty buffer. */
struct evd_buffer {
    char *data;      /* `length` bytes, not terminated; NULL while empty */
    size_t length;   /* in bytes */
    size_t capacity; /* in bytes */
    bool failed;     /* memory ran out at some append; the content is incomplete */
};

/* Makes room for `extra` more bytes; false when memory runs out. Cost: amortised O(extra). */
bool evd_buffer_reserve(struct evd_buffer *buffer, size_t extra);

void evd_buffer_append(struct evd_buffer *buffer, const void *bytes, size_t length);
void evd_buffer_byte(struct evd_buffer *buffer, char byte);
void evd_buffer_string(struct evd_buffer *buffer, const char *string);
void evd_buffer_format(struct evd_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

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
