/* Vary: values that differ from run to run anyway, as they say which one or when. */
#ifndef EVD_EXPLAIN_VARY_H
#define EVD_EXPLAIN_VARY_H

#include "evdiff/outcome.h"

/* True for a divergence of two values that may vary: two numbers that may be addresses or times, or two texts that are the
 * same but for hexadecimal digits, as far as they are shown. Not where a call fails. */
bool evd_may_values_vary(const struct evd_divergence *divergence);

/* The same, but not where a renaming breaks: values that are compared as names do not differ merely because they vary. */
bool evd_do_values_vary(const struct evd_divergence *divergence);

#endif
