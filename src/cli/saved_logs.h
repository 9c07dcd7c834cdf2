/* The logs that a saved outcome is of, opened again as its diff read them: traces by their formats, with the rules that they
 * were compared by. Nothing is printed here: the viewer has the screen. */
#ifndef EVD_CLI_SAVED_LOGS_H
#define EVD_CLI_SAVED_LOGS_H

#include "shared_options.h"

enum { CLI_WARNING_MAX = 1024 };

/* What is given beside the outcome, all zero but for that; and what is opened. */
struct cli_saved_logs {
    const struct evd_outcome *outcome;
    const char *rules_path; /* of --rules, or NULL */
    const char *index_directory;
    struct cli_foreign *foreign; /* --from and --mapping where they were given; owns the imports */
    struct evd_read_options reading;
    struct evd_rules *rules;         /* once opened */
    struct evd_log *logs[EVD_SIDES]; /* the same */
    char warning[CLI_WARNING_MAX];   /* a line about what is not as it was, and the remedy; or "" */
    char paths[EVD_SIDES][EVD_PATH_MAX];
};

/* Opens rules and logs. On failure none are open, and the error names the place. */
enum evd_status cli_saved_logs_open(struct cli_saved_logs *saved, struct evd_error *error);
void cli_saved_logs_close(struct cli_saved_logs *saved);

#endif
