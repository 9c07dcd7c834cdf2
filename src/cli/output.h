/* Output files that are whole or absent: written beside their place and renamed. */
#ifndef EVD_CLI_OUTPUT_H
#define EVD_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct cli_output {
    const char *path;  /* borrowed; NULL: standard output */
    char *destination; /* the file that `path` names, behind symbolic links */
    char *temporary;   /* written beside the destination; NULL when that is no regular file */
    int fd;
    int failure; /* errno of the first write that failed, or 0 */
};

/* Opens an output. False with a message on standard error when it can't be; then there is nothing to
 * close. */
bool cli_output_open(struct cli_output *output, const char *path);

/* An evd_write for a struct cli_output. */
bool cli_output_write(void *output, const char *bytes, size_t length);

/* Puts the file in its place. EXIT_TROUBLE after a message when that or a write failed, EXIT_READER_GONE when nobody
 * reads standard output any more; then nothing is left. */
int cli_output_commit(struct cli_output *output);

/* Leaves nothing. */
void cli_output_discard(struct cli_output *output);

#endif
