/* Sources that are packed: every kind of frame and member is read, and what is damaged, cut or hostile is refused. */
#include <sys/resource.h>

#include "packed_bytes.h"

TestSuite(packed, .init = set_up, .fini = tear_down);

static void expect_unpacks(const struct bytes *packed, const struct bytes *text)
{
    write_file(packed->data, packed->length);
    expect_opens(path, text->data, text->length);
}

static void expect_damaged(const struct bytes *packed, const char *part)
{
    write_file(packed->data, packed->length);
    expect_refused(path, EVD_E_IO, part);
}

Test(packed, zstd_frames)
{
    struct bytes text = make_text(TEXT_BYTES, 6), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_zstd_stream(&packed, &text, 20);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_zstd(&packed, &text, 0, 1000000);
    add_zstd(&packed, &text, 1000000, 1000000);
    add_zstd(&packed, &text, 1000000, 1000001);
    add_zstd(&packed, &text, 1000001, text.length);
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(packed, zstd_skippable_frames)
{
    struct bytes text = make_text(100000, 7), packed = {0};
    add_skippable(&packed, 0, 0);
    add_skippable(&packed, 15, 300);
    add_zstd(&packed, &text, 0, 50000);
    add_skippable(&packed, 7, 1);
    add_zstd(&packed, &text, 50000, text.length);
    add_skippable(&packed, 3, 500);
    expect_unpacks(&packed, &text);
    packed.length -= 100;
    expect_damaged(&packed, "the zstd stream ends early");
    packed.length = 0;
    text.length = 0;
    add_skippable(&packed, 1, 20);
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(packed, zstd_sizes_around_the_memory)
{
    struct bytes text = make_text(3 << 20, 8);
    const size_t sizes[] = {
        0, 1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 19, (2 << 20) - 64, 2 << 20, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bytes packed = {0};
        const struct bytes part = {text.data, sizes[i]};
        add_zstd(&packed, &part, 0, part.length);
        expect_unpacks(&packed, &part);
        packed.length = 0;
        add_zstd_stream(&packed, &part, 18);
        expect_unpacks(&packed, &part);
        packed.length = 0;
        add_gzip(&packed, &part, 0, part.length);
        expect_unpacks(&packed, &part);
        free(packed.data);
    }
    free(text.data);
}

Test(packed, zstd_long_windows)
{
    struct bytes text = make_text(100000, 9), packed = {0};
    add_zstd_stream(&packed, &text, 28); /* zstd's own limit is 27 */
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(packed, zstd_that_claims_to_be_huge)
{
    struct bytes text = make_text(100000, 10), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    const unsigned char descriptor = (unsigned char)packed.data[4];
    /* No checksum or dictionary, one segment or not, a size field of 4 bytes. */
    cr_assert_eq(descriptor >> 6, 2);
    const size_t at = descriptor & 0x20 ? 5 : 6;
    const size_t mapped = count_mapped_bytes();
    packed.data[4] = (char)((descriptor & 0x1f) | 0xc0); /* 8 bytes, and a window */
    struct bytes hostile = {0};
    add(&hostile, packed.data, 5);
    add(&hostile, "\x50", 1); /* a window of 1 MiB */
    add(&hostile, "\xff\xff\xff\xff\xff\xff\xff\x0f", 8);
    add(&hostile, packed.data + at + 4, packed.length - at - 4);
    expect_damaged(&hostile, "zstd");
    if (!HAS_SHADOW_MEMORY)
        cr_expect_lt(count_mapped_bytes(), mapped + (64 << 20));
    free(hostile.data);
    free(packed.data);
    free(text.data);
}

Test(packed, zstd_that_is_cut)
{
    struct bytes text = make_text(20000, 11), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    for (packed.length = 4; packed.length < length; packed.length += 97)
        expect_damaged(&packed, "the zstd stream ends early");
    packed.length = length - 1;
    expect_damaged(&packed, "the zstd stream ends early");
    packed.length = length;
    add_zstd(&packed, &text, 0, text.length);
    packed.length = length + 3;
    expect_damaged(&packed, "zstd");
    free(packed.data);
    free(text.data);
}

Test(packed, zstd_that_is_damaged)
{
    struct bytes text = make_text(200000, 12), packed = {0};
    add_zstd_stream(&packed, &text, 18); /* with a checksum */
    for (size_t i = 10; i < packed.length; i += packed.length / 50) {
        packed.data[i] ^= 0x55;
        expect_damaged(&packed, "zstd");
        packed.data[i] ^= 0x55;
    }
    packed.data[packed.length - 1] ^= 1;
    expect_damaged(&packed, "damaged zstd data: ");
    packed.data[packed.length - 1] ^= 1;
    expect_unpacks(&packed, &text);
    add(&packed, "garbage", 7);
    expect_damaged(&packed, "zstd");
    free(packed.data);
    free(text.data);
}

Test(packed, gzip_members)
{
    struct bytes text = make_text(TEXT_BYTES, 13), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_gzip(&packed, &text, 0, 1000000);
    add_gzip(&packed, &text, 1000000, 1000000);
    add_gzip(&packed, &text, 1000000, 1000001);
    add_gzip(&packed, &text, 1000001, text.length);
    expect_unpacks(&packed, &text);
    char zeros[5000] = {0};
    add(&packed, zeros, 1);
    expect_unpacks(&packed, &text);
    add(&packed, zeros, sizeof zeros);
    expect_unpacks(&packed, &text);
    const size_t padded = packed.length;
    add(&packed, "x", 1);
    expect_damaged(&packed, "damaged gzip data: ");
    packed.length = padded;
    /* gzip itself ignores a member behind padding, with a warning. */
    add_gzip(&packed, &text, 0, 100);
    expect_damaged(&packed, "damaged gzip data: ");
    free(packed.data);
    free(text.data);
}

Test(packed, gzip_followed_by_something_else)
{
    struct bytes text = make_text(100000, 14), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    add(&packed, "garbage", 7);
    expect_damaged(&packed, "damaged gzip data: ");
    packed.length = length;
    add(&packed, "\x1f", 1);
    expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length;
    uLong zlib_length = compressBound((uLong)text.length);
    Bytef *zlib = malloc(zlib_length);
    cr_assert_eq(compress(zlib, &zlib_length, (Bytef *)text.data, (uLong)text.length), Z_OK);
    add(&packed, zlib, zlib_length); /* not gzip, though zlib could read it */
    expect_damaged(&packed, "damaged gzip data: ");
    free(zlib);
    free(packed.data);
    free(text.data);
}

Test(packed, gzip_that_is_cut_or_damaged)
{
    struct bytes text = make_text(200000, 15), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    for (packed.length = 2; packed.length < length; packed.length += 2003)
        expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length - 1;
    expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length;
    for (size_t i = 20; i < length; i += length / 50) {
        packed.data[i] ^= 0x55;
        expect_damaged(&packed, "gzip");
        packed.data[i] ^= 0x55;
    }
    packed.data[length - 8] ^= 1; /* in the checksum */
    expect_damaged(&packed, "damaged gzip data: ");
    packed.data[length - 8] ^= 1;
    expect_unpacks(&packed, &text);
    add_gzip(&packed, &text, 0, 1000);
    packed.length = length + 15;
    expect_damaged(&packed, "the gzip stream ends early");
    free(packed.data);
    free(text.data);
}

Test(packed, first_bytes_that_only_resemble)
{
    const char *const texts[] = {
        "\x1f", "\x1f\x8c", "\x28\xb5\x2f", "\x28\xb5\x2f\xfe", "\x4f\x2a\x4d\x18", "\x60\x2a\x4d\x18"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(texts[i], strlen(texts[i]));
        expect_opens(path, texts[i], strlen(texts[i]));
    }
}

Test(packed, unpacked_text_that_looks_packed_is_text)
{
    struct bytes text = make_text(1000, 16), once = {0}, twice = {0};
    add_gzip(&once, &text, 0, text.length);
    add_zstd(&twice, &once, 0, once.length);
    expect_unpacks(&twice, &once);
    free(twice.data);
    free(once.data);
    free(text.data);
}

Test(packed, what_is_not_needed_is_given_back)
{
    struct bytes text = make_text(TEXT_BYTES, 17), packed = {0};
    add_zstd_stream(&packed, &text, 20);
    write_file(packed.data, packed.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_expect_lt(source.pages_size, text.length + (64 << 10));
    evd_source_close(&source);
    const size_t mapped = count_mapped_bytes();
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
        evd_source_close(&source);
    }
    if (!HAS_SHADOW_MEMORY)
        cr_expect_lt(count_mapped_bytes(), mapped + (16 << 20));
    free(packed.data);
    free(text.data);
}

/* The sanitizer's own memory is beyond any limit. */
Test(packed, a_bomb_runs_out_of_memory, .disabled = HAS_SHADOW_MEMORY)
{
    /* The same frame of 64 MiB of zeros, 64 times. */
    struct bytes zeros = {calloc(64, 1 << 20), 64 << 20}, frame = {0}, bomb = {0};
    cr_assert_not_null(zeros.data);
    add_zstd(&frame, &zeros, 0, zeros.length);
    for (int i = 0; i < 64; i++)
        add(&bomb, frame.data, frame.length);
    write_file(bomb.data, bomb.length);
    bomb.length = frame.length = 0;
    add_gzip(&frame, &zeros, 0, zeros.length);
    free(zeros.data);
    struct rlimit limit = {count_mapped_bytes() + (200 << 20), RLIM_INFINITY};
    struct rlimit before;
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    limit.rlim_max = before.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    expect_refused(path, EVD_E_NO_MEMORY, "out of memory");
    for (int i = 0; i < 64; i++)
        add(&bomb, frame.data, frame.length);
    write_file(bomb.data, bomb.length);
    expect_refused(path, EVD_E_NO_MEMORY, "out of memory");
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    free(bomb.data);
    free(frame.data);
}
