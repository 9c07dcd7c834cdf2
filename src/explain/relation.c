#include "explain/relation.h"

#include <string.h>

enum {
    TELLING_FROM = 16,
    ADDRESSES_FROM = 0x10000, /* the first 64 KiB are mapped by no system */
    ADDRESS_ALIGNMENT = 4,    /* what allocators and stacks keep at least */
    INCREASING_FROM = 3,      /* so many steps upwards and none downwards are no accident */
};

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

bool evd_spelled_number(struct evd_text value, int64_t *number)
{
    const char *p = value.bytes, *end = value.bytes + value.length;
    unsigned base = 10;
    if (end - p >= 2 && *p == '\'' && end[-1] == '\'') {
        p++;
        end--;
    }
    const bool is_negative = p < end && *p == '-';
    p += is_negative;
    if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        base = 16;
        p += 2;
    }
    if (p == end)
        return false;
    uint64_t magnitude = 0;
    for (; p < end; p++) {
        const unsigned digit = (unsigned)digit_of(*p);
        if (digit >= base || __builtin_mul_overflow(magnitude, (uint64_t)base, &magnitude) ||
            __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude))
            return false;
    }
    /* Addresses above 2^63 wrap; as numbers that are compared with each other they are as good. */
    *number = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

bool evd_is_telling_number(int64_t number)
{
    return number >= TELLING_FROM || number < -TELLING_FROM;
}

bool evd_may_be_address(int64_t number)
{
    return number <= -ADDRESSES_FROM || number >= ADDRESSES_FROM;
}

static bool are_equal_texts(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

void evd_relation_add(struct evd_relation_evidence *evidence, size_t pair, const struct evd_text value[EVD_SIDES])
{
    int64_t number[EVD_SIDES] = {0, 0};
    const bool is_first = evidence->count++ == 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        evidence->has_other |= !evd_spelled_number(value[side], &number[side]);
        evidence->has_small |= !evd_may_be_address(number[side]);
        if (is_first)
            evidence->first[side] = value[side];
        else
            evidence->has_other_values |= !are_equal_texts(value[side], evidence->first[side]);
        const bool is_decimal = value[side].length > 0 && value[side].bytes[0] != '\'';
        evidence->has_decimal |= is_decimal;
        evidence->has_unaligned_decimal |= is_decimal && number[side] % ADDRESS_ALIGNMENT != 0;
        if (!is_first && pair == evidence->last_pair) {
            evidence->has_decrease |= number[side] < evidence->last[side];
            evidence->increases[side] += number[side] > evidence->last[side];
        }
        evidence->last[side] = number[side];
    }
    const int64_t offset = (int64_t)((uint64_t)number[EVD_OURS] - (uint64_t)number[EVD_CANARY]);
    if (is_first)
        evidence->offset = offset;
    evidence->has_other_offset |= offset != evidence->offset;
    evidence->last_pair = pair;
}

enum evd_value_relation evd_relation_of(const struct evd_relation_evidence *evidence)
{
    if (evidence->count > 1 && !evidence->has_other_values)
        return EVD_RELATION_SAME;
    if (evidence->count == 0 || evidence->has_other)
        return EVD_RELATION_NONE;
    if (evidence->count > 1 && !evidence->has_other_offset)
        return EVD_RELATION_CONSTANT_OFFSET;
    if (!evidence->has_decrease && evidence->increases[EVD_CANARY] >= INCREASING_FROM &&
        evidence->increases[EVD_OURS] >= INCREASING_FROM)
        return EVD_RELATION_INCREASING;
    /* One large decimal number may be anything, a time or a size; several that are all aligned are no times. */
    if (!evidence->has_small && !evidence->has_unaligned_decimal && (evidence->count > 1 || !evidence->has_decimal))
        return EVD_RELATION_ADDRESSES;
    return evidence->count > 1 ? EVD_RELATION_RANDOM : EVD_RELATION_NONE;
}
