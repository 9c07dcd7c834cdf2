/* What is said of the lines that tolerant reading skipped. */
#ifndef EVD_CLI_SKIPPED_H
#define EVD_CLI_SKIPPED_H

#include <evdiff/evdiff.h>

/* Says on standard error how many lines of a log are no events; nothing when there are none. */
void cli_tell_skipped(const struct evd_log *log);

/* Lists them on standard output; only the first are known by their places. */
void cli_print_skipped(const struct evd_log *log);

/* Prints them as JSON: {"count": 21, "listed": [{"line": 3, "column": 1, "message": "…"}]} */
void cli_print_skipped_json(const struct evd_log *log);

#endif
