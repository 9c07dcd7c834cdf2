#include "base/frames.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/grow.h"
#include "base/pool.h"

/* Neighbours are unpacked by one thread up to so many bytes: of tiny frames there may be very many. */
enum { PIECE_BYTES = 128 << 10 };

/* Frames that one thread unpacks, one after the other. */
struct piece {
    size_t begin, length;           /* in the data */
    size_t text_begin, text_length; /* in the text */
};

struct frames {
    const char *bytes;
    struct piece *pieces;
    size_t count, capacity;
    size_t text_length; /* of all */
    char *text;
    ZSTD_DCtx **unpackers; /* one a worker, made when it is needed */
    atomic_bool has_failed;
};

/* The next frame, which has `length` bytes, with `text_length` bytes of text. */
static bool add_frame(struct frames *frames, size_t begin, size_t length, size_t text_length)
{
    struct piece *last = frames->count > 0 ? &frames->pieces[frames->count - 1] : NULL;
    if (last == NULL || last->length + length > PIECE_BYTES) {
        if (!EVD_MAKE_ROOM(frames->pieces, frames->count, frames->capacity))
            return false;
        last = &frames->pieces[frames->count++];
        *last = (struct piece){.begin = begin, .text_begin = frames->text_length};
    }
    last->length += length;
    last->text_length += text_length;
    return !__builtin_add_overflow(frames->text_length, text_length, &frames->text_length);
}

/* Cuts the data into pieces; false when that can't be done, or not be believed. */
static bool cut(struct frames *frames, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const size_t rest = length - at, size = ZSTD_findFrameCompressedSize(bytes + at, rest);
        if (ZSTD_isError(size))
            return false;
        const unsigned long long claimed = ZSTD_getFrameContentSize(bytes + at, rest);
        if (claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed == ZSTD_CONTENTSIZE_ERROR ||
            claimed / EVD_FRAMES_CLAIMED_RATIO_MAX > size || !add_frame(frames, at, size, (size_t)claimed))
            return false;
        at += size;
    }
    return true;
}

static void unpack_piece(void *context, size_t task, unsigned worker)
{
    struct frames *frames = context;
    const struct piece *piece = &frames->pieces[task];
    if (atomic_load(&frames->has_failed))
        return;
    ZSTD_DCtx **unpacker = &frames->unpackers[worker];
    if (*unpacker == NULL)
        *unpacker = ZSTD_createDCtx();
    /* All the frames in a piece; no byte beyond what they claim is written. */
    if (*unpacker == NULL || ZSTD_decompressDCtx(*unpacker, frames->text + piece->text_begin, piece->text_length,
                                                 frames->bytes + piece->begin, piece->length) != piece->text_length)
        atomic_store(&frames->has_failed, true);
}

static bool unpack_pieces(struct frames *frames, struct evd_pool *pool)
{
    frames->unpackers = calloc(evd_pool_size(pool), sizeof(ZSTD_DCtx *));
    if (frames->unpackers == NULL)
        return false;
    evd_pool_run(pool, frames->count, unpack_piece, frames);
    for (unsigned i = 0; i < evd_pool_size(pool); i++)
        ZSTD_freeDCtx(frames->unpackers[i]);
    free(frames->unpackers);
    return !atomic_load(&frames->has_failed);
}

static bool unpack_held(struct frames *frames, unsigned threads, struct evd_text_memory *memory)
{
    if (!evd_text_memory_reserve(memory, frames->text_length))
        return false;
    frames->text = memory->pages;
    struct evd_pool *pool = evd_pool_create(frames->count < threads ? (unsigned)frames->count : threads);
    const bool is_done = pool != NULL && unpack_pieces(frames, pool);
    evd_pool_destroy(pool);
    return is_done;
}

bool evd_frames_unpack(const char *bytes, size_t length, unsigned threads, struct evd_text_memory *memory)
{
    struct frames frames = {.bytes = bytes};
    bool is_done = false;
    if (threads > 1 && cut(&frames, bytes, length) && frames.count > 1 &&
        evd_text_memory_hold(memory, frames.text_length)) {
        is_done = unpack_held(&frames, threads, memory);
        if (is_done)
            evd_text_memory_add_held(memory, frames.text_length);
        else
            evd_text_memory_give_back(memory, frames.text_length);
    }
    free(frames.pieces);
    return is_done;
}
