/* evdiff explain: one family of a saved outcome, and the events around it where the logs are there. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "ledgers.h"
#include "output.h"
#include "pager.h"
#include "run_paths.h"
#include "saved_logs.h"

enum {
    OPTION_LIMIT = CLI_COMMAND_CODES,
    OPTION_KNOWN,
    OPTION_JOB,
    OPTION_RULES,
    OPTION_INDEX_DIRECTORY,
    OPTION_COLOR,
    OPTION_NO_PAGER,
};

enum { CONTEXT = 3 };

struct request {
    const char *path, *family;
    const char *rules_path, *index_directory, *job;
    struct cli_ledgers ledgers;
    struct cli_rules_file rules_file;
    enum cli_when color;
    bool has_no_pager;
    struct evd_report_options report;
    struct cli_foreign foreign;
    struct evd_read_options reading;
    bool is_gone[EVD_SIDES];       /* a log is not there any more */
    enum evd_status events_status; /* what came of the events that the logs tell */
    struct evd_error error;        /* the same, when it is none of success */
    char warning[CLI_WARNING_MAX];
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_LIMIT, "limit", "N", "tell so many places; 0: all; default: 10"),
    CLI_OPTION(OPTION_KNOWN, "known", "LEDGER",
               "what is known (evdiff known), to say whether the family is\nnew; may be given several times"),
    CLI_OPTION(OPTION_JOB, "job", "NAME", "the job that lines of ledgers are for; default: as the log\nof ours"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE",
               "the rules that the logs were diffed by; default: those that\nthe outcome names"),
    CLI_OPTION(OPTION_INDEX_DIRECTORY, "index-dir", "DIR", "look for the logs' indexes in DIR, not beside them"),
    CLI_OPTION_GROUP(cli_foreign_options, struct request, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct request, reading),
    CLI_OPTION(OPTION_COLOR, "color", "WHEN", "auto, always or never colour what differs"),
    CLI_OPTION(OPTION_NO_PAGER, "no-pager", NULL, "print on the terminal itself, not through a pager"),
    CLI_OPTIONS_END,
};

