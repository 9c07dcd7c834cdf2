/* What the commands share: exit codes, messages, the command table's type. */
#ifndef EVD_CLI_CLI_H
#define EVD_CLI_CLI_H

#include <stdint.h>

#include <evdiff/evdiff.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_DIVERGED = 1,     /* with --exit-code: a thread diverged */
    EXIT_TROUBLE = 2,      /* bad usage, bad input, no tid mapping, an output that could not be written */
    EXIT_INCONCLUSIVE = 3, /* diff: a demand on the result is not met, whatever else it says */
};

struct cli_command {
    const char *name;
    const char *summary;
    /* argv[0] is the command's name. */
    int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_diff;
extern const struct cli_command cli_check;
extern const struct cli_command cli_show;
extern const struct cli_command cli_rules;
extern const struct cli_command cli_index;
extern const struct cli_command cli_selftest;

/* Prints "evdiff: PATH:LINE:COLUMN: message" to standard error, less what the error does not have;
 * returns EXIT_TROUBLE. */
int cli_report_error(const struct evd_error *error);

/* Prints "evdiff: COMMAND: message" and where to find help; returns EXIT_TROUBLE. */
int cli_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "s" unless it is one. */
static inline const char *cli_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Flushes standard output; EXIT_TROUBLE with a message when not all of it could be written, else
 * `code`. */
int cli_finish_output(int code);

#endif
