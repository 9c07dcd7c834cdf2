/* Codes: the names of the numbers that say how a call went. */
#ifndef EVD_REPORT_CODES_H
#define EVD_REPORT_CODES_H

#include "evdiff/outcome.h"

/* "STATUS_PENDING" for 259 as NTSTATUS, "ENOENT" for -2 as errno; NULL when it has no name here. Numbers of 32 bits may be
 * told below zero or not. Cost: logarithmic in the names. */
const char *evd_code_name(enum evd_shown_as form, int64_t number);

#endif
