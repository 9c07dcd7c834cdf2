/* Texts that may hold anything, such as paths and kinds, as a terminal and as JSON may have them.
 *
 * They are meant to be UTF-8, but may hold lone surrogates or, in a path, any bytes. Hostile is what controls a terminal,
 * makes a line, turns the direction of writing or is there without being seen, and every byte that is no UTF-8. */
#ifndef EVD_CLI_PLAIN_H
#define EVD_CLI_PLAIN_H

#include <stddef.h>
#include <stdio.h>

/* A text in one line, terminated, to be freed by the caller: what is hostile is escaped as in Python's repr, \x1b,
 * \u202e, and a byte that is no UTF-8 as \xff. A plain text stays what it is. NULL when memory runs out. */
char *cli_plain(const char *bytes, size_t length);

/* The same of lines: line feeds stay. */
char *cli_plain_lines(const char *bytes, size_t length, size_t *plain_length);

/* How many of the bytes are whole characters: at most CLI_CUT_MAX fewer than `length`, when its end cuts one. */
enum { CLI_CUT_MAX = 3 };
size_t cli_whole_characters(const char *bytes, size_t length);

/* Prints a text as cli_plain makes it. */
void cli_print_plain(FILE *out, const char *bytes, size_t length);

/* Prints a text as a string of JSON, in quotes. Bytes that are no UTF-8 are spelled \xff, as text: the JSON is
 * valid whatever the text holds. */
void cli_print_json(FILE *out, const char *bytes, size_t length);

/* The same without the quotes, for a part of a string. */
void cli_print_json_letters(FILE *out, const char *bytes, size_t length);

/* Prints a line of JSON as it is, but for hostile characters in its strings, which are spelled \u009b, and a carriage
 * return between its tokens, which becomes a space: the same JSON, which commands no terminal. */
void cli_print_json_line(FILE *out, const char *bytes, size_t length);

#endif
