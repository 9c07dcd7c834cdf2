/* evdiff selftest: plants mutations in copies of a log and tells which of them the diff sees. */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli.h"
#include "selftest_outputs.h"
#include "shared_options.h"
#include "skipped.h"

enum { OPTION_SEED = CLI_COMMAND_CODES, OPTION_SAMPLES, OPTION_FORMAT };

static const char *const FORMATS[] = {"text", "json", NULL};
enum format { FORMAT_TEXT, FORMAT_JSON };

struct arguments {
    const char *paths[EVD_SIDES]; /* the second is NULL for one log */
    enum format format;
    struct evd_read_options reading;
    struct cli_work work;
    struct cli_comparison comparison;
    struct cli_pairing pairing;
    struct cli_foreign foreign;
    struct evd_selftest_options options;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_SAMPLES, "samples", "N", "plant each mutation N times; default: 300"),
    CLI_OPTION(OPTION_SEED, "seed", "N", "choose other places: the same seed, the same places;\ndefault: 1"),
    CLI_OPTION_GROUP(cli_pairing_options, struct arguments, pairing),
    CLI_OPTION_GROUP(cli_comparison_options, struct arguments, comparison),
    CLI_OPTION(OPTION_FORMAT, "format", "NAME", "text (tables) or json; default: text"),
    CLI_OPTION_GROUP(cli_foreign_options, struct arguments, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct arguments, reading),
    CLI_OPTION_GROUP(cli_work_options, struct arguments, work),
    CLI_OPTIONS_END,
};

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    int word;
    switch (code) {
    case OPTION_SEED:
        return cli_read_number_option("selftest", "seed", optarg, 0, UINT64_MAX, &arguments->options.seed);
    case OPTION_SAMPLES:
        return cli_read_number_option("selftest", "samples", optarg, 1, EVD_SAMPLES_MAX, &arguments->options.samples);
    case OPTION_FORMAT:
        if (!cli_read_word_option("selftest", "format", optarg, FORMATS, &word))
            return false;
        arguments->format = (enum format)word;
        return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "selftest",
    .synopsis = "evdiff selftest [OPTION]... A [B]",
    .summary = "Plant mutations in copies of a log and tell which of them the diff sees: how sharp the\n"
               "rules are. With one log, copies of A are diffed with A; with two, copies of B with A.",
    .options = OPTIONS,
    .epilogue = "Mutations: drop or duplicate an event, swap two, change a field, swap threads, cut the end,\n"
                "lose a thread.\n"
                "Exit status: 0 done; 2 trouble.",
    .read = read_option,
};

static bool read_operands(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 0; i < EVD_SIDES && optind < argc; i++)
        arguments->paths[i] = argv[optind++];
    if (optind < argc)
        cli_usage_error("selftest", "one log too many: '%s'", argv[optind]);
    else if (arguments->paths[0] == NULL)
        cli_usage_error("selftest", "a log is needed");
    else
        return cli_settle_logs("selftest", arguments->paths, EVD_SIDES);
    return false;
}

