/* What evdiff diff is asked to do: its options and operands. */
#include "diff_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "controls.h"
#include "index_file.h"
#include "shared_options.h"

enum {
    OPTION_CANARY = CLI_COMMAND_CODES,
    OPTION_OURS,
    OPTION_CONTROL,
    OPTION_CONTROL_OF_OURS,
    OPTION_VALIDATE_IDENTICAL,
    OPTION_EMIT,
    OPTION_FORMAT,
    OPTION_REPORT,
    OPTION_JOB,
    OPTION_KNOWN,
    OPTION_STATS,
    OPTION_COLOR,
    OPTION_INDEX,
    OPTION_INDEX_DIRECTORY,
    OPTION_MIN_COMPARED,
    OPTION_MAX_ABSORBED,
    OPTION_FAIL_ON_TRUNCATED,
    OPTION_TID,
    OPTION_FAMILY,
    OPTION_KIND,
    OPTION_CALL,
    OPTION_SINCE,
    OPTION_LIMIT,
    OPTION_NO_PAGER,
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_CANARY, "canary", "PATH", "the trusted engine's log, instead of the first LOG"),
    CLI_OPTION(OPTION_OURS, "ours", "PATH", "the other engine's log, instead of the second LOG"),
    CLI_OPTION(OPTION_CONTROL, "control", "LOG",
               "one more run of the trusted engine: what differs from it is\nnoise; may be given several times"),
    CLI_OPTION(OPTION_CONTROL_OF_OURS, "control-of-ours", "LOG", "the same of the other engine"),
    CLI_OPTION('o', "out", "PATH", "write the report to PATH, whole or not at all; - is standard\noutput"),
    CLI_OPTION(OPTION_FORMAT, "format", "NAME",
               "the report's format; default: as --out is named (out.json,\nout.md), else text"),
    CLI_OPTION(OPTION_REPORT, "report", "FORMAT=PATH",
               "write this report too; may be given several times. Without\n--out or --format nothing else "
               "is written"),
    CLI_OPTION(OPTION_JOB, "job", "NAME", "what reports for CI call this diff; default: as the log of ours"),
    CLI_OPTION(
        OPTION_KNOWN, "known", "LEDGER",
        "what is known (evdiff known): only the rest is told as\nsomething to look at; may be given several times"),
    CLI_OPTION(OPTION_TID, "tid", "T", "text: tell the divergences of this thread, of either side"),
    CLI_OPTION(OPTION_FAMILY, "family", "ID", "text: tell this family; the first digits of its id are enough"),
    CLI_OPTION(OPTION_KIND, "kind", "KIND", "text: tell those of events of this kind, or kinds: 'kernel.*'"),
    CLI_OPTION(OPTION_CALL, "call", "NAME", "text: tell those of this call, or of calls: 'Nt*'"),
    CLI_OPTION(OPTION_SINCE, "since", "N", "text: tell those from canary's tid_event_idx N on"),
    CLI_OPTION(
        OPTION_LIMIT, "limit", "N",
        "text, full: tell so many families, threads and rows; 0:\nall; default: 3 and 10; full: 40, and 10 rows each"),
    CLI_OPTION('e', "exit-code", NULL,
               "exit 1 when a thread diverges; with --control or --known\nwhen something is new"),
    CLI_OPTION(OPTION_VALIDATE_IDENTICAL, "validate-identical", NULL, "the same as --exit-code"),
    CLI_OPTION(OPTION_MIN_COMPARED, "min-compared", "N|P%",
               "exit 3 when fewer of canary's events, or less than P\npercent of them, are compared"),
    CLI_OPTION(OPTION_MAX_ABSORBED, "max-absorbed", "N|P%",
               "exit 3 when more of canary's events, or more than P\npercent of them, are absorbed"),
    CLI_OPTION(OPTION_FAIL_ON_TRUNCATED, "fail-on-truncated", NULL,
               "exit 3 when a thread ends while its counterpart goes on"),
    CLI_OPTION_GROUP(cli_pairing_options, struct cli_diff_arguments, pairing),
    CLI_OPTION_GROUP(cli_comparison_options, struct cli_diff_arguments, comparison),
    CLI_OPTION(OPTION_EMIT, "emit-absorbed-events", "PATH", "write every absorbed event to PATH, as JSON Lines"),
    CLI_OPTION(OPTION_INDEX, "index", "MODE",
               "auto: use the indexes that fit (evdiff index); off; require;\nsave: also save those that had "
               "to be made"),
    CLI_OPTION(OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for indexes in DIR, not beside the logs"),
    CLI_OPTION('v', "verbose", NULL, "say which indexes are used, and why not"),
    CLI_OPTION_GROUP(cli_foreign_options, struct cli_diff_arguments, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct cli_diff_arguments, reading),
    CLI_OPTION_GROUP(cli_work_options, struct cli_diff_arguments, work),
    CLI_OPTION(OPTION_STATS, "stats", "[=json]", "tell time, memory and the use of each rule on standard\nerror"),
    CLI_OPTION(OPTION_COLOR, "color", "WHEN", "auto, always or never colour the text report"),
    CLI_OPTION(OPTION_NO_PAGER, "no-pager", NULL, "print on the terminal itself, not through a pager"),
    CLI_OPTIONS_END,
};

