/* Frames that several threads unpack, against the slow twin, which unpacks one after the other: the same text, and the same words
 * where something is wrong. */
#include <criterion/criterion.h>
#include <string.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/compress.h"
#include "base/decompress.h"
#include "base/frames.h"
#include "memory_log.h"
#include "random.h"

enum { ROUNDS = 300, TEXT_BYTES_MAX = 300000 };

static char text[TEXT_BYTES_MAX];

/* Text that packs about as well as a log does, or not at all, or too well to be believed. */
static size_t make_text(struct random *random)
{
    const size_t length = random_below(random, random_below(random, 2) ? 2000 : TEXT_BYTES_MAX);
    const unsigned letters = random_below(random, 20) == 0 ? 1 : 2 + random_below(random, 254);
    for (size_t i = 0; i < length; i++)
        text[i] = i > 200 && random_below(random, 8) ? text[i - 100] : (char)random_below(random, letters);
    return length;
}

static void add_frame(struct random *random, struct evd_buffer *packed)
{
    static const char SKIPPED[] = "\x5a\x2a\x4d\x18\x03\0\0\0abc";
    static char room[2 * TEXT_BYTES_MAX];
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    const size_t length = make_text(random);
    if (random_below(random, 10) == 0)
        evd_buffer_append(packed, SKIPPED, sizeof SKIPPED - 1);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, (int)random_below(random, 2));
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, random_below(random, 60) != 0);
    const size_t size = ZSTD_compress2(zstd, room, sizeof room, text, length);
    cr_assert(!ZSTD_isError(size));
    evd_buffer_append(packed, room, size);
    ZSTD_freeCCtx(zstd);
}

static void damage(struct random *random, struct evd_buffer *packed)
{
    const size_t at = random_below(random, (unsigned)packed->length);
    switch (random_below(random, 4)) {
    case 0: packed->data[at] = (char)(packed->data[at] ^ 1 << random_below(random, 8)); break;
    case 1: packed->length = at; break;
    case 2: evd_buffer_string(packed, "stray"); break;
    default: /* of a frame's head, where what it holds is claimed */
        packed->data[random_below(random, packed->length < 12 ? (unsigned)packed->length : 12)] ^= 0x55;
    }
}

/* What unpacking came to. */
struct unpacked {
    enum evd_status status;
    struct evd_error error;
    struct evd_text_memory memory;
    struct evd_text_limit limit;
};

static void unpack(const struct evd_buffer *packed, unsigned threads, uint64_t most, struct unpacked *unpacked)
{
    *unpacked = (struct unpacked){.limit = {.most = most}};
    unpacked->memory.limit = most == UINT64_MAX ? NULL : &unpacked->limit;
    unpacked->status = evd_decompress(
        EVD_COMPRESSION_ZSTD, packed->data, packed->length, threads, &unpacked->memory, &unpacked->error);
}

Test(frames, are_what_one_thread_unpacks, .timeout = 300)
{
    unsigned together = 0, refused = 0, limited = 0;
    for (unsigned long long seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct evd_buffer packed = {0};
        for (unsigned frames = 1 + random_below(&random, 25); frames > 0; frames--)
            add_frame(&random, &packed);
        if (random_below(&random, 3) == 0)
            damage(&random, &packed);
        const uint64_t most = random_below(&random, 3) ? UINT64_MAX : random_below(&random, 2 * TEXT_BYTES_MAX);
        const unsigned threads = 2 + random_below(&random, 6);
        struct unpacked one, many;
        unpack(&packed, 1, most, &one);
        unpack(&packed, threads, most, &many);
        cr_assert_eq(one.status, many.status, "seed %llu", seed);
        if (one.status == EVD_OK) {
            cr_assert(one.memory.length == many.memory.length && one.memory.added == many.memory.added, "seed %llu",
                      seed);
            cr_assert(one.memory.length == 0 || memcmp(one.memory.pages, many.memory.pages, one.memory.length) == 0,
                      "seed %llu", seed);
        } else {
            cr_expect_str_eq(one.error.message, many.error.message, "seed %llu", seed);
        }
        refused += one.status == EVD_E_IO;
        limited += one.status == EVD_E_LIMIT;
        struct evd_text_memory memory = {0};
        together += evd_frames_unpack(packed.data, packed.length, threads, &memory);
        evd_text_memory_release(&memory);
        evd_text_memory_release(&one.memory);
        evd_text_memory_release(&many.memory);
        evd_buffer_release(&packed);
    }
    cr_expect(together > ROUNDS / 10 && refused > ROUNDS / 10 && limited > 10, "%u together, %u refused, %u limited",
              together, refused, limited);
}

