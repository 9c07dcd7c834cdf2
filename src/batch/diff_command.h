/* The command line of a diff of a job. */
#ifndef EVD_BATCH_DIFF_COMMAND_H
#define EVD_BATCH_DIFF_COMMAND_H

#include "batch/plan.h"
#include "batch/record.h"

enum { EVD_DIFF_ARGUMENTS_MAX = 2 * (EVD_RECORD_LOGS_MAX + 32) };

/* Fills `list`, which NULL ends, for a run of a job, on so many threads, that writes its outcome to standard output. The texts are in the arena,
 * or borrowed. False when memory runs out. */
bool evd_diff_command(struct evd_arena *arena, const struct evd_batch_job *job, size_t run, unsigned threads,
                      char *list[EVD_DIFF_ARGUMENTS_MAX + 1]);

#endif
