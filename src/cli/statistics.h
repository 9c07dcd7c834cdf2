/* --stats: what a run cost and which rules fired. */
#ifndef EVD_CLI_STATISTICS_H
#define EVD_CLI_STATISTICS_H

#include <stdio.h>

#include <evdiff/evdiff.h>

struct cli_statistics {
    double rules_seconds;
    struct evd_read_statistics reading;
    double report_seconds;
    double total_seconds;
    uint64_t report_bytes;
    const struct evd_outcome *outcome;
};

/* Seconds of a clock that only goes forward. */
double cli_seconds(void);

void cli_statistics_print_text(const struct cli_statistics *statistics, FILE *out);
void cli_statistics_print_json(const struct cli_statistics *statistics, FILE *out);

#endif
