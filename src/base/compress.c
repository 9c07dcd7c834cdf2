#include "base/compress.h"

#include <stdlib.h>
#include <zstd.h>

/* A log is repetitive: the fastest levels already make a twentieth of it. */
enum { LEVEL = 3 };

struct evd_packer {
    evd_packed_write *write;
    void *context;
    ZSTD_CCtx *zstd;
    char *room;
    size_t room_size;
};

struct evd_packer *evd_packer_create(evd_packed_write *write, void *context)
{
    struct evd_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL)
        return NULL;
    packer->write = write;
    packer->context = context;
    packer->room_size = ZSTD_CStreamOutSize();
    packer->room = malloc(packer->room_size);
    packer->zstd = ZSTD_createCCtx();
    if (packer->room == NULL || packer->zstd == NULL) {
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
    free(packer->room);
    free(packer);
}

static bool step(struct evd_packer *packer, ZSTD_inBuffer *input, ZSTD_EndDirective directive, bool *is_done)
{
    ZSTD_outBuffer output = {packer->room, packer->room_size, 0};
    const size_t rest = ZSTD_compressStream2(packer->zstd, &output, input, directive);
    *is_done = directive == ZSTD_e_end ? rest == 0 : input->pos == input->size;
    return !ZSTD_isError(rest) && (output.pos == 0 || packer->write(packer->context, packer->room, output.pos));
}

bool evd_packer_write(void *context, const char *bytes, size_t length)
{
    ZSTD_inBuffer input = {bytes, length, 0};
    bool is_done = length == 0, is_good = true;
    while (is_good && !is_done)
        is_good = step(context, &input, ZSTD_e_continue, &is_done);
    return is_good;
}

bool evd_packer_finish(struct evd_packer *packer)
{
    ZSTD_inBuffer input = {"", 0, 0};
    bool is_done = false, is_good = true;
    while (is_good && !is_done)
        is_good = step(packer, &input, ZSTD_e_end, &is_done);
    return is_good;
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
