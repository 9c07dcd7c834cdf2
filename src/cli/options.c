#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "option_layers.h"

enum { OPTIONS_MAX = 64, HELP_COLUMN = 28, HELP_WIDTH = 80, HELP_CODE = 'h', VERSION_CODE = 'V' };

/* The next option, NULL at the end; *group (may be NULL) becomes the row of its group, or NULL. */
static const struct cli_option *next_option(struct cli_option_walk *walk, const struct cli_option **group)
{
    while (walk->row->name != NULL) {
        const struct cli_option *row = walk->row;
        if (group != NULL)
            *group = row->group == NULL ? NULL : row;
        if (row->group == NULL) {
            walk->row++;
            return row;
        }
        walk->option = walk->option == NULL ? row->group->options : walk->option + 1;
        if (walk->option->name != NULL)
            return walk->option;
        *walk = (struct cli_option_walk){.row = row + 1};
    }
    return NULL;
}

struct cli_option_walk cli_option_walk(const struct cli_usage *usage)
{
    return (struct cli_option_walk){.row = usage->options};
}

const struct cli_option *cli_next_option(struct cli_option_walk *walk)
{
    return next_option(walk, NULL);
}

/* Two names of one option share its letter, which stands before the first. */
static bool has_letter(const struct cli_usage *usage, const struct cli_option *option)
{
    struct cli_option_walk walk = {.row = usage->options};
    for (const struct cli_option *other; (other = next_option(&walk, NULL)) != NULL && other != option;)
        if (other->code == option->code)
            return false;
    return option->code > ' ' && option->code < 127;
}

/* A line end that a text has: a paragraph's, where one may begin with a capital letter; else it is a space. */
static bool ends_paragraph(const char *p, bool has_paragraphs)
{
    return *p == '\n' && has_paragraphs && p[1] >= 'A' && p[1] <= 'Z';
}

/* Prints a text within HELP_WIDTH columns, of which `used` are taken in its first line; the others are indented. Wrapped
 * at spaces, wherever the text itself has line ends. */
static void print_wrapped(const char *text, int used, int indent, bool has_paragraphs)
{
    int column = used;
    bool is_first = true;
    for (const char *p = text; *p != '\0';) {
        if (ends_paragraph(p, has_paragraphs)) {
            printf("\n%*s", indent, "");
            column = indent;
            is_first = true;
        }
        p += strspn(p, " \n");
        const int length = (int)strcspn(p, " \n");
        if (!is_first && column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
            is_first = true;
        }
        printf("%s%.*s", is_first ? "" : " ", length, p);
        column += length + !is_first;
        is_first = false;
        p += length;
    }
    putchar('\n');
}

static void print_option(const struct cli_usage *usage, const struct cli_option *option)
{
    char left[128];
    const char *argument = option->argument ? option->argument : "";
    const char *join = option->argument == NULL || *option->argument == '[' ? "" : "=";
    if (has_letter(usage, option))
        snprintf(left, sizeof left, "  -%c, --%s%s%s", option->code, option->name, join, argument);
    else
        snprintf(left, sizeof left, "      --%s%s%s", option->name, join, argument);
    const int width = (int)strlen(left);
    if (width > HELP_COLUMN - 2)
        printf("%s\n%*s", left, HELP_COLUMN, "");
    else
        printf("%-*s", HELP_COLUMN, left);
    print_wrapped(option->help, HELP_COLUMN, HELP_COLUMN, false);
}

static void print_words(const struct cli_words *words)
{
    int width = 0;
    for (size_t i = 0; words->word(i) != NULL; i++)
        if ((int)strlen(words->word(i)) > width)
            width = (int)strlen(words->word(i));
    for (size_t i = 0; words->word(i) != NULL; i++) {
        printf("%*s%-*s  ", HELP_COLUMN + 2, "", width, words->word(i));
        print_wrapped(words->summary(i), HELP_COLUMN + 4 + width, HELP_COLUMN + 4 + width, false);
    }
}

