#include "night_outputs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "output.h"
#include "places.h"

enum { OPTION_REPORT = CLI_GROUP_CODES + 300, OPTION_FAIL_ON, OPTION_HISTORY };

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(
        OPTION_REPORT, "report", "FORMAT=PATH",
        "write the night's report so, may be given several times:\ntext, json, junit, github, github-annotations, html; default:\ntext to standard output"),
    CLI_OPTION(
        OPTION_FAIL_ON, "fail-on", "LIST",
        "what there is to look at, instead of what the manifest says:\nnew, moved, regressed, expired, unconfirmed, grown, fixed,\n"
        "flaky, follower"),
    CLI_OPTION(
        OPTION_HISTORY, "history", "FILE",
        "take the night into this history, as evdiff history import,\nand from it the night before and since when families are\nthere"),
    CLI_OPTIONS_END,
};

/* The name of the format in the table, or NULL. */
static const char *find_format(const char *name, size_t length)
{
    for (size_t i = 0; evd_night_format_name(i) != NULL; i++)
        if (strlen(evd_night_format_name(i)) == length && memcmp(evd_night_format_name(i), name, length) == 0)
            return evd_night_format_name(i);
    return NULL;
}

static bool add(struct cli_night_outputs *outputs, const char *format, const char *path)
{
    struct cli_night_report *reports =
        realloc(outputs->reports, (outputs->report_count + 1) * sizeof *outputs->reports);
    if (reports == NULL) {
        cli_report_no_memory();
        return false;
    }
    outputs->reports = reports;
    const bool is_standard_output = path == NULL || strcmp(path, "-") == 0 || cli_is_standard_output(path);
    reports[outputs->report_count++] = (struct cli_night_report){format, is_standard_output ? NULL : path};
    return true;
}

static bool add_report(struct cli_night_outputs *outputs, const char *command)
{
    const char *equals = strchr(optarg, '=');
    if (equals == NULL || equals == optarg || equals[1] == '\0') {
        cli_usage_error(command, "--report: '%s' is no FORMAT=PATH, such as json=night.json", optarg);
        return false;
    }
    const char *format = find_format(optarg, (size_t)(equals - optarg));
    if (format != NULL)
        return add(outputs, format, equals + 1);
    char known[128] = "";
    for (size_t i = 0, length = 0; evd_night_format_name(i) != NULL && length < sizeof known; i++)
        length +=
            (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", evd_night_format_name(i));
    cli_usage_error(command, "--report: '%.*s' is none of %s", (int)(equals - optarg), optarg, known);
    return false;
}

static bool read_fail_on(struct cli_night_outputs *outputs, const char *command)
{
    struct evd_text wrong;
    if (evd_night_states_read(optarg, &outputs->fail_on, &wrong))
        return true;
    cli_usage_error(
        command,
        "--fail-on: '%.*s' is none of new, moved, regressed, expired, unconfirmed, grown, fixed, flaky, follower",
        (int)wrong.length, wrong.bytes);
    return false;
}

static bool read_option(void *values, const char *command, int code)
{
    switch (code) {
    case OPTION_REPORT: return add_report(values, command);
    case OPTION_FAIL_ON: return read_fail_on(values, command);
    case OPTION_HISTORY: ((struct cli_night_outputs *)values)->history_path = optarg; return true;
    default: return false;
    }
}

const struct cli_option_group cli_night_options = {OPTIONS, read_option};

bool cli_night_settle(struct cli_night_outputs *outputs, const char *command, const char *manifest)
{
    struct cli_run_paths paths = {0};
    if (outputs->report_count == 0 && !add(outputs, "text", NULL))
        return false;
    cli_run_paths_read(&paths, "the manifest", manifest);
    cli_night_list(outputs, &paths);
    return cli_run_paths_settle(&paths, command);
}

void cli_night_list(const struct cli_night_outputs *outputs, struct cli_run_paths *paths)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        cli_run_paths_write(paths, "--report", outputs->reports[i].path);
    if (outputs->history_path != NULL)
        cli_run_paths_history(paths, "--history", outputs->history_path);
}

