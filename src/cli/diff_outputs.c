#include "diff_outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"
#include "pager.h"
#include "places.h"

/* True for what names standard output where a path is asked for: - or its own path, such as /dev/stdout. */
static bool is_standard_output(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0 || cli_is_standard_output(path);
}

static bool is_format(const char *name)
{
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++)
        if (strcmp(evd_report_format_name(i), name) == 0)
            return true;
    return false;
}

/* False after a message when there is no such format. */
static bool check_format(const char *option, const char *name)
{
    char known[256] = "";
    size_t length = 0;
    if (is_format(name))
        return true;
    for (size_t i = 0; evd_report_format_name(i) != NULL && length < sizeof known; i++)
        length +=
            (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", evd_report_format_name(i));
    cli_usage_error("diff", "%s: '%s' is none of %s", option, name, known);
    return false;
}

bool cli_outputs_set_format(struct cli_diff_outputs *outputs, const char *name)
{
    outputs->format = name;
    return check_format("--format", name);
}

/* Adds a report at index `place`; `format` becomes its own. False after a message, with `format` freed. */
static bool add_report(struct cli_diff_outputs *outputs, size_t place, const char *option, char *format,
                       const char *path)
{
    const size_t count = outputs->report_count;
    struct cli_report_request *reports = realloc(outputs->reports, (count + 1) * sizeof *outputs->reports);
    if (reports == NULL) {
        cli_report_no_memory();
        free(format);
        return false;
    }
    outputs->reports = reports;
    memmove(reports + place + 1, reports + place, (count - place) * sizeof *reports);
    reports[place] = (struct cli_report_request){option, format, is_standard_output(path) ? NULL : path};
    outputs->report_count++;
    return true;
}

bool cli_outputs_add_report(struct cli_diff_outputs *outputs, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument || equals[1] == '\0') {
        cli_usage_error("diff", "--report: '%s' is no FORMAT=PATH, such as json=out.json", argument);
        return false;
    }
    char *format = strndup(argument, (size_t)(equals - argument));
    if (format == NULL) {
        cli_report_no_memory();
        return false;
    }
    if (!check_format("--report", format)) {
        free(format);
        return false;
    }
    return add_report(outputs, outputs->report_count, "--report", format, equals + 1);
}

/* What --format says, else what the name of --out says, else text. */
static const char *main_format(const struct cli_diff_outputs *outputs)
{
    const char *named = outputs->out != NULL ? evd_report_format_of_path(outputs->out) : NULL;
    return outputs->format != NULL ? outputs->format : named != NULL ? named : "text";
}

static bool has_filter(const struct evd_report_filter *filter)
{
    return filter->has_tid || filter->has_since || filter->family != NULL || filter->kind != NULL ||
           filter->call != NULL;
}

static bool has_format(const struct cli_diff_outputs *outputs, const char *format)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        if (strcmp(outputs->reports[i].format, format) == 0)
            return true;
    return false;
}

/* Adds the report that --out and --format ask for. */
static bool add_main(struct cli_diff_outputs *outputs)
{
    if (outputs->out == NULL && outputs->format == NULL && outputs->report_count > 0)
        return true;
    char *format = strdup(main_format(outputs));
    if (format != NULL)
        return add_report(outputs, 0, outputs->out ? "--out" : "--format", format, outputs->out);
    cli_report_no_memory();
    return false;
}

/* A page for a browser is nothing to read on a terminal; false after a message. */
static bool check_terminal(const struct cli_diff_outputs *outputs)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        if (outputs->reports[i].path == NULL && strcmp(outputs->reports[i].format, "html") == 0 &&
            isatty(STDOUT_FILENO)) {
            cli_usage_error("diff", "a page of HTML is for a browser, not for the terminal: -o FILE.html writes it");
            return false;
        }
    return true;
}

bool cli_outputs_settle(struct cli_diff_outputs *outputs)
{
    if (!add_main(outputs) || !check_terminal(outputs))
        return false;
    if (has_format(outputs, "text"))
        return true;
    const bool has_unused = has_filter(&outputs->filter);
    if (has_unused)
        cli_usage_error(
            "diff", "--tid, --family, --kind, --call and --since are about the text report, which is not asked for");
    else if (outputs->filter.has_limit && !outputs->has_default_limit && !has_format(outputs, "full"))
        cli_usage_error("diff", "--limit is about the reports text and full, which are not asked for");
    else
        return true;
    return false;
}

void cli_outputs_list(const struct cli_diff_outputs *outputs, struct cli_run_paths *paths)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        cli_run_paths_write(paths, outputs->reports[i].option, outputs->reports[i].path);
    if (outputs->absorbed != NULL)
        cli_run_paths_write(paths, "--emit-absorbed-events", outputs->absorbed);
}

