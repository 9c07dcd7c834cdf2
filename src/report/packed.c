#include "report/packed.h"

#include <stdlib.h>

enum { GZIP_WINDOW = 15 + 16, CHUNK_BYTES = 16 * 1024 };

static void *allocate(void *context, unsigned count, unsigned size)
{
    (void)context;
    return calloc(count, size);
}

static void release(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static void append_group(struct evd_buffer *out, const unsigned char bytes[3], size_t count)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned group =
        (unsigned)bytes[0] << 16 | (unsigned)(count > 1 ? bytes[1] : 0) << 8 | (unsigned)(count > 2 ? bytes[2] : 0);
    const char letters[] = {DIGITS[group >> 18], DIGITS[group >> 12 & 63], count > 1 ? DIGITS[group >> 6 & 63] : '=',
                            count > 2 ? DIGITS[group & 63] : '='};
    evd_buffer_append(out, letters, sizeof letters);
}

static void encode(struct evd_packed *packed, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        packed->carry[packed->carried++] = bytes[i];
        if (packed->carried == 3) {
            append_group(&packed->to->buffer, packed->carry, 3);
            packed->carried = 0;
        }
    }
    evd_output_flush_some(packed->to);
}

/* Hands the bytes to zlib, and what comes out of it on. */
static void deflate_bytes(struct evd_packed *packed, const char *bytes, size_t length, int flush)
{
    unsigned char chunk[CHUNK_BYTES];
    /* zlib does not write to it. */
    packed->deflate.next_in = (unsigned char *)(uintptr_t)bytes;
    packed->deflate.avail_in = (unsigned)length;
    do {
        packed->deflate.next_out = chunk;
        packed->deflate.avail_out = sizeof chunk;
        deflate(&packed->deflate, flush);
        encode(packed, chunk, sizeof chunk - packed->deflate.avail_out);
    } while (packed->deflate.avail_out == 0);
}

static bool take(void *context, const char *bytes, size_t length)
{
    enum { PART = 1 << 20 }; /* zlib counts in unsigned int */
    struct evd_packed *packed = context;
    for (size_t done = 0; done < length; done += PART)
        deflate_bytes(packed, bytes + done, length - done < PART ? length - done : PART, Z_NO_FLUSH);
    return !packed->to->is_stopped;
}

bool evd_packed_begin(struct evd_packed *packed, struct evd_output *to)
{
    *packed = (struct evd_packed){.to = to, .deflate = {.zalloc = allocate, .zfree = release}};
    packed->in = (struct evd_output){.write = take, .context = packed};
    packed->is_open =
        deflateInit2(&packed->deflate, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 9, Z_DEFAULT_STRATEGY) == Z_OK;
    to->buffer.failed |= !packed->is_open;
    return packed->is_open;
}

uint64_t evd_packed_flush(struct evd_packed *packed)
{
    evd_output_flush(&packed->in);
    deflate_bytes(packed, NULL, 0, Z_SYNC_FLUSH);
    return (packed->deflate.total_out + 2) / 3 * 4;
}

void evd_packed_end(struct evd_packed *packed)
{
    evd_output_flush(&packed->in);
    deflate_bytes(packed, NULL, 0, Z_FINISH);
    if (packed->carried > 0)
        append_group(&packed->to->buffer, packed->carry, packed->carried);
    packed->carried = 0;
    packed->to->buffer.failed |= packed->in.buffer.failed;
}

void evd_packed_release(struct evd_packed *packed)
{
    if (packed->is_open)
        deflateEnd(&packed->deflate);
    evd_buffer_release(&packed->in.buffer);
}
