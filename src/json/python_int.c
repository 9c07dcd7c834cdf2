#include "json/python_int.h"

#include "base/unicode.h"

/* Reads the characters that int() sees: in a text with any character above ASCII, Unicode spaces are
 * blanks and Unicode digits ASCII digits; CPython translates no text that is all ASCII. */
struct characters {
    const char *p, *end;
    int next; /* -1 at the end */
};

static void advance(struct characters *characters)
{
    if (characters->p == characters->end) {
        characters->next = -1;
        return;
    }
    if ((unsigned char)*characters->p < 0x80) {
        characters->next = *characters->p++;
        return;
    }
    const uint32_t c = evd_code_point_next(&characters->p);
    const int digit = evd_wide_digit(c);
    if (evd_is_wide_space(c))
        characters->next = ' ';
    else
        characters->next = digit >= 0 ? '0' + digit : '?';
}

static bool is_blank(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int digit_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return 99;
}

bool evd_python_hex(struct evd_string text, uint64_t *low_bits)
{
    struct characters c = {text.bytes, text.bytes + text.length, -1};
    advance(&c);
    while (is_blank(c.next))
        advance(&c);
    const bool is_negative = c.next == '-';
    if (c.next == '-' || c.next == '+')
        advance(&c);
    uint64_t value = 0;
    bool is_after_digit = false;
    if (c.next == '0') {
        advance(&c);
        is_after_digit = true;
        if (c.next == 'x' || c.next == 'X') {
            advance(&c);
            is_after_digit = false;
            if (c.next == '_')
                advance(&c);
        }
    }
    for (;; advance(&c)) {
        if (c.next == '_' && is_after_digit) {
            is_after_digit = false;
            continue;
        }
        const int digit = digit_value(c.next);
        if (digit >= 16)
            break;
        value = value << 4 | (uint64_t)digit;
        is_after_digit = true;
    }
    if (!is_after_digit)
        return false;
    while (is_blank(c.next))
        advance(&c);
    *low_bits = is_negative ? 0 - value : value;
    return c.next == -1;
}

uint32_t evd_decimal_low_bits(struct evd_string digits)
{
    const bool is_negative = digits.length > 0 && digits.bytes[0] == '-';
    uint32_t value = 0;
    for (size_t i = is_negative; i < digits.length; i++)
        value = value * 10 + (uint32_t)(digits.bytes[i] - '0');
    return is_negative ? 0 - value : value;
}
