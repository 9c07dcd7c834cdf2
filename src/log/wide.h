/* Wide compares: many bytes at a time, as wide as the file is compiled for.
 *
 * All may read up to EVD_WIDE_BEYOND bytes past the text, which must be readable (log/source.h). */
#ifndef EVD_LOG_WIDE_H
#define EVD_LOG_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rules/rules.h"
#include "json/key.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { EVD_WIDE_BEYOND = 32 };

/* True when `length` bytes at `p` are those at `expected`, which is readable to the next multiple of 32. */
static inline bool evd_wide_equal(const char *p, const char *expected, size_t length)
{
#if defined(__AVX2__)
    for (; length > 32; p += 32, expected += 32, length -= 32) {
        const __m256i equal = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)p),
                                                _mm256_loadu_si256((const __m256i *)(const void *)expected));
        if (_mm256_movemask_epi8(equal) != -1)
            return false;
    }
    const __m256i equal = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)p),
                                            _mm256_loadu_si256((const __m256i *)(const void *)expected));
    return _bzhi_u32(~(unsigned)_mm256_movemask_epi8(equal), (unsigned)length) == 0;
#elif defined(__SSE2__)
    for (; length > 16; p += 16, expected += 16, length -= 16) {
        const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
                                             _mm_loadu_si128((const __m128i *)(const void *)expected));
        if (_mm_movemask_epi8(equal) != 0xffff)
            return false;
    }
    const __m128i equal = _mm_cmpeq_epi8(
        _mm_loadu_si128((const __m128i *)(const void *)p), _mm_loadu_si128((const __m128i *)(const void *)expected));
    return (~_mm_movemask_epi8(equal) & ((1 << length) - 1)) == 0;
#else
    return memcmp(p, expected, length) == 0;
#endif
}

/* Copies `length` bytes, and what is after them up to a multiple of 32, which `to` has room for. */
static inline void evd_wide_copy(char *to, const char *from, size_t length)
{
    for (size_t i = 0; i < length; i += 32)
        memcpy(to + i, from + i, 32);
}

/* The first byte from `p` on that ends or complicates a string: a quote, a backslash, a control
 * character, a byte of a character that is not ASCII. There is one at the latest after the text. */
static inline const char *evd_wide_skip_plain(const char *p)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');
    for (;; p += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Bytes from 0x80 on are negative, so less than a space. */
        const __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)), _mm_cmplt_epi8(bytes, space));
        const int mask = _mm_movemask_epi8(special);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
#else
    while (*p != '"' && *p != '\\' && (signed char)*p >= ' ')
        p++;
    return p;
#endif
}

/* evd_hash_text. */
static inline uint64_t evd_wide_hash_text(const char *p, size_t length, uint64_t seed)
{
    if (length > EVD_HASH_SHORT_MAX)
        return evd_hash_text(p, length, seed);
    uint64_t low = XXH_readLE64(p), high = XXH_readLE64(p + 8);
#if defined(__BMI2__)
    /* All bits where the index is beyond 63, and none where it is 0. */
    low = _bzhi_u64(low, (unsigned)length * 8);
    high = _bzhi_u64(high, length > 8 ? (unsigned)length * 8 - 64 : 0);
#else
    low &= length < 8 ? ((uint64_t)1 << length * 8) - 1 : UINT64_MAX;
    high &= length < 16 ? length < 8 ? 0 : ((uint64_t)1 << (length - 8) * 8) - 1 : UINT64_MAX;
#endif
    return evd_hash_short(low, high, length, seed);
}

/* The first byte from `p` on that is no digit. */
static inline const char *evd_wide_skip_digits(const char *p)
{
#if defined(__SSE2__)
    const __m128i zero = _mm_set1_epi8('0'), ten = _mm_set1_epi8(10);
    for (;; p += 16) {
        const __m128i values = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), zero);
        /* Unsigned, everything but '0' to '9' is at least ten now. */
        const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(values, ten), values));
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
#else
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
#endif
}

/* The number that 8 hexadecimal digits spell, or fewer with zeros before them; false when a byte is none. All
 * bytes are ASCII. Each is told by what is left of it without the bits of '0' or 'a'. */
static inline bool evd_wide_hexadecimal_8(uint64_t bytes, uint64_t *value)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t digit = bytes ^ ones * '0', letter = (bytes | ones * 0x20) ^ ones * 0x60;
    /* The high bit where a digit is at most 9, and where a letter is at least 1 and at most 6. */
    const uint64_t is_digit = ~(digit + ones * (0x7f - 9));
    const uint64_t is_letter = (letter + ones * (0x80 - 1)) & ~(letter + ones * (0x7f - 6));
    uint64_t digits = (bytes & ones * 0xf) + (bytes >> 6 & ones) * 9;
    digits = (digits << 4 | digits >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits << 8 | digits >> 16) & UINT64_C(0x0000ffff0000ffff);
    *value = (digits << 16 | digits >> 32) & UINT64_C(0xffffffff);
    return ((is_digit | is_letter) & ones * 0x80) == ones * 0x80;
}

/* Up to 8 of them at `p`. */
static inline bool evd_wide_hexadecimal_few(const char *p, size_t count, uint64_t *value)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    if (count < 8)
        bytes = bytes << 8 * (8 - count) | UINT64_C(0x3030303030303030) >> 8 * count;
    return evd_wide_hexadecimal_8(bytes, value);
}

