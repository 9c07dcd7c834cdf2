/* Facts about code points, as Python 3.11 has them: Unicode 14.0, whatever the system's own version and
 * locale. */
#ifndef EVD_BASE_UNICODE_H
#define EVD_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at `*p` of valid WTF-8 and moves past it. */
uint32_t evd_code_point_next(const char **p);

/* str.isprintable() */
bool evd_is_printable(uint32_t code_point);

/* str.isspace(), for code points above ASCII */
bool evd_is_wide_space(uint32_t code_point);

/* The value of a decimal digit above ASCII, or -1. */
int evd_wide_digit(uint32_t code_point);

/* How many columns of a terminal a printable code point takes: 0 for a mark that is drawn over the letter before
 * it, 2 for what is wide in East Asian text, else 1. As wcwidth() has it in a UTF-8 locale (M. Kuhn, "An
 * implementation of wcwidth()", 2007). */
unsigned evd_code_point_columns(uint32_t code_point);

#endif
