/* Options that a variable of the environment holds, before those of the command line. */
#ifndef EVD_CLI_OPTION_WORDS_H
#define EVD_CLI_OPTION_WORDS_H

#include <stdbool.h>

/* A command line with more words. */
struct cli_command_line {
    int argc;
    char **argv; /* ends with NULL */
    char *text;  /* of the words that were put in */
};

/* Makes a command line that has the words of EVDIFF_OPTS behind its first. They are split at blanks as a shell does:
 * '…' holds anything, "…" and what is bare take \ before a character. False after a message, a usage error of the command,
 * when a quote is not closed, or memory runs out; released in either case. */
bool cli_command_line_make(struct cli_command_line *line, int argc, char **argv);
void cli_command_line_release(struct cli_command_line *line);

#endif
