/* What a batch reads, and what its run writes: no report is written over anything else. */
#ifndef EVD_CLI_BATCH_PATHS_H
#define EVD_CLI_BATCH_PATHS_H

#include "night_outputs.h"

struct cli_batch_paths {
    const char *command;
    const char *folder;                /* of the night, there or not */
    struct cli_night_outputs *outputs; /* NULL: the run prints */
    bool is_refused;                   /* after a message */
};

/* For evd_batch_options::accept; `context` is a struct cli_batch_paths. */
bool cli_batch_accept(void *context, const struct evd_batch *batch);

/* Opens a batch; after a message an exit code that is not EXIT_DONE. */
int cli_batch_open(struct evd_batch_options *options, struct cli_batch_paths *paths, struct evd_batch **batch);

#endif
