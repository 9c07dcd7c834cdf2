/* Quantity: the whole number that a value spells, whatever its size and spelling: 31, "31", "0x1F", "000…1f".
 *
 * Ownership: digits are in the arena that the reader was given. Threads: plain data. */
#ifndef EVD_JSON_QUANTITY_H
#define EVD_JSON_QUANTITY_H

#include "json/value.h"

enum { EVD_QUANTITY_DIGITS_MAX = 4096 }; /* of a spelling; longer ones are no quantities */

struct evd_quantity {
    bool is_negative;         /* never of zero */
    struct evd_string digits; /* hexadecimal, lower case, no leading zeros; "0" for zero */
};

/* What digits in a text without "0x" are. */
enum evd_bare_digits { EVD_BARE_DECIMAL, EVD_BARE_HEXADECIMAL };

/* Reads an integer, a boolean (0 or 1), a number with a fraction or exponent that is whole, or a text: an
 * optional '-', then "0x" and hexadecimal digits, or digits alone. *is_one: false when the value is none. False when
 * memory runs out. Cost: linear, but quadratic in decimal digits. */
bool evd_quantity_read(struct evd_arena *arena, const struct evd_value *value, enum evd_bare_digits bare,
                       struct evd_quantity *quantity, bool *is_one);

/* A quantity times a factor; *is_one: false when it would have more than EVD_QUANTITY_DIGITS_MAX digits. False when memory runs
 * out. Cost: linear. */
bool evd_quantity_times(struct evd_arena *arena, uint64_t factor, struct evd_quantity *quantity, bool *is_one);

/* Below, at or above 0. */
int evd_quantity_compare(const struct evd_quantity *a, const struct evd_quantity *b);

/* The lowest 64 bits; of a negative number in two's complement. */
uint64_t evd_quantity_low64(const struct evd_quantity *quantity);

/* "0x1f", "-0x1f" as a string value, in the arena; false when memory runs out. */
bool evd_quantity_spell(struct evd_arena *arena, const struct evd_quantity *quantity, struct evd_value *value);

/* The same as an integer, as JSON spells it; false when memory runs out. Cost: quadratic in the digits. */
bool evd_quantity_spell_integer(struct evd_arena *arena, const struct evd_quantity *quantity, struct evd_value *value);

/* A number of 64 bits as a quantity; false when memory runs out. */
bool evd_quantity_of(struct evd_arena *arena, uint64_t number, struct evd_quantity *quantity);

#endif
