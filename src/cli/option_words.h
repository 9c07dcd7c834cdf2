/* Options that a variable of the environment holds. */
#ifndef EVD_CLI_OPTION_WORDS_H
#define EVD_CLI_OPTION_WORDS_H

#include <stdbool.h>

/* Words as of a command line. */
struct cli_option_words {
    int argc;
    char **argv; /* the first is the program's name; ends with NULL */
    char *text;
};

/* Takes those of EVDIFF_OPTS. They are split at blanks as a shell does: '…' holds anything, "…" and what is bare take \ before
 * a character. False after a message, a usage error of the command, when a quote is not closed, or memory runs out; released in
 * either case. */
bool cli_option_words_make(struct cli_option_words *words, const char *command);
void cli_option_words_release(struct cli_option_words *words);

#endif
