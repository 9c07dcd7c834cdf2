/* evdiff diff: reads two logs, diffs them, writes the report. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "diff_arguments.h"
#include "diff_outputs.h"
#include "index_file.h"
#include "options.h"
#include "output.h"
#include "pair_file.h"
#include "places.h"
#include "statistics.h"
#include "terminal.h"

enum {
    OPTION_CANARY = 256,
    OPTION_OURS,
    OPTION_TID_MAP,
    OPTION_PAIR,
    OPTION_NO_ALLOCATORS,
    OPTION_NO_HEAP,
    OPTION_DISABLE,
    OPTION_EMIT,
    OPTION_THREADS,
    OPTION_RULES,
    OPTION_FORMAT,
    OPTION_REPORT,
    OPTION_PROGRESS,
    OPTION_STATS,
    OPTION_COLOR,
    OPTION_INDEX,
    OPTION_INDEX_DIRECTORY,
    OPTION_MIN_COMPARED,
    OPTION_MAX_ABSORBED,
    OPTION_FAIL_ON_TRUNCATED,
};

static const struct cli_option OPTIONS[] = {
    {OPTION_CANARY, "canary", "PATH", "the trusted engine's log, instead of the first LOG"},
    {OPTION_OURS, "ours", "PATH", "the other engine's log, instead of the second LOG"},
    {'o', "out", "PATH", "write the report to PATH, whole or not at all; - is standard\noutput"},
    {OPTION_FORMAT, "format", "NAME", "the report's format; default: text on a terminal, else markdown"},
    {OPTION_REPORT, "report", "FORMAT=PATH",
     "write this report too; may be given several times. Without\n--out or --format nothing else is "
     "written"},
    {'e', "exit-code", NULL, "exit 1 when a thread diverges"},
    {'e', "validate-identical", NULL, "the same as --exit-code"},
    {OPTION_MIN_COMPARED, "min-compared", "N|P%",
     "exit 3 when fewer of canary's events, or less than P\npercent of them, are compared"},
    {OPTION_MAX_ABSORBED, "max-absorbed", "N|P%",
     "exit 3 when more of canary's events, or more than P\npercent of them, are absorbed"},
    {OPTION_FAIL_ON_TRUNCATED, "fail-on-truncated", NULL,
     "exit 3 when a thread ends while its counterpart goes on"},
    {OPTION_TID_MAP, "tid-map", "MAP",
     "pair threads by hand: 6=1,7=2 pairs canary's 6 with\nours 1 and 7 with 2"},
    {OPTION_PAIR, "pair", "HOW",
     "first-call: threads whose first call is the same, the default;\nsimilarity: by what they do; or "
     "a file of pairs, 6=1 a line"},
    {OPTION_RULES, "rules", "FILE", "use the rules in FILE ('evdiff rules' prints a start)"},
    {OPTION_NO_ALLOCATORS, "no-canonicalize-allocators", NULL, "compare allocator returns as they are"},
    {OPTION_NO_HEAP, "no-canonicalize-host-heap-fields", NULL, "compare host-heap fields as they are"},
    {OPTION_DISABLE, "disable-absorber", "LIST", "switch absorbers off by name, comma-separated"},
    {OPTION_EMIT, "emit-absorbed-events", "PATH", "write every absorbed event to PATH, as JSON Lines"},
    {OPTION_INDEX, "index", "MODE",
     "auto: use the indexes that fit (evdiff index); off; require;\nsave: also save those that had to "
     "be made"},
    {OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for indexes in DIR, not beside the logs"},
    {'j', "threads", "N", "use N threads; default: one a core"},
    {'v', "verbose", NULL, "say which indexes are used, and why not"},
    {OPTION_PROGRESS, "progress", "WHEN", "auto, always or never show progress"},
    {OPTION_STATS, "stats", "[=json]", "tell time, memory and the use of each rule on standard\nerror"},
    {OPTION_COLOR, "color", "WHEN", "auto, always or never colour the text report"},
    {0},
};

static const struct cli_words FORMATS = {OPTION_FORMAT, evd_report_format_name,
                                         evd_report_format_summary};

static const struct cli_usage USAGE = {
    .command = "diff",
    .synopsis = "evdiff diff [OPTION]... CANARY OURS",
    .summary = "Align two event logs thread by thread and report where each thread first diverges.",
    .options = OPTIONS,
    .words = &FORMATS,
    .epilogue = "Exit status: 0 done; 1 a thread diverged, with --exit-code; 2 trouble; 3 a demand is not met,\n"
                "with --min-compared, --max-absorbed or --fail-on-truncated, diverged or not.",
};

struct arguments {
    const char *paths[EVD_SIDES];
    const char *rules;
    const char *disabled; /* the list as given, or NULL */
    bool has_exit_code;
    bool has_stats, has_json_stats;
    bool is_verbose;
    int index; /* of cli_index_words */
    enum cli_when progress;
    struct cli_diff_outputs outputs;
    struct evd_rules_options rules_options;
    struct evd_read_options read_options;
    struct evd_diff_options diff_options;
    char **disabled_names;
    struct evd_tid_pair *tid_map;
    bool has_pair;
    struct evd_tid_pair *pairs; /* of --pair FILE, or NULL */
    size_t pair_count;
};

