/* Options that do not come from the command line: EVDIFF_OPTS, then the nearest configuration file, then the user's own. An
 * option that one of these gives more than once has all of its arguments; the same option further up, and on the command line,
 * takes the place of all of them. */
#ifndef EVD_CLI_OPTION_LAYERS_H
#define EVD_CLI_OPTION_LAYERS_H

#include "config_files.h"
#include "option_words.h"

struct cli_given_option {
    int code;
    const char *argument; /* NULL: none */
    bool is_off;          /* a switch that is not to be */
    char *origin;         /* "PATH:LINE:COLUMN", "EVDIFF_OPTS" */
};

/* The options of one run. Its texts are borrowed by the arguments of the command. */
struct cli_option_layers {
    struct cli_config_files files;
    struct cli_option_words words;
    struct cli_given_option *given;
    size_t count;
    char **paths; /* those that were made of relative ones */
    size_t path_count;
};

struct cli_usage;

/* Finds those of a command's options that are given so and are not among `codes`, which ends with 0, as those of the command
 * line are. False after a message; released in either case. */
bool cli_option_layers_find(struct cli_option_layers *layers, const struct cli_usage *usage, const int *codes);
void cli_option_layers_release(struct cli_option_layers *layers);

#endif
