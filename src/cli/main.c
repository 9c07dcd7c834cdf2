/* evdiff: where two engines' event logs of the same program first part.
 *
 * The program, phase by phase:
 *   main.c              picks the command from the table below
 *   diff.c              evdiff diff    reads two logs, diffs them, writes the report
 *   check.c             evdiff check   reads and validates
 *   show.c              evdiff show    prints an event and its neighbours
 *   explain.c           evdiff explain tells all there is to say of one family
 *   view.c              evdiff view    walks through an outcome on the terminal
 *   rules.c             evdiff rules   prints the rule set in force
 *   index.c             evdiff index   saves, checks and removes indexes
 *   import.c            evdiff import  makes a log of another program's trace
 *   selftest.c          evdiff selftest   plants mutations and tells which the diff sees
 *   learn.c             evdiff learn   learns rules from correct runs
 *   batch.c             evdiff batch   diffs the pairs of logs of a night
 *   judge.c             evdiff judge   says again what a night has come to
 *   known.c             evdiff known   changes and checks ledgers of what is known
 *   history.c           evdiff history tells what nights have come to
 *   config.c            evdiff config  tells where the values of options come from
 *   options.c           one table a command: parsing and --help
 *   shared_options.c    options that several commands take alike, and two logs
 *   foreign.c           traces in other formats: --from and --mapping
 *   controls.c          which files control runs are
 *   asked.c             what a diff was asked by
 *   saved_logs.c        the logs of a saved outcome, opened as its diff read them
 *   diff_options.c      the options and operands of a diff
 *   diff_exit.c         what --exit-code comes to
 *   ledgers.c           --known
 *   arguments.c         arguments that are small languages: --tid-map, --min-compared, lists of names
 *   pair_file.c         --pair FILE
 *   rules_file.c        --rules NAME: the rules that come with the program
 *   diff_outputs.c      the reports and absorbed events of a diff
 *   selftest_outputs.c  the tables and JSON of a self-test
 *   night_outputs.c     the reports of a night
 *   batch_paths.c       what a batch reads, and what its run writes
 *   show_events.c       an event and its neighbours, and what a search finds
 *   show_beside.c       events of two logs beside each other
 *   known_add.c         families of outcomes that come into a ledger by name
 *   known_learn.c       all families of outcomes that come into a ledger
 *   known_source.c      the outcome that they come from
 *   known_edit.c        a ledger that is read, changed and written
 *   known_night.c       what the lines of a night's ledgers have come to
 *   statistics.c        --stats
 *   skipped.c           lines that tolerant reading skipped
 *   message.c           what is said on standard error, in one voice
 *   plain.c             texts that may hold anything, for a terminal and in JSON
 *   option_words.c      EVDIFF_OPTS
 *   option_layers.c     options that are not from the command line
 *   config_files.c      the configuration files, and what they may say
 *   pager.c             what is printed on a terminal, a screen at a time
 *   viewer.c            the screen and the keys of evdiff view
 *   viewer_pages.c      its lists and texts
 *   viewer_letters.c    what letters take on the screen
 *   viewer_absent.c     in their place where there is no ncurses
 *   terminal.c          colour, width, progress
 *   output.c            where reports go: files, pipes, standard output
 *   new_file.c          files that are whole or absent
 *   run_paths.c         what a run reads and writes: nothing is written over anything else
 *   places.c            which paths name one file
 *   index_file.c        an index in its place
 * All the work is in the library; its phases are evd_rules_load (src/rules), evd_logs_open (src/log),
 * evd_diff (src/diff) and evd_report_write (src/report); evd_selftest (src/selftest) runs them on copies, evd_learn
 * (src/learn) on pairs of correct runs, evd_batch_run
 * (src/batch) in other processes. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { LARGE_BYTES = 256 << 10 };

static const struct cli_command *const COMMANDS[] = {
    &cli_diff,     &cli_check, &cli_show,  &cli_explain,       &cli_view,  &cli_rules,   &cli_index,  &cli_import,
    &cli_selftest, &cli_learn, &cli_batch, &cli_judge_command, &cli_known, &cli_history, &cli_config,
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

/* Does nothing: writing to a pipe that nobody reads then fails, so that other outputs are still written whole. */
static void on_closed_pipe(int number)
{
    (void)number;
}

bool cli_is_reader_gone(void)
{
    struct sigaction present;
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return sigaction(SIGPIPE, NULL, &present) == 0 && present.sa_handler == on_closed_pipe &&
           poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

int cli_finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    const int failure = errno;
    if (cli_is_reader_gone())
        return EXIT_READER_GONE;
    cli_say("standard output: %s", strerror(failure));
    return EXIT_TROUBLE;
}

