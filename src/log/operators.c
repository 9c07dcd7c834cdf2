#include "log/operators.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/pattern.h"
#include "json/json.h"

static size_t count_digits(struct evd_string text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    return at - from;
}

static size_t count_zeros(struct evd_string text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.bytes[at] == '0')
        at++;
    return at - from;
}

/* The next digit of a spelling that has no exponent, from *at on; 0 behind the last one. */
static char next_digit(struct evd_string text, size_t *at)
{
    while (*at < text.length && (text.bytes[*at] < '0' || text.bytes[*at] > '9'))
        ++*at;
    return *at < text.length ? text.bytes[(*at)++] : 0;
}

/* True when both have the same digits but for zeros before the first other one and behind the last one. */
static bool have_same_digits(struct evd_string a, struct evd_string b)
{
    size_t at[2] = {0, 0};
    char left, right;
    while ((left = next_digit(a, &at[0])) == '0') {
    }
    while ((right = next_digit(b, &at[1])) == '0') {
    }
    while (left != 0 || right != 0) {
        if ((left == 0 ? '0' : left) != (right == 0 ? '0' : right))
            return false;
        left = left == 0 ? 0 : next_digit(a, &at[0]);
        right = right == 0 ? 0 : next_digit(b, &at[1]);
    }
    return true;
}

/* True when a text has the fewest digits that tell its double from all others: of those no two are one double. */
static bool is_told_by_double(struct evd_string text, double real)
{
    char digits[EVD_JSON_SHORTEST_MAX];
    int exponent;
    if (!isfinite(real))
        return false;
    const int count = evd_json_double_to_digits(real, digits, &exponent);
    return have_same_digits(text, (struct evd_string){digits, (size_t)count});
}

/* Makes of a text of decimal digits with a fraction the number; false for others, and for those with more digits than a double
 * tells: they stay texts, so that no two are equal that are not. */
static bool make_fraction(struct evd_value *value)
{
    const struct evd_string all = value->string;
    if (value->type != EVD_JSON_STRING || all.length == 0 || all.length > EVD_QUANTITY_DIGITS_MAX)
        return false;
    const size_t sign = all.bytes[0] == '-', whole = count_digits(all, sign), point = sign + whole;
    if (whole == 0 || point == all.length || all.bytes[point] != '.')
        return false;
    const size_t fraction = count_digits(all, point + 1);
    if (fraction > 0 && point + 1 + fraction == all.length && count_zeros(all, point + 1) == fraction) {
        /* A whole one, of any size. */
        value->string.length = point;
        return false;
    }
    if (fraction == 0 || point + 1 + fraction != all.length)
        return false;
    const double real = evd_json_number_to_double(all.bytes, all.length);
    if (!is_told_by_double(all, real))
        return false;
    *value = (struct evd_value){.type = EVD_JSON_REAL, .name = value->name, .real = real};
    return true;
}

static bool make_number(struct evd_arena *arena, struct evd_value *value, enum evd_bare_digits bare,
                        const uint64_t *mask, bool *failed)
{
    struct evd_quantity number;
    bool is_one = false;
    const bool is_fraction = bare == EVD_BARE_DECIMAL && mask == NULL && make_fraction(value);
    *failed |= !evd_quantity_read(arena, value, bare, &number, &is_one);
    if (*failed || !is_one)
        return is_fraction && !*failed;
    if (mask != NULL)
        *failed |= !evd_quantity_of(arena, evd_quantity_low64(&number) & *mask, &number);
    *failed |= *failed || !evd_quantity_spell(arena, &number, value);
    return true;
}

enum { SHORTEST_POWER_MAX = 400 }; /* of ten: a double has fewer zeros behind its digits */

/* A number with a fraction times a factor, exactly by its digits in decimal; that is whole or the double next to it. */
static bool multiply_fraction(struct evd_arena *arena, struct evd_value *value, uint64_t factor, bool *failed)
{
    char digits[EVD_JSON_SHORTEST_MAX], text[64];
    int exponent;
    if (!isfinite(value->real))
        return false;
    const int count = evd_json_double_to_digits(value->real, digits, &exponent);
    __uint128_t product = 0;
    for (int i = 0; i < count; i++)
        product = product * 10 + (unsigned)(digits[i] - '0');
    product *= factor;
    for (exponent -= count; exponent < 0 && product % 10 == 0 && product > 0; exponent++)
        product /= 10;
    size_t begin = sizeof text, end;
    do
        text[--begin] = (char)('0' + (unsigned)(product % 10));
    while ((product /= 10) > 0);
    if (signbit(value->real))
        text[--begin] = '-';
    char spelt[sizeof text + 16 + SHORTEST_POWER_MAX];
    end = (size_t)snprintf(spelt, sizeof spelt, "%.*s", (int)(sizeof text - begin), text + begin);
    if (exponent < 0 || exponent > SHORTEST_POWER_MAX) {
        end += (size_t)snprintf(spelt + end, sizeof spelt - end, "e%d", exponent);
        value->real = evd_json_number_to_double(spelt, end);
        return true;
    }
    memset(spelt + end, '0', (size_t)exponent);
    end += (size_t)exponent;
    struct evd_quantity number;
    const struct evd_value whole = {.type = EVD_JSON_STRING, .string = {spelt, end}};
    bool is_one = false;
    *failed |= !evd_quantity_read(arena, &whole, EVD_BARE_DECIMAL, &number, &is_one) ||
               (is_one && !evd_quantity_spell(arena, &number, value));
    return true;
}