static const struct cli_words FORMATS = {OPTION_FORMAT, evd_report_format_name, evd_report_format_summary};

static bool read_stats(struct cli_diff_arguments *arguments)
{
    arguments->has_stats = true;
    arguments->has_json_stats = optarg != NULL && strcmp(optarg, "json") == 0;
    if (optarg == NULL || arguments->has_json_stats)
        return true;
    cli_usage_error("diff", "--stats: '%s' is not json", optarg);
    return false;
}

static bool read_amount(const char *option, struct evd_amount *amount)
{
    if (cli_read_amount(optarg, amount))
        return true;
    cli_usage_error("diff", "--%s: '%s' is neither a number of events nor a share from 0%% to 100%%", option, optarg);
    return false;
}

static bool add_control(struct cli_diff_arguments *arguments, enum evd_side side)
{
    return cli_controls_add("diff", side, arguments->paths, arguments->controls, &arguments->diff.control_count);
}

static bool read_idx(const char *option, bool *is_set, int64_t *value)
{
    *is_set = true;
    if (cli_read_integer(optarg, value))
        return true;
    cli_usage_error("diff", "--%s: '%s' is no integer", option, optarg);
    return false;
}

static bool read_family(struct evd_report_filter *filter)
{
    filter->family = optarg;
    if (cli_is_family_id(optarg))
        return true;
    cli_usage_error("diff", "--family: '%s' is no id of a family, 1 to 16 digits such as 71fe4af3", optarg);
    return false;
}

static bool read_filter(struct evd_report_filter *filter, int code)
{
    switch (code) {
    case OPTION_TID: return read_idx("tid", &filter->has_tid, &filter->tid);
    case OPTION_SINCE: return read_idx("since", &filter->has_since, &filter->since);
    case OPTION_FAMILY: return read_family(filter);
    case OPTION_KIND: filter->kind = optarg; return true;
    case OPTION_CALL: filter->call = optarg; return true;
    case OPTION_LIMIT:
        filter->has_limit = true;
        return cli_read_number_option("diff", "limit", optarg, 0, UINT64_MAX, &filter->limit);
    default: return false;
    }
}

