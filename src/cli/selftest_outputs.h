/* What evdiff selftest prints. */
#ifndef EVD_CLI_SELFTEST_OUTPUTS_H
#define EVD_CLI_SELFTEST_OUTPUTS_H

#include <evdiff/evdiff.h>

/* What was asked for, and what came of it. */
struct cli_selftest_report {
    const char *paths[EVD_SIDES]; /* the second is NULL for one log */
    const struct evd_selftest_options *options;
    const struct evd_selftest *result;
    const struct evd_log *logs[EVD_SIDES]; /* the second is NULL for one log */
};

/* Print it to standard output: as tables, or as JSON. */
void cli_selftest_print_text(const struct cli_selftest_report *report);
void cli_selftest_print_json(const struct cli_selftest_report *report);

#endif
