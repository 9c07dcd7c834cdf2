/* The reports of a night, which batch and judge write alike. */
#ifndef EVD_CLI_NIGHT_OUTPUTS_H
#define EVD_CLI_NIGHT_OUTPUTS_H

#include "options.h"
#include "run_paths.h"

#include <evdiff/evdiff.h>

struct cli_night_report {
    const char *format; /* of evd_night_format_name */
    const char *path;   /* NULL: standard output */
};

/* --report, --fail-on and --history. All zero before the options are read. */
struct cli_night_outputs {
    struct cli_night_report *reports;
    size_t report_count;
    unsigned fail_on; /* 0: as the manifest says */
    const char *history_path;
    struct evd_history *history; /* once it is open */
    char *previous;              /* the folder of the night before, as the history has it */
};

extern const struct cli_option_group cli_night_options;

/* To be called when all options are read: without --report the text goes to standard output. No report may take the place of
 * another one or of the manifest (NULL: there is none); of all else that is known then. False after a message. */
bool cli_night_settle(struct cli_night_outputs *outputs, const char *command, const char *manifest);

/* Adds where the reports go to the paths of the run. */
void cli_night_list(const struct cli_night_outputs *outputs, struct cli_run_paths *paths);

/* Opens the history, where one is asked for: before hours of diffs, so that a file that is none is told at once. False after a message. */
bool cli_night_open_history(struct cli_night_outputs *outputs);

/* Lets the batch know what the history has of the time before the night in `folder`: which night was the last (`*previous`, where
 * that is NULL and the folder is there; freed with the outputs), and since when families are there. False after a message. */
bool cli_night_recall(struct cli_night_outputs *outputs, const char *folder, bool is_quiet,
                      struct evd_batch_options *options);

/* Judges the batch in a folder, writes the reports and takes the night into the history; `tally` is what a run did, or NULL. An exit
 * code. */
int cli_judge(struct evd_batch *batch, const char *folder, struct cli_night_outputs *outputs, bool is_quiet,
              const struct evd_batch_tally *tally);

void cli_night_outputs_free(struct cli_night_outputs *outputs);

#endif
