/* Which file a path names, there already or not. */
#ifndef EVD_CLI_PLACES_H
#define EVD_CLI_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of a path that name the folder it is in, with the slash at the end; 0: the current one. */
size_t cli_folder_length(const char *path);

/* The path of the file that writing to `path` would write to or make: links are followed, the last one also where
 * it leads to no file yet, as a shell's > does. NULL with errno when there is no such place or memory runs out;
 * freed by the caller. */
char *cli_resolve(const char *path);

/* True when the path names what standard output is: a file, a pipe or a terminal. */
bool cli_is_standard_output(const char *path);

/* True when both paths name one regular file that is there. */
bool cli_is_same_file(const char *a, const char *b);

/* True when both paths name one pipe, which only one of them could read. */
bool cli_is_same_pipe(const char *a, const char *b);

/* True when writing to both paths would write to one file, there already or not. */
bool cli_is_same_place(const char *a, const char *b);

#endif
