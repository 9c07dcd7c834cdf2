#include "base/buffer.h"

#include <inttypes.h>
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

void evd_buffer_format(struct evd_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        buffer->failed = true;
    else if (evd_buffer_reserve(buffer, (size_t)length + 1)) {
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
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