/* Two frames of incompressible text, the second of which claims `claimed` bytes. */
static bool unpacks_claim(size_t claimed)
{
    enum { TEXT_BYTES = 200000, FRAMES = 2 };
    static char room[2 * TEXT_BYTES];
    struct random random = {1};
    struct evd_buffer packed = {0};
    for (int i = 0; i < FRAMES; i++) {
        const bool is_claim = i == FRAMES - 1 && claimed > 0;
        for (size_t j = 0; j < TEXT_BYTES; j++)
            text[j] = (char)random_next(&random);
        const size_t size = ZSTD_compress(room, sizeof room, text, TEXT_BYTES, 1);
        /* The size has 4 bytes: the head's two highest bits say so. */
        cr_assert_eq((unsigned char)room[4] >> 6, 2);
        if (is_claim)
            memcpy(room + 5, &(uint32_t){(uint32_t)claimed}, sizeof(uint32_t));
        evd_buffer_append(&packed, room, size);
    }
    struct unpacked one, many;
    unpack(&packed, 1, UINT64_MAX, &one);
    unpack(&packed, 2, UINT64_MAX, &many);
    cr_expect_eq(one.status, claimed == 0 ? EVD_OK : EVD_E_IO);
    cr_expect(one.status == many.status && (one.status == EVD_OK || strcmp(one.error.message, many.error.message) == 0),
              "%s and %s", one.error.message, many.error.message);
    evd_text_memory_release(&one.memory);
    evd_text_memory_release(&many.memory);
    struct evd_text_memory memory = {0};
    const bool is_unpacked = evd_frames_unpack(packed.data, packed.length, 2, &memory);
    /* What is not believed is not even reserved. */
    cr_expect_eq(memory.size > 0, claimed / EVD_FRAMES_CLAIMED_RATIO_MAX <= packed.length / FRAMES, "%zu", claimed);
    evd_text_memory_release(&memory);
    evd_buffer_release(&packed);
    return is_unpacked;
}

Test(frames, claims_are_held)
{
    cr_expect(unpacks_claim(0));
    cr_expect(!unpacks_claim(1));
    cr_expect(!unpacks_claim(EVD_FRAMES_CLAIMED_RATIO_MAX * (size_t)190000));
    cr_expect(!unpacks_claim(EVD_FRAMES_CLAIMED_RATIO_MAX * (size_t)210000));
    cr_expect(!unpacks_claim(UINT32_MAX));
}

/* What others hold of a limit there is no room for, and what is given back is there again. */
Test(frames, leave_others_what_they_hold)
{
    enum { FRAMES = 2, OTHERS = 1000 };
    static char room[2 * TEXT_BYTES_MAX];
    struct random random = {3};
    struct evd_buffer packed = {0};
    for (size_t j = 0; j < TEXT_BYTES_MAX; j++)
        text[j] = (char)random_next(&random);
    const size_t size = ZSTD_compress(room, sizeof room, text, TEXT_BYTES_MAX, 1);
    for (int i = 0; i < FRAMES; i++)
        evd_buffer_append(&packed, room, size);
    for (int missing = 0; missing < 2; missing++) {
        struct evd_text_limit limit = {.most = FRAMES * TEXT_BYTES_MAX + OTHERS - missing, .held = OTHERS};
        struct evd_text_memory memory = {.limit = &limit};
        cr_expect_eq(evd_frames_unpack(packed.data, packed.length, 2, &memory), missing == 0);
        cr_expect_eq(limit.held, missing == 0 ? limit.most : OTHERS);
        cr_expect_eq(memory.size > 0, missing == 0);
        cr_expect_eq(memory.length, missing == 0 ? FRAMES * TEXT_BYTES_MAX : 0);
        cr_expect_eq(memory.added, memory.length);
        evd_text_memory_release(&memory);
    }
    memcpy(packed.data + 5, &(uint32_t){TEXT_BYTES_MAX - 1}, sizeof(uint32_t));
    struct evd_text_limit limit = {.most = FRAMES * TEXT_BYTES_MAX + OTHERS, .held = OTHERS};
    struct evd_text_memory memory = {.limit = &limit};
    cr_expect(!evd_frames_unpack(packed.data, packed.length, 2, &memory));
    cr_expect(limit.held == OTHERS && memory.length == 0 && memory.added == 0);
    cr_expect(memory.size > 0, "it was not tried");
    evd_text_memory_release(&memory);
    evd_buffer_release(&packed);
}

/* The file a packer writes is such frames, whatever the pieces are that it is given. */
Test(frames, are_what_a_packer_writes)
{
    enum { WRITES = 90 };
    struct random random = {2};
    struct evd_buffer packed = {0}, all = {0};
    struct evd_packer *packer = evd_packer_create(append_bytes, &packed);
    cr_assert_not_null(packer);
    for (int i = 0; i < WRITES; i++) {
        const size_t length = TEXT_BYTES_MAX / 2 + random_below(&random, TEXT_BYTES_MAX / 2);
        for (size_t j = 0; j < length; j++)
            text[j] = (char)('a' + random_below(&random, 26));
        cr_assert(evd_packer_write(packer, text, length));
        evd_buffer_append(&all, text, length);
    }
    cr_assert(evd_packer_finish(packer));
    evd_packer_destroy(packer);
    struct evd_text_memory memory = {0};
    cr_assert(evd_frames_unpack(packed.data, packed.length, 3, &memory));
    cr_expect(memory.length == all.length && memcmp(memory.pages, all.data, all.length) == 0);
    evd_text_memory_release(&memory);
    evd_buffer_release(&packed);
    evd_buffer_release(&all);
}

/* Nothing is a frame too. */
Test(frames, a_packer_that_was_given_nothing)
{
    struct evd_buffer packed = {0};
    struct evd_packer *packer = evd_packer_create(append_bytes, &packed);
    cr_assert(packer != NULL && evd_packer_finish(packer));
    evd_packer_destroy(packer);
    struct unpacked unpacked;
    unpack(&packed, 1, UINT64_MAX, &unpacked);
    cr_expect(packed.length > 0 && unpacked.status == EVD_OK && unpacked.memory.length == 0);
    evd_text_memory_release(&unpacked.memory);
    evd_buffer_release(&packed);
}
