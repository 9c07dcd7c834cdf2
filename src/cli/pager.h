/* The pager: what is printed on a terminal goes through a program that shows it a screen at a time, as git has it. */
#ifndef EVD_CLI_PAGER_H
#define EVD_CLI_PAGER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* All zero: none runs. */
struct cli_pager {
    char *command; /* its own, freed at the end; NULL: none runs */
    pid_t child;
    int terminal; /* what standard output was before */
    struct sigaction interrupt;
};

/* Starts a pager and makes standard output a pipe to it, when that is a terminal whose TERM is not dumb and `is_wanted`:
 * EVDIFF_PAGER, else PAGER, else less where it is installed, by the shell; none where the variable is empty or cat.
 * LESS=FRX is set unless LESS is: less ends at once where all fits a screen, and leaves it there. */
void cli_pager_start(struct cli_pager *pager, bool is_wanted);

/* Flushes standard output, makes it the terminal again and waits until the pager ends. False, after a message, when the
 * pager can't be run: nothing was shown then. True where none runs. */
bool cli_pager_end(struct cli_pager *pager);

#endif
