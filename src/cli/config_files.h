/* The configuration files of a run: the nearest .evdiff.toml from the current folder upwards, and the user's own,
 * $XDG_CONFIG_HOME/evdiff/config.toml. The first comes with whatever is looked at, as a repository that was cloned: it may set
 * what a diff compares, but names no file to write and no program to run.
 *
 * EVDIFF_CONFIG names one file instead of both, which is trusted as the user's; empty, there is none. */
#ifndef EVD_CLI_CONFIG_FILES_H
#define EVD_CLI_CONFIG_FILES_H

#include <evdiff/config.h>

enum cli_config_place { CLI_CONFIG_USER, CLI_CONFIG_NEAREST, CLI_CONFIG_PLACES };

struct cli_config_files {
    char *path[CLI_CONFIG_PLACES];                /* where each is, or would be; NULL: nowhere */
    struct evd_config *config[CLI_CONFIG_PLACES]; /* NULL: there is none */
};

/* Finds where they are, and reads none; false after a message. Released in either case. */
bool cli_config_files_find(struct cli_config_files *files);

/* Reads and checks them; false after a message. Released in either case. */
bool cli_config_files_read(struct cli_config_files *files);
void cli_config_files_release(struct cli_config_files *files);

/* True when a file may have a table for the command. */
bool cli_config_has_command(const char *command);

/* The pager that the user's file names; NULL when it names none. To be freed. */
char *cli_config_pager(void);

#endif