static void print_help(const struct cli_usage *usage)
{
    printf("Usage: %s\n", usage->synopsis);
    print_wrapped(usage->summary, 0, 0, true);
    putchar('\n');
    struct cli_option_walk walk = {.row = usage->options};
    for (const struct cli_option *option; (option = next_option(&walk, NULL)) != NULL;)
        if (option->help != NULL) {
            print_option(usage, option);
            if (usage->words != NULL && usage->words->code == option->code)
                print_words(usage->words);
        }
    print_option(usage, &(struct cli_option)CLI_OPTION(HELP_CODE, "help", NULL, "print this help and exit"));
    print_option(usage, &(struct cli_option)CLI_OPTION(VERSION_CODE, "version", NULL, "print the version and exit"));
    if (usage->epilogue == NULL)
        return;
    putchar('\n');
    print_wrapped(usage->epilogue, 0, 0, true);
}

/* What getopt wants to know. */
struct getopt_tables {
    struct option options[OPTIONS_MAX];
    char letters[2 * OPTIONS_MAX + 4];
};

static void fill_tables(const struct cli_usage *usage, struct getopt_tables *tables)
{
    struct cli_option_walk walk = {.row = usage->options};
    size_t count = 0, end = 0;
    tables->letters[end++] = ':'; /* getopt tells a missing argument from an option that there is not */
    tables->letters[end++] = HELP_CODE;
    tables->letters[end++] = VERSION_CODE;
    tables->letters[end] = '\0';
    for (const struct cli_option *option; (option = next_option(&walk, NULL)) != NULL;) {
        const int argument = option->argument == NULL   ? no_argument
                             : *option->argument == '[' ? optional_argument
                                                        : required_argument;
        tables->options[count++] = (struct option){option->name, argument, NULL, option->code};
        if (option->code > ' ' && option->code < 127 && strchr(tables->letters, option->code) == NULL) {
            tables->letters[end++] = (char)option->code;
            if (argument == required_argument)
                tables->letters[end++] = ':';
            tables->letters[end] = '\0';
        }
    }
    tables->options[count++] = (struct option){"help", no_argument, NULL, HELP_CODE};
    tables->options[count++] = (struct option){"version", no_argument, NULL, VERSION_CODE};
    tables->options[count] = (struct option){0};
}

/* The row of the group that an option belongs to; NULL when it is the command's own. */
static const struct cli_option *find_group(const struct cli_usage *usage, int code)
{
    struct cli_option_walk walk = {.row = usage->options};
    const struct cli_option *group = NULL;
    for (const struct cli_option *option; (option = next_option(&walk, &group)) != NULL;)
        if (option->code == code)
            return group;
    return NULL;
}

static bool read_option(const struct cli_usage *usage, void *arguments, int code)
{
    const struct cli_option *group = find_group(usage, code);
    return group == NULL ? usage->read(arguments, code)
                         : group->group->read((char *)arguments + group->place, usage->command, code);
}

/* The word of the command line up to the '=' of an argument. */
static size_t option_length(const char *word)
{
    return strcspn(word, "=");
}

/* Options that begin as the word does: when there are several it is short for none of them. */
static size_t count_beginning(const struct getopt_tables *tables, const char *word)
{
    size_t count = 0;
    for (const struct option *option = tables->options; option->name != NULL; option++)
        count += strncmp(option->name, word + 2, option_length(word) - 2) == 0;
    return count;
}

/* Says what getopt, which prints nothing here, has found wrong. `word` is what it read last: but for a letter that is
 * no option, which may stand before others in one word, it is the option. */
static void refuse_option(const char *command, const struct getopt_tables *tables, bool lacks_argument,
                          const char *word)
{
    const char *name = NULL, *names[OPTIONS_MAX];
    size_t count = 0;
    for (const struct option *option = tables->options; option->name != NULL; option++) {
        names[count++] = option->name;
        if (name == NULL && option->val == optopt)
            name = option->name;
    }
    const int length = (int)option_length(word);
    if (optopt != 0 && name == NULL)
        cli_usage_error(command, "unrecognized option '-%c'", optopt);
    else if (lacks_argument)
        cli_usage_error(command, "option '%.*s' requires an argument", length, word);
    else if (optopt != 0)
        cli_usage_error(command, "option '--%s' takes no argument: '%s'", name, word + length + (word[length] == '='));
    else if (count_beginning(tables, word) > 1)
        cli_usage_error(command, "option '%.*s' is short for several", length, word);
    else {
        const char *meant = evd_suggest_name(word + 2, (size_t)length - 2, names, count);
        cli_usage_error(command, "unrecognized option '%.*s'%s%s%s", length, word, meant ? "; did you mean '--" : "",
                        meant ? meant : "", meant ? "'?" : "");
    }
}