static bool read_option(void *arguments, int code)
{
    struct request *request = arguments;
    switch (code) {
    case OPTION_LIMIT:
        request->report.filter.has_limit = true;
        return cli_read_number_option("explain", "limit", optarg, 0, UINT64_MAX, &request->report.filter.limit);
    case OPTION_KNOWN: return cli_ledgers_add(&request->ledgers, "explain", optarg);
    case OPTION_JOB: return cli_read_job("explain", &request->job);
    case OPTION_RULES:
        request->rules_path = cli_find_rules("explain", optarg, &request->rules_file);
        return request->rules_path != NULL;
    case OPTION_INDEX_DIRECTORY: return cli_read_index_directory("explain", &request->index_directory);
    case OPTION_NO_PAGER: request->has_no_pager = true; return true;
    case OPTION_COLOR: return cli_read_when("explain", "color", &request->color);
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "explain",
    .synopsis = "evdiff explain [OPTION]... OUTCOME.json ID",
    .summary =
        "Tell what a family of a saved outcome is, why it is a root or what it follows from, each of its places and what "
        "follows from it, by the first digits of its id.",
    .options = OPTIONS,
    .epilogue =
        "The events of both sides around a place to look at are in the outcome; those of other families are read from "
        "the logs, where they still are, as the diff read them.\n"
        "Exit status: 0 done; 2 no such family, or the outcome or a log that is there can't be read.",
    .read = read_option,
};

/* The events around the place of a family that the outcome does not quote. */
static void print_events(struct request *request, const struct evd_outcome *outcome, size_t index,
                         struct cli_output *out)
{
    const struct evd_family *family = &outcome->families[index];
    const struct evd_pair_outcome *pair = &outcome->pairs[family->first_pair];
    const struct evd_divergence *earliest = &pair->divergences[family->first_divergence];
    const enum evd_side side = evd_run_of(earliest, EVD_CANARY).count > 0 ? EVD_CANARY : EVD_OURS;
    struct cli_saved_logs saved = {
        .outcome = outcome,
        .rules_path = request->rules_path,
        .index_directory = request->index_directory,
        .foreign = &request->foreign,
        .reading = request->reading};
    struct evd_beside *beside = NULL;
    if (index < outcome->quotation_count)
        return;
    request->events_status = cli_saved_logs_open(&saved, &request->error);
    memcpy(request->warning, saved.warning, sizeof request->warning);
    if (request->events_status == EVD_OK) {
        const struct evd_log *const both[EVD_SIDES] = {saved.logs[EVD_CANARY], saved.logs[EVD_OURS]};
        struct evd_error written;
        request->events_status =
            evd_beside_make(both, outcome, side, pair->tid[side], evd_run_of(earliest, side).first_idx, CONTEXT,
                            &beside, &request->error);
        if (request->events_status == EVD_OK)
            evd_report_beside(beside, &request->report, cli_output_write, out, &written);
    }
    evd_beside_free(beside);
    cli_saved_logs_close(&saved);
}

/* Says what became of the events, once no pager has the terminal: logs that are gone leave the rest as good as it was. */
static int tell_events(const struct request *request, int code)
{
    if (request->warning[0] != '\0')
        cli_say("%s", request->warning);
    if (request->events_status == EVD_OK)
        return code;
    cli_report_error(&request->error);
    for (int side = 0; side < EVD_SIDES; side++)
        if (request->is_gone[side])
            return code;
    return EXIT_TROUBLE;
}

static int print(struct request *request, const struct evd_outcome *outcome)
{
    struct cli_output out;
    struct evd_error error;
    size_t family;
    if (!cli_output_open(&out, NULL))
        return EXIT_TROUBLE;
    const enum evd_status status =
        evd_report_explain(outcome, request->family, &request->report, &family, cli_output_write, &out, &error);
    if (status != EVD_OK && status != EVD_E_IO) {
        cli_output_discard(&out);
        return cli_report_error(&error);
    }
    if (status == EVD_OK)
        print_events(request, outcome, family, &out);
    return cli_output_commit(&out);
}

/* What is printed takes the place of none of the files that are read. */
static bool check_places(struct request *request, const struct evd_outcome *outcome)
{
    struct cli_run_paths paths = {0};
    cli_run_paths_read(&paths, "the outcome", request->path);
    cli_run_paths_read(&paths, "the file of --rules", request->rules_path);
    cli_run_paths_read(&paths, "the file of --mapping", request->foreign.mapping);
    cli_ledgers_list(&request->ledgers, &paths);
    for (int side = 0; side < EVD_SIDES; side++) {
        char *log = strndup(outcome->path[side].bytes, outcome->path[side].length);
        if (log == NULL) {
            paths.has_failed = true;
        } else {
            request->is_gone[side] = access(log, F_OK) != 0;
            cli_run_paths_read_copy(&paths, "one of the logs", log);
            cli_run_paths_index(&paths, NULL, log, request->index_directory);
        }
        free(log);
    }
    cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "explain");
}

static int explain(struct request *request)
{
    struct evd_outcome *outcome;
    struct evd_error error;
    struct cli_pager pager;
    if (evd_saved_read(request->path, &outcome, &error) != EVD_OK)
        return cli_report_error(&error);
    if (!check_places(request, outcome) || cli_ledgers_read(&request->ledgers) != EXIT_DONE ||
        cli_ledgers_judge(&request->ledgers, outcome, request->job) != EXIT_DONE) {
        cli_ledgers_free(&request->ledgers);
        evd_outcome_free(outcome);
        return EXIT_TROUBLE;
    }
    request->report.known = request->ledgers.known;
    request->report.has_color = cli_has_color(request->color);
    request->report.width = cli_width();
    cli_pager_start(&pager, !request->has_no_pager);
    const bool has_pager = pager.command != NULL;
    int code = print(request, outcome);
    if (!cli_pager_end(&pager))
        code = print(request, outcome);
    cli_ledgers_free(&request->ledgers);
    evd_outcome_free(outcome);
    return tell_events(request, has_pager && code == EXIT_READER_GONE ? EXIT_DONE : code);
}

static int run_explain(int argc, char **argv)
{
    struct request request = {.path = NULL};
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &request, &code))
        return code;
    if (argc - optind != 2)
        return cli_usage_error("explain", "an outcome and the id of a family are needed");
    request.path = cli_log_path(argv[optind]);
    request.family = argv[optind + 1];
    if (!cli_is_family_id(request.family))
        return cli_usage_error("explain", "'%s' is no id of a family, 1 to 16 digits such as 71fe4af3", request.family);
    return explain(&request);
}

const struct cli_command cli_explain = {"explain", "tell all there is to say of one family", run_explain};
