/* Null: the values that a pointer to nothing may have in a log.
 *
 * JSON null, an absent field, false, a number that is zero, and a text that spells zero in decimal or hexadecimal
 * digits ("0", "0000", "0x0", "0x00000000"). An empty text is none, nor are words.
 *
 * Threads: pure functions. */
#ifndef EVD_JSON_NULL_H
#define EVD_JSON_NULL_H

#include "json/key.h"

/* True for "0x" or nothing, then zeros. Cost: mostly a look at the first byte. */
static inline bool evd_is_null_text(struct evd_string text)
{
    size_t i = 0;
    if (text.length == 0 || text.bytes[0] != '0')
        return false;
    if (text.length > 2 && (text.bytes[1] | 0x20) == 'x')
        i = 2;
    while (i < text.length && text.bytes[i] == '0')
        i++;
    return i == text.length;
}

/* The same for a number as JSON spells it; `is_real`: it has a fraction or an exponent. */
bool evd_is_null_number(struct evd_string digits, bool is_real);

/* The same for the value at `token`. */
bool evd_is_null_token(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token);

/* The same for a decoded value; NULL: it is absent. */
bool evd_is_null_value(const struct evd_value *value);

#endif
