/* Digits: the numbers of JSON at a place in a line, skipped or read.
 *
 * Functions of a header, because they are compiled for every kind of processor (log/shape_read.c). They read up to
 * EVD_WIDE_BEYOND bytes beyond the digits. */
#ifndef EVD_LOG_DIGITS_H
#define EVD_LOG_DIGITS_H

#include "base/digits.h"
#include "log/wide.h"

enum { EVD_DIGITS_MAX = 19 }; /* of an integer that may fit in 64 bits; without a sign so many always do */

/* The end of the fraction and the exponent at `p`, or NULL when they are not what JSON allows. */
static const char *evd_digits_skip_fraction(const char *p)
{
    if (*p == '.') {
        const char *digits = p + 1;
        p = evd_wide_skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        const char *digits = p;
        p = evd_wide_skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    return p;
}

/* The end of the number at `p`, or NULL when it is not one that JSON allows. */
static inline const char *evd_digits_skip_number(const char *p, bool *is_real)
{
    const char *digits = p + (*p == '-');
    const char *end = *digits == '0' ? digits + 1 : evd_wide_skip_digits(digits);
    *is_real = *end == '.' || *end == 'e' || *end == 'E';
    if (end == digits)
        return NULL;
    return *is_real ? evd_digits_skip_fraction(end) : end;
}

/* True when digits from `p` to `end` are no integer of JSON, or one that is too long. */
static inline bool evd_digits_are_no_integer(const char *p, const char *end)
{
    /* No digits are too many, too. */
    return (size_t)(end - p) - 1 >= EVD_DIGITS_MAX || (*p == '0' && end - p > 1);
}

/* As evd_digits_read_integer, for what begins with a minus. Apart: it is rare. */
__attribute__((noinline)) static const char *evd_digits_read_negative(const char *p, int64_t *value)
{
    const char *digits = p + 1;
    const char *end = evd_wide_skip_digits(digits);
    if (*p != '-' || evd_digits_are_no_integer(digits, end))
        return NULL;
    const uint64_t magnitude = evd_digits_read(digits, (size_t)(end - digits));
    if (magnitude > (uint64_t)INT64_MAX + 1)
        return NULL;
    *value = (int64_t)(0 - magnitude);
    return end;
}

/* Reads the integer at `p`: the byte after it, or NULL when it is none, or does not fit in 64 bits. What begins a fraction or an
 * exponent may come after it: no literal of a shape begins so, and no text that lines have had behind an integer. */
static inline const char *evd_digits_read_integer(const char *p, int64_t *value)
{
    const char *end = evd_wide_skip_digits(p);
    if (evd_digits_are_no_integer(p, end))
        return end == p ? evd_digits_read_negative(p, value) : NULL;
    const uint64_t magnitude = evd_digits_read(p, (size_t)(end - p));
    *value = (int64_t)magnitude;
    return magnitude <= INT64_MAX ? end : NULL;
}

#endif
