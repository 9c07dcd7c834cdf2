/* Digits: up to 8 decimal ones at once, which a word holds.
 *
 * A word has a digit a byte, the first of them in memory first. */
#ifndef EVD_BASE_DIGITS_H
#define EVD_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many digits are at `p`, which 8 bytes can be read from: from 0 to 8. */
static inline unsigned evd_digits_leading(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    word ^= UINT64_C(0x3030303030303030);
    /* The high bit of each byte that is more than 9. */
    const uint64_t others =
        (((word & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | word) & UINT64_C(0x8080808080808080);
    if (others == 0)
        return 8;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (unsigned)__builtin_ctzll(others) / 8;
#else
    return (unsigned)__builtin_clzll(others) / 8;
#endif
}

/* The first byte from `p` on that is no digit. Bytes from `end` on are read, and may be passed, up to 8 of them. */
static inline const char *evd_digits_skip(const char *p, const char *end)
{
    unsigned count;
    do
        p += count = evd_digits_leading(p);
    while (count == 8 && p < end);
    return p;
}

/* The number of 1 to 8 digits at `p`, which 8 bytes can be read from: pairs of digits, then pairs of those, at
 * once (D. Lemire, Quickly parsing eight digits, 2018). */
static inline uint64_t evd_digits_read_few(const char *p, size_t count)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t digits;
    memcpy(&digits, p, sizeof digits);
    /* The digits to the high bytes, zeros before them. */
    digits = (digits - UINT64_C(0x3030303030303030)) << 8 * (8 - count);
    digits = digits * 10 + (digits >> 8);
    return ((digits & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
            (digits >> 16 & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32))) >>
           32;
#else
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(p[i] - '0');
    return value;
#endif
}

/* The number that `length` digits at `p` spell; from 1 to 19, which always fit. */
static inline uint64_t evd_digits_read(const char *p, size_t length)
{
    if (length <= 8)
        return evd_digits_read_few(p, length);
    const char *end = p + length;
    uint64_t number = 0;
    const size_t head = length % 8;
    if (head > 0)
        number = evd_digits_read_few(p, head);
    for (p += head; p < end; p += 8)
        number = number * 100000000 + evd_digits_read_few(p, 8);
    return number;
}

/* The 8 digits of a number below 100,000,000, zeros before it, as values from 0 to 9: halves, then pairs, then digits, at once. */
static inline uint64_t evd_digits_spread(uint32_t value)
{
    const uint64_t halves = value / 10000 | (uint64_t)(value % 10000) << 32;
    /* A hundredth of each half, and a tenth of each pair, by multiplying. */
    const uint64_t upper = halves * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    const uint64_t pairs = upper + ((halves - upper * 100) << 16);
    const uint64_t tens = pairs * 103 >> 10 & UINT64_C(0x000f000f000f000f);
    const uint64_t digits = tens + ((pairs - tens * 10) << 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return digits;
#else
    return __builtin_bswap64(digits);
#endif
}

/* Writes all 8 of them. */
static inline void evd_digits_write(char *p, uint64_t digits)
{
    digits |= UINT64_C(0x3030303030303030);
    memcpy(p, &digits, sizeof digits);
}

/* Writes a number below 100,000,000 without zeros before it, but 8 bytes; returns how many of them are its digits. */
static inline unsigned evd_digits_write_few(char *p, uint32_t value)
{
    const uint64_t digits = evd_digits_spread(value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* The last digit counts even if it is 0. */
    const unsigned zeros = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
    evd_digits_write(p, digits >> 8 * zeros);
#else
    const unsigned zeros = (unsigned)__builtin_clzll(digits | 1) / 8;
    evd_digits_write(p, digits << 8 * zeros);
#endif
    return 8 - zeros;
}

#endif
