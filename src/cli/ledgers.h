/* Ledgers of what is known, by which the families of a diff are judged. */
#ifndef EVD_CLI_LEDGERS_H
#define EVD_CLI_LEDGERS_H

#include "run_paths.h"

#include <evdiff/evdiff.h>

/* All zero before the options are read; paths are borrowed from the command line. */
struct cli_ledgers {
    const char *paths[EVD_LEDGER_FILES_MAX];
    size_t count; /* 0: there is none */
    struct evd_ledger *ledger;
    struct evd_judgement *judgement;
    struct evd_known *known; /* once they are judged */
};

/* Takes the argument of --known; false after a message. */
bool cli_ledgers_add(struct cli_ledgers *ledgers, const char *command, const char *path);

/* Adds the files to the paths of the run. */
void cli_ledgers_list(const struct cli_ledgers *ledgers, struct cli_run_paths *paths);

/* Reads the files; judges an outcome by them, as that of a job. Both return an exit code, and do nothing where no file is given. */
int cli_ledgers_read(struct cli_ledgers *ledgers);
int cli_ledgers_judge(struct cli_ledgers *ledgers, const struct evd_outcome *outcome, const char *job);

/* Takes the argument of --job; false after a message. */
bool cli_read_job(const char *command, const char **job);

/* The number of a day that the clock tells, as 20270201; 0 when it tells none. */
evd_day cli_today(void);

void cli_ledgers_free(struct cli_ledgers *ledgers);

#endif
