/* Help in messages: what there is to choose from; what could have been meant is evd_suggest_name (evdiff/error.h). */
#ifndef EVD_BASE_SUGGEST_H
#define EVD_BASE_SUGGEST_H

#include <stddef.h>

#include "evdiff/error.h"

/* Writes `"a", "b" or "c"` to `out`, cut to `size` bytes with its end. */
void evd_suggest_list(char *out, size_t size, const char *const *names, size_t count);

#endif
