/* What evdiff diff is asked to do: its options and operands. */
#ifndef EVD_CLI_DIFF_OPTIONS_H
#define EVD_CLI_DIFF_OPTIONS_H

#include "asked.h"
#include "diff_outputs.h"
#include "ledgers.h"

/* Borrowed from the command line, but for what cli_diff_arguments_free frees. */
struct cli_diff_arguments {
    const char *paths[EVD_SIDES + EVD_CONTROLS_MAX]; /* canary's, ours, and those of control runs */
    struct evd_control controls[EVD_CONTROLS_MAX];   /* but for the logs; diff.controls */
    const char *exit_option;                         /* --exit-code or --validate-identical, as given, or NULL */
    bool has_stats, has_json_stats;
    bool is_verbose;
    int index; /* of cli_index_words */
    struct cli_work work;
    struct cli_comparison comparison;
    struct cli_pairing pairing;
    struct cli_foreign foreign;
    struct cli_ledgers ledgers;
    struct cli_diff_outputs outputs;
    struct evd_read_options reading; /* but for the progress */
    struct evd_diff_options diff;    /* but for what the outputs need */
    struct cli_asked asked;          /* diff.asked */
};

/* Reads a command line into arguments that are all zero but for the index's mode. False when that ends the run: *code is
 * its exit code. To be freed in any case. */
bool cli_diff_arguments_read(struct cli_diff_arguments *arguments, int argc, char **argv, int *code);
void cli_diff_arguments_free(struct cli_diff_arguments *arguments);

#endif
