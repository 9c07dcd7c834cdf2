/* The terminal: colour, width, progress. */
#ifndef EVD_CLI_TERMINAL_H
#define EVD_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include <evdiff/evdiff.h>

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* "auto", "always", "never", in the order of enum cli_when; ends with NULL. */
extern const char *const cli_when_words[];

/* A terminal whose TERM is not dumb. */
bool cli_is_smart_terminal(int fd);

/* Whether to colour standard output; with CLI_AUTO, when it is a terminal, TERM is not dumb and
 * NO_COLOR is not set. */
bool cli_has_color(enum cli_when when);

/* Columns of standard output; 0 when it is no terminal. */
unsigned cli_width(void);

/* A progress line on standard error. */
struct cli_progress {
    bool is_on;
    bool is_shown;        /* a line is on the screen */
    bool shows_each_step; /* however short it is: with --progress=always */
    double started, last;
    double step_started;
    enum evd_step step; /* that was shown last; EVD_STEPS: none */
};

void cli_progress_start(struct cli_progress *progress, enum cli_when when);

/* An evd_progress for a struct cli_progress: shows a line, at most ten times a second. */
void cli_progress_show(void *progress, uint64_t done_bytes, uint64_t total_bytes);

/* An evd_step_progress for one: the step, how far it is, and how long it will go on. */
void cli_progress_show_step(void *progress, enum evd_step step, uint64_t done, uint64_t total);

enum { CLI_TIME_MAX = 32 };

/* Writes how much time is left as ", 1:23 left", when so much of it has taken so long; nothing while that is a guess. */
void cli_time_left(double seconds, double done, double total, char text[CLI_TIME_MAX]);

/* For another line: whether it is on, and the last one was shown long enough ago; the next one is counted as shown now. */
bool cli_progress_is_due(struct cli_progress *progress);

/* Takes the line away. */
void cli_progress_end(struct cli_progress *progress);

#endif
