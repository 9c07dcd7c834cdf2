/* evdiff show: prints an event and its neighbours, events that a search finds, or those of two logs beside each other. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "pager.h"
#include "show.h"
#include "statistics.h"

enum {
    OPTION_TID = CLI_COMMAND_CODES,
    OPTION_IDX,
    OPTION_OURS,
    OPTION_GREP,
    OPTION_KIND,
    OPTION_LIMIT,
    OPTION_COLOR,
    OPTION_NO_PAGER,
    OPTION_INDEX_DIRECTORY,
};

enum { LONG_SECONDS = 2 /* of reading: who has to wait so long is told of indexes */ };

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_TID, "tid", "T", "the thread"),
    CLI_OPTION(OPTION_IDX, "idx", "N", "the event's tid_event_idx"),
    CLI_OPTION('C', "context", "LINES", "print so many events before and after it; default: 0, of two logs 3"),
    CLI_OPTION(OPTION_OURS, "ours", NULL, "of two logs: the thread and the event are of the second"),
    CLI_OPTION(OPTION_GREP, "grep", "TEXT", "print the events of the log whose lines have TEXT"),
    CLI_OPTION(OPTION_KIND, "kind", "KIND", "print the events of this kind, or of kinds: 'kernel.*'"),
    CLI_OPTION(OPTION_LIMIT, "limit", "N", "print at most so many of those; default: all"),
    CLI_OPTION(OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for the logs' indexes in DIR, not beside them"),
    CLI_OPTION_GROUP(cli_comparison_options, struct cli_show_request, comparison),
    CLI_OPTION_GROUP(cli_pairing_options, struct cli_show_request, pairing),
    CLI_OPTION_GROUP(cli_foreign_options, struct cli_show_request, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct cli_show_request, reading),
    CLI_OPTION(OPTION_COLOR, "color", "WHEN", "auto, always or never colour what differs"),
    CLI_OPTION(OPTION_NO_PAGER, "no-pager", NULL, "print on the terminal itself, not through a pager"),
    CLI_OPTIONS_END,
};

static bool read_integer(const char *option, int64_t *value)
{
    if (cli_read_integer(optarg, value))
        return true;
    cli_usage_error("show", "--%s: '%s' is no integer", option, optarg);
    return false;
}

static bool read_context(struct cli_show_request *request)
{
    request->has_context = true;
    if (cli_read_number(optarg, 0, INT64_MAX / 2, &request->context))
        return true;
    cli_usage_error("show", "--context: '%s' is no number of events", optarg);
    return false;
}

