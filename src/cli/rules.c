/* evdiff rules: prints the rule set in force, as the file a user can edit and pass back. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"
#include "plain.h"
#include "rules_file.h"
#include "run_paths.h"

enum { OPTION_RULES = CLI_COMMAND_CODES };

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(
        OPTION_RULES, "rules", "FILE",
        "check FILE and print it, or rules that come with the\nprogram by their name; default: the built-in ones"),
    CLI_OPTIONS_END,
};

struct arguments {
    const char *path; /* NULL: the built-in rules */
    struct cli_rules_file file;
};

/* --rules is all there is. */
static bool read_option(void *arguments, int code)
{
    struct arguments *a = arguments;
    a->path = code == OPTION_RULES ? cli_find_rules("rules", optarg, &a->file) : NULL;
    return a->path != NULL;
}

static const struct cli_usage USAGE = {
    .command = "rules",
    .synopsis = "evdiff rules [--rules FILE]",
    .summary = "Print the rules in force: a file to edit and to pass to 'evdiff diff --rules'.",
    .options = OPTIONS,
    .epilogue = "Exit status: 0 done; 2 the rules are refused, or can't be read.",
    .read = read_option,
};

/* A pipe gets the rules byte for byte; a terminal gets what means the same. */
static void print(const char *text, size_t length)
{
    if (!isatty(STDOUT_FILENO)) {
        fwrite(text, 1, length, stdout);
        return;
    }
    for (const char *end = text + length; text < end;) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        cli_print_json_line(stdout, text, (size_t)((line_end != NULL ? line_end : end) - text));
        putchar('\n');
        text = line_end != NULL ? line_end + 1 : end;
    }
}

static int run_rules(int argc, char **argv)
{
    struct arguments arguments = {.path = NULL};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        return code;
    if (optind < argc)
        return cli_usage_error("rules", "'%s' is not wanted; a file is named with --rules", argv[optind]);
    struct cli_run_paths paths = {0};
    cli_run_paths_read(&paths, "the file of --rules", arguments.path);
    cli_run_paths_print(&paths);
    if (!cli_run_paths_settle(&paths, "rules"))
        return EXIT_TROUBLE;
    struct evd_rules *rules;
    struct evd_error error;
    if (evd_rules_load(arguments.path, NULL, &rules, &error) != EVD_OK)
        return cli_report_error(&error);
    size_t length;
    const char *text = evd_rules_text(rules, &length);
    print(text, length);
    evd_rules_free(rules);
    return cli_finish_output(EXIT_DONE);
}

const struct cli_command cli_rules = {"rules", "print the rules in force", run_rules};
