/* Texts that may hold anything, such as paths and kinds, as a terminal and as JSON may have them.
 *
 * They are meant to be UTF-8, but may hold lone surrogates or, in a path, any bytes. */
#ifndef EVD_CLI_PLAIN_H
#define EVD_CLI_PLAIN_H

#include <stddef.h>
#include <stdio.h>

/* Prints a text in one line: what controls a terminal, makes a line or turns the direction of writing is escaped
 * as in Python's repr. */
void cli_print_plain(FILE *out, const char *bytes, size_t length);

/* Prints a text as a string of JSON, in quotes. Bytes that are no UTF-8 are spelled \xff, as text: the JSON is
 * valid whatever the text holds. */
void cli_print_json(FILE *out, const char *bytes, size_t length);

#endif