static bool read_option(void *arguments, int code)
{
    struct cli_show_request *request = arguments;
    switch (code) {
    case OPTION_TID: request->has_tid = true; return read_integer("tid", &request->tid);
    case OPTION_IDX: request->has_idx = true; return read_integer("idx", &request->idx);
    case 'C': return read_context(request);
    case OPTION_OURS: request->is_ours = true; return true;
    case OPTION_GREP: request->grep = optarg; return true;
    case OPTION_KIND: request->kind = optarg; return true;
    case OPTION_LIMIT: return cli_read_number_option("show", "limit", optarg, 1, UINT64_MAX, &request->limit);
    case OPTION_NO_PAGER: request->has_no_pager = true; return true;
    case OPTION_INDEX_DIRECTORY: return cli_read_index_directory("show", &request->index_directory);
    case OPTION_COLOR: return cli_read_when("show", "color", &request->color);
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "show",
    .synopsis = "evdiff show LOG T:N [-C LINES]\n"
                "       evdiff show LOG [--tid T] [--grep TEXT] [--kind KIND] [--limit N]\n"
                "       evdiff show CANARY OURS T:N [-C LINES]\n"
                "       evdiff show OUTCOME.json T:N [-C LINES]",
    .summary =
        "Print an event as the log has it, and its neighbours in its thread; the events that a search finds; or the "
        "events of two logs around one, beside each other as a diff has them, that of a saved outcome where there is one.",
    .options = OPTIONS,
    .epilogue = "T:N is --tid T --idx N. With -C the event itself is marked with '>'; of two logs with '!' where it "
                "differs, with '*' where it does not.\n"
                "Exit status: 0 done; 2 no such event, or a log can't be read.",
    .read = read_option,
};

static bool is_search(const struct cli_show_request *request)
{
    return request->grep != NULL || request->kind != NULL;
}

static enum evd_status print(struct evd_log *const *logs, const struct cli_show_request *request,
                             struct evd_error *error)
{
    struct cli_pager pager;
    if (request->log_count == 1)
        return is_search(request) ? cli_show_search(logs[0], request, error) : cli_show_events(logs[0], request, error);
    struct cli_show_request settled = *request;
    settled.has_color = cli_has_color(request->color);
    settled.width = cli_width();
    cli_pager_start(&pager, !request->has_no_pager);
    const enum evd_status status = cli_show_beside(logs, &settled, error);
    return cli_pager_end(&pager) || status != EVD_OK ? status : cli_show_beside(logs, &settled, error);
}

static enum evd_status open_and_print(const struct cli_show_request *request, const struct evd_rules *rules,
                                      enum evd_index_mode index, struct evd_error *error)
{
    struct evd_read_options options = request->reading;
    struct evd_log *logs[EVD_SIDES] = {NULL, NULL};
    options.sides = request->log_count > 1 ? cli_sides : NULL;
    options.index = index;
    options.index_directory = request->index_directory;
    options.imports = (const struct evd_import *const *)request->foreign.imports;
    const double started = cli_seconds();
    enum evd_status status =
        evd_logs_open(request->paths, request->log_count, rules, &options, logs, NULL, NULL, NULL, error);
    const double seconds = cli_seconds() - started;
    if (status == EVD_OK)
        status = print(logs, request, error);
    for (size_t i = 0; status == EVD_OK && !is_search(request) && seconds >= LONG_SECONDS && i < request->log_count;
         i++)
        if (evd_log_index(logs[i], NULL) == NULL && evd_index_is_possible(logs[i]))
            cli_say("%s: all of it was read; with an index ('evdiff index') the next look is quicker",
                    evd_log_path(logs[i]));
    for (size_t i = 0; i < request->log_count; i++)
        evd_log_free(logs[i]);
    return status;
}

static int show(struct cli_show_request *request)
{
    struct evd_rules *rules = NULL;
    struct evd_error error;
    if (request->is_outcome)
        return cli_finish_output(cli_show_outcome(request));
    const int loaded = cli_comparison_load("show", &request->comparison, &request->foreign, &rules);
    if (loaded != EXIT_DONE) {
        evd_rules_free(rules);
        return loaded;
    }
    /* A search prints while it reads, and is not begun anew. */
    enum evd_status status =
        open_and_print(request, rules, is_search(request) ? EVD_INDEX_OFF : EVD_INDEX_AUTO, &error);
    if (status == EVD_E_INDEX)
        status = open_and_print(request, rules, EVD_INDEX_OFF, &error);
    const int code = status == EVD_OK ? EXIT_DONE : cli_report_error(&error);
    evd_rules_free(rules);
    return cli_finish_output(code);
}

/* Takes T:N for --tid T --idx N; false when it is none. */
static bool read_place(const char *text, struct cli_show_request *request)
{
    char tid[32];
    const size_t length = strcspn(text, ":");
    if (text[length] != ':' || length == 0 || length >= sizeof tid || access(text, F_OK) == 0)
        return false;
    memcpy(tid, text, length);
    tid[length] = '\0';
    if (!cli_read_integer(tid, &request->tid) || !cli_read_integer(text + length + 1, &request->idx))
        return false;
    return request->has_tid = request->has_idx = true;
}

/* A place as reports group its digits, or with another sign between: 3,280 or 3:1,280. */
static bool is_with_comma(const char *text)
{
    return strchr(text, ',') != NULL && strspn(text, "-0123456789,:") == strlen(text) && access(text, F_OK) != 0;
}

/* Settles what is asked for; false after a message. */
static bool read_operands(struct cli_show_request *request, int argc, char **argv)
{
    int end = argc;
    if (end - optind > 1 && read_place(argv[end - 1], request))
        end--;
    if (end - optind > 1 && is_with_comma(argv[end - 1])) {
        cli_usage_error("show", "'%s' is no T:N: a colon stands between thread and event, no comma", argv[end - 1]);
        return false;
    }
    if (end - optind < 1 || end - optind > EVD_SIDES) {
        cli_usage_error("show", "one log is needed, or two");
        return false;
    }
    request->log_count = (size_t)(end - optind);
    for (size_t i = 0; i < request->log_count; i++)
        request->paths[i] = cli_log_path(argv[optind + (int)i]);
    const bool has_search = is_search(request);
    request->is_outcome = request->log_count == 1 && !has_search && evd_saved_is_outcome(request->paths[0]);
    if (has_search && (request->has_idx || request->log_count > 1 || request->has_context))
        cli_usage_error("show", "--grep and --kind search one log, and take --tid and --limit");
    else if (!has_search && (!request->has_tid || !request->has_idx))
        cli_usage_error("show", "--tid and --idx are needed, or T:N behind the log");
    else if (!has_search && request->limit > 0)
        cli_usage_error("show", "--limit is for --grep and --kind");
    else if (request->log_count == 1 && ((request->is_ours && !request->is_outcome) || request->pairing.has_pair ||
                                         request->pairing.by_hand != NULL))
        cli_usage_error("show", "--ours, --pair and --tid-map are for two logs");
    else if ((request->log_count > 1 || request->is_outcome) && request->context > EVD_BESIDE_CONTEXT_MAX)
        cli_usage_error("show", "--context: of two logs at most %d events", EVD_BESIDE_CONTEXT_MAX);
    else
        return cli_pairing_settle(&request->pairing, "show");
    return false;
}

static int run_show(int argc, char **argv)
{
    struct cli_show_request request = {.has_tid = false};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    code = EXIT_TROUBLE;
    struct cli_run_paths paths = {0};
    if (!read_operands(&request, argc, argv))
        goto out;
    cli_list_logs(&paths, request.paths, request.log_count);
    cli_run_paths_read(&paths, "the file of --rules", request.comparison.rules);
    cli_run_paths_read(&paths, "the file of --mapping", request.foreign.mapping);
    cli_run_paths_read(&paths, "the file of --pair", request.pairing.file);
    for (size_t i = 0; i < request.log_count; i++)
        cli_run_paths_index(&paths, NULL, request.paths[i], request.index_directory);
    cli_run_paths_print(&paths);
    if (!cli_run_paths_settle(&paths, "show"))
        goto out;
    code = request.is_outcome ? EXIT_DONE
                              : cli_foreign_open(&request.foreign, "show", request.paths, request.log_count,
                                                 request.reading.is_tolerant, true);
    if (code == EXIT_DONE)
        code = show(&request);
    cli_foreign_close(&request.foreign);
out:
    cli_pairing_free(&request.pairing);
    cli_comparison_free(&request.comparison);
    return code;
}

const struct cli_command cli_show = {"show", "print an event and its neighbours", run_show};
