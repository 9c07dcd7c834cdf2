/* evdiff history: what nights have come to, one after the other (docs/history.md). */
#include <getopt.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "output.h"
#include "run_paths.h"
#include "terminal.h"

enum { OPTION_HISTORY = CLI_COMMAND_CODES, OPTION_FORMAT, OPTION_NIGHTS, OPTION_LIMIT };

enum { WIDTH = 80 };

struct arguments {
    const char *path, *format;
    struct evd_history_request request;
    bool is_quiet, has_question_options;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_HISTORY, "history", "FILE", "the history; import makes it when it is not there"),
    CLI_OPTION(OPTION_FORMAT, "format", "NAME", "text, json or tsv; default: text"),
    CLI_OPTION(OPTION_NIGHTS, "nights", "N", "trend, job, flaky: of the last N nights; default: 30"),
    CLI_OPTION(OPTION_LIMIT, "limit", "N", "N rows at most; default: all"),
    CLI_OPTION('q', "quiet", NULL, "import: say only what is wrong"),
    CLI_OPTIONS_END,
};

static bool read_format(struct arguments *arguments)
{
    enum { FORMATS_MAX = 8 };
    const char *words[FORMATS_MAX + 1] = {NULL};
    int word;
    for (size_t i = 0; i < FORMATS_MAX; i++)
        words[i] = evd_history_format_name(i);
    if (!cli_read_word_option("history", "format", optarg, words, &word))
        return false;
    arguments->format = words[word];
    return true;
}

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    arguments->has_question_options |= code == OPTION_FORMAT || code == OPTION_NIGHTS || code == OPTION_LIMIT;
    switch (code) {
    case OPTION_HISTORY: arguments->path = optarg; return true;
    case OPTION_FORMAT: return read_format(arguments);
    case OPTION_NIGHTS:
        return cli_read_number_option("history", "nights", optarg, 1, UINT64_MAX, &arguments->request.nights);
    case OPTION_LIMIT:
        return cli_read_number_option("history", "limit", optarg, 1, UINT64_MAX, &arguments->request.limit);
    case 'q': arguments->is_quiet = true; return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "history",
    .synopsis = "evdiff history import [-q] NIGHTDIR... --history FILE\n"
                "       evdiff history trend [OPTION]... --history FILE\n"
                "       evdiff history new [OPTION]... [NIGHT] --history FILE\n"
                "       evdiff history family [OPTION]... [SIGNATURE] --history FILE\n"
                "       evdiff history job [OPTION]... [NAME] --history FILE\n"
                "       evdiff history flaky [OPTION]... --history FILE",
    .summary = "Take folders of evdiff batch into a history, and ask what nights have come to.\n"
               "Trend tells of each night; new what a night had first; family since when families are there; job what "
               "became of a job, and what it cost; flaky which families were gone and are back.",
    .options = OPTIONS,
    .epilogue = "FILE is a database of SQLite, made of the folders and nothing else.\n"
                "Exit status: 0 done; 2 trouble: the history is as it was before the night that could not be taken in.",
    .read = read_option,
};

/* ── import ── */

static int import(const struct arguments *arguments, char **folders, size_t count)
{
    struct evd_history *history;
    struct evd_history_tally tally;
    struct evd_error error;
    if (count == 0)
        return cli_usage_error("history", "import: a folder of evdiff batch is needed");
    if (arguments->has_question_options)
        return cli_usage_error("history", "import takes no --format, --nights or --limit");
    if (evd_history_open(arguments->path, true, &history, &error) != EVD_OK)
        return cli_report_error(&error);
    const enum evd_status status = evd_history_import(history, (const char *const *)folders, count, &tally, &error);
    evd_history_close(history);
    if (status != EVD_OK)
        return cli_report_error(&error);
    if (!arguments->is_quiet)
        cli_say("%s: %zu night%s added, %zu changed, %zu unchanged", arguments->path, tally.added,
                cli_plural(tally.added), tally.changed, tally.unchanged);
    return EXIT_DONE;
}

/* ── Questions ── */

static int write_answer(const struct arguments *arguments, struct evd_history *history)
{
    struct cli_output output;
    struct evd_error error;
    if (!cli_output_open(&output, NULL))
        return EXIT_TROUBLE;
    cli_output_spare_terminal(&output, false);
    const enum evd_status status =
        evd_history_answer(history, &arguments->request, arguments->format, cli_output_write, &output, &error);
    if (status == EVD_OK || (status == EVD_E_IO && output.failure != 0))
        return cli_output_commit(&output);
    cli_output_discard(&output);
    return cli_report_error(&error);
}

static int ask(struct arguments *arguments, char **operands, size_t count)
{
    struct evd_history *history;
    struct evd_error error;
    const unsigned columns = cli_width();
    if (count > 1)
        return cli_usage_error("history", "one operand too many: '%s'", operands[1]);
    if (arguments->is_quiet)
        return cli_usage_error("history", "--quiet is for import");
    arguments->request.subject = count == 1 ? operands[0] : NULL;
    arguments->request.width = columns > WIDTH ? columns : WIDTH;
    if (evd_history_open(arguments->path, false, &history, &error) != EVD_OK)
        return cli_report_error(&error);
    const int code = write_answer(arguments, history);
    evd_history_close(history);
    return code;
}

/* ── The command ── */

static const char *find_action(const char *name)
{
    enum { ACTIONS_MAX = 16 };
    const char *names[ACTIONS_MAX] = {"import"};
    size_t count = 1;
    for (; count < ACTIONS_MAX && evd_history_question_name(count - 1) != NULL; count++)
        names[count] = evd_history_question_name(count - 1);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return names[i];
    const char *meant = evd_suggest_name(name, strlen(name), names, count);
    if (meant != NULL)
        cli_usage_error("history", "'%s' is not an action; did you mean '%s'?", name, meant);
    else
        cli_usage_error("history", "'%s' is not an action; they are import, trend, new, family, job and flaky", name);
    return NULL;
}

/* The history is no log and no report of the run. */
static bool settle(const struct arguments *arguments, bool is_import)
{
    struct cli_run_paths paths = {0};
    cli_run_paths_history(&paths, is_import ? "--history" : NULL, arguments->path);
    cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "history");
}

static int run(int argc, char **argv)
{
    struct arguments arguments = {.format = "text"};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        return code;
    if (optind == argc)
        return cli_usage_error("history", "an action is needed: import, trend, new, family, job or flaky");
    const char *action = find_action(argv[optind]);
    if (action == NULL)
        return EXIT_TROUBLE;
    if (arguments.path == NULL)
        return cli_usage_error("history", "--history is needed: the file");
    char **operands = argv + optind + 1;
    const size_t count = (size_t)(argc - optind - 1);
    const bool is_import = strcmp(action, "import") == 0;
    if (!settle(&arguments, is_import))
        return EXIT_TROUBLE;
    arguments.request.question = action;
    return is_import ? import(&arguments, operands, count) : ask(&arguments, operands, count);
}

const struct cli_command cli_history = {"history", "tell what nights have come to", run};