static bool multiply(struct evd_arena *arena, struct evd_value *value, uint64_t factor, bool *failed)
{
    struct evd_quantity number;
    bool is_one = false;
    make_fraction(value);
    if (value->type == EVD_JSON_REAL)
        return multiply_fraction(arena, value, factor, failed);
    *failed |= !evd_quantity_read(arena, value, EVD_BARE_DECIMAL, &number, &is_one);
    if (*failed || !is_one)
        return false;
    *failed |=
        !evd_quantity_times(arena, factor, &number, &is_one) || (is_one && !evd_quantity_spell(arena, &number, value));
    return is_one;
}

/* A text with some letters for others. */
static bool replace_letters(struct evd_arena *arena, struct evd_value *value, char from, char to, char by, bool *failed)
{
    if (value->type != EVD_JSON_STRING)
        return false;
    char *bytes = evd_arena_alloc(arena, value->string.length + 1);
    *failed |= bytes == NULL;
    for (size_t i = 0; bytes != NULL && i < value->string.length; i++) {
        const char c = value->string.bytes[i];
        bytes[i] = c >= from && c <= to ? (char)(c + by) : c;
    }
    if (bytes != NULL)
        value->string.bytes = bytes;
    return true;
}

static bool remove_parts(struct evd_arena *arena, struct evd_value *value, const struct evd_operation *operation,
                         bool *failed)
{
    if (value->type != EVD_JSON_STRING)
        return false;
    char *bytes = evd_arena_alloc(arena, value->string.length + 1);
    *failed |= bytes == NULL;
    if (bytes == NULL)
        return false;
    size_t kept = 0;
    for (size_t at = 0; at < value->string.length;) {
        const size_t length = evd_longest_part(operation->parts, operation->part_count, value->string, at);
        if (length == 0)
            bytes[kept++] = value->string.bytes[at++];
        at += length;
    }
    const bool has_part = kept < value->string.length;
    value->string = (struct evd_string){bytes, kept};
    return has_part;
}

/* How many bytes the first characters of a text have. */
static size_t bytes_of(struct evd_string text, uint64_t characters)
{
    size_t at = 0;
    while (at < text.length && characters > 0) {
        at++;
        while (at < text.length && ((unsigned char)text.bytes[at] & 0xc0) == 0x80)
            at++;
        characters--;
    }
    return at;
}

static bool keep_first(struct evd_value *value, uint64_t characters)
{
    if (value->type != EVD_JSON_STRING)
        return false;
    const size_t kept = bytes_of(value->string, characters);
    const bool is_longer = kept < value->string.length;
    value->string.length = kept;
    return is_longer;
}

static bool mark_alike(struct evd_arena *arena, struct evd_value *value, const struct evd_operation *operation,
                       bool *failed)
{
    for (size_t i = 0; i < operation->group_count; i++)
        for (size_t j = 0; j < operation->groups[i].count; j++)
            if (evd_given_fits(arena, &operation->groups[i].values[j], value, failed)) {
                value->name = operation->groups[i].mark;
                return true;
            }
    return false;
}

bool evd_makes_number(const struct evd_operation *operation)
{
    return operation->op == EVD_AS_NUMBER || operation->op == EVD_AS_HEXADECIMAL || operation->op == EVD_AS_MASKED ||
           operation->op == EVD_AS_TIMES;
}