static int refuse_log(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse_log(const char *path, const char *format, ...)
{
    struct evd_error error = {0};
    va_list args;
    va_start(args, format);
    snprintf(error.path, sizeof error.path, "%s", path);
    vsnprintf(error.message, sizeof error.message, format, args);
    va_end(args);
    return cli_report_error(&error);
}

/* Nothing to plant mutations in: why, and what may help. */
static int report_no_pairs(const struct arguments *arguments, struct evd_log *const logs[EVD_SIDES], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (evd_log_event_count(logs[i]) == 0)
            return refuse_log(arguments->paths[i], "has no events, so there is nothing to plant mutations in");
    const bool is_similarity = arguments->pairing.pairing == EVD_PAIR_SIMILARITY;
    return refuse_log(
        arguments->paths[count - 1],
        "no thread has a counterpart in %s by %s, and mutations are planted where the two match; %s",
        count > 1 ? arguments->paths[EVD_CANARY] : "the log itself", is_similarity ? "similarity" : "its first call",
        is_similarity ? "--tid-map pairs threads by hand" : "--pair similarity pairs threads by what they do");
}

/* Nothing planted is nothing measured. */
static int report_no_place(const struct arguments *arguments, const struct evd_selftest *result)
{
    const bool is_pair = arguments->paths[EVD_OURS] != NULL;
    return refuse_log(arguments->paths[is_pair],
                      "matches %s in %" PRIu64 " of %" PRIu64 " event%s, too few in a row to plant a mutation in%s",
                      is_pair ? arguments->paths[EVD_CANARY] : "itself", result->matched_events, result->event_count,
                      cli_plural(result->event_count), is_pair ? "; 'evdiff diff' tells where the two part" : "");
}

static int print(const struct arguments *arguments, struct evd_log *const logs[EVD_SIDES],
                 const struct evd_selftest *result)
{
    const struct cli_selftest_report report = {
        .paths = {arguments->paths[EVD_CANARY], arguments->paths[EVD_OURS]},
        .options = &arguments->options,
        .result = result,
        .logs = {logs[EVD_CANARY], logs[EVD_OURS]}};
    for (size_t i = 0; i < result->missing_tid_count; i++)
        cli_say("%s", evd_missing_tid_sentence(&result->missing_tids[i]).text);
    if (result->all.planted == 0)
        return report_no_place(arguments, result);
    if (arguments->format == FORMAT_JSON)
        cli_selftest_print_json(&report);
    else
        cli_selftest_print_text(&report);
    return EXIT_DONE;
}

static int run_with_rules(const struct arguments *arguments, const struct evd_rules *rules)
{
    struct evd_log *logs[EVD_SIDES] = {NULL, NULL};
    struct evd_selftest *result = NULL;
    struct evd_error error;
    struct cli_progress progress;
    const size_t count = arguments->paths[EVD_OURS] != NULL ? 2 : 1;
    cli_progress_start(&progress, arguments->work.progress);
    struct evd_read_options options = arguments->reading;
    options.sides = cli_sides;
    options.threads = arguments->work.threads;
    options.imports = (const struct evd_import *const *)arguments->foreign.imports;
    options.progress = cli_progress_show;
    options.progress_context = &progress;
    enum evd_status status = evd_logs_open(arguments->paths, count, rules, &options, logs, NULL, NULL, NULL, &error);
    cli_progress_end(&progress);
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        cli_tell_skipped(logs[i]);
    if (status == EVD_OK) {
        struct evd_selftest_options testing = arguments->options;
        testing.progress = cli_progress_show_step;
        testing.progress_context = &progress;
        cli_progress_start(&progress, arguments->work.progress);
        status = evd_selftest(logs[EVD_CANARY], logs[count - 1], &testing, &result, &error);
        cli_progress_end(&progress);
    }
    const int code = status == EVD_OK             ? print(arguments, logs, result)
                     : status == EVD_E_NO_MAPPING ? report_no_pairs(arguments, logs, count)
                                                  : cli_report_error(&error);
    evd_selftest_free(result);
    for (size_t i = 0; i < count; i++)
        evd_log_free(logs[i]);
    return code;
}

static bool check_places(const struct arguments *arguments)
{
    struct cli_run_paths paths = {0};
    cli_list_logs(&paths, arguments->paths, EVD_SIDES);
    cli_run_paths_read(&paths, "the file of --rules", arguments->comparison.rules);
    cli_run_paths_read(&paths, "the file of --mapping", arguments->foreign.mapping);
    cli_run_paths_read(&paths, "the file of --pair", arguments->pairing.file);
    cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "selftest");
}

static bool read_arguments(struct arguments *arguments, int argc, char **argv, int *code)
{
    if (!cli_read_options(&USAGE, argc, argv, arguments, code))
        return false;
    *code = EXIT_TROUBLE;
    if (!read_operands(arguments, argc, argv) || !cli_pairing_settle(&arguments->pairing, "selftest") ||
        !check_places(arguments))
        return false;
    *code =
        cli_foreign_open(&arguments->foreign, "selftest", arguments->paths, arguments->paths[EVD_OURS] != NULL ? 2 : 1,
                         arguments->reading.is_tolerant, arguments->work.is_quiet);
    if (*code != EXIT_DONE)
        return false;
    arguments->options.threads = arguments->work.threads;
    arguments->options.tid_map = arguments->pairing.tid_map;
    arguments->options.tid_map_count = arguments->pairing.tid_map_count;
    arguments->options.pairing = arguments->pairing.pairing;
    return true;
}

static int run_selftest(int argc, char **argv)
{
    struct arguments arguments = {.options = {.seed = 1, .samples = 300}};
    struct evd_rules *rules = NULL;
    int code;
    if (read_arguments(&arguments, argc, argv, &code) &&
        (code = cli_comparison_load("selftest", &arguments.comparison, &arguments.foreign, &rules)) == EXIT_DONE)
        code = cli_finish_output(run_with_rules(&arguments, rules));
    evd_rules_free(rules);
    cli_comparison_free(&arguments.comparison);
    cli_pairing_free(&arguments.pairing);
    cli_foreign_close(&arguments.foreign);
    return code;
}

const struct cli_command cli_selftest = {"selftest", "measure what the diff sees under the rules", run_selftest};