bool cli_night_open_history(struct cli_night_outputs *outputs)
{
    struct evd_error error;
    if (outputs->history_path == NULL || outputs->history != NULL ||
        evd_history_open(outputs->history_path, true, &outputs->history, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}

static bool find_first(void *context, const char *job, uint64_t signature, const char *night, char **first)
{
    struct evd_error error;
    if (evd_history_first_night(context, job, signature, night, first, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}

/* The last part of a folder's path is the name of its night. */
static const char *night_name(const char *folder, char name[EVD_PATH_MAX])
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    size_t begin = length;
    while (begin > 0 && folder[begin - 1] != '/')
        begin--;
    snprintf(name, EVD_PATH_MAX, "%.*s", (int)(length - begin), folder + begin);
    return name;
}

bool cli_night_recall(struct cli_night_outputs *outputs, const char *folder, bool is_quiet,
                      struct evd_batch_options *options)
{
    char name[EVD_PATH_MAX];
    struct evd_error error;
    /* What is no history yet has no past, and is not touched before it is known what the run reads. */
    if (outputs->history_path == NULL || !evd_history_is_there(outputs->history_path))
        return true;
    if (!cli_night_open_history(outputs))
        return false;
    options->first_seen = find_first;
    options->first_seen_context = outputs->history;
    if (options->previous != NULL || options->manifest == NULL)
        return true;
    if (evd_history_night_before(outputs->history, night_name(folder, name), &outputs->previous, &error) != EVD_OK) {
        cli_report_error(&error);
        return false;
    }
    if (outputs->previous == NULL)
        return true;
    if (cli_is_folder(outputs->previous)) {
        options->previous = outputs->previous;
        if (!is_quiet)
            cli_say("the night before is %s, by %s", outputs->previous, outputs->history_path);
    } else if (!is_quiet) {
        cli_say(
            "%s, the night before by %s, is not there any more: of earlier nights it is known only when families came",
            outputs->previous, outputs->history_path);
    }
    return true;
}

static int take_into_history(const struct cli_night_outputs *outputs, const char *folder)
{
    struct evd_history_tally tally;
    struct evd_error error;
    if (outputs->history == NULL || evd_history_import(outputs->history, &folder, 1, &tally, &error) == EVD_OK)
        return EXIT_DONE;
    return cli_report_error(&error);
}

static int write_report(const struct evd_night *night, const struct cli_night_report *report,
                        const struct evd_batch_tally *tally)
{
    struct cli_output output;
    struct evd_error error;
    if (!cli_output_open(&output, report->path))
        return EXIT_TROUBLE;
    const enum evd_status status = evd_night_write(night, report->format, tally, cli_output_write, &output, &error);
    if (status == EVD_OK || status == EVD_E_IO)
        return cli_output_commit(&output);
    cli_output_discard(&output);
    return cli_report_error(&error);
}

int cli_judge(struct evd_batch *batch, const char *folder, struct cli_night_outputs *outputs, bool is_quiet,
              const struct evd_batch_tally *tally)
{
    struct evd_night *night;
    struct evd_error error;
    if (evd_batch_judge(batch, &night, &error) != EVD_OK)
        return cli_report_error(&error);
    /* Before the reports: the page draws the last nights, tonight among them. */
    int worst = take_into_history(outputs, folder);
    if (worst == EXIT_DONE && outputs->history != NULL &&
        evd_night_recall(night, evd_history_job_nights, outputs->history, &error) != EVD_OK)
        worst = cli_report_error(&error);
    for (size_t i = 0; i < outputs->report_count; i++) {
        const int code = write_report(night, &outputs->reports[i], tally);
        if (code != EXIT_DONE)
            worst = code;
        else if (outputs->reports[i].path != NULL && !is_quiet)
            cli_say("report of the night written to %s", outputs->reports[i].path);
    }
    const int code = evd_night_exit_code(night);
    evd_night_free(night);
    return worst != EXIT_DONE ? worst : code;
}

void cli_night_outputs_free(struct cli_night_outputs *outputs)
{
    free(outputs->reports);
    evd_history_close(outputs->history);
    free(outputs->previous);
    *outputs = (struct cli_night_outputs){0};
}
