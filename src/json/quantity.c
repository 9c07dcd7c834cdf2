#include "json/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

static bool are_digits(struct evd_string text, unsigned base)
{
    for (size_t i = 0; i < text.length; i++)
        if (digit_of(text.bytes[i]) >= base)
            return false;
    return text.length > 0 && text.length <= EVD_QUANTITY_DIGITS_MAX;
}

static struct evd_string without_zeros(struct evd_string digits)
{
    while (digits.length > 1 && digits.bytes[0] == '0') {
        digits.bytes++;
        digits.length--;
    }
    return digits;
}

static bool keep_hexadecimal(struct evd_arena *arena, struct evd_string digits, struct evd_quantity *quantity)
{
    digits = without_zeros(digits);
    char *kept = evd_arena_alloc(arena, digits.length);
    if (kept == NULL)
        return false;
    for (size_t i = 0; i < digits.length; i++)
        kept[i] = "0123456789abcdef"[digit_of(digits.bytes[i])];
    quantity->digits = (struct evd_string){kept, digits.length};
    return true;
}

bool evd_quantity_of(struct evd_arena *arena, uint64_t number, struct evd_quantity *quantity)
{
    char digits[17];
    const int length = snprintf(digits, sizeof digits, "%llx", (unsigned long long)number);
    quantity->is_negative = false;
    return keep_hexadecimal(arena, (struct evd_string){digits, (size_t)length}, quantity);
}

enum { LIMB_DIGITS = 9, LIMBS_MAX = EVD_QUANTITY_DIGITS_MAX / LIMB_DIGITS + 2 };

/* Decimal digits, nine at a time, into a number of limbs of 32 bits. */
static bool keep_decimal(struct evd_arena *arena, struct evd_string digits, struct evd_quantity *quantity)
{
    uint32_t limbs[LIMBS_MAX] = {0};
    size_t count = 1;
    for (size_t i = 0; i < digits.length;) {
        uint64_t carry = 0, weight = 1;
        for (int j = 0; j < LIMB_DIGITS && i < digits.length; j++, weight *= 10)
            carry = carry * 10 + digit_of(digits.bytes[i++]);
        for (size_t j = 0; j < count; j++) {
            carry += limbs[j] * weight;
            limbs[j] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry > 0)
            limbs[count++] = (uint32_t)carry;
    }
    char spelled[LIMBS_MAX * 8 + 1];
    size_t length = 0;
    for (size_t j = count; j-- > 0;)
        length += (size_t)snprintf(spelled + length, 9, "%08lx", (unsigned long)limbs[j]);
    return keep_hexadecimal(arena, (struct evd_string){spelled, length}, quantity);
}

/* What a text is without its sign; *base is 0 when it is no number. */
static struct evd_string digits_of(struct evd_string text, enum evd_bare_digits bare, bool *is_negative, unsigned *base)
{
    *is_negative = text.length > 0 && text.bytes[0] == '-';
    text.bytes += *is_negative;
    text.length -= *is_negative;
    *base = bare == EVD_BARE_HEXADECIMAL ? 16 : 10;
    if (text.length > 2 && text.bytes[0] == '0' && (text.bytes[1] | 0x20) == 'x') {
        text.bytes += 2;
        text.length -= 2;
        *base = 16;
    }
    if (!are_digits(text, *base))
        *base = 0;
    return text;
}

bool evd_quantity_read(struct evd_arena *arena, const struct evd_value *value, enum evd_bare_digits bare,
                       struct evd_quantity *quantity, bool *is_one)
{
    char whole[320];
    struct evd_string text;
    *is_one = false;
    switch (value->type) {
    case EVD_JSON_FALSE: text = evd_string_of("0"); break;
    case EVD_JSON_TRUE: text = evd_string_of("1"); break;
    case EVD_JSON_INTEGER:
        text = value->integer;
        bare = EVD_BARE_DECIMAL;
        break;
    case EVD_JSON_REAL:
        if (!isfinite(value->real) || value->real != floor(value->real))
            return true;
        text = (struct evd_string){whole, (size_t)snprintf(whole, sizeof whole, "%.0f", value->real)};
        bare = EVD_BARE_DECIMAL;
        break;
    case EVD_JSON_STRING: text = value->string; break;
    default: return true;
    }
    unsigned base;
    const struct evd_string digits = digits_of(text, bare, &quantity->is_negative, &base);
    if (base == 0)
        return true;
    if (!(base == 16 ? keep_hexadecimal(arena, digits, quantity) : keep_decimal(arena, digits, quantity)))
        return false;
    if (quantity->digits.bytes[0] == '0')
        quantity->is_negative = false;
    *is_one = true;
    return true;
}

