/* evdiff: where two engines' event logs of the same program first part.
 *
 * The program, phase by phase:
 *   main.c            picks the command from the table below
 *   diff.c            evdiff diff    reads two logs, diffs them, writes the report
 *   check.c           evdiff check   reads and validates
 *   show.c            evdiff show    prints an event and its neighbours
 *   rules.c           evdiff rules   prints the rule set in force
 *   index.c           evdiff index   saves, checks and removes indexes
 *   selftest.c        evdiff selftest   plants mutations and tells which the diff sees
 *   options.c         one table a command: parsing and --help
 *   diff_arguments.c  arguments that are small languages: --tid-map, --min-compared, lists of names
 *   pair_file.c       --pair FILE
 *   diff_outputs.c    the reports and absorbed events of a diff
 *   output.c          files that are whole or absent
 *   places.c          which paths name one file
 *   plain.c           texts that may hold anything, for a terminal and in JSON
 *   terminal.c        colour, width, progress
 *   index_file.c      an index in its place
 *   statistics.c      --stats
 * All the work is in the library; its phases are evd_rules_load (src/rules), evd_logs_open (src/log),
 * evd_diff (src/diff) and evd_report_write (src/report); evd_selftest (src/selftest) runs them on copies. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "plain.h"

static const struct cli_command *const COMMANDS[] = {
    &cli_diff, &cli_check, &cli_show, &cli_rules, &cli_index, &cli_selftest,
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

int cli_report_error(const struct evd_error *error)
{
    fputs("evdiff: ", stderr);
    cli_print_plain(stderr, error->path, strlen(error->path));
    if (error->line > 0)
        fprintf(stderr, ":%llu:%llu", (unsigned long long)error->line, (unsigned long long)error->column);
    fputs(error->path[0] != '\0' ? ": " : "", stderr);
    cli_print_plain(stderr, error->message, strlen(error->message));
    fputc('\n', stderr);
    return EXIT_TROUBLE;
}

int cli_usage_error(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "evdiff: %s: ", command);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nTry 'evdiff %s --help' for more information.\n", command);
    va_end(args);
    return EXIT_TROUBLE;
}

int cli_finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "evdiff: standard output: %s\n", strerror(errno));
    return EXIT_TROUBLE;
}

static void print_help(FILE *out)
{
    fputs("Usage: evdiff COMMAND [OPTION]... [LOG]...\n"
          "Say where two engines' event logs of the same program first part, thread by thread.\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s  %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    fputs("\n"
          "  -h, --help     print this help and exit\n"
          "  -V, --version  print the version and exit\n"
          "\n"
          "'evdiff COMMAND --help' tells a command's options. A LOG may be a file, a pipe or\n"
          "- (standard input), plain or compressed (zstd, gzip).\n"
          "\n"
          "Exit status: 0 done; 1 a thread diverged (diff --exit-code); 2 trouble; 3 a demand is not\n"
          "met (diff --min-compared, --max-absorbed, --fail-on-truncated).\n",
          out);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
    return NULL;
}

/* Whoever names logs straight away wants to diff them. */
static int refuse_command(const char *name)
{
    const bool is_file = access(name, F_OK) == 0;
    fprintf(stderr, "evdiff: '%s' is not a command; %s", name,
            is_file ? "to diff two logs: evdiff diff CANARY OURS" : "");
    for (size_t i = 0; !is_file && i < COMMAND_COUNT; i++)
        fprintf(stderr, "%s%s",
                i == 0                   ? "the commands are "
                : i + 1 == COMMAND_COUNT ? " and "
                                         : ", ",
                COMMANDS[i]->name);
    fputs("\nTry 'evdiff --help' for more information.\n", stderr);
    return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    /* A closed pipe and a file that may not get larger are outputs that could not be written: a message and
     * exit 2, not a silent end. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_TROUBLE;
    }
    const char *name = argv[1];
    const struct cli_command *command = find_command(name);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    if (strcmp(name, "help") == 0 && argc > 2) {
        command = find_command(argv[2]);
        char *help[] = {argv[2], "--help", NULL};
        return command != NULL ? command->run(2, help) : refuse_command(argv[2]);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return cli_finish_output(EXIT_DONE);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("evdiff %s\n", evd_version());
        return cli_finish_output(EXIT_DONE);
    }
    return refuse_command(name);
}