static bool read_option(void *values, int code)
{
    struct cli_diff_arguments *arguments = values;
    struct evd_demands *demands = &arguments->diff.demands;
    switch (code) {
    case OPTION_CANARY: arguments->paths[EVD_CANARY] = optarg; return true;
    case OPTION_OURS: arguments->paths[EVD_OURS] = optarg; return true;
    case OPTION_CONTROL: return add_control(arguments, EVD_CANARY);
    case OPTION_CONTROL_OF_OURS: return add_control(arguments, EVD_OURS);
    case 'o': arguments->outputs.out = optarg; return true;
    case OPTION_FORMAT: return cli_outputs_set_format(&arguments->outputs, optarg);
    case OPTION_REPORT: return cli_outputs_add_report(&arguments->outputs, optarg);
    case OPTION_JOB: return cli_read_job("diff", &arguments->outputs.job);
    case OPTION_KNOWN: return cli_ledgers_add(&arguments->ledgers, "diff", optarg);
    case 'e': arguments->exit_option = "--exit-code"; return true;
    case OPTION_VALIDATE_IDENTICAL: arguments->exit_option = "--validate-identical"; return true;
    case OPTION_EMIT: arguments->outputs.absorbed = optarg; return true;
    case OPTION_INDEX: return cli_read_word_option("diff", "index", optarg, cli_index_words, &arguments->index);
    case OPTION_INDEX_DIRECTORY: return cli_read_index_directory("diff", &arguments->reading.index_directory);
    case 'v': arguments->is_verbose = true; return true;
    case OPTION_STATS: return read_stats(arguments);
    case OPTION_MIN_COMPARED: return read_amount("min-compared", &demands->min_compared);
    case OPTION_MAX_ABSORBED: return read_amount("max-absorbed", &demands->max_absorbed);
    case OPTION_FAIL_ON_TRUNCATED: demands->no_truncated = true; return true;
    case OPTION_COLOR: return cli_read_when("diff", "color", &arguments->outputs.color);
    case OPTION_NO_PAGER: arguments->outputs.has_no_pager = true; return true;
    default:
        arguments->outputs.has_default_limit |= code == OPTION_LIMIT && cli_origin() != NULL;
        return read_filter(&arguments->outputs.filter, code);
    }
}

/* What is read only when there are logs to diff; whether those are there is no matter of a configuration. */
static bool check_values(void *values)
{
    struct cli_diff_arguments *arguments = values;
    struct evd_rules *rules = NULL;
    if (!cli_pairing_settle(&arguments->pairing, "diff") || !cli_foreign_check(&arguments->foreign, "diff") ||
        !cli_outputs_settle(&arguments->outputs))
        return false;
    const bool is_good =
        cli_comparison_load("diff", &arguments->comparison, &arguments->foreign, &rules) == EXIT_DONE &&
        cli_ledgers_read(&arguments->ledgers) == EXIT_DONE;
    evd_rules_free(rules);
    return is_good;
}

static const struct cli_usage USAGE = {
    .command = "diff",
    .synopsis = "evdiff diff [OPTION]... CANARY OURS",
    .summary = "Align two event logs thread by thread and report where each thread first diverges.",
    .options = OPTIONS,
    .words = &FORMATS,
    .epilogue =
        "EVDIFF_OPTS holds options, and so may configuration files (evdiff config); those of the command line go\n"
        "before them. EVDIFF_PAGER names the pager.\n"
        "Exit status: 0 done; 1 a thread diverged, with --exit-code; 2 trouble; 3 a demand is not met,\n"
        "with --min-compared, --max-absorbed or --fail-on-truncated, diverged or not.",
    .read = read_option,
    .check = check_values,
};

/* The logs may be named by options, by words, or one each way. */
static bool read_operands(struct cli_diff_arguments *arguments, int argc, char **argv)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (arguments->paths[side] == NULL && optind < argc)
            arguments->paths[side] = argv[optind++];
    if (optind < argc)
        cli_usage_error("diff", "one log too many: '%s'", argv[optind]);
    else if (arguments->paths[EVD_CANARY] == NULL)
        cli_usage_error("diff", "two logs are needed: CANARY and OURS");
    else if (arguments->paths[EVD_OURS] == NULL)
        cli_usage_error("diff", "a second log is needed: OURS");
    else
        return cli_settle_logs("diff", arguments->paths, EVD_SIDES + arguments->diff.control_count) &&
               cli_controls_settle("diff", arguments->paths, EVD_SIDES + arguments->diff.control_count);
    return false;
}