static const struct cli_option *find_option(const struct cli_usage *usage, int code)
{
    struct cli_option_walk walk = {.row = usage->options};
    for (const struct cli_option *option; (option = next_option(&walk, NULL)) != NULL;)
        if (option->code == code)
            return option;
    return NULL;
}

/* Of two places, two ways of pairing, two lists or two demands one would be passed over in silence. */
bool cli_option_is_given_once(const struct cli_option *option)
{
    static const char *const ARGUMENTS[] = {"PATH", "FILE", "DIR", "MAP", "HOW", "LIST", "N|P%", NULL};
    return option->argument != NULL && cli_read_word(option->argument, ARGUMENTS) >= 0;
}

bool cli_option_is_added_up(const struct cli_option *option)
{
    static const char *const ARGUMENTS[] = {"LOG", "LEDGER", "FORMAT=PATH", NULL};
    return option->argument != NULL && cli_read_word(option->argument, ARGUMENTS) >= 0;
}

/* Notes in `given`, which ends with 0, an option that may be given once; false after a message when it is there. */
static bool note_option(const struct cli_usage *usage, int code, int given[OPTIONS_MAX])
{
    const struct cli_option *option = find_option(usage, code);
    if (option == NULL || !cli_option_is_given_once(option))
        return true;
    for (; *given != 0; given++)
        if (*given == code) {
            cli_usage_error(usage->command, "--%s is given twice", option->name);
            return false;
        }
    *given = code;
    return true;
}

bool cli_take_words(const struct cli_usage *usage, int argc, char **argv, bool (*take)(void *context, int code),
                    void *context)
{
    struct getopt_tables tables;
    int option;
    fill_tables(usage, &tables);
    opterr = 0;
    optind = 0; /* getopt begins anew */
    while ((option = getopt_long(argc, argv, tables.letters, tables.options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            refuse_option(usage->command, &tables, option == ':', argv[optind - 1]);
            return false;
        }
        if (!take(context, option))
            return false;
    }
    return true;
}

/* The codes of the options of a command line, as far as there is nothing wrong with it; false when one of them asks for help. */
static bool list_codes(const struct cli_usage *usage, int argc, char **argv, int codes[OPTIONS_MAX])
{
    struct getopt_tables tables;
    size_t count = 0;
    int option;
    bool has_help = false;
    /* getopt puts operands behind options: a word that lacks its argument would then have one. */
    char **words = calloc((size_t)argc + 1, sizeof *words);
    codes[0] = 0;
    if (words == NULL)
        return true;
    memcpy(words, argv, (size_t)argc * sizeof *words);
    fill_tables(usage, &tables);
    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, words, tables.letters, tables.options, NULL)) != -1) {
        has_help |= option == HELP_CODE || option == VERSION_CODE;
        bool is_new = option != '?' && option != ':' && count + 1 < OPTIONS_MAX;
        for (size_t i = 0; i < count; i++)
            is_new &= codes[i] != option;
        if (is_new)
            codes[count++] = option;
    }
    codes[count] = 0;
    free(words);
    return !has_help;
}

static bool is_config_wanted;

void cli_want_config(void)
{
    is_config_wanted = true;
}

/* Each option of the command, and what gives it. */
static void print_config(const struct cli_usage *usage, const struct cli_option_layers *layers)
{
    struct cli_option_walk walk = cli_option_walk(usage);
    for (const struct cli_option *option; (option = cli_next_option(&walk)) != NULL;) {
        size_t found = 0;
        for (size_t i = 0; i < layers->count; i++) {
            const struct cli_given_option *given = &layers->given[i];
            const char *value = given->argument != NULL ? given->argument : given->is_off ? "false" : "true";
            if (given->code != option->code)
                continue;
            found++;
            cli_print_line("%s.%s = %s  (%s)", usage->command, option->name, value, given->origin);
        }
        if (found == 0 && option->help != NULL)
            cli_print_line("%s.%s  (default)", usage->command, option->name);
    }
}

