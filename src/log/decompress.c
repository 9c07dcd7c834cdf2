#include "log/decompress.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/fail.h"

enum { ROOM_BYTES = 1 << 20, ZSTD_WINDOW_LOG_MAX = 31, CLAIMED_RATIO_MAX = 64 };

enum evd_compression evd_compression_of(const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (length >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return EVD_COMPRESSION_GZIP;
    const bool is_frame = length >= 4 && memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0;
    const bool is_skippable = length >= 4 && (b[0] & 0xf0) == 0x50 && memcmp(b + 1, "\x2a\x4d\x18", 3) == 0;
    return is_frame || is_skippable ? EVD_COMPRESSION_ZSTD : EVD_COMPRESSION_NONE;
}

const char *evd_foreign_compression(const char *bytes, size_t length)
{
    /* What follows "BZh" and the block's size is pi, or the square root of it where there is no text. */
    static const char BLOCK[] = "\x31\x41\x59\x26\x53\x59", END[] = "\x17\x72\x45\x38\x50\x90";
    if (length >= 6 && memcmp(bytes, "\xfd\x37\x7a\x58\x5a\x00", 6) == 0)
        return "xz";
    const bool is_bzip2 = length >= 10 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
    return is_bzip2 && (memcmp(bytes + 4, BLOCK, 6) == 0 || memcmp(bytes + 4, END, 6) == 0) ? "bzip2" : NULL;
}

static enum evd_status fail_limit(struct evd_error *error)
{
    return evd_fail(error, EVD_E_LIMIT, "too much text");
}

/* Makes room for what the first frame says it holds, as far as one may believe that. It is only
 * a guess: the memory grows where it is wrong. False when it says that it holds more than may be. */
static bool reserve_claimed(const char *bytes, size_t length, struct evd_memory *memory)
{
    const unsigned long long claimed = ZSTD_getFrameContentSize(bytes, length);
    if (claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed == ZSTD_CONTENTSIZE_ERROR)
        return true;
    if (memory->limit != NULL && claimed > memory->limit->most) {
        memory->added = claimed;
        return false;
    }
    if (claimed / CLAIMED_RATIO_MAX < length)
        (void)evd_memory_reserve(memory, (size_t)claimed + ROOM_BYTES);
    return true;
}

static enum evd_status unpack_zstd(const char *bytes, size_t length, struct evd_memory *memory, struct evd_error *error)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context == NULL)
        return evd_fail_memory(error);
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    enum evd_status status = EVD_OK;
    ZSTD_inBuffer input = {bytes, length, 0};
    size_t wanted = 1; /* 0: a frame has ended */
    bool is_output_full = false;
    if (!reserve_claimed(bytes, length, memory)) {
        status = fail_limit(error);
        goto out;
    }
    while (input.pos < length || is_output_full) {
        if (!evd_memory_reserve(memory, ROOM_BYTES)) {
            status = evd_fail_memory(error);
            goto out;
        }
        ZSTD_outBuffer output = {memory->pages + memory->length, memory->size - memory->length, 0};
        wanted = ZSTD_decompressStream(context, &output, &input);
        const bool is_allowed = evd_memory_add(memory, output.pos);
        if (ZSTD_isError(wanted) && ZSTD_getErrorCode(wanted) == ZSTD_error_memory_allocation) {
            status = evd_fail_memory(error);
            goto out;
        }
        if (ZSTD_isError(wanted)) {
            status = evd_fail(error, EVD_E_IO, "damaged zstd data: %s", ZSTD_getErrorName(wanted));
            goto out;
        }
        if (!is_allowed) {
            status = fail_limit(error);
            goto out;
        }
        is_output_full = output.pos == output.size && wanted != 0;
    }
    if (wanted != 0)
        status = evd_fail(error, EVD_E_IO, "the zstd stream ends early");
out:
    ZSTD_freeDCtx(context);
    return status;
}

/* Zero bytes after the last member are padding, as for gzip itself. */
static bool is_padding(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static uInt at_most_uint(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static enum evd_status unpack_gzip(const char *bytes, size_t length, struct evd_memory *memory, struct evd_error *error)
{
    /* Not zlib's own format (32): what follows a member is a member, padding or an error. */
    enum { GZIP_ONLY = 16, WINDOW_BITS = 15 };
    z_stream stream = {0};
    if (inflateInit2(&stream, WINDOW_BITS + GZIP_ONLY) != Z_OK)
        return evd_fail_memory(error);
    enum evd_status status = EVD_OK;
    size_t used = 0;
    int result = Z_OK;
    for (;;) {
        if (!evd_memory_reserve(memory, ROOM_BYTES)) {
            status = evd_fail_memory(error);
            break;
        }
        const uInt in = at_most_uint(length - used);
        const uInt room = at_most_uint(memory->size - memory->length);
        stream.next_in = (Bytef *)bytes + used;
        stream.avail_in = in;
        stream.next_out = (Bytef *)memory->pages + memory->length;
        stream.avail_out = room;
        result = inflate(&stream, Z_NO_FLUSH);
        used += in - stream.avail_in;
        if (!evd_memory_add(memory, room - stream.avail_out)) {
            status = fail_limit(error);
            break;
        }
        if (result == Z_STREAM_END) {
            if (is_padding(bytes + used, length - used))
                break;
            inflateReset(&stream);
        } else if (result == Z_MEM_ERROR) {
            status = evd_fail_memory(error);
            break;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            status = evd_fail(error, EVD_E_IO, "damaged gzip data: %s", stream.msg ? stream.msg : "unknown error");
            break;
        } else if (used == length && stream.avail_out > 0) {
            status = evd_fail(error, EVD_E_IO, "the gzip stream ends early");
            break;
        }
    }
    inflateEnd(&stream);
    return status;
}

enum evd_status evd_decompress(enum evd_compression compression, const char *bytes, size_t length,
                               struct evd_memory *memory, struct evd_error *error)
{
    if (compression == EVD_COMPRESSION_ZSTD)
        return unpack_zstd(bytes, length, memory, error);
    return unpack_gzip(bytes, length, memory, error);
}