/* Tests cut logs into small chunks by this; results never depend on it. */
static bool read_chunk_bytes(struct cli_diff_arguments *arguments)
{
    const char *text = getenv("EVDIFF_CHUNK_BYTES");
    uint64_t bytes;
    if (text == NULL || *text == '\0')
        return true;
    if (!cli_read_number(text, 1, SIZE_MAX / 2, &bytes)) {
        cli_say("EVDIFF_CHUNK_BYTES: '%s' is no number of bytes", text);
        return false;
    }
    arguments->reading.chunk_bytes = (size_t)bytes;
    return true;
}

/* No output may take the place of anything else that the run reads or writes. */
static bool check_places(const struct cli_diff_arguments *arguments)
{
    struct cli_run_paths paths = {0};
    const size_t log_count = EVD_SIDES + arguments->diff.control_count;
    cli_list_logs(&paths, arguments->paths, log_count);
    cli_run_paths_read(&paths, "the file of --rules", arguments->comparison.rules);
    cli_run_paths_read(&paths, "the file of --mapping", arguments->foreign.mapping);
    cli_run_paths_read(&paths, "the file of --pair", arguments->pairing.file);
    cli_ledgers_list(&arguments->ledgers, &paths);
    for (size_t i = 0; arguments->index != EVD_INDEX_OFF && i < log_count; i++)
        cli_run_paths_index(&paths, arguments->index == CLI_INDEX_SAVE ? "--index save" : NULL, arguments->paths[i],
                            arguments->reading.index_directory);
    cli_outputs_list(&arguments->outputs, &paths);
    return cli_run_paths_settle(&paths, "diff");
}

bool cli_diff_arguments_read(struct cli_diff_arguments *arguments, int argc, char **argv, int *code)
{
    if (!cli_read_options(&USAGE, argc, argv, arguments, code))
        return false;
    *code = EXIT_TROUBLE;
    if (!read_operands(arguments, argc, argv) || !cli_pairing_settle(&arguments->pairing, "diff") ||
        !cli_outputs_settle(&arguments->outputs) || !check_places(arguments) || !read_chunk_bytes(arguments))
        return false;
    arguments->foreign.has_rules = arguments->comparison.rules != NULL;
    *code = cli_foreign_open(&arguments->foreign, "diff", arguments->paths, EVD_SIDES + arguments->diff.control_count,
                             arguments->reading.is_tolerant, arguments->work.is_quiet);
    if (*code != EXIT_DONE)
        return false;
    arguments->reading.imports = (const struct evd_import *const *)arguments->foreign.imports;
    arguments->outputs.is_quiet = arguments->work.is_quiet;
    arguments->reading.threads = arguments->diff.threads = arguments->work.threads;
    arguments->reading.index =
        arguments->index == CLI_INDEX_SAVE ? EVD_INDEX_AUTO : (enum evd_index_mode)arguments->index;
    arguments->diff.tid_map = arguments->pairing.tid_map;
    arguments->diff.tid_map_count = arguments->pairing.tid_map_count;
    arguments->diff.controls = arguments->controls;
    arguments->diff.pairing = arguments->pairing.pairing;
    cli_asked_list(&arguments->asked, &arguments->foreign, &arguments->comparison, &arguments->pairing,
                   &arguments->reading);
    arguments->diff.asked = arguments->asked.options;
    arguments->diff.asked_count = arguments->asked.count;
    return true;
}

void cli_diff_arguments_free(struct cli_diff_arguments *arguments)
{
    cli_comparison_free(&arguments->comparison);
    cli_pairing_free(&arguments->pairing);
    cli_foreign_close(&arguments->foreign);
    cli_ledgers_free(&arguments->ledgers);
    cli_outputs_free(&arguments->outputs);
}