static bool read_when(const char *option, enum cli_when *when)
{
    const int word = cli_read_word(optarg, cli_when_words);
    if (word < 0)
        cli_usage_error("diff", "--%s: '%s' is none of auto, always, never", option, optarg);
    else
        *when = (enum cli_when)word;
    return word >= 0;
}

static bool read_threads(struct arguments *arguments)
{
    uint64_t threads;
    if (!cli_read_number(optarg, 1, 1024, &threads)) {
        cli_usage_error("diff", "--threads: '%s' is no number from 1 to 1024", optarg);
        return false;
    }
    arguments->read_options.threads = arguments->diff_options.threads = (unsigned)threads;
    return true;
}

static bool read_stats(struct arguments *arguments)
{
    arguments->has_stats = true;
    arguments->has_json_stats = optarg != NULL && strcmp(optarg, "json") == 0;
    if (optarg == NULL || arguments->has_json_stats)
        return true;
    cli_usage_error("diff", "--stats: '%s' is not json", optarg);
    return false;
}

static bool read_index(struct arguments *arguments)
{
    arguments->index = cli_read_word(optarg, cli_index_words);
    if (arguments->index < 0)
        cli_usage_error("diff", "--index: '%s' is none of auto, off, require, save", optarg);
    return arguments->index >= 0;
}

static bool read_tid_map(struct arguments *arguments)
{
    free(arguments->tid_map);
    arguments->tid_map = cli_read_tid_map(optarg, &arguments->diff_options.tid_map_count);
    /* An empty map is no map, as in the reference. */
    arguments->diff_options.tid_map = *optarg == '\0' ? NULL : arguments->tid_map;
    return arguments->tid_map != NULL;
}

static bool read_pair(struct arguments *arguments)
{
    static const char *const WORDS[] = {"first-call", "similarity", NULL};
    const int word = cli_read_word(optarg, WORDS);
    arguments->diff_options.pairing = EVD_PAIR_FIRST_CALL;
    free(arguments->pairs);
    arguments->pairs = NULL;
    if (word == 1)
        arguments->diff_options.pairing = EVD_PAIR_SIMILARITY;
    else if (word < 0)
        arguments->pairs = cli_read_pair_file(optarg, &arguments->pair_count);
    arguments->has_pair = true;
    return word >= 0 || arguments->pairs != NULL;
}

/* Threads are paired one way. */
static bool settle_pairing(struct arguments *arguments)
{
    if (arguments->diff_options.tid_map != NULL && arguments->has_pair) {
        cli_usage_error("diff", "--tid-map and --pair both say which thread is which");
        return false;
    }
    if (arguments->pairs != NULL) {
        arguments->diff_options.tid_map = arguments->pairs;
        arguments->diff_options.tid_map_count = arguments->pair_count;
    }
    return true;
}

static bool read_amount(const char *option, struct evd_amount *amount)
{
    if (cli_read_amount(optarg, amount))
        return true;
    cli_usage_error("diff", "--%s: '%s' is neither a number of events nor a share from 0%% to 100%%",
                    option, optarg);
    return false;
}

