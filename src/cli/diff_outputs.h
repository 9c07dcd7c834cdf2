/* What a run of evdiff diff writes: reports, and the absorbed events. */
#ifndef EVD_CLI_DIFF_OUTPUTS_H
#define EVD_CLI_DIFF_OUTPUTS_H

#include "run_paths.h"
#include "statistics.h"
#include "terminal.h"

struct cli_report_request {
    const char *option; /* that asked for it, for messages: "--out" */
    char *format;
    const char *path; /* NULL: standard output */
};

/* All zero before the options are read; what they hold is borrowed from the command line. */
struct cli_diff_outputs {
    const char *out;      /* of --out, or NULL */
    const char *format;   /* of --format, or NULL */
    const char *absorbed; /* of --emit-absorbed-events, or NULL */
    const char *job;      /* of --job, or NULL */
    unsigned threads;     /* of --threads */
    enum cli_when color;
    bool has_no_pager;
    bool has_default_limit; /* the limit is from a configuration or EVDIFF_OPTS: it is for reports that have one */
    struct evd_report_filter filter;    /* of the text report */
    bool is_quiet;                      /* do not say what was written */
    struct cli_report_request *reports; /* those of --report in their order; once settled, before them
                                           the one of --out and --format */
    size_t report_count;
};

/* Takes the argument of --format; false after a message. */
bool cli_outputs_set_format(struct cli_diff_outputs *outputs, const char *name);

/* Takes an argument of --report, FORMAT=PATH; false after a message. */
bool cli_outputs_add_report(struct cli_diff_outputs *outputs, const char *argument);

/* To be called when all options are read: adds the report that --out and --format ask for, which without
 * --report is always there. False after a message. */
bool cli_outputs_settle(struct cli_diff_outputs *outputs);

/* Adds where the settled outputs go to the paths of the run. */
void cli_outputs_list(const struct cli_diff_outputs *outputs, struct cli_run_paths *paths);

/* True when some report tells more than each thread's first divergence. */
bool cli_outputs_need_resync(const struct cli_diff_outputs *outputs);

/* True when some report shows events around places, and times. */
bool cli_outputs_need_quotations(const struct cli_diff_outputs *outputs);

/* Write what was asked for; each output is whole or absent, and one that can't be written does not keep
 * the others away. Return an exit code, not EXIT_DONE after a message. */
int cli_outputs_write_absorbed(const struct cli_diff_outputs *outputs, const struct evd_outcome *outcome);
/* `known`: what ledgers say of the outcome, or NULL. */
int cli_outputs_write_reports(const struct cli_diff_outputs *outputs, const struct evd_outcome *outcome,
                              const struct evd_known *known, struct cli_statistics *statistics);

void cli_outputs_free(struct cli_diff_outputs *outputs);

#endif
