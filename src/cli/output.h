/* Outputs: files that are whole or absent (new_file.h), pipes, devices and standard output. */
#ifndef EVD_CLI_OUTPUT_H
#define EVD_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "new_file.h"
#include "plain.h"

/* Not to be moved or copied while it is open. */
struct cli_output {
    const char *path;         /* borrowed; NULL: standard output */
    char *destination;        /* the file that `path` names, behind symbolic links; NULL when that is no regular file */
    struct cli_new_file file; /* for the destination */
    int fd;
    int failure;            /* errno of the first write that failed, or 0 */
    bool is_made_plain;     /* what is written goes to a terminal and may hold anything (plain.h); then */
    char kept[CLI_CUT_MAX]; /* the beginning of a character whose end was not written yet */
    size_t kept_count;
};

/* Opens an output. False with a message on standard error when it can't be; then there is nothing to
 * close. */
bool cli_output_open(struct cli_output *output, const char *path);

/* The same for what is meant to be a file: nothing else that is there already is opened, since opening a pipe waits for
 * its reader, and a device swallows what it is given. */
bool cli_output_open_file(struct cli_output *output, const char *path);

/* Makes plain what is written from now on if it goes to a terminal, itself or, as `has_pager` tells, through a pager; a
 * file or another pipe gets the bytes as they are. */
void cli_output_spare_terminal(struct cli_output *output, bool has_pager);

/* An evd_write for a struct cli_output. */
bool cli_output_write(void *output, const char *bytes, size_t length);

/* Puts the file in its place. EXIT_TROUBLE after a message when that or a write failed, EXIT_READER_GONE when nobody
 * reads standard output any more; then nothing is left. */
int cli_output_commit(struct cli_output *output);

/* Leaves nothing. */
void cli_output_discard(struct cli_output *output);

#endif
