/* Options: one table a command gives both the parsing and the help. */
#ifndef EVD_CLI_OPTIONS_H
#define EVD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_option {
    int code;             /* what parsing returns for it: a letter is its short form too */
    const char *name;     /* without "--" */
    const char *argument; /* its name in the help, "[=NAME]" when optional; NULL: takes none */
    const char *help;     /* may have several lines; NULL: an alias, not listed */
};

/* The words that an option's argument is one of, with a line about each for the help: by index from 0, NULL
 * past the last one. */
struct cli_words {
    int code; /* of the option */
    const char *(*word)(size_t index);
    const char *(*summary)(size_t index);
};

/* A command's options and words. `options` ends with an entry whose name is NULL; --help and --version are added. */
struct cli_usage {
    const char *command;
    const char *synopsis; /* lines after "Usage: " */
    const char *summary;
    const struct cli_option *options;
    const struct cli_words *words; /* of one of the options, or NULL */
    const char *epilogue; /* or NULL */
};

enum { CLI_OPTION_END = -1, CLI_OPTION_ERROR = -2, CLI_OPTION_HELP = -3 };

/* The next option's code, or one of the above; after CLI_OPTION_ERROR a message is out, after
 * CLI_OPTION_HELP the help or the version. Arguments are in getopt's optarg, operands from optind on. */
int cli_next_option(const struct cli_usage *usage, int argc, char **argv);

/* Reads a whole decimal number of at least `least` and at most `most`. */
bool cli_read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* The index of `text` among `words`, which end with NULL; -1 when it is none of them. */
int cli_read_word(const char *text, const char *const *words);

/* The path of a log as given: - is standard input, as in other programs. */
const char *cli_log_path(const char *argument);

#endif
