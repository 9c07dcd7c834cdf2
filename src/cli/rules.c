/* evdiff rules: prints the rule set in force, as the file a user can edit and pass back. */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "options.h"

enum { OPTION_RULES = 256 };

static const struct cli_option OPTIONS[] = {
    {OPTION_RULES, "rules", "FILE", "check FILE and print it, instead of the built-in rules"},
    {0},
};

static const struct cli_usage USAGE = {
    .command = "rules",
    .synopsis = "evdiff rules [--rules FILE]",
    .summary = "Print the rules in force: a file to edit and to pass to 'evdiff diff --rules'.",
    .options = OPTIONS,
    .epilogue = "Exit status: 0 done; 2 the rules are refused, or can't be read.",
};

static int run_rules(int argc, char **argv)
{
    const char *path = NULL;
    int option;
    while ((option = cli_next_option(&USAGE, argc, argv)) != CLI_OPTION_END) {
        if (option == CLI_OPTION_HELP)
            return cli_finish_output(EXIT_DONE);
        if (option != OPTION_RULES)
            return EXIT_TROUBLE;
        path = optarg;
    }
    if (optind < argc)
        return cli_usage_error("rules", "'%s' is not wanted; a file is named with --rules",
                               argv[optind]);
    struct evd_rules *rules;
    struct evd_error error;
    if (evd_rules_load(path, NULL, &rules, &error) != EVD_OK)
        return cli_report_error(&error);
    size_t length;
    const char *text = evd_rules_text(rules, &length);
    fwrite(text, 1, length, stdout);
    evd_rules_free(rules);
    return cli_finish_output(EXIT_DONE);
}

const struct cli_command cli_rules = {"rules", "print the rules in force", run_rules};
