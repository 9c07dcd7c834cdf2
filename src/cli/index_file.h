/* Saving the index of a log in its place. */
#ifndef EVD_CLI_INDEX_FILE_H
#define EVD_CLI_INDEX_FILE_H

#include <evdiff/evdiff.h>

/* Writes the index of an open log to the first place (evd_index_place) that can be written, whole or
 * not at all; `path` (EVD_PATH_MAX bytes) becomes the place. EXIT_TROUBLE after a message when there
 * is no such place or writing fails. */
int cli_index_save(const struct evd_log *log, const char *directory, char *path);

/* "off", "auto", "require", in the order of enum evd_index_mode, then "save"; ends with NULL. */
extern const char *const cli_index_words[];
enum { CLI_INDEX_SAVE = EVD_INDEX_REQUIRE + 1 };

#endif
