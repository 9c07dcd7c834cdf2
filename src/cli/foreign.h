/* Traces in other formats, as several commands take them: --from and --mapping, or what the first bytes tell. */
#ifndef EVD_CLI_FOREIGN_H
#define EVD_CLI_FOREIGN_H

#include "cli.h"
#include "options.h"

/* Logs of one run: canary's, ours and control runs. */
enum { CLI_LOGS_MAX = EVD_SIDES + EVD_CONTROLS_MAX };

/* On which side they are: canary's and ours, and control runs of canary's engine. */
extern const enum evd_side cli_sides[CLI_LOGS_MAX];

/* All zero before options are read. */
struct cli_foreign {
    const char *format;                       /* of --from, or NULL: told by content */
    const char *mapping;                      /* a file, or NULL */
    struct evd_import *imports[CLI_LOGS_MAX]; /* once opened; NULL: a log */
    const char *made_of[CLI_LOGS_MAX];        /* once opened: the format that a log was made of, or NULL */
    const char *rules;                        /* once opened: the shipped rules that suit all of the logs, or NULL */
    bool has_rules;                           /* to be set before: --rules is given */
    bool is_quiet;                            /* as cli_foreign_open was told */
    bool is_mixed;                            /* once opened: by their content the logs are of several formats */
};

extern const struct cli_option_group cli_foreign_options;

/* Settles how each of `count` logs, at most CLI_LOGS_MAX, is read; what is told by content is said unless `is_quiet`. A log
 * that is standard input or a pipe is a trace only with --from. Where one is not there, nothing is said of the others. An exit code, not EXIT_DONE after a message; to be closed
 * in any case. */
int cli_foreign_open(struct cli_foreign *foreign, const char *command, const char *const *paths, size_t count,
                     bool is_tolerant, bool is_quiet);
/* Whether --from and --mapping, if they are given, can be; false after a message. */
bool cli_foreign_check(const struct cli_foreign *foreign, const char *command);

void cli_foreign_close(struct cli_foreign *foreign);

/* Loads rules: of `path`, or when that is NULL those that suit the traces, else the built-in ones. */
enum evd_status cli_foreign_load_rules(const struct cli_foreign *foreign, const char *path,
                                       const struct evd_rules_options *options, struct evd_rules **rules,
                                       struct evd_error *error);

/* "skipped metadata: 2, the first is line 1, event 3" */
struct cli_skip_words {
    char text[192];
};
struct cli_skip_words cli_skip_words(const struct evd_import_skip *skip);

/* Says what was skipped in a trace, if anything was. */
void cli_tell_import(const char *path, const struct evd_import_summary *summary);

#endif