/* evd_hexadecimal, of a text in ASCII. */
static inline bool evd_wide_hexadecimal(struct evd_string spelling, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const char *p = spelling.bytes;
    if (spelling.length < 3 || spelling.length > 18 || p[0] != '0' || p[1] != 'x')
        return false;
    const size_t count = spelling.length - 2;
    if (count <= 8)
        return evd_wide_hexadecimal_few(p + 2, count, value);
    uint64_t high, low;
    if (!evd_wide_hexadecimal_few(p + 2, count - 8, &high) || !evd_wide_hexadecimal_few(p + 2 + count - 8, 8, &low))
        return false;
    *value = high << 32 | low;
    return true;
#else
    return evd_hexadecimal(spelling, value);
#endif
}

#if defined(__SSE2__)
/* Random bits, so that equal blocks at different places count differently (digits of pi). */
static const uint64_t EVD_WIDE_SALT[4 * 8] = {
    0x243f6a8885a308d3u, 0x13198a2e03707344u, 0xa4093822299f31d0u, 0x082efa98ec4e6c89u, 0x452821e638d01377u,
    0xbe5466cf34e90c6cu, 0xc0ac29b7c97c50ddu, 0x3f84d5b5b5470917u, 0x9216d5d98979fb1bu, 0xd1310ba698dfb5acu,
    0x2ffd72dbd01adfb7u, 0xb8e1afed6a267e96u, 0xba7c9045f12c7f99u, 0x24a19947b3916cf7u, 0x0801f2e2858efc16u,
    0x636920d871574e69u, 0xa458fea3f4933d7eu, 0x0d95748f728eb658u, 0x718bcd5882154aeeu, 0x7b54a41dc25a59b5u,
    0x9c30d5392af26013u, 0xc5d1b023286085f0u, 0xca417918b8db38efu, 0x8e79dcb0603a180eu, 0x6c9e0e8bb01e8a3eu,
    0xd71577c1bd314b27u, 0x78af2fda55605c60u, 0xe65525f3aa55ab94u, 0x5748986263e81440u, 0x55ca396a2aab10b6u,
    0xb4cc5c341141e8ceu, 0xa15486af7c72e993u,
};
/* 32 bytes that are set, then 32 that are not. */
static const unsigned char EVD_WIDE_MASK[64] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};
#endif

enum { EVD_WIDE_TAIL_MAX = 256 };

/* The length of the line at `p` with its line feed, and a hash of its bytes; 0 when there is none among the
 * first `most` bytes, at most EVD_WIDE_TAIL_MAX. The hash spreads what is not made to collide; it differs
 * from processor to processor. It is XXH3's accumulation (https://github.com/Cyan4973/xxHash), with fixed
 * salt. */
static inline size_t evd_wide_hash_line(const char *p, size_t most, uint64_t *hash)
{
#if defined(__AVX2__)
    const __m256i line_feed = _mm256_set1_epi8('\n');
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < most; i += 32) {
        const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        const unsigned found = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, line_feed));
        __m256i salted = _mm256_loadu_si256((const __m256i *)(const void *)&EVD_WIDE_SALT[i / 8]);
        if (found == 0) {
            salted = _mm256_xor_si256(salted, bytes);
            sum =
                _mm256_add_epi64(sum, _mm256_add_epi64(bytes, _mm256_mul_epu32(salted, _mm256_srli_epi64(salted, 32))));
            continue;
        }
        const size_t rest = (size_t)__builtin_ctz(found) + 1;
        const __m256i last =
            _mm256_and_si256(bytes, _mm256_loadu_si256((const __m256i *)(const void *)(EVD_WIDE_MASK + 32 - rest)));
        salted = _mm256_xor_si256(salted, last);
        sum = _mm256_add_epi64(sum, _mm256_add_epi64(last, _mm256_mul_epu32(salted, _mm256_srli_epi64(salted, 32))));
        const __m128i half =
            _mm_xor_si128(_mm256_castsi256_si128(sum), _mm_shuffle_epi32(_mm256_extracti128_si256(sum, 1), 0x4e));
        const uint64_t low = (uint64_t)_mm_cvtsi128_si64(half);
        const uint64_t high = (uint64_t)_mm_extract_epi64(half, 1);
        const uint64_t mixed = (low ^ (high >> 29)) * 0x9e3779b97f4a7c15u + high + i;
        *hash = mixed ^ mixed >> 32;
        return i + rest <= most ? i + rest : 0;
    }
    return 0;
#elif defined(__SSE2__)
    const __m128i line_feed = _mm_set1_epi8('\n');
    __m128i sum = _mm_setzero_si128();
    for (size_t i = 0; i < most; i += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        const unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, line_feed));
        __m128i salted = _mm_loadu_si128((const __m128i *)(const void *)&EVD_WIDE_SALT[i / 8]);
        if (found == 0) {
            salted = _mm_xor_si128(salted, bytes);
            sum = _mm_add_epi64(sum, _mm_add_epi64(bytes, _mm_mul_epu32(salted, _mm_srli_epi64(salted, 32))));
            continue;
        }
        const size_t rest = (size_t)__builtin_ctz(found) + 1;
        const __m128i last =
            _mm_and_si128(bytes, _mm_loadu_si128((const __m128i *)(const void *)(EVD_WIDE_MASK + 32 - rest)));
        salted = _mm_xor_si128(salted, last);
        sum = _mm_add_epi64(sum, _mm_add_epi64(last, _mm_mul_epu32(salted, _mm_srli_epi64(salted, 32))));
        const uint64_t low = (uint64_t)_mm_cvtsi128_si64(sum);
        const uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
        const uint64_t mixed = (low ^ (high >> 29)) * 0x9e3779b97f4a7c15u + high + i;
        *hash = mixed ^ mixed >> 32;
        return i + rest <= most ? i + rest : 0;
    }
    return 0;
#else
    const char *line_feed = memchr(p, '\n', most);
    if (line_feed == NULL)
        return 0;
    const size_t length = (size_t)(line_feed + 1 - p);
    *hash = XXH3_64bits(p, length);
    return length;
#endif
}

#endif
