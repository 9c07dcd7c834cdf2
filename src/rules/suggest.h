/* Help in messages: what could have been meant, and what there is to choose from. */
#ifndef EVD_RULES_SUGGEST_H
#define EVD_RULES_SUGGEST_H

#include "json/value.h"

/* The first of `names` that is one edit away from `name`: a character more, less, other, or two
 * neighbours swapped. NULL when none is. */
const char *evd_suggest_name(struct evd_string name, const char *const *names, size_t count);

/* Writes `"a", "b" or "c"` to `out`, cut to `size` bytes with its end. */
void evd_suggest_list(char *out, size_t size, const char *const *names, size_t count);

#endif
