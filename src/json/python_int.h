/* Integers as Python's int(text, 16) reads them: Unicode white space around, a sign, a prefix,
 * single underscores between digits, any Unicode decimal digit for an ASCII one. */
#ifndef EVD_JSON_PYTHON_INT_H
#define EVD_JSON_PYTHON_INT_H

#include "json/value.h"

/* int(text, 16) & 0xFFFFFFFFFFFFFFFF; false where Python raises ValueError. Text is WTF-8. */
bool evd_python_hex(struct evd_string text, uint64_t *low_bits);

/* Canonical decimal digits (see struct evd_value) & 0xFFFFFFFF, in two's complement. */
uint32_t evd_decimal_low_bits(struct evd_string digits);

#endif