bool evd_operate(struct evd_arena *arena, const struct evd_operation *operation, struct evd_value *value, bool *failed)
{
    switch (operation->op) {
    case EVD_AS_NUMBER: return make_number(arena, value, EVD_BARE_DECIMAL, NULL, failed);
    case EVD_AS_HEXADECIMAL: return make_number(arena, value, EVD_BARE_HEXADECIMAL, NULL, failed);
    case EVD_AS_MASKED: return make_number(arena, value, EVD_BARE_DECIMAL, &operation->mask, failed);
    case EVD_AS_TIMES: return multiply(arena, value, operation->factor, failed);
    case EVD_AS_LOWER_CASE: return replace_letters(arena, value, 'A', 'Z', 'a' - 'A', failed);
    case EVD_AS_FORWARD_SLASHES: return replace_letters(arena, value, '\\', '\\', (char)('/' - '\\'), failed);
    case EVD_AS_WITHOUT: return remove_parts(arena, value, operation, failed);
    case EVD_AS_FIRST: return keep_first(value, operation->length);
    case EVD_AS_CONSTANT: *value = operation->constant; return true;
    case EVD_AS_ALIKE: return mark_alike(arena, value, operation, failed);
    /* What may take a value away, or is about a list: log/canon.c. */
    case EVD_AS_NOTHING:
    case EVD_AS_BLANK:
    case EVD_AS_CALLED:
    case EVD_AS_JSON:
    case EVD_AS_ONLY:
    case EVD_AS_SET:
    case EVD_AS_MULTISET:
    /* What takes both sides: evd_may_be_sided. */
    case EVD_AS_IF_BOTH:
    case EVD_AS_PAIRS:
    case EVD_AS_WITHIN:
    case EVD_AS_DRIFT:
    case EVD_AS_RENAMED:
    case EVD_AS_ADOPT:
    case EVD_AS_ADOPTED:
    case EVD_AS_RENAMED_PARTS: break;
    }
    return false;
}

bool evd_operator_is_name(struct evd_arena *arena, const struct evd_operation *operation, const struct evd_value *value,
                          bool *failed)
{
    if (value->type == EVD_JSON_ARRAY || value->type == EVD_JSON_OBJECT)
        return false;
    if (operation->condition != NULL)
        return evd_condition_holds(arena, operation->condition, value, failed);
    return value->type == EVD_JSON_INTEGER || value->type == EVD_JSON_REAL ||
           (value->type == EVD_JSON_STRING && value->string.length > 0);
}

static bool has_part(const struct evd_operation *operation, const struct evd_value *value)
{
    for (size_t at = 0; value->type == EVD_JSON_STRING && at < value->string.length; at++)
        if (evd_longest_part(operation->parts, operation->part_count, value->string, at) > 0)
            return true;
    return false;
}

bool evd_may_be_sided(struct evd_arena *arena, const struct evd_compare_rule *rule, const struct evd_value *value,
                      bool *failed)
{
    for (size_t i = rule->own_count; i < rule->operation_count; i++) {
        const struct evd_operation *operation = &rule->operations[i];
        struct evd_quantity number;
        bool is_one = false;
        if (operation->op == EVD_AS_IF_BOTH)
            return true;
        if (value->name != 0)
            continue; /* one of several that are alike, and nothing else any more */
        if (operation->op == EVD_AS_PAIRS) {
            for (size_t j = 0; j < operation->pair_count; j++)
                for (int side = 0; side < 2; side++)
                    if (evd_given_fits(arena, &operation->pairs[j].value[side], value, failed))
                        return true;
            continue;
        }
        if (operation->op == EVD_AS_RENAMED || operation->op == EVD_AS_RENAMED_PARTS) {
            if (operation->op == EVD_AS_RENAMED ? evd_operator_is_name(arena, operation, value, failed)
                                                : has_part(operation, value))
                return true;
            continue;
        }
        *failed |= !evd_quantity_read(arena, value, EVD_BARE_DECIMAL, &number, &is_one);
        if (is_one || value->type == EVD_JSON_REAL)
            return true;
    }
    return false;
}

/* Makes of a text that spells an object or a list that; leaves others as they are. */
void evd_text_to_json(struct evd_arena *arena, struct evd_json_parser **parser, struct evd_value *value, bool *failed)
{
    static const char HEAD[] = "{\"\":", TAIL[] = "}";
    const size_t head = sizeof HEAD - 1, length = head + value->string.length + 1;
    *failed |= length > EVD_JSON_LENGTH_MAX;
    if (*parser == NULL)
        *parser = evd_json_parser_create();
    char *text = *failed ? NULL : evd_arena_alloc(arena, length + EVD_JSON_PADDING);
    *failed |= *parser == NULL || text == NULL;
    if (*failed)
        return;
    memcpy(text, HEAD, head);
    memcpy(text + head, value->string.bytes, value->string.length);
    memset(text + head + value->string.length, 0, EVD_JSON_PADDING + 1);
    text[length - 1] = TAIL[0];
    struct evd_json_fault fault = {0};
    const struct evd_json_tape *tape = evd_json_parse(*parser, text, length, &fault);
    *failed |= tape == NULL && fault.needs_memory;
    /* The root, the key, and one value. */
    if (tape == NULL || tape->count < 3 || tape->tokens[2].next != tape->count)
        return;
    const unsigned type = tape->tokens[2].type;
    if (type == EVD_JSON_OBJECT || type == EVD_JSON_ARRAY)
        *failed |= !evd_value_build(arena, tape, 2, value);
}
