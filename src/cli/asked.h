/* What a diff was asked by, as options: reports put them into the commands that they print, and a saved outcome keeps them,
 * so that a command about it reads the logs as the diff did. */
#ifndef EVD_CLI_ASKED_H
#define EVD_CLI_ASKED_H

#include "shared_options.h"

enum { CLI_ASKED_MAX = 16 };

struct cli_asked {
    struct evd_asked_option options[CLI_ASKED_MAX]; /* borrow from what they are of */
    size_t count;
};

/* Lists what decides how logs are read and compared; those of NULL are none. */
void cli_asked_list(struct cli_asked *asked, const struct cli_foreign *foreign, const struct cli_comparison *comparison,
                    const struct cli_pairing *pairing, const struct evd_read_options *reading);

/* The argument of an option that an outcome was asked by; NULL when it was not. */
const struct evd_text *cli_asked_argument(const struct evd_outcome *outcome, const char *option);

#endif