bool cli_outputs_need_resync(const struct cli_diff_outputs *outputs)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        if (evd_report_needs_resync(outputs->reports[i].format))
            return true;
    return false;
}

bool cli_outputs_need_quotations(const struct cli_diff_outputs *outputs)
{
    /* The families that are asked for are told with their events. */
    if (has_filter(&outputs->filter))
        return true;
    for (size_t i = 0; i < outputs->report_count; i++)
        if (evd_report_needs_quotations(outputs->reports[i].format))
            return true;
    return false;
}

int cli_outputs_write_absorbed(const struct cli_diff_outputs *outputs, const struct evd_outcome *outcome)
{
    struct cli_output file;
    struct evd_error error;
    uint64_t count;
    if (outputs->absorbed == NULL)
        return EXIT_DONE;
    if (!cli_output_open(&file, is_standard_output(outputs->absorbed) ? NULL : outputs->absorbed))
        return EXIT_TROUBLE;
    evd_report_absorbed_events(outcome, cli_output_write, &file, &count, &error);
    const int code = cli_output_commit(&file);
    if (code != EXIT_DONE)
        return code;
    if (!outputs->is_quiet)
        cli_say("emitted %llu absorbed events to %s", (unsigned long long)count, outputs->absorbed);
    return EXIT_DONE;
}

/* A file that counts what goes to it. */
struct counted_file {
    struct cli_output file;
    uint64_t *bytes;
};

static bool write_counted(void *context, const char *bytes, size_t length)
{
    struct counted_file *counted = context;
    *counted->bytes += length;
    return cli_output_write(&counted->file, bytes, length);
}

static int write_one(const struct cli_diff_outputs *outputs, const struct cli_report_request *report,
                     const struct evd_report_options *options, bool has_pager, const struct evd_outcome *outcome,
                     struct cli_statistics *statistics)
{
    struct counted_file counted = {.bytes = &statistics->report_bytes};
    if (!cli_output_open(&counted.file, report->path))
        return EXIT_TROUBLE;
    /* The text report is made for a terminal, and its colours command it. */
    if (strcmp(report->format, "text") != 0)
        cli_output_spare_terminal(&counted.file, has_pager);
    struct evd_error error;
    const enum evd_status status = evd_report_write(outcome, report->format, options, write_counted, &counted, &error);
    if (status != EVD_OK && status != EVD_E_IO) {
        cli_output_discard(&counted.file);
        return cli_report_error(&error);
    }
    const int code = cli_output_commit(&counted.file);
    if (code == EXIT_DONE && report->path != NULL && !outputs->is_quiet)
        cli_say("diff report written to %s", report->path);
    return code;
}

/* Writes a report, on a terminal through a pager. */
static int write_report(const struct cli_diff_outputs *outputs, const struct cli_report_request *report,
                        const struct evd_outcome *outcome, const struct evd_known *known,
                        struct cli_statistics *statistics)
{
    const enum cli_when color = outputs->color;
    const bool is_printed = report->path == NULL;
    const struct evd_report_options options = {
        .filter = outputs->filter,
        .has_color = color == CLI_ALWAYS || (is_printed && cli_has_color(color)),
        .width = is_printed ? cli_width() : 0,
        .job = outputs->job,
        .threads = outputs->threads,
        .known = known,
    };
    struct cli_pager pager;
    cli_pager_start(&pager, is_printed && !outputs->has_no_pager);
    const bool has_pager = pager.command != NULL;
    const int code = write_one(outputs, report, &options, has_pager, outcome, statistics);
    if (!cli_pager_end(&pager))
        return write_one(outputs, report, &options, false, outcome, statistics);
    return has_pager && code == EXIT_READER_GONE ? EXIT_DONE : code;
}

int cli_outputs_write_reports(const struct cli_diff_outputs *outputs, const struct evd_outcome *outcome,
                              const struct evd_known *known, struct cli_statistics *statistics)
{
    const double started = cli_seconds();
    int worst = EXIT_DONE;
    for (size_t i = 0; i < outputs->report_count; i++) {
        const int code = write_report(outputs, &outputs->reports[i], outcome, known, statistics);
        if (code != EXIT_DONE && worst != EXIT_TROUBLE)
            worst = code;
    }
    statistics->report_seconds = cli_seconds() - started;
    return worst;
}

void cli_outputs_free(struct cli_diff_outputs *outputs)
{
    for (size_t i = 0; i < outputs->report_count; i++)
        free(outputs->reports[i].format);
    free(outputs->reports);
    *outputs = (struct cli_diff_outputs){0};
}
