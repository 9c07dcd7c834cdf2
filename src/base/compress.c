#include "base/compress.h"

#include <stdlib.h>
#include <zstd.h>

/* A log is repetitive: the fastest levels already make a twentieth of it. A frame of a few MiB is no larger than its part of one
 * frame of all. */
enum { LEVEL = 3, FRAME_TEXT_BYTES = 4 << 20 };

struct evd_packer {
    evd_packed_write *write;
    void *context;
    ZSTD_CCtx *zstd;
    struct evd_buffer text; /* of the next frame */
    struct evd_buffer packed;
    bool has_frames;
};

struct evd_packer *evd_packer_create(evd_packed_write *write, void *context)
{
    struct evd_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL)
        return NULL;
    packer->write = write;
    packer->context = context;
    packer->zstd = ZSTD_createCCtx();
    if (packer->zstd == NULL) {
        evd_packer_destroy(packer);
        return NULL;
    }
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, 1);
    return packer;
}

void evd_packer_destroy(struct evd_packer *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->zstd);
    evd_buffer_release(&packer->text);
    evd_buffer_release(&packer->packed);
    free(packer);
}

static bool write_frame(struct evd_packer *packer)
{
    packer->packed.length = 0;
    if (!evd_packer_pack(packer, packer->text.data, packer->text.length, &packer->packed))
        return false;
    packer->text.length = 0;
    packer->has_frames = true;
    return packer->write(packer->context, packer->packed.data, packer->packed.length);
}

bool evd_packer_write(void *context, const char *bytes, size_t length)
{
    struct evd_packer *packer = context;
    while (length > 0) {
        const size_t room = FRAME_TEXT_BYTES - packer->text.length, count = length < room ? length : room;
        evd_buffer_append(&packer->text, bytes, count);
        if (packer->text.failed)
            return false;
        bytes += count;
        length -= count;
        if (packer->text.length == FRAME_TEXT_BYTES && !write_frame(packer))
            return false;
    }
    return true;
}

bool evd_packer_finish(struct evd_packer *packer)
{
    return (packer->text.length == 0 && packer->has_frames) || write_frame(packer);
}

bool evd_packer_pack(struct evd_packer *packer, const char *bytes, size_t length, struct evd_buffer *packed)
{
    const size_t bound = ZSTD_compressBound(length);
    if (ZSTD_isError(bound) || !evd_buffer_reserve(packed, bound))
        return false;
    /* It keeps its parameters, and its memory. */
    ZSTD_CCtx_reset(packer->zstd, ZSTD_reset_session_only);
    const size_t count = ZSTD_compress2(packer->zstd, packed->data + packed->length, bound, bytes, length);
    if (ZSTD_isError(count))
        return false;
    packed->length += count;
    return true;
}
