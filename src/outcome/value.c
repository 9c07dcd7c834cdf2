#include "outcome/value.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LEAD = EVD_VALUE_MAX / 4 }; /* bytes before the first difference that are shown of a cut value */

bool evd_field_values_equal(const struct evd_field_value *a, const struct evd_field_value *b)
{
    return a->type == b->type && a->length == b->length && a->hash == b->hash;
}

void evd_show_whole(const struct evd_text json[EVD_SIDES], struct evd_field_value value[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        value[side].length = json[side].length;
        value[side].hash = XXH3_64bits(json[side].bytes, json[side].length);
        value[side].shown = json[side];
        value[side].shown_from = 0;
        value[side].begins_in_string = false;
    }
}

/* Bytes of JSON that are not to be parted: a word, an escape, a letter of UTF-8. */
static size_t part_length(struct evd_text json, size_t at, bool is_in_string)
{
    const unsigned char first = (unsigned char)json.bytes[at];
    size_t length = 1;
    if (is_in_string && first == '\\')
        length = at + 1 < json.length && json.bytes[at + 1] == 'u' ? 6 : 2;
    else if (is_in_string && first >= 0xc0)
        length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    else if (!is_in_string && (first == 't' || first == 'n'))
        length = 4;
    else if (!is_in_string && first == 'f')
        length = 5;
    return length < json.length - at ? length : json.length - at;
}

/* The last place up to `wanted` where JSON may be parted. */
static size_t parting_place(struct evd_text json, size_t wanted, bool *is_in_string)
{
    size_t at = 0;
    *is_in_string = false;
    while (at < wanted && at < json.length) {
        const size_t length = part_length(json, at, *is_in_string);
        if (at + length > wanted)
            break;
        *is_in_string ^= json.bytes[at] == '"';
        at += length;
    }
    return at;
}

static size_t first_difference(struct evd_text a, struct evd_text b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    size_t at = 0;
    while (at < shorter && a.bytes[at] == b.bytes[at])
        at++;
    return at;
}

void evd_show_difference(const struct evd_text json[EVD_SIDES], struct evd_field_value value[EVD_SIDES])
{
    evd_show_whole(json, value);
    const size_t canary = json[EVD_CANARY].length, ours = json[EVD_OURS].length;
    const size_t longer = canary > ours ? canary : ours;
    if (longer <= EVD_VALUE_MAX)
        return;
    const size_t difference = first_difference(json[EVD_CANARY], json[EVD_OURS]);
    size_t from = difference + LEAD <= EVD_VALUE_MAX ? 0 : difference - LEAD;
    if (from > longer - EVD_VALUE_MAX)
        from = longer - EVD_VALUE_MAX;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_field_value *told = &value[side];
        bool ends_in_string;
        /* Up to the first difference both have the same bytes and so the same parting places. */
        told->shown_from = parting_place(json[side], from, &told->begins_in_string);
        const size_t end = parting_place(json[side], told->shown_from + EVD_VALUE_MAX, &ends_in_string);
        told->shown = (struct evd_text){json[side].bytes + told->shown_from, end - told->shown_from};
    }
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

bool evd_read_number(struct evd_text text, enum evd_number_form *form, int64_t *number)
{
    const char *p = text.bytes, *end = text.bytes + text.length;
    unsigned base = 10;
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
        const unsigned digit = digit_of(*p);
        if (digit >= base || __builtin_mul_overflow(magnitude, (uint64_t)base, &magnitude) ||
            __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude))
            return false;
    }
    if (is_negative && magnitude > (uint64_t)1 << 63)
        return false;
    *form = base == 16 ? EVD_NUMBER_HEX : EVD_NUMBER_DECIMAL;
    *number = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}