static void print_help(FILE *out)
{
    fputs("Usage: evdiff COMMAND [OPTION]... [LOG]...\n"
          "Say where two engines' event logs of the same program first part, thread by\n"
          "thread.\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s  %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    fputs("\n"
          "  -h, --help     print this help and exit\n"
          "  -V, --version  print the version and exit\n"
          "\n"
          "'evdiff help COMMAND' tells a command's options, as --help does.\n"
          "A LOG may be a file, a pipe or - (standard input), plain or compressed (zstd,\n"
          "gzip).\n"
          "\n"
          "Exit status: 0 done; 1 a thread diverged (diff --exit-code); 2 trouble; 3 a\n"
          "demand is not met (diff --min-compared, --max-absorbed, --fail-on-truncated).\n",
          out);
}

const struct cli_command *cli_find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
    return NULL;
}

/* Whoever names logs straight away wants to diff them. */
static int refuse_command(const char *name)
{
    const char *names[COMMAND_COUNT + 1];
    char list[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = COMMANDS[i]->name;
        length += (size_t)snprintf(
            list + length, sizeof list - length, "%s%s",
            i == 0                   ? ""
            : i + 1 == COMMAND_COUNT ? " and "
                                     : ", ",
            names[i]);
    }
    names[COMMAND_COUNT] = "help";
    const char *meant = evd_suggest_name(name, strlen(name), names, COMMAND_COUNT + 1);
    if (access(name, F_OK) == 0)
        cli_say("'%s' is not a command; to diff two logs: evdiff diff CANARY OURS", name);
    else if (meant != NULL)
        cli_say("'%s' is not a command; did you mean '%s'?", name, meant);
    else
        cli_say("'%s' is not a command; the commands are %s", name, list);
    cli_say_help(NULL);
    return EXIT_TROUBLE;
}

/* Whoever puts an option of a command first has the order wrong. */
static int refuse_option(const char *name)
{
    static const char *const NAMES[] = {"--help", "--version"};
    const char *meant = evd_suggest_name(name, strlen(name), NAMES, sizeof NAMES / sizeof NAMES[0]);
    if (meant != NULL)
        cli_say("unrecognized option '%s'; did you mean '%s'?", name, meant);
    else
        cli_say("unrecognized option '%s'; a command comes before its options", name);
    cli_say_help(NULL);
    return EXIT_TROUBLE;
}

static int help_program(void)
{
    print_help(stdout);
    return cli_finish_output(EXIT_DONE);
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* What follows "help": nothing, or a command. */
static int help(int argc, char **argv)
{
    if (argc == 0 || (argc == 1 && is_help(argv[0])))
        return help_program();
    const struct cli_command *command = cli_find_command(argv[0]);
    char *words[] = {argv[0], "--help", NULL};
    if (argc == 1)
        return command != NULL ? command->run(2, words) : refuse_command(argv[0]);
    cli_say("help: one word too many: '%s'", argv[1]);
    cli_say_help(NULL);
    return EXIT_TROUBLE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_TROUBLE;
    }
    const char *name = argv[1];
    const struct cli_command *command = cli_find_command(name);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    if (strcmp(name, "help") == 0)
        return help(argc - 2, argv + 2);
    if (is_help(name))
        return help_program();
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("evdiff %s\n", evd_version());
        return cli_finish_output(EXIT_DONE);
    }
    return name[0] == '-' && name[1] != '\0' ? refuse_option(name) : refuse_command(name);
}

/* A standard descriptor that is closed would be that of the first file that is opened: "-" would read a log again, a message
 * would go into one. It leads nowhere instead, and using it fails. */
static void keep_standard_descriptors(void)
{
    static const int MODES[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", MODES[descriptor]) != descriptor)
            _exit(EXIT_TROUBLE);
}

/* Large memory goes back to the system as soon as it is freed: a diff works in phases, and what one of them needed is not
 * what the next one needs. Left alone, glibc keeps up to 32 MiB pieces once it has seen one freed. */
static void give_back_large_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
}

int main(int argc, char **argv)
{
    keep_standard_descriptors();
    give_back_large_memory();
    /* A file that may not get larger is an output that could not be written: a message and exit 2, not a silent end.
     * Whoever starts the program with SIGPIPE ignored gets a message for a closed pipe too. */
    struct sigaction closed_pipe;
    signal(SIGXFSZ, SIG_IGN);
    if (sigaction(SIGPIPE, NULL, &closed_pipe) == 0 && closed_pipe.sa_handler == SIG_DFL)
        signal(SIGPIPE, on_closed_pipe);
    const int code = run(argc, argv);
    if (code == EXIT_READER_GONE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return code;
}
