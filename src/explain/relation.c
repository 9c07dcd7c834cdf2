#include "explain/relation.h"

#include "outcome/value.h"

enum {
    TELLING_FROM = 16,
    ADDRESSES_FROM = 0x10000, /* the first 64 KiB are mapped by no system */
    ADDRESS_ALIGNMENT = 4,    /* what allocators and stacks keep at least */
    INCREASING_FROM = 3,      /* so many steps upwards and none downwards are no accident */
};

bool evd_is_telling_number(int64_t number)
{
    return number >= TELLING_FROM || number < -TELLING_FROM;
}

bool evd_may_be_address(int64_t number)
{
    return number <= -ADDRESSES_FROM || number >= ADDRESSES_FROM;
}

void evd_relation_add(struct evd_relation_evidence *evidence, size_t pair,
                      const struct evd_field_value value[EVD_SIDES])
{
    int64_t number[EVD_SIDES] = {0, 0};
    const bool is_first = evidence->count++ == 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        number[side] = value[side].number;
        evidence->has_other |= value[side].form == EVD_NUMBER_NONE;
        evidence->has_small |= !evd_may_be_address(number[side]);
        if (is_first)
            evidence->first[side] = value[side];
        else
            evidence->has_other_values |= !evd_field_values_equal(&value[side], &evidence->first[side]);
        const bool is_decimal = value[side].form == EVD_NUMBER_INTEGER;
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
