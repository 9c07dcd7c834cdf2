/* What evdiff diff --exit-code comes to. */
#ifndef EVD_CLI_DIFF_EXIT_H
#define EVD_CLI_DIFF_EXIT_H

#include "diff_options.h"

/* EXIT_DONE; EXIT_DIVERGED, unless it is to be quiet after a message that names the first place; EXIT_TROUBLE after a message. */
int cli_diff_exit_code(const struct cli_diff_arguments *arguments, const struct evd_outcome *outcome);

#endif
