/* What the commands share: exit codes, the command table's type. */
#ifndef EVD_CLI_CLI_H
#define EVD_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include <evdiff/evdiff.h>

#include "message.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_DIVERGED = 1,           /* with --exit-code: a thread diverged */
    EXIT_FOUND = 1,              /* known: a ledger has a fault, or a conflict is left in it */
    EXIT_TROUBLE = 2,            /* bad usage, bad input, no tid mapping, an output that could not be written */
    EXIT_INCONCLUSIVE = 3,       /* diff: a demand on the result is not met, whatever else it says */
    EXIT_READER_GONE = 128 + 13, /* not an exit code: nobody reads standard output any more, and the program ends by
                                    SIGPIPE, which a shell shows so */
};

struct cli_command {
    const char *name;
    const char *summary;
    /* argv[0] is the command's name. */
    int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_config;
extern const struct cli_command cli_diff;
extern const struct cli_command cli_view;
extern const struct cli_command cli_check;
extern const struct cli_command cli_show;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_rules;
extern const struct cli_command cli_import;
extern const struct cli_command cli_index;
extern const struct cli_command cli_selftest;
extern const struct cli_command cli_learn;
extern const struct cli_command cli_batch;
extern const struct cli_command cli_judge_command;
extern const struct cli_command cli_known;
extern const struct cli_command cli_history;

/* NULL when there is no command of that name. */
const struct cli_command *cli_find_command(const char *name);

/* "s" unless it is one. */
static inline const char *cli_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Flushes standard output; when not all of it could be written EXIT_TROUBLE after a message, or EXIT_READER_GONE; else
 * `code`. */
int cli_finish_output(int code);

/* True when standard output is a pipe that nobody reads any more, and whoever started the program expects it to end
 * silently then, by SIGPIPE. */
bool cli_is_reader_gone(void);

#endif