static bool read_option(struct arguments *arguments, int code)
{
    switch (code) {
    case OPTION_CANARY:
        arguments->paths[EVD_CANARY] = optarg;
        return true;
    case OPTION_OURS:
        arguments->paths[EVD_OURS] = optarg;
        return true;
    case 'o':
        arguments->outputs.out = optarg;
        return true;
    case OPTION_FORMAT:
        return cli_outputs_set_format(&arguments->outputs, optarg);
    case OPTION_REPORT:
        return cli_outputs_add_report(&arguments->outputs, optarg);
    case 'e':
        arguments->has_exit_code = true;
        return true;
    case OPTION_TID_MAP:
        return read_tid_map(arguments);
    case OPTION_PAIR:
        return read_pair(arguments);
    case OPTION_RULES:
        arguments->rules = optarg;
        return true;
    case OPTION_NO_ALLOCATORS:
        arguments->rules_options.keep_allocator_returns = true;
        return true;
    case OPTION_NO_HEAP:
        arguments->rules_options.keep_host_heap_fields = true;
        return true;
    case OPTION_DISABLE:
        arguments->disabled = optarg;
        return true;
    case OPTION_EMIT:
        arguments->outputs.absorbed = optarg;
        return true;
    case OPTION_INDEX:
        return read_index(arguments);
    case OPTION_INDEX_DIRECTORY:
        arguments->read_options.index_directory = optarg;
        return true;
    case 'v':
        arguments->is_verbose = true;
        return true;
    case 'j':
        return read_threads(arguments);
    case OPTION_PROGRESS:
        return read_when("progress", &arguments->progress);
    case OPTION_STATS:
        return read_stats(arguments);
    case OPTION_MIN_COMPARED:
        return read_amount("min-compared", &arguments->diff_options.demands.min_compared);
    case OPTION_MAX_ABSORBED:
        return read_amount("max-absorbed", &arguments->diff_options.demands.max_absorbed);
    case OPTION_FAIL_ON_TRUNCATED:
        arguments->diff_options.demands.no_truncated = true;
        return true;
    case OPTION_COLOR:
        return read_when("color", &arguments->outputs.color);
    default:
        return false;
    }
}

/* The logs may be named by options, by words, or one each way. */
static bool read_operands(struct arguments *arguments, int argc, char **argv)
{
    bool is_read = false;
    for (int side = 0; side < EVD_SIDES; side++)
        if (arguments->paths[side] == NULL && optind < argc)
            arguments->paths[side] = argv[optind++];
    if (optind < argc)
        cli_usage_error("diff", "one log too many: '%s'", argv[optind]);
    else if (arguments->paths[EVD_CANARY] == NULL)
        cli_usage_error("diff", "two logs are needed: CANARY and OURS");
    else if (arguments->paths[EVD_OURS] == NULL)
        cli_usage_error("diff", "a second log is needed: OURS");
    else if (strcmp(arguments->paths[EVD_CANARY], "-") == 0 &&
             strcmp(arguments->paths[EVD_OURS], "-") == 0)
        cli_usage_error("diff", "standard input can be only one of the logs");
    else if (cli_is_same_pipe(cli_log_path(arguments->paths[EVD_CANARY]),
                              cli_log_path(arguments->paths[EVD_OURS])))
        cli_usage_error("diff", "both logs are one pipe: '%s' and '%s'", arguments->paths[EVD_CANARY],
                        arguments->paths[EVD_OURS]);
    else
        is_read = true;
    for (int side = 0; is_read && side < EVD_SIDES; side++)
        arguments->paths[side] = cli_log_path(arguments->paths[side]);
    return is_read;
}

/* Tests cut logs into small chunks by this; results never depend on it. */
static bool read_chunk_bytes(struct arguments *arguments)
{
    const char *text = getenv("EVDIFF_CHUNK_BYTES");
    uint64_t bytes;
    if (text == NULL || *text == '\0')
        return true;
    if (!cli_read_number(text, 1, SIZE_MAX / 2, &bytes)) {
        fprintf(stderr, "evdiff: EVDIFF_CHUNK_BYTES: '%s' is no number of bytes\n", text);
        return false;
    }
    arguments->read_options.chunk_bytes = (size_t)bytes;
    return true;
}

/* *code is the exit code when false. */
static bool read_arguments(struct arguments *arguments, int argc, char **argv, int *code)
{
    int option;
    *code = EXIT_TROUBLE;
    while ((option = cli_next_option(&USAGE, argc, argv)) != CLI_OPTION_END) {
        if (option == CLI_OPTION_HELP)
            *code = cli_finish_output(EXIT_DONE);
        if (option == CLI_OPTION_HELP || option == CLI_OPTION_ERROR ||
            !read_option(arguments, option))
            return false;
    }
    arguments->read_options.index = arguments->index == CLI_INDEX_SAVE
                                        ? EVD_INDEX_AUTO
                                        : (enum evd_index_mode)arguments->index;
    return read_operands(arguments, argc, argv) && settle_pairing(arguments) &&
           cli_outputs_settle(&arguments->outputs, arguments->paths) && read_chunk_bytes(arguments);
}

