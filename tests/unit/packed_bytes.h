/* Text that is packed with zstd and gzip, whole and in odd ways. */
#ifndef EVD_TESTS_PACKED_BYTES_H
#define EVD_TESTS_PACKED_BYTES_H

#include <zlib.h>
#include <zstd.h>

#include "source_files.h"

/* What a user of the library meets, plain or through a sanitizer's shadow memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW_MEMORY true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SHADOW_MEMORY true
#endif
#endif
#ifndef HAS_SHADOW_MEMORY
#define HAS_SHADOW_MEMORY false
#endif

static inline void add_zstd(struct bytes *bytes, const struct bytes *text, size_t begin, size_t end)
{
    const size_t bound = ZSTD_compressBound(end - begin);
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    const size_t length = ZSTD_compress(packed, bound, text->data + begin, end - begin, 1);
    cr_assert_not(ZSTD_isError(length));
    add(bytes, packed, length);
    free(packed);
}

/* A frame that does not say how much it holds, with a window of 2^window_log bytes. */
static inline void add_zstd_stream(struct bytes *bytes, const struct bytes *text, int window_log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    cr_assert_not_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    const size_t bound = ZSTD_compressBound(text->length) + 64;
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    ZSTD_inBuffer input = {text->data, text->length, 0};
    ZSTD_outBuffer output = {packed, bound, 0};
    /* In two steps, or the library would know the size and shrink the window. */
    cr_assert_not(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue)));
    cr_assert_eq(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0);
    add(bytes, packed, output.pos);
    free(packed);
    ZSTD_freeCCtx(context);
}

static inline void add_skippable(struct bytes *bytes, unsigned variant, uint32_t length)
{
    const unsigned char header[8] = {
        (unsigned char)(0x50 + variant), 0x2a, 0x4d, 0x18, (unsigned char)length, (unsigned char)(length >> 8), 0, 0};
    add(bytes, header, sizeof header);
    for (uint32_t i = 0; i < length; i++)
        add(bytes, "x", 1);
}

static inline void add_gzip(struct bytes *bytes, const struct bytes *text, size_t begin, size_t end)
{
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t bound = deflateBound(&stream, end - begin);
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    stream.next_in = (Bytef *)text->data + begin;
    stream.avail_in = (uInt)(end - begin);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)bound;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    add(bytes, packed, stream.total_out);
    deflateEnd(&stream);
    free(packed);
}

#endif
