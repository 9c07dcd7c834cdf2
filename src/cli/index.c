/* evdiff index: saves, checks and removes the indexes of logs. */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli.h"
#include "index_file.h"
#include "shared_options.h"

enum { OPTION_CHECK = CLI_COMMAND_CODES, OPTION_QUICK, OPTION_REMOVE, OPTION_DIRECTORY, OPTION_RULES };

struct request {
    const char *directory, *rules_path;
    struct cli_rules_file rules_file;
    bool is_check, is_quick, is_remove, is_verbose;
    struct evd_read_options reading;
    struct cli_work work;
    struct cli_foreign foreign;
    struct evd_rules *rules; /* of the log in hand, like what foreign has opened */
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_CHECK, "check", NULL, "only tell whether each log has an index that fits and is whole"),
    CLI_OPTION(OPTION_QUICK, "quick", NULL, "with --check: read only samples of the logs, not all of them"),
    CLI_OPTION(OPTION_REMOVE, "remove", NULL, "remove the logs' indexes"),
    CLI_OPTION(OPTION_DIRECTORY, "index-dir", "DIR", "keep the indexes in DIR, not beside the logs"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE", "read the logs with the rules in FILE; a diff must use the same"),
    CLI_OPTION_GROUP(cli_foreign_options, struct request, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct request, reading),
    CLI_OPTION_GROUP(cli_work_options, struct request, work),
    CLI_OPTION('v', "verbose", NULL, "say why an index is made anew"),
    CLI_OPTIONS_END,
};

