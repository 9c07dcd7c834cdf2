/* evdiff show: prints an event and its neighbours in its thread. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "plain.h"
#include "shared_options.h"

enum { OPTION_TID = CLI_COMMAND_CODES, OPTION_IDX, OPTION_INDEX_DIRECTORY, OPTION_RULES };

struct request {
    const char *path, *index_directory, *rules_path;
    struct cli_rules_file rules_file;
    int64_t tid, idx;
    bool has_tid, has_idx;
    uint64_t context;
    struct evd_read_options reading;
    struct cli_foreign foreign;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_TID, "tid", "T", "the thread"),
    CLI_OPTION(OPTION_IDX, "idx", "N", "the event's tid_event_idx"),
    CLI_OPTION(OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for the log's index in DIR, not beside it"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE", "the rules that the index was made with"),
    CLI_OPTION_GROUP(cli_foreign_options, struct request, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct request, reading),
    CLI_OPTION('C', "context", "LINES", "print so many events before and after it; default: 0"),
    CLI_OPTIONS_END,
};

static bool read_integer(const char *option, int64_t *value)
{
    if (cli_read_integer(optarg, value))
        return true;
    cli_usage_error("show", "--%s: '%s' is no integer", option, optarg);
    return false;
}

static bool read_option(void *arguments, int code)
{
    struct request *request = arguments;
    switch (code) {
    case OPTION_TID: request->has_tid = true; return read_integer("tid", &request->tid);
    case OPTION_IDX: request->has_idx = true; return read_integer("idx", &request->idx);
    case OPTION_INDEX_DIRECTORY: return cli_read_index_directory("show", &request->index_directory);
    case OPTION_RULES:
        request->rules_path = cli_find_rules("show", optarg, &request->rules_file);
        return request->rules_path != NULL;
    case 'C':
        if (cli_read_number(optarg, 0, INT64_MAX / 2, &request->context))
            return true;
        cli_usage_error("show", "--context: '%s' is no number of events", optarg);
        return false;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "show",
    .synopsis = "evdiff show LOG --tid T --idx N [-C LINES]",
    .summary = "Print an event as the log has it, and its neighbours in its thread.",
    .options = OPTIONS,
    .epilogue = "With -C the event itself is marked with '>'.\n"
                "Exit status: 0 done; 2 no such event, or the log can't be read.",
    .read = read_option,
};

/* Takes the event at `position` and its neighbours, one by one, up to the thread's ends. */
static enum evd_status take_events(const struct evd_log *log, const struct request *request, uint64_t position,
                                   bool is_printed, struct evd_error *error)
{
    const uint64_t before = position < request->context ? position : request->context;
    struct evd_events *events;
    struct evd_thread_event event;
    enum evd_status status = evd_events_open(log, request->tid, position - before, &events, error);
    bool has_event = status == EVD_OK;
    for (uint64_t left = before + request->context + 1; has_event && left > 0; left--) {
        status = evd_events_next(events, &event, &has_event, error);
        if (!has_event || !is_printed)
            continue;
        if (request->context > 0)
            fputs(event.position == position ? "> " : "  ", stdout);
        cli_print_json_line(stdout, event.text, event.length);
        putchar('\n');
    }
    evd_events_close(events);
    return status;
}

/* Prints nothing unless all of it can be read: what a damaged index ends is begun anew without it. */
static enum evd_status print_events(const struct evd_log *log, const struct request *request, struct evd_error *error)
{
    uint64_t position;
    enum evd_status status = evd_log_find(log, request->tid, request->idx, &position, error);
    if (status == EVD_OK)
        status = take_events(log, request, position, false, error);
    return status == EVD_OK ? take_events(log, request, position, true, error) : status;
}

static enum evd_status open_and_print(const struct request *request, const struct evd_rules *rules,
                                      enum evd_index_mode index, struct evd_error *error)
{
    struct evd_read_options options = request->reading;
    options.index = index;
    options.index_directory = request->index_directory;
    options.imports = (const struct evd_import *const *)request->foreign.imports;
    struct evd_log *log;
    enum evd_status status = evd_logs_open(&request->path, 1, rules, &options, &log, NULL, NULL, NULL, error);
    if (status == EVD_OK)
        status = print_events(log, request, error);
    evd_log_free(log);
    return status;
}

static int show(const struct request *request)
{
    struct evd_rules *rules;
    struct evd_error error;
    if (cli_foreign_load_rules(&request->foreign, request->rules_path, NULL, &rules, &error) != EVD_OK)
        return cli_report_error(&error);
    enum evd_status status = open_and_print(request, rules, EVD_INDEX_AUTO, &error);
    if (status == EVD_E_INDEX)
        status = open_and_print(request, rules, EVD_INDEX_OFF, &error);
    const int code = status == EVD_OK ? EXIT_DONE : cli_report_error(&error);
    evd_rules_free(rules);
    return cli_finish_output(code);
}

static int run_show(int argc, char **argv)
{
    struct request request = {0};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    if (argc - optind != 1)
        return cli_usage_error("show", "one log is needed");
    if (!request.has_tid || !request.has_idx)
        return cli_usage_error("show", "--tid and --idx are needed");
    request.path = cli_log_path(argv[optind]);
    struct cli_run_paths paths = {0};
    cli_run_paths_read(&paths, "the log", request.path);
    cli_run_paths_read(&paths, "the file of --rules", request.rules_path);
    cli_run_paths_read(&paths, "the file of --mapping", request.foreign.mapping);
    cli_run_paths_index(&paths, NULL, request.path, request.index_directory);
    cli_run_paths_print(&paths);
    if (!cli_run_paths_settle(&paths, "show"))
        return EXIT_TROUBLE;
    code = cli_foreign_open(&request.foreign, "show", &request.path, 1, request.reading.is_tolerant, false);
    if (code == EXIT_DONE)
        code = show(&request);
    cli_foreign_close(&request.foreign);
    return code;
}

const struct cli_command cli_show = {"show", "print an event and its neighbours", run_show};
