/* evdiff view: an outcome to walk through on a terminal, and the events of both sides around each place. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "controls.h"
#include "ledgers.h"
#include "run_paths.h"
#include "saved_logs.h"
#include "terminal.h"
#include "viewer.h"

enum {
    OPTION_RULES = CLI_COMMAND_CODES,
    OPTION_INDEX_DIRECTORY,
    OPTION_COLOR,
    OPTION_KNOWN,
    OPTION_JOB,
    OPTION_CONTROL
};

struct request {
    const char *paths[CLI_LOGS_MAX]; /* an outcome; or two logs, and control runs behind them */
    size_t path_count;               /* but for control runs */
    struct evd_control controls[EVD_CONTROLS_MAX];
    size_t control_count;
    const char *rules_path, *index_directory;
    struct cli_rules_file rules_file;
    struct cli_pairing pairing;
    struct cli_foreign foreign;
    struct evd_read_options reading;
    enum cli_when color;
    struct cli_ledgers ledgers;
    const char *job;
    struct evd_rules *rules; /* of two logs; NULL: not loaded yet */
    struct cli_saved_logs saved;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_KNOWN, "known", "LEDGER",
               "what is known (evdiff known): only the rest is to be looked\nat; may be given several times"),
    CLI_OPTION(OPTION_JOB, "job", "NAME", "the job that lines of ledgers are for; default: as the log\nof ours"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE", "the rules that the logs were, or are to be, diffed by"),
    CLI_OPTION(OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for the logs' indexes in DIR, not beside them"),
    CLI_OPTION(
        OPTION_CONTROL, "control", "LOG",
        "of two logs: one more run of the trusted engine; what\ndiffers from it is noise; may be given several times"),
    CLI_OPTION_GROUP(cli_pairing_options, struct request, pairing),
    CLI_OPTION_GROUP(cli_foreign_options, struct request, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct request, reading),
    CLI_OPTION(OPTION_COLOR, "color", "WHEN", "auto, always or never colour what differs"),
    CLI_OPTIONS_END,
};

static bool read_option(void *arguments, int code)
{
    struct request *request = arguments;
    switch (code) {
    case OPTION_KNOWN: return cli_ledgers_add(&request->ledgers, "view", optarg);
    case OPTION_JOB: return cli_read_job("view", &request->job);
    case OPTION_RULES:
        request->rules_path = cli_find_rules("view", optarg, &request->rules_file);
        return request->rules_path != NULL;
    case OPTION_INDEX_DIRECTORY: return cli_read_index_directory("view", &request->index_directory);
    case OPTION_CONTROL:
        return cli_controls_add("view", EVD_CANARY, request->paths, request->controls, &request->control_count);
    case OPTION_COLOR: return cli_read_when("view", "color", &request->color);
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "view",
    .synopsis = "evdiff view [OPTION]... OUTCOME.json\n"
                "       evdiff view [OPTION]... CANARY OURS",
    .summary =
        "Walk through an outcome on the terminal: where to look first, families, threads, and the events of both\n"
        "sides around each place. The outcome is what a report in JSON has, or that of a diff that is made first.",
    .options = OPTIONS,
    .epilogue =
        "Keys are those of less and vim; ? tells them. Of a saved outcome the logs are read when a place is looked at first,\n"
        "where they still are.\n"
        "Exit status: 0 done; 2 trouble.",
    .read = read_option,
};

static enum evd_status open_logs(struct request *request, const char *const *paths, struct evd_log **logs,
                                 struct evd_error *error)
{
    request->reading.sides = cli_sides;
    request->reading.index = EVD_INDEX_AUTO;
    request->reading.index_directory = request->index_directory;
    request->reading.imports = (const struct evd_import *const *)request->foreign.imports;
    enum evd_status status = EVD_OK;
    if (request->rules == NULL)
        status = cli_foreign_load_rules(&request->foreign, request->rules_path, NULL, &request->rules, error);
    return status == EVD_OK ? evd_logs_open(paths, EVD_SIDES + request->control_count, request->rules,
                                            &request->reading, logs, NULL, NULL, NULL, error)
                            : status;
}

/* Opens the logs that a saved outcome is of. */
static bool open_saved(struct cli_viewed *viewed, struct evd_error *error)
{
    struct request *request = viewed->context;
    request->saved = (struct cli_saved_logs){
        .outcome = viewed->outcome,
        .rules_path = request->rules_path,
        .index_directory = request->index_directory,
        .foreign = &request->foreign,
        .reading = request->reading};
    if (cli_saved_logs_open(&request->saved, error) != EVD_OK)
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        viewed->logs[side] = request->saved.logs[side];
    viewed->warning = request->saved.warning;
    return true;
}

/* Reads the outcome, or diffs the logs. */
static enum evd_status make_outcome(struct request *request, struct cli_viewed *viewed, struct evd_outcome **outcome,
                                    struct evd_error *error)
{
    if (request->path_count == 1)
        return evd_saved_read(request->paths[0], outcome, error);
    struct cli_progress progress;
    struct evd_diff_options options = cli_pairing_diff(&request->pairing, &progress);
    struct evd_log *logs[CLI_LOGS_MAX] = {NULL};
    options.controls = request->controls;
    options.control_count = request->control_count;
    struct evd_session *session = NULL;
    struct evd_fall_back fall_back;
    cli_progress_start(&progress, CLI_AUTO);
    request->reading.progress = cli_progress_show;
    request->reading.progress_context = &progress;
    enum evd_status status = open_logs(request, request->paths, logs, error);
    if (status == EVD_OK)
        status = evd_session_open(request->rules, options.threads, &session, error);
    if (status == EVD_OK)
        status = evd_session_diff_logs(session, logs, &request->reading, &options, outcome, &fall_back, error);
    evd_session_close(session);
    for (size_t i = 0; i < request->control_count; i++)
        evd_log_free(logs[EVD_SIDES + i]);
    for (int side = 0; side < EVD_SIDES; side++)
        viewed->logs[side] = logs[side];
    cli_progress_end(&progress);
    request->reading.progress = NULL; /* once the viewer has the screen, nothing else is shown there */
    return status;
}

static int view(struct request *request)
{
    struct cli_viewed viewed = {.open = open_saved, .context = request, .has_color = cli_has_color(request->color)};
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    int code = cli_ledgers_read(&request->ledgers);
    if (code == EXIT_DONE && make_outcome(request, &viewed, &outcome, &error) != EVD_OK)
        code = cli_report_error(&error);
    if (code == EXIT_DONE)
        code = cli_ledgers_judge(&request->ledgers, outcome, request->job);
    viewed.outcome = outcome;
    viewed.known = request->ledgers.known;
    if (code == EXIT_DONE)
        code = cli_viewer_run(&viewed);
    cli_ledgers_free(&request->ledgers);
    evd_outcome_free(outcome);
    if (request->path_count == 1) {
        cli_saved_logs_close(&request->saved);
        return code;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(viewed.logs[side]);
    evd_rules_free(request->rules);
    return code;
}

static bool read_operands(struct request *request, int argc, char **argv)
{
    request->path_count = (size_t)(argc - optind);
    if (request->path_count < 1 || request->path_count > EVD_SIDES) {
        cli_usage_error("view", "an outcome in JSON, or two logs are needed");
        return false;
    }
    for (size_t i = 0; i < request->path_count; i++)
        request->paths[i] = argv[optind + (int)i];
    if (request->path_count == 1 && request->control_count > 0) {
        cli_usage_error("view", "--control is for two logs; a saved outcome has those of its diff");
        return false;
    }
    if (request->path_count == EVD_SIDES &&
        !cli_controls_settle("view", request->paths, EVD_SIDES + request->control_count))
        return false;
    if (!isatty(STDIN_FILENO) || !cli_is_smart_terminal(STDOUT_FILENO)) {
        cli_say("view: standard input and output are to be a terminal; evdiff explain and evdiff show tell the same");
        return false;
    }
    return cli_pairing_settle(&request->pairing, "view");
}

static int run_view(int argc, char **argv)
{
    struct request request = {.path_count = 0};
    struct cli_run_paths paths = {0};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    code = EXIT_TROUBLE;
    if (read_operands(&request, argc, argv)) {
        cli_list_logs(&paths, request.paths, request.path_count);
        cli_list_logs(&paths, request.paths + EVD_SIDES, request.control_count);
        cli_run_paths_read(&paths, "the file of --rules", request.rules_path);
        cli_ledgers_list(&request.ledgers, &paths);
        cli_run_paths_read(&paths, "the file of --mapping", request.foreign.mapping);
        cli_run_paths_read(&paths, "the file of --pair", request.pairing.file);
        if (cli_run_paths_settle(&paths, "view"))
            code =
                request.path_count == 1
                    ? EXIT_DONE
                    : cli_foreign_open(&request.foreign, "view", request.paths,
                                       request.path_count + request.control_count, request.reading.is_tolerant, true);
        if (code == EXIT_DONE)
            code = view(&request);
    }
    cli_foreign_close(&request.foreign);
    cli_pairing_free(&request.pairing);
    return code;
}

const struct cli_command cli_view = {"view", "walk through an outcome on the terminal", run_view};