static bool read_option(void *arguments, int code)
{
    struct request *request = arguments;
    switch (code) {
    case OPTION_CHECK: request->is_check = true; return true;
    case OPTION_QUICK: request->is_quick = true; return true;
    case OPTION_REMOVE: request->is_remove = true; return true;
    case OPTION_DIRECTORY: return cli_read_index_directory("index", &request->directory);
    case OPTION_RULES:
        request->rules_path = cli_find_rules("index", optarg, &request->rules_file);
        return request->rules_path != NULL;
    case 'v': request->is_verbose = true; return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "index",
    .synopsis = "evdiff index [OPTION]... LOG...",
    .summary = "Save what reading a log finds as LOG.evx, so that the next diff reads only what differs.",
    .options = OPTIONS,
    .epilogue = "Where the log's folder can't be written, indexes go to $XDG_CACHE_HOME/evdiff.\n"
                "Exit status: 0 done; 1 a log has no index that fits (--check); 2 trouble.",
    .read = read_option,
};

static void tell(const struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What went well. */
static void tell(const struct request *request, const char *format, ...)
{
    char line[3 * EVD_PATH_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!request->work.is_quiet)
        cli_print_line("%s", line);
}

static int save(const struct request *request, const char *path)
{
    struct evd_log *log;
    struct evd_error error;
    struct cli_progress progress;
    struct evd_read_options options = request->reading;
    options.threads = request->work.threads;
    options.index = EVD_INDEX_AUTO;
    options.index_directory = request->directory;
    options.imports = (const struct evd_import *const *)request->foreign.imports;
    options.progress = cli_progress_show;
    options.progress_context = &progress;
    cli_progress_start(&progress, request->work.progress);
    const enum evd_status status = evd_logs_open(&path, 1, request->rules, &options, &log, NULL, NULL, NULL, &error);
    cli_progress_end(&progress);
    if (status != EVD_OK)
        return cli_report_error(&error);
    int code = EXIT_DONE;
    char place[EVD_PATH_MAX];
    const char *why_not;
    if (evd_log_index(log, &why_not) != NULL) {
        tell(request, "%s: up to date", evd_log_index(log, NULL));
    } else if (evd_log_skipped_count(log) > 0) {
        const uint64_t skipped = evd_log_skipped_count(log);
        cli_say("%s: has no index: %" PRIu64 " of its lines %s skipped", path, skipped, skipped == 1 ? "was" : "were");
        code = EXIT_TROUBLE;
    } else {
        if (request->is_verbose)
            cli_say("%s: read in full: %s", path, why_not);
        code = cli_index_save(log, request->directory, place);
        const uint64_t events = evd_log_event_count(log);
        const size_t threads = evd_log_thread_count(log);
        if (code == EXIT_DONE)
            tell(request, "%s: written; %" PRIu64 " event%s, %zu thread%s", place, events, cli_plural(events), threads,
                 cli_plural(threads));
    }
    evd_log_free(log);
    return code;
}

static int check(const struct request *request, const char *path)
{
    struct evd_error error;
    char place[EVD_PATH_MAX];
    const enum evd_status status = evd_index_check(
        path, request->foreign.imports[0], request->rules, request->directory, request->is_quick, place, &error);
    if (status == EVD_OK) {
        tell(request, "%s: fits and is whole", place);
        return EXIT_DONE;
    }
    if (status != EVD_E_INDEX)
        return cli_report_error(&error);
    cli_print_line("%s: %s", error.path, error.message);
    return EXIT_DIVERGED;
}

static int remove_index(const struct request *request, const char *path)
{
    char place[EVD_PATH_MAX];
    int code = EXIT_DONE;
    bool has_removed = false;
    for (size_t which = 0; evd_index_place(path, request->directory, which, place); which++) {
        bool is_removed;
        struct evd_error error;
        if (evd_index_remove(place, &is_removed, &error) != EVD_OK)
            code = cli_report_error(&error);
        if (is_removed)
            tell(request, "%s: removed", place);
        has_removed |= is_removed;
    }
    if (!has_removed && code == EXIT_DONE)
        tell(request, "%s: has no index", path);
    return code;
}

static bool check_places(const struct request *request, int count, char **logs)
{
    struct cli_run_paths paths = {0};
    const char *option = request->is_check || request->is_remove ? NULL : "a log's index";
    for (int i = 0; i < count; i++) {
        const char *path = cli_log_path(logs[i]);
        cli_run_paths_read(&paths, "one of the logs", path);
        cli_run_paths_index(&paths, option, path, request->directory);
    }
    cli_run_paths_read(&paths, "the file of --rules", request->rules_path);
    cli_run_paths_read(&paths, "the file of --mapping", request->foreign.mapping);
    cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "index");
}

/* Each log has a format and rules of its own, unless these are named. */
static int take_log(const struct request *all, const char *path)
{
    struct request request = *all;
    struct evd_error error;
    if (request.is_remove)
        return remove_index(&request, path);
    int code =
        cli_foreign_open(&request.foreign, "index", &path, 1, request.reading.is_tolerant, request.work.is_quiet);
    if (code == EXIT_DONE &&
        cli_foreign_load_rules(&request.foreign, request.rules_path, NULL, &request.rules, &error) != EVD_OK)
        code = cli_report_error(&error);
    if (code == EXIT_DONE)
        code = request.is_check ? check(&request, path) : save(&request, path);
    evd_rules_free(request.rules);
    cli_foreign_close(&request.foreign);
    return code;
}

static int run_index(int argc, char **argv)
{
    struct request request = {0};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    if (request.is_check && request.is_remove)
        return cli_usage_error("index", "--check and --remove are not for one run");
    if (request.is_quick && !request.is_check)
        return cli_usage_error("index", "--quick is for --check only");
    if (optind == argc)
        return cli_usage_error("index", "at least one log is needed");
    if (!check_places(&request, argc - optind, argv + optind))
        return EXIT_TROUBLE;
    int worst = EXIT_DONE;
    for (int i = optind; i < argc; i++) {
        code = take_log(&request, cli_log_path(argv[i]));
        if (code > worst)
            worst = code;
    }
    return cli_finish_output(worst);
}

const struct cli_command cli_index = {"index", "save what reading a log finds, for the next diff", run_index};