/* All that one run holds. */
struct run {
    struct arguments arguments;
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct cli_statistics statistics;
    double started;
};

static int load_rules(struct run *run)
{
    struct arguments *arguments = &run->arguments;
    struct evd_error error;
    const double started = cli_seconds();
    size_t disabled_count = 0;
    if (arguments->disabled != NULL) {
        arguments->disabled_names = cli_split_names(arguments->disabled, &disabled_count);
        if (arguments->disabled_names == NULL)
            return EXIT_TROUBLE;
    }
    arguments->rules_options.disabled_absorbers = (const char *const *)arguments->disabled_names;
    arguments->rules_options.disabled_absorber_count = disabled_count;
    if (evd_rules_load(arguments->rules, &arguments->rules_options, &run->rules, &error) != EVD_OK)
        return cli_report_error(&error);
    run->statistics.rules_seconds = cli_seconds() - started;
    return cli_check_absorbers(run->rules, arguments->disabled_names, disabled_count)
               ? EXIT_DONE
               : EXIT_TROUBLE;
}

/* Which indexes are used, and why not. */
static void tell_indexes(const struct run *run)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_log *log = run->logs[side];
        const char *why_not, *path = evd_log_index(log, &why_not);
        if (path != NULL)
            fprintf(stderr, "evdiff: %s: index %s is used\n", evd_log_path(log), path);
        else if (*why_not != '\0')
            fprintf(stderr, "evdiff: %s: read in full: %s\n", evd_log_path(log), why_not);
    }
}

/* Opens `count` logs from `side` on. */
static enum evd_status open_logs(struct run *run, int side, size_t count,
                                 struct evd_read_statistics *statistics, struct evd_error *error)
{
    struct arguments *arguments = &run->arguments;
    struct cli_progress progress;
    cli_progress_start(&progress, arguments->progress);
    arguments->read_options.progress = cli_progress_show;
    arguments->read_options.progress_context = &progress;
    const enum evd_status status =
        evd_logs_open(&arguments->paths[side], count, run->rules, &arguments->read_options,
                      &run->logs[side], NULL, NULL, statistics, error);
    cli_progress_end(&progress);
    return status;
}

static int read_logs(struct run *run)
{
    struct evd_error error;
    if (open_logs(run, EVD_CANARY, EVD_SIDES, &run->statistics.reading, &error) != EVD_OK)
        return cli_report_error(&error);
    if (run->arguments.is_verbose)
        tell_indexes(run);
    return EXIT_DONE;
}

static void free_logs(struct run *run)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(run->logs[side]);
        run->logs[side] = NULL;
    }
}

/* Reads the text of the logs that were opened by an index. The others stay: a pipe can't be read twice. */
static enum evd_status read_texts(struct run *run, struct evd_error *error)
{
    struct evd_read_statistics *all = &run->statistics.reading;
    run->arguments.read_options.index = EVD_INDEX_OFF;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_read_statistics one;
        if (evd_log_index(run->logs[side], NULL) == NULL)
            continue;
        evd_log_free(run->logs[side]);
        const enum evd_status status = open_logs(run, side, 1, &one, error);
        if (status != EVD_OK)
            return status;
        all->open_seconds += one.open_seconds;
        all->scan_seconds += one.scan_seconds;
        all->index_seconds += one.index_seconds;
        all->scanned_bytes += one.scanned_bytes;
        all->scanned_events += one.scanned_events;
    }
    return EVD_OK;
}

/* After an index turned out to be damaged: the same from the text, unless an index was asked for. */
static enum evd_status align_without_indexes(struct run *run, struct evd_error *error)
{
    struct arguments *arguments = &run->arguments;
    if (arguments->read_options.index == EVD_INDEX_REQUIRE)
        return EVD_E_INDEX;
    if (arguments->is_verbose)
        cli_report_error(error);
    const enum evd_status status = read_texts(run, error);
    if (status != EVD_OK)
        return status;
    return evd_diff(run->logs[EVD_CANARY], run->logs[EVD_OURS], &arguments->diff_options,
                    &run->outcome, error);
}

/* A demand is held against all events, not those up to the first divergence, so that the exit code does
 * not depend on the report. */
static bool has_demands(const struct evd_demands *demands)
{
    return demands->min_compared.is_set || demands->max_absorbed.is_set || demands->no_truncated;
}

