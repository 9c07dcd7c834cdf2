/* Counts: how reports for people write them. */
#ifndef EVD_REPORT_COUNTS_H
#define EVD_REPORT_COUNTS_H

#include <stdint.h>

/* "s" unless it is one. */
const char *evd_plural(uint64_t count);

/* `part` of `whole` in percent; of nothing, 100. Less than all is at most 99.9, as it is printed. */
double evd_percent(uint64_t part, uint64_t whole);

#endif
