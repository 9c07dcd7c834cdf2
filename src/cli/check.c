/* evdiff check: reads and validates logs, and tells what is in them. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "plain.h"
#include "shared_options.h"
#include "skipped.h"

enum { OPTION_MAX_ERRORS = CLI_COMMAND_CODES, OPTION_RULES };
enum { MAX_ERRORS_DEFAULT = 20 };

struct arguments {
    size_t problems_max;
    const char *rules; /* a file, or NULL */
    struct cli_rules_file rules_file;
    struct evd_read_options reading;
    struct cli_foreign foreign;
    struct cli_work work;
};

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    uint64_t number;
    if (code == OPTION_RULES) {
        arguments->rules = cli_find_rules("check", optarg, &arguments->rules_file);
        return arguments->rules != NULL;
    }
    if (!cli_read_number_option("check", "max-errors", optarg, 1, 1000000000, &number))
        return false;
    arguments->problems_max = (size_t)number;
    return true;
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_MAX_ERRORS, "max-errors", "N", "list at most N problems a log; default: 20"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE", "read the logs with the rules in FILE"),
    CLI_OPTION_GROUP(cli_foreign_options, struct arguments, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct arguments, reading),
    CLI_OPTION_GROUP(cli_work_options, struct arguments, work),
    CLI_OPTIONS_END,
};

static const struct cli_usage USAGE = {
    .command = "check",
    .synopsis = "evdiff check [OPTION]... LOG...",
    .summary = "Validate event logs in full and tell their events, threads, kinds and time span.",
    .options = OPTIONS,
    .epilogue = "Exit status: 0 all logs are valid; 2 a log is not, or can't be read.",
    .read = read_option,
};

/* What importing a trace made of it. */
static void print_import(const struct evd_import_summary *import)
{
    if (import == NULL)
        return;
    printf("  %" PRIu64 " line%s of the trace\n", import->lines, cli_plural(import->lines));
    for (size_t i = 0; i < import->skip_count; i++)
        printf("  %s\n", cli_skip_words(&import->skips[i]).text);
}

static void print_log(const struct evd_log *log)
{
    cli_print_plain(stdout, evd_log_path(log), strlen(evd_log_path(log)));
    const uint64_t events = evd_log_event_count(log), skipped = evd_log_skipped_count(log);
    printf(": valid");
    if (skipped > 0)
        printf(" but for %" PRIu64 " line%s that %s skipped", skipped, cli_plural(skipped),
               skipped == 1 ? "was" : "were");
    else if (events == 0)
        printf(", but it is a header alone");
    putchar('\n');
    print_import(evd_log_import(log));
    cli_print_skipped(log);
    const size_t threads = evd_log_thread_count(log);
    printf("  %" PRIu64 " bytes, %" PRIu64 " event%s, %zu thread%s\n", evd_log_bytes(log), events, cli_plural(events),
           threads, cli_plural(threads));
    uint64_t gaps, missing;
    if (evd_log_gaps(log, &gaps, &missing) && gaps > 0)
        printf("  %" PRIu64 " gap%s in tid_event_idx, which leave%s out %" PRIu64 " number%s\n", gaps, cli_plural(gaps),
               gaps == 1 ? "s" : "", missing, cli_plural(missing));
    int64_t first_ns, last_ns;
    if (evd_log_time_span(log, &first_ns, &last_ns))
        printf("  host_ns %" PRId64 " to %" PRId64 ", %.6f s\n", first_ns, last_ns,
               ((double)last_ns - (double)first_ns) * 1e-9);
    for (size_t i = 0; i < evd_log_kind_count(log); i++) {
        const char *name;
        size_t length;
        const uint64_t count = evd_log_kind(log, i, &name, &length);
        printf("  %12" PRIu64 "  ", count);
        cli_print_plain(stdout, name, length);
        putchar('\n');
    }
}

static int read_log(const char *path, const struct evd_rules *rules, struct evd_read_options *options,
                    const struct cli_work *work)
{
    struct evd_log *log;
    struct evd_problem *problems;
    size_t problem_count;
    struct evd_error error;
    struct cli_progress progress;
    cli_progress_start(&progress, work->progress);
    options->progress = cli_progress_show;
    options->progress_context = &progress;
    const enum evd_status status =
        evd_logs_open(&path, 1, rules, options, &log, &problems, &problem_count, NULL, &error);
    cli_progress_end(&progress);
    if (status == EVD_OK) {
        if (!work->is_quiet)
            print_log(log);
        evd_log_free(log);
        return EXIT_DONE;
    }
    if (problem_count == 0)
        return cli_report_error(&error);
    bool has_lines = false;
    for (size_t i = 0; i < problem_count; i++) {
        cli_report_error(&problems[i].error);
        has_lines |= problems[i].is_line;
    }
    if (status == EVD_E_INPUT && problem_count == options->problems_max)
        cli_say("%s: stopped after %zu problem%s; --max-errors N lists more", path, problem_count,
                cli_plural(problem_count));
    if (has_lines)
        cli_say("%s: --tolerant skips lines that are no events", path);
    evd_problems_free(problems);
    return EXIT_TROUBLE;
}

static bool check_places(const struct arguments *arguments, int count, char **logs)
{
    struct cli_run_paths paths = {0};
    for (int i = 0; i < count; i++)
        cli_run_paths_read(&paths, "one of the logs", cli_log_path(logs[i]));
    cli_run_paths_read(&paths, "the file of --rules", arguments->rules);
    cli_run_paths_read(&paths, "the file of --mapping", arguments->foreign.mapping);
    cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "check");
}

/* Each log has a format and rules of its own, unless these are named. */
static int check_log(const char *path, const struct arguments *arguments, struct evd_read_options *options)
{
    struct cli_foreign foreign = arguments->foreign;
    struct evd_rules *rules = NULL;
    struct evd_error error;
    int code = cli_foreign_open(&foreign, "check", &path, 1, options->is_tolerant, arguments->work.is_quiet);
    if (code == EXIT_DONE && cli_foreign_load_rules(&foreign, arguments->rules, NULL, &rules, &error) != EVD_OK)
        code = cli_report_error(&error);
    options->imports = (const struct evd_import *const *)foreign.imports;
    if (code == EXIT_DONE)
        code = read_log(path, rules, options, &arguments->work);
    evd_rules_free(rules);
    cli_foreign_close(&foreign);
    return code;
}

static int run_check(int argc, char **argv)
{
    struct arguments arguments = {.problems_max = MAX_ERRORS_DEFAULT};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        return code;
    if (optind == argc)
        return cli_usage_error("check", "at least one log is needed");
    if (!check_places(&arguments, argc - optind, argv + optind))
        return EXIT_TROUBLE;
    struct evd_read_options options = arguments.reading;
    options.threads = arguments.work.threads;
    options.problems_max = arguments.problems_max;
    options.has_statistics = true;
    code = EXIT_DONE;
    for (int i = optind; i < argc; i++)
        if (check_log(cli_log_path(argv[i]), &arguments, &options) != EXIT_DONE)
            code = EXIT_TROUBLE;
    return cli_finish_output(code);
}

const struct cli_command cli_check = {"check", "validate logs and tell what is in them", run_check};