/* Takes in what does not come from the command line, whose options are `codes`. */
static bool read_layers(const struct cli_usage *usage, const int *codes, void *arguments, int *code)
{
    static struct cli_option_layers layers; /* arguments borrow from it, to the end of the program */
    cli_option_layers_release(&layers);
    *code = EXIT_TROUBLE;
    if (!cli_option_layers_find(&layers, usage, codes))
        return false;
    if (is_config_wanted)
        print_config(usage, &layers);
    for (size_t i = 0; i < layers.count; i++) {
        const struct cli_given_option *given = &layers.given[i];
        if (given->is_off || given->code == HELP_CODE || given->code == VERSION_CODE)
            continue;
        optarg = (char *)given->argument;
        cli_set_origin(given->origin);
        const bool is_read = read_option(usage, arguments, given->code);
        cli_set_origin(NULL);
        if (!is_read)
            return false;
        if (!cli_note_origin(find_option(usage, given->code)->name, given->argument, given->origin)) {
            cli_report_no_memory();
            return false;
        }
    }
    if (!is_config_wanted)
        return true;
    /* What the command refuses is refused here too. */
    if (usage->check == NULL || usage->check(arguments))
        *code = cli_finish_output(EXIT_DONE);
    return false;
}

bool cli_read_options(const struct cli_usage *usage, int argc, char **argv, void *arguments, int *code)
{
    struct getopt_tables tables;
    int option, given[OPTIONS_MAX] = {0}, codes[OPTIONS_MAX];
    if (list_codes(usage, argc, argv, codes) && !read_layers(usage, codes, arguments, code))
        return false;
    fill_tables(usage, &tables);
    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, tables.letters, tables.options, NULL)) != -1) {
        *code = EXIT_TROUBLE;
        if (option == HELP_CODE) {
            print_help(usage);
            *code = cli_finish_output(EXIT_DONE);
        } else if (option == VERSION_CODE) {
            printf("evdiff %s\n", evd_version());
            *code = cli_finish_output(EXIT_DONE);
        } else if (option == '?' || option == ':') {
            refuse_option(usage->command, &tables, option == ':', argv[optind - 1]);
        } else if (note_option(usage, option, given) && read_option(usage, arguments, option)) {
            continue;
        }
        return false;
    }
    return true;
}

bool cli_read_integer(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 0);
    *value = number;
    return errno == 0 && end != text && *end == '\0';
}

bool cli_is_family_id(const char *text)
{
    enum { DIGITS_MAX = 16 };
    const size_t digits = strspn(text, "0123456789abcdef");
    return digits > 0 && digits <= DIGITS_MAX && text[digits] == '\0';
}

bool cli_read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    uint64_t number = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    *value = number;
    return number >= least && number <= most;
}

int cli_read_word(const char *text, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return -1;
}

bool cli_read_number_option(const char *command, const char *option, const char *text, uint64_t least, uint64_t most,
                            uint64_t *value)
{
    if (cli_read_number(text, least, most, value))
        return true;
    cli_usage_error(command, "--%s: '%s' is no number from %" PRIu64 " to %" PRIu64, option, text, least, most);
    return false;
}

bool cli_read_word_option(const char *command, const char *option, const char *text, const char *const *words,
                          int *word)
{
    char listed[256] = "";
    *word = cli_read_word(text, words);
    if (*word >= 0)
        return true;
    for (size_t i = 0, length = 0; words[i] != NULL && length < sizeof listed; i++)
        length += (size_t)snprintf(listed + length, sizeof listed - length, "%s%s", i ? ", " : "", words[i]);
    cli_usage_error(command, "--%s: '%s' is none of %s", option, text, listed);
    return false;
}

const char *cli_log_path(const char *argument)
{
    return strcmp(argument, "-") == 0 ? "/dev/stdin" : argument;
}
