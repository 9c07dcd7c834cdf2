/* Files that say which thread is which. */
#ifndef EVD_CLI_PAIR_FILE_H
#define EVD_CLI_PAIR_FILE_H

#include <stddef.h>

#include <evdiff/evdiff.h>

/* Reads a file of lines "6=1": canary's tid, '=', ours, as --tid-map takes them; '#' begins a comment, empty
 * lines are passed over. The caller frees the array. NULL after a message that names the place. */
struct evd_tid_pair *cli_read_pair_file(const char *path, size_t *count);

#endif
