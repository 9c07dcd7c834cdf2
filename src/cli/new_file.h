/* A file that takes its place when it is whole, and is not there before.
 *
 * It has no name while it is written (O_TMPFILE): however the program ends, by whichever signal, the system takes it
 * away. Where the file system has no such files it has a name beside its place, and every signal that a program can
 * catch and that is no fault of its own takes that away; SIGKILL leaves it. A file that is there already is replaced
 * by renaming. */
#ifndef EVD_CLI_NEW_FILE_H
#define EVD_CLI_NEW_FILE_H

#include <stdbool.h>

/* Not to be moved or copied while it is open. */
struct cli_new_file {
    int fd;                    /* to write to */
    char *name;                /* its path until it is in its place; NULL: it has none */
    struct cli_new_file *next; /* of the files that have a name */
};

/* Makes a file for `place`, a path whose links are resolved; only its owner may read it. With `is_named` it has a name
 * from the beginning, as where the file system has no others. False with errno; then there is nothing to close. */
bool cli_new_file_open(struct cli_new_file *file, const char *place, bool is_named);

/* Puts the file in its place. False with errno when that fails, or something that was written did not get there; then
 * nothing of it is left. Closed in any case. */
bool cli_new_file_commit(struct cli_new_file *file, const char *place);

/* Leaves nothing; errno stays. */
void cli_new_file_discard(struct cli_new_file *file);

/* True when a file can be made at `place`, which is tried, since permissions do not tell: a folder such as /dev/fd
 * takes none from anybody. False with errno. */
bool cli_new_file_is_possible(const char *place);

#endif
