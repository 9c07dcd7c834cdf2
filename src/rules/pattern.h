/* Patterns of texts, of two sorts.
 *
 * For whole texts: `*` is any letters, none too; `\*` a star, `\\` a backslash. For parts of a text, to be cut out: `%d` is
 * one or more decimal digits, `%x` hexadecimal ones, `%w` letters, digits and `_`, each as many as there are, but at most
 * EVD_PART_RUN_MAX; `%%` is a percent sign. Every other letter is itself.
 *
 * Threads: plain data. */
#ifndef EVD_RULES_PATTERN_H
#define EVD_RULES_PATTERN_H

#include "json/value.h"

enum { EVD_PART_RUN_MAX = 64 };

/* What is wrong with a pattern for whole texts, or NULL. */
const char *evd_pattern_check(struct evd_string pattern);

/* True when the pattern is the text itself and no other one. */
bool evd_pattern_is_plain(struct evd_string pattern);

/* Cost: the product of both lengths at most. */
bool evd_pattern_fits(struct evd_string pattern, struct evd_string text);

/* What is wrong with a pattern for parts of a text, or NULL. */
const char *evd_part_check(struct evd_string part);

/* Bytes of the text from `at` on that the pattern takes; 0: it does not fit there. */
size_t evd_part_length(struct evd_string part, struct evd_string text, size_t at);

/* How many bytes the longest of some parts takes of a text at a place; 0: none fits. */
size_t evd_longest_part(const struct evd_string *parts, size_t count, struct evd_string text, size_t at);

#endif
