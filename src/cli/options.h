/* Options: one table a command gives both the parsing and the help. Options that several commands take alike are a
 * group, with a table and a function of its own; a command's table names the group. */
#ifndef EVD_CLI_OPTIONS_H
#define EVD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_option_group;

struct cli_option {
    int code;             /* unique in the command: a letter is its short form too */
    const char *name;     /* without "--"; "" stands for the options of `group` */
    const char *argument; /* its name in the help, "[=NAME]" when optional; NULL: takes none */
    const char *help;     /* may have several lines; NULL: an alias, not listed */
    const struct cli_option_group *group;
    size_t place; /* of the group's values in the command's arguments, in bytes */
};

/* A row of a command's table: the options of a group, with their values in a member of the command's arguments. */
#define CLI_OPTION_GROUP(group, arguments, member)               \
    {                                                            \
        0, "", NULL, NULL, &(group), offsetof(arguments, member) \
    }

/* An option: a row of a table. */
#define CLI_OPTION(code, name, argument, help) \
    {                                          \
        code, name, argument, help, NULL, 0    \
    }
#define CLI_OPTIONS_END              \
    {                                \
        0, NULL, NULL, NULL, NULL, 0 \
    }

struct cli_option_group {
    const struct cli_option *options; /* with codes from CLI_GROUP_CODES on; none is a group */
    /* Takes in one of them with its argument, getopt's optarg; false after a message. */
    bool (*read)(void *values, const char *command, int code);
};

enum { CLI_COMMAND_CODES = 256, CLI_GROUP_CODES = 512 }; /* of options without a letter */

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
    const char *epilogue;          /* or NULL */
    /* Takes in an option of the command's own, as cli_option_group::read; NULL when there is none. */
    bool (*read)(void *arguments, int code);
    /* For evdiff config: whether values that are not from the command line, all of which are taken in, are such as the command takes;
     * false after a message. NULL when taking them in is all there is to check. */
    bool (*check)(void *arguments);
};

/* A way through a command's options, those of its groups in the place of these. */
struct cli_option_walk {
    const struct cli_option *row;    /* of the command's table */
    const struct cli_option *option; /* of the group that the row stands for; NULL: not begun */
};
struct cli_option_walk cli_option_walk(const struct cli_usage *usage);
/* NULL at the end. */
const struct cli_option *cli_next_option(struct cli_option_walk *walk);

/* True for an option of which a second one on a command line is refused. */
bool cli_option_is_given_once(const struct cli_option *option);

/* True for one of which each counts; of all others that may be there twice the last one does. */
bool cli_option_is_added_up(const struct cli_option *option);

/* Goes through the options of other words; `take` has the argument in getopt's optarg, and stops it with false. Operands are
 * from getopt's optind on. False after a message. */
bool cli_take_words(const struct cli_usage *usage, int argc, char **argv, bool (*take)(void *context, int code),
                    void *context);

/* Makes the next cli_read_options print what gives each option of its command, and end the run. */
void cli_want_config(void);

/* Reads all options into a command's arguments, also those that do not come from the command line (option_layers.h); operands are from getopt's optind on. False when that ends the run: *code
 * is its exit code, after --help or --version or after a message. */
bool cli_read_options(const struct cli_usage *usage, int argc, char **argv, void *arguments, int *code);

/* Reads a whole number of 64 bits, also below zero and, with 0x, hexadecimal. */
bool cli_read_integer(const char *text, int64_t *value);

/* True for the first digits of a family's signature, as its id has them: 1 to 16, in lower case. */
bool cli_is_family_id(const char *text);

/* Reads a whole decimal number of at least `least` and at most `most`. */
bool cli_read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* Read an option's argument: a number, or one of some words, which end with NULL; *word is its index. False after a
 * message. */
bool cli_read_number_option(const char *command, const char *option, const char *text, uint64_t least, uint64_t most,
                            uint64_t *value);
bool cli_read_word_option(const char *command, const char *option, const char *text, const char *const *words,
                          int *word);

/* The index of `text` among `words`, which end with NULL; -1 when it is none of them. */
int cli_read_word(const char *text, const char *const *words);

/* The path of a log as given: - is standard input, as in other programs. */
const char *cli_log_path(const char *argument);

#endif