static int align(struct run *run)
{
    struct evd_error error;
    const struct cli_diff_outputs *outputs = &run->arguments.outputs;
    run->arguments.diff_options.emit_absorbed_events = outputs->absorbed != NULL;
    run->arguments.diff_options.resync = cli_outputs_need_resync(outputs) ||
                                         has_demands(&run->arguments.diff_options.demands);
    enum evd_status status =
        evd_diff(run->logs[EVD_CANARY], run->logs[EVD_OURS], &run->arguments.diff_options,
                 &run->outcome, &error);
    if (status == EVD_E_INDEX)
        status = align_without_indexes(run, &error);
    if (status == EVD_E_NO_MAPPING) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_TROUBLE;
    }
    if (status != EVD_OK)
        return cli_report_error(&error);
    for (size_t i = 0; i < run->outcome->warning_count; i++)
        fprintf(stderr, "%.*s\n", (int)run->outcome->warnings[i].length,
                run->outcome->warnings[i].bytes);
    return EXIT_DONE;
}

static int write_absorbed(struct run *run)
{
    return cli_outputs_write_absorbed(&run->arguments.outputs, run->outcome);
}

static int write_reports(struct run *run)
{
    return cli_outputs_write_reports(&run->arguments.outputs, run->outcome, &run->statistics);
}

static int save_indexes(struct run *run)
{
    const struct arguments *arguments = &run->arguments;
    int worst = EXIT_DONE;
    for (int side = 0; arguments->index == CLI_INDEX_SAVE && side < EVD_SIDES; side++) {
        const struct evd_log *log = run->logs[side];
        char path[EVD_PATH_MAX];
        if (evd_log_index(log, NULL) != NULL || !evd_index_is_possible(log))
            continue;
        const int code = cli_index_save(log, arguments->read_options.index_directory, path);
        if (code != EXIT_DONE)
            worst = code;
        else if (arguments->is_verbose)
            fprintf(stderr, "evdiff: %s: index saved to %s\n", evd_log_path(log), path);
    }
    return worst;
}

/* With --exit-code: names the first thread that diverged. */
static int validate_identical(const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        if (!pair->is_diverged)
            continue;
        const struct evd_text description = pair->divergence.description;
        fprintf(stderr, "validate-identical: divergence in canary_tid=%lld at tid_event_idx=%llu (",
                (long long)pair->tid[EVD_CANARY], (unsigned long long)pair->matched);
        /* Byte for byte the reference's message, but names in it must not command a terminal. */
        if (isatty(STDERR_FILENO))
            cli_print_plain(stderr, description.bytes, description.length);
        else
            fwrite(description.bytes, 1, description.length, stderr);
        fputs(")\n", stderr);
        return EXIT_DIVERGED;
    }
    return EXIT_DONE;
}

static int conclude(struct run *run)
{
    const struct arguments *arguments = &run->arguments;
    run->statistics.outcome = run->outcome;
    run->statistics.total_seconds = cli_seconds() - run->started;
    if (arguments->has_json_stats)
        cli_statistics_print_json(&run->statistics, stderr);
    else if (arguments->has_stats)
        cli_statistics_print_text(&run->statistics, stderr);
    const int code = arguments->has_exit_code ? validate_identical(run->outcome) : EXIT_DONE;
    for (size_t i = 0; i < run->outcome->unmet_count; i++)
        fprintf(stderr, "evdiff: inconclusive: %.*s\n", (int)run->outcome->unmet[i].length,
                run->outcome->unmet[i].bytes);
    return run->outcome->verdict == EVD_VERDICT_INCONCLUSIVE ? EXIT_INCONCLUSIVE : code;
}

static int run_diff(int argc, char **argv)
{
    struct run run = {.started = cli_seconds(), .arguments.index = EVD_INDEX_AUTO};
    int code;
    if (!read_arguments(&run.arguments, argc, argv, &code))
        goto out;
    static int (*const STEPS[])(struct run *) = {load_rules,     read_logs,    align,
                                                 write_absorbed, write_reports, save_indexes,
                                                 conclude};
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++)
        if ((code = STEPS[i](&run)) != EXIT_DONE)
            break;
out:
    evd_outcome_free(run.outcome);
    free_logs(&run);
    evd_rules_free(run.rules);
    cli_free_names(run.arguments.disabled_names);
    cli_outputs_free(&run.arguments.outputs);
    free(run.arguments.tid_map);
    free(run.arguments.pairs);
    return code;
}

const struct cli_command cli_diff = {
    "diff", "say where two logs first part, thread by thread", run_diff};
