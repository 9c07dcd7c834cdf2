/* What several commands take alike: options as groups (options.h) that say how hard to work, by which rules to compare
 * and how to pair threads; and two logs. Another one of the options is a row and a case in shared_options.c.
 *
 * Values are all zero before options are read; what they hold is borrowed from the command line but for what the
 * functions here free. */
#ifndef EVD_CLI_SHARED_OPTIONS_H
#define EVD_CLI_SHARED_OPTIONS_H

#include "cli.h"
#include "foreign.h"
#include "options.h"
#include "rules_file.h"
#include "run_paths.h"
#include "terminal.h"

/* --threads, --progress and --quiet. */
struct cli_work {
    unsigned threads; /* 0: one a core */
    enum cli_when progress;
    bool is_quiet; /* no messages but of what is wrong */
};

extern const struct cli_option_group cli_work_options;

/* Reads the value of an option such as --color: auto, always or never. False after a message. */
bool cli_read_when(const char *command, const char *option, enum cli_when *when);

/* How logs are read: --max-unpacked, --memory and --tolerant. Its values are a struct evd_read_options. */
extern const struct cli_option_group cli_reading_options;

/* --rules, --disable-absorber and what else changes how events compare. */
struct cli_comparison {
    const char *rules; /* a file, or NULL: the built-in rules */
    const char *given; /* what --rules was given: the same, or a name */
    struct cli_rules_file rules_file;
    const char *disabled; /* absorbers, the list as given, or NULL */
    struct evd_rules_options options;
    char **disabled_names;
};

extern const struct cli_option_group cli_comparison_options;

/* Loads the rules, those that suit the traces unless a file is named; an exit code, not EXIT_DONE after a message. */
int cli_comparison_load(const char *command, struct cli_comparison *comparison, const struct cli_foreign *foreign,
                        struct evd_rules **rules);
void cli_comparison_free(struct cli_comparison *comparison);

/* --tid-map and --pair. */
struct cli_pairing {
    const struct evd_tid_pair *tid_map; /* once settled: as in struct evd_diff_options; NULL: by `pairing` */
    size_t tid_map_count;
    enum evd_pairing pairing;
    struct evd_tid_pair *by_hand;   /* of --tid-map, or NULL */
    struct evd_tid_pair *from_file; /* of --pair FILE, or NULL */
    size_t by_hand_count, from_file_count;
    const char *file; /* of --pair FILE, or NULL */
    const char *map;  /* of --tid-map, or NULL */
    bool has_pair;    /* --pair was given */
};

extern const struct cli_option_group cli_pairing_options;

/* The value of --index-dir, borrowed; false after a message. Empty, as of a variable that is not set, it would be "/". */
bool cli_read_index_directory(const char *command, const char **directory);

/* Options of a diff whose every divergence is wanted, by these pairs; `progress` shows it. */
struct evd_diff_options cli_pairing_diff(const struct cli_pairing *pairing, struct cli_progress *progress);

/* To be called when all options are read: threads are paired one way. False after a message. */
bool cli_pairing_settle(struct cli_pairing *pairing, const char *command);
void cli_pairing_free(struct cli_pairing *pairing);

/* Makes paths of logs as given, those that are NULL stay; - is standard input. False, after a message, when two are
 * standard input. */
bool cli_settle_logs(const char *command, const char **paths, size_t count);

/* Adds logs to the paths of a run; those that are NULL are none. */
void cli_list_logs(struct cli_run_paths *paths, const char *const *logs, size_t count);

#endif
