/* What the program says, in one voice: every line on standard error begins with its name, and whatever a path, an option
 * or a log puts into a message is made plain (plain.h), so that it stays one line and commands no terminal.
 *
 * No other file of the command line prints to standard error but for the statistics, which are no messages, and the help
 * that a call without a command gets; tests/house/check_cli.py holds this. */
#ifndef EVD_CLI_MESSAGE_H
#define EVD_CLI_MESSAGE_H

#include <evdiff/evdiff.h>

/* Prints "evdiff: message" to standard error. A text for %s ends at its first zero byte; see cli_say_about. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "evdiff: BEFORE text AFTER", with a text that may hold any byte, also zero. */
void cli_say_about(const char *before, struct evd_text text, const char *after);

/* Prints a plain line to standard output: what a command found out, where that is its result. */
void cli_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same in as many lines of at most 80 bytes as it takes, broken at spaces, all but the first indented. */
void cli_print_wrapped(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Shows a line of up to 255 bytes on a terminal, in the place of the one before, until it is hidden or something else is
 * said. */
void cli_show_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_hide_line(void);

/* Prints "evdiff: PATH:LINE:COLUMN: message", less what the error does not have; returns EXIT_TROUBLE. */
int cli_report_error(const struct evd_error *error);

/* Prints that memory ran out; returns EXIT_TROUBLE. */
int cli_report_no_memory(void);

/* Prints "evdiff: COMMAND: message" and where to find help; returns EXIT_TROUBLE. */
int cli_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Until it is called with NULL again, usage errors are about an option that is not from the command line: they name its place
 * instead of the command, and no help. */
void cli_set_origin(const char *where);
const char *cli_origin(void);

/* An option that is not from the command line, with its value (NULL: none) and its place. What is wrong with it may be found later: a
 * usage error that begins with its name, and an error about the whole of the file that it names, are told with its place. Texts are
 * borrowed to the end of the program. False when memory runs out. */
bool cli_note_origin(const char *option, const char *value, const char *where);

/* Says where help is: "Try 'evdiff COMMAND --help' …"; NULL: that of the program. */
void cli_say_help(const char *command);

#endif
