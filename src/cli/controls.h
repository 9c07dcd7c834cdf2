/* Which files control runs are: one that is a log of the diff, or there twice, would explain what it must not, or nothing. */
#ifndef EVD_CLI_CONTROLS_H
#define EVD_CLI_CONTROLS_H

#include "cli.h"

/* Takes the argument of --control or the like: the log becomes the next path behind those of the two logs and the controls before it. False
 * after a message. */
bool cli_controls_add(const char *command, enum evd_side side, const char **paths, struct evd_control *controls,
                      size_t *count);

/* True when both logs are one regular file, whatever the paths are. */
bool cli_is_one_file(const char *const paths[EVD_SIDES]);

/* The first EVD_SIDES paths are the logs, the others are control runs. False after a message, a usage error of `command`, when
 * one file is a control run and any other of them, whatever the paths are. */
bool cli_controls_settle(const char *command, const char *const *paths, size_t count);

/* True when a control run is as large as another of the logs, so that it may be a copy: then the logs are hashed. */
bool cli_controls_may_be_copies(const char *const *paths, size_t count);

/* Says which control runs have the very bytes of another log. Needs logs that were hashed while they were read. */
void cli_controls_tell_copies(struct evd_log *const *logs, size_t count);

#endif
