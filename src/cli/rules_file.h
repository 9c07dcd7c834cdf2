/* Rules files by name: --rules wine-relay means the file wine-relay.json among the rules that come with the program. */
#ifndef EVD_CLI_RULES_FILE_H
#define EVD_CLI_RULES_FILE_H

#include <limits.h>

#include <evdiff/evdiff.h>

/* Room for the path of a file that was found by name. */
struct cli_rules_file {
    char path[PATH_MAX];
};

/* The path that --rules TEXT means: TEXT where there is such a file, and where it can only be a path, as it has a slash,
 * ends in ".json" or is empty; else that of the file of this name, in `file`. NULL after a message that lists what there is. */
const char *cli_find_rules(const char *command, const char *text, struct cli_rules_file *file);

/* The same without a message. */
const char *cli_find_rules_quietly(const char *text, struct cli_rules_file *file);

enum { CLI_OTHER_RULES_MAX = 32 };

/* The rules that come with the program, but for those in force. */
struct cli_other_rules {
    struct evd_other_rules rules[CLI_OTHER_RULES_MAX];
    size_t count;
};

/* Loads them, with the same options; what can't be loaded is passed over, as nobody asked for it. The caller frees
 * them. */
void cli_load_other_rules(const struct evd_rules *in_force, const struct evd_rules_options *options,
                          struct cli_other_rules *others);
void cli_free_other_rules(struct cli_other_rules *others);

#endif
