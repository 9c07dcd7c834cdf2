#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

enum { OPTIONS_MAX = 40, HELP_COLUMN = 28, HELP_CODE = 'h', VERSION_CODE = 'V' };

/* Two names of one option share its letter, which stands before the first. */
static bool has_letter(const struct cli_usage *usage, const struct cli_option *option)
{
    for (const struct cli_option *other = usage->options; other->name != NULL && other != option; other++)
        if (other->code == option->code)
            return false;
    return option->code > ' ' && option->code < 127;
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
    for (const char *p = option->help; *p != '\0'; p++) {
        putchar(*p);
        if (*p == '\n')
            printf("%*s", HELP_COLUMN, "");
    }
    putchar('\n');
}

static void print_words(const struct cli_words *words)
{
    int width = 0;
    for (size_t i = 0; words->word(i) != NULL; i++)
        if ((int)strlen(words->word(i)) > width)
            width = (int)strlen(words->word(i));
    for (size_t i = 0; words->word(i) != NULL; i++)
        printf("%*s%-*s  %s\n", HELP_COLUMN + 2, "", width, words->word(i), words->summary(i));
}

static void print_help(const struct cli_usage *usage)
{
    printf("Usage: %s\n%s\n\n", usage->synopsis, usage->summary);
    for (const struct cli_option *option = usage->options; option->name != NULL; option++)
        if (option->help != NULL) {
            print_option(usage, option);
            if (usage->words != NULL && usage->words->code == option->code)
                print_words(usage->words);
        }
    print_option(usage, &(struct cli_option){HELP_CODE, "help", NULL, "print this help and exit"});
    print_option(usage, &(struct cli_option){VERSION_CODE, "version", NULL, "print the version and exit"});
    if (usage->epilogue != NULL)
        printf("\n%s\n", usage->epilogue);
}

int cli_next_option(const struct cli_usage *usage, int argc, char **argv)
{
    struct option options[OPTIONS_MAX];
    char letters[2 * OPTIONS_MAX + 3] = "hV";
    size_t count = 0;
    for (const struct cli_option *option = usage->options; option->name != NULL; option++) {
        const int argument = option->argument == NULL     ? no_argument
                             : *option->argument == '[' ? optional_argument
                                                          : required_argument;
        options[count++] = (struct option){option->name, argument, NULL, option->code};
        if (option->code > ' ' && option->code < 127 && strchr(letters, option->code) == NULL) {
            const size_t end = strlen(letters);
            letters[end] = (char)option->code;
            letters[end + 1] = argument == required_argument ? ':' : '\0';
            letters[end + 2] = '\0';
        }
    }
    options[count++] = (struct option){"help", no_argument, NULL, HELP_CODE};
    options[count++] = (struct option){"version", no_argument, NULL, VERSION_CODE};
    options[count] = (struct option){0};

    /* getopt names the program by argv[0]. */
    static char program[64];
    snprintf(program, sizeof program, "evdiff: %s", usage->command);
    argv[0] = program;
    const int code = getopt_long(argc, argv, letters, options, NULL);
    if (code == HELP_CODE) {
        print_help(usage);
        return CLI_OPTION_HELP;
    }
    if (code == VERSION_CODE) {
        printf("evdiff %s\n", evd_version());
        return CLI_OPTION_HELP;
    }
    if (code == '?') {
        fprintf(stderr, "Try 'evdiff %s --help' for more information.\n", usage->command);
        return CLI_OPTION_ERROR;
    }
    return code;
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

const char *cli_log_path(const char *argument)
{
    return strcmp(argument, "-") == 0 ? "/dev/stdin" : argument;
}
