#include "base/decompress.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/fail.h"
#include "base/frames.h"

enum { ROOM_BYTES = 1 << 20, ZSTD_WINDOW_LOG_MAX = 31 };

enum evd_compression evd_compression_of(const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (length >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return EVD_COMPRESSION_GZIP;
    const bool is_frame = length >= 4 && memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0;
    const bool is_skippable = length >= 4 && (b[0] & 0xf0) == 0x50 && memcmp(b + 1, "\x2a\x4d\x18", 3) == 0;
    return is_frame || is_skippable ? EVD_COMPRESSION_ZSTD : EVD_COMPRESSION_NONE;
}

const struct evd_foreign_compression *evd_foreign_compression(const char *bytes, size_t length)
{
    static const struct evd_foreign_compression XZ = {"xz", "xz -dc"}, BZIP2 = {"bzip2", "bzip2 -dc"},
                                                ZIP = {"zip", "unzip -p"};
    /* What follows "BZh" and the block's size is pi, or the square root of it where there is no text. */
    static const char BLOCK[] = "\x31\x41\x59\x26\x53\x59", END[] = "\x17\x72\x45\x38\x50\x90";
    if (length >= 6 && memcmp(bytes, "\xfd\x37\x7a\x58\x5a\x00", 6) == 0)
        return &XZ;
    /* A file in it, or none. */
    if (length >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        return &ZIP;
    const bool is_bzip2 = length >= 10 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
    return is_bzip2 && (memcmp(bytes + 4, BLOCK, 6) == 0 || memcmp(bytes + 4, END, 6) == 0) ? &BZIP2 : NULL;
}

enum evd_status evd_refuse_compression(const char *path, const struct evd_foreign_compression *foreign,
                                       struct evd_error *error)
{
    return evd_fail_at(error, EVD_E_IO, path, 0, 0,
                       "is compressed with %s, which evdiff does not unpack; pipe what "
                       "'%s' prints, or compress it with zstd",
                       foreign->program, foreign->command);
}

static enum evd_status fail_limit(struct evd_error *error)
{
    return evd_fail(error, EVD_E_LIMIT, "too much text");
}

/* Makes room for what the first frame says it holds, as far as one may believe that. It is only
 * a guess: the memory grows where it is wrong. False when it says that it holds more than may be. */
static bool reserve_claimed(const char *bytes, size_t length, struct evd_text_memory *memory)
{
    const unsigned long long claimed = ZSTD_getFrameContentSize(bytes, length);
    if (claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed == ZSTD_CONTENTSIZE_ERROR)
        return true;
    if (memory->limit != NULL && claimed > memory->limit->most) {
        memory->added = claimed;
        return false;
    }
    if (claimed / EVD_FRAMES_CLAIMED_RATIO_MAX < length)
        (void)evd_text_memory_reserve(memory, (size_t)claimed + ROOM_BYTES);
    return true;
}

struct evd_unpacker {
    enum evd_compression compression;
    ZSTD_DCtx *zstd;
    z_stream gzip;
    bool has_gzip;
    bool is_between; /* frames or members: where the stream may end */
    bool is_padding; /* gzip: only zero bytes may follow */
    bool is_full;    /* zstd: there may be more output without more input */
};

struct evd_unpacker *evd_unpacker_create(enum evd_compression compression)
{
    /* Not zlib's own format (32): what follows a member is a member, padding or an error. */
    enum { GZIP_ONLY = 16, WINDOW_BITS = 15 };
    struct evd_unpacker *unpacker = calloc(1, sizeof *unpacker);
    if (unpacker == NULL)
        return NULL;
    unpacker->compression = compression;
    if (compression == EVD_COMPRESSION_ZSTD) {
        unpacker->zstd = ZSTD_createDCtx();
        if (unpacker->zstd != NULL)
            ZSTD_DCtx_setParameter(unpacker->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    } else {
        unpacker->has_gzip = inflateInit2(&unpacker->gzip, WINDOW_BITS + GZIP_ONLY) == Z_OK;
    }
    if (unpacker->zstd != NULL || unpacker->has_gzip)
        return unpacker;
    free(unpacker);
    return NULL;
}

void evd_unpacker_destroy(struct evd_unpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    ZSTD_freeDCtx(unpacker->zstd);
    if (unpacker->has_gzip)
        inflateEnd(&unpacker->gzip);
    free(unpacker);
}

static enum evd_status step_zstd(struct evd_unpacker *unpacker, struct evd_unpack_step *step, struct evd_error *error)
{
    ZSTD_inBuffer input = {step->input, step->input_length, 0};
    ZSTD_outBuffer output = {step->room, step->room_size, 0};
    const size_t wanted = ZSTD_decompressStream(unpacker->zstd, &output, &input);
    step->made = output.pos;
    step->input += input.pos;
    step->input_length -= input.pos;
    if (ZSTD_isError(wanted) && ZSTD_getErrorCode(wanted) == ZSTD_error_memory_allocation)
        return evd_fail_memory(error);
    if (ZSTD_isError(wanted))
        return evd_fail(error, EVD_E_IO, "damaged zstd data: %s", ZSTD_getErrorName(wanted));
    unpacker->is_between = wanted == 0;
    unpacker->is_full = output.pos == output.size && wanted != 0;
    return EVD_OK;
}

/* Zero bytes after the last member are padding, as for gzip itself. */
static enum evd_status take_padding(struct evd_unpack_step *step, struct evd_error *error)
{
    for (; step->input_length > 0; step->input++, step->input_length--)
        if (*step->input != 0)
            return evd_fail(error, EVD_E_IO, "damaged gzip data: incorrect header check");
    return EVD_OK;
}

static uInt at_most_uint(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static enum evd_status step_gzip(struct evd_unpacker *unpacker, struct evd_unpack_step *step, struct evd_error *error)
{
    z_stream *stream = &unpacker->gzip;
    if (unpacker->is_between && step->input_length > 0) {
        unpacker->is_padding = unpacker->is_padding || *step->input == 0;
        unpacker->is_between = unpacker->is_padding;
    }
    if (unpacker->is_padding)
        return take_padding(step, error);
    const uInt in = at_most_uint(step->input_length), room = at_most_uint(step->room_size);
    stream->next_in = (Bytef *)step->input;
    stream->avail_in = in;
    stream->next_out = (Bytef *)step->room;
    stream->avail_out = room;
    const int result = inflate(stream, Z_NO_FLUSH);
    step->input += in - stream->avail_in;
    step->input_length -= in - stream->avail_in;
    step->made = room - stream->avail_out;
    unpacker->is_full = stream->avail_out == 0;
    if (result == Z_STREAM_END) {
        unpacker->is_between = true;
        unpacker->is_full = false;
        inflateReset(stream);
        return EVD_OK;
    }
    if (result == Z_MEM_ERROR)
        return evd_fail_memory(error);
    return result == Z_OK || result == Z_BUF_ERROR
               ? EVD_OK
               : evd_fail(error, EVD_E_IO, "damaged gzip data: %s", stream->msg ? stream->msg : "unknown error");
}

enum evd_status evd_unpack_step(struct evd_unpacker *unpacker, struct evd_unpack_step *step, struct evd_error *error)
{
    step->made = 0;
    return unpacker->compression == EVD_COMPRESSION_ZSTD
               ? step_zstd(unpacker, step, error)
               : step_gzip(unpacker, step, error);
}

bool evd_unpacker_has_more(const struct evd_unpacker *unpacker)
{
    return unpacker->is_full;
}

enum evd_status evd_unpacker_finish(const struct evd_unpacker *unpacker, struct evd_error *error)
{
    return unpacker->is_between ? EVD_OK
                                : evd_fail(error, EVD_E_IO, "the %s stream ends early",
                                           unpacker->compression == EVD_COMPRESSION_ZSTD ? "zstd" : "gzip");
}

static enum evd_status unpack_all(struct evd_unpacker *unpacker, const char *bytes, size_t length,
                                  struct evd_text_memory *memory, struct evd_error *error)
{
    struct evd_unpack_step step = {.input = bytes, .input_length = length};
    while (step.input_length > 0 || unpacker->is_full) {
        if (!evd_text_memory_reserve(memory, ROOM_BYTES))
            return evd_fail_memory(error);
        step.room = memory->pages + memory->length;
        step.room_size = memory->size - memory->length;
        const enum evd_status status = evd_unpack_step(unpacker, &step, error);
        const bool is_allowed = evd_text_memory_add(memory, step.made);
        if (status != EVD_OK)
            return status;
        if (!is_allowed)
            return fail_limit(error);
    }
    return evd_unpacker_finish(unpacker, error);
}

enum evd_status evd_decompress(enum evd_compression compression, const char *bytes, size_t length, unsigned threads,
                               struct evd_text_memory *memory, struct evd_error *error)
{
    if (compression == EVD_COMPRESSION_ZSTD && evd_frames_unpack(bytes, length, threads, memory))
        return EVD_OK;
    struct evd_unpacker *unpacker = evd_unpacker_create(compression);
    if (unpacker == NULL)
        return evd_fail_memory(error);
    const enum evd_status status =
        compression == EVD_COMPRESSION_ZSTD && !reserve_claimed(bytes, length, memory)
            ? fail_limit(error)
            : unpack_all(unpacker, bytes, length, memory, error);
    evd_unpacker_destroy(unpacker);
    return status;
}