bool evd_quantity_times(struct evd_arena *arena, uint64_t factor, struct evd_quantity *quantity, bool *is_one)
{
    enum { FACTOR_DIGITS = 16 };
    char digits[EVD_QUANTITY_DIGITS_MAX + FACTOR_DIGITS];
    size_t begin = sizeof digits;
    __uint128_t carry = 0;
    for (size_t i = quantity->digits.length; i > 0 || carry > 0;) {
        carry += i > 0 ? (__uint128_t)factor * digit_of(quantity->digits.bytes[i - 1]) : 0;
        i -= i > 0;
        digits[--begin] = "0123456789abcdef"[carry & 15];
        carry >>= 4;
    }
    const struct evd_string product = without_zeros((struct evd_string){digits + begin, sizeof digits - begin});
    *is_one = product.length <= EVD_QUANTITY_DIGITS_MAX;
    return !*is_one || keep_hexadecimal(arena, product, quantity);
}

int evd_quantity_compare(const struct evd_quantity *a, const struct evd_quantity *b)
{
    if (a->is_negative != b->is_negative)
        return a->is_negative ? -1 : 1;
    int order = (a->digits.length > b->digits.length) - (a->digits.length < b->digits.length);
    if (order == 0)
        order = memcmp(a->digits.bytes, b->digits.bytes, a->digits.length);
    return a->is_negative ? -order : order;
}

uint64_t evd_quantity_low64(const struct evd_quantity *quantity)
{
    uint64_t low = 0;
    const size_t length = quantity->digits.length;
    for (size_t i = length > 16 ? length - 16 : 0; i < length; i++)
        low = low << 4 | digit_of(quantity->digits.bytes[i]);
    return quantity->is_negative ? 0 - low : low;
}

bool evd_quantity_spell(struct evd_arena *arena, const struct evd_quantity *quantity, struct evd_value *value)
{
    const size_t length = quantity->digits.length + 2 + quantity->is_negative;
    char *spelled = evd_arena_alloc(arena, length);
    if (spelled == NULL)
        return false;
    memcpy(spelled, &"-0x"[!quantity->is_negative], 2 + quantity->is_negative);
    memcpy(spelled + 2 + quantity->is_negative, quantity->digits.bytes, quantity->digits.length);
    *value = (struct evd_value){.type = EVD_JSON_STRING, .name = value->name, .string = {spelled, length}};
    return true;
}

enum { BILLION = 1000000000, BILLIONS_MAX = EVD_QUANTITY_DIGITS_MAX * 5 / 4 / LIMB_DIGITS + 2 };

bool evd_quantity_spell_integer(struct evd_arena *arena, const struct evd_quantity *quantity, struct evd_value *value)
{
    uint32_t limbs[BILLIONS_MAX] = {0};
    size_t count = 1;
    for (size_t i = 0; i < quantity->digits.length; i++) {
        uint64_t carry = digit_of(quantity->digits.bytes[i]);
        for (size_t j = 0; j < count; j++) {
            carry += (uint64_t)limbs[j] << 4;
            limbs[j] = (uint32_t)(carry % BILLION);
            carry /= BILLION;
        }
        if (carry > 0)
            limbs[count++] = (uint32_t)carry;
    }
    char *spelled = evd_arena_alloc(arena, count * LIMB_DIGITS + 2);
    if (spelled == NULL)
        return false;
    size_t length =
        (size_t)sprintf(spelled, "%s%lu", quantity->is_negative ? "-" : "", (unsigned long)limbs[count - 1]);
    for (size_t j = count - 1; j-- > 0;)
        length += (size_t)sprintf(spelled + length, "%09lu", (unsigned long)limbs[j]);
    *value = (struct evd_value){.type = EVD_JSON_INTEGER, .name = value->name, .integer = {spelled, length}};
    return true;
}
