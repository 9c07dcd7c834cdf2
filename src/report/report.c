#include "report/report.h"

#include <string.h>

#include "base/fail.h"
#include "base/pool.h"
#include "report/describe.h"

static const struct evd_report_format *const FORMATS[] = {
    &evd_format_markdown, &evd_format_text,        &evd_format_full, &evd_format_json,     &evd_format_junit,
    &evd_format_github,   &evd_format_annotations, &evd_format_html, &evd_format_perfetto,
};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof FORMATS[0] };

const char *evd_report_format_name(size_t index)
{
    return index < FORMAT_COUNT ? FORMATS[index]->name : NULL;
}

const char *evd_report_format_summary(size_t index)
{
    return index < FORMAT_COUNT ? FORMATS[index]->summary : NULL;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), end_length = strlen(end);
    return end_length <= length && strcmp(text + length - end_length, end) == 0;
}

const char *evd_report_format_of_path(const char *path)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (FORMATS[i]->suffix != NULL && ends_with(path, FORMATS[i]->suffix))
            return FORMATS[i]->name;
    return NULL;
}

static const struct evd_report_format *find_format(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(FORMATS[i]->name, name) == 0)
            return FORMATS[i];
    return NULL;
}

bool evd_report_needs_resync(const char *format)
{
    const struct evd_report_format *found = find_format(format);
    return found != NULL && found->needs_resync;
}

bool evd_report_needs_quotations(const char *format)
{
    const struct evd_report_format *found = find_format(format);
    return found != NULL && found->needs_quotations;
}

enum evd_status evd_output_finish(struct evd_output *output, struct evd_error *error)
{
    evd_output_flush(output);
    const bool failed = output->buffer.failed;
    evd_buffer_release(&output->buffer);
    if (failed)
        return evd_fail_memory(error);
    return output->is_stopped ? evd_fail(error, EVD_E_IO, "the report could not be written") : EVD_OK;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

enum evd_status evd_report_write(const struct evd_outcome *outcome, const char *format,
                                 const struct evd_report_options *options, evd_write *write, void *context,
                                 struct evd_error *error)
{
    static const struct evd_report_options DEFAULTS = {0};
    const struct evd_report_format *found = find_format(format);
    if (found == NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "unknown report format '%s'", format);
    if (options != NULL && options->job != NULL && is_blank(options->job))
        return evd_fail(error, EVD_E_ARGUMENT, "the job's name is blank; NULL names it as the log of ours");
    if (options != NULL && options->threads > EVD_THREADS_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "at most %d threads", EVD_THREADS_MAX);
    struct evd_output out = {.write = write, .context = context};
    found->render(outcome, options ? options : &DEFAULTS, &out);
    return evd_output_finish(&out, error);
}

enum evd_status evd_report_first_divergence(const struct evd_first_divergence *first, evd_write *write, void *context,
                                            struct evd_error *error)
{
    struct evd_buffer text = {0};
    enum evd_status status = EVD_OK;
    evd_describe_first(&text, first);
    if (text.failed)
        status = evd_fail_memory(error);
    else if (!write(context, text.data, text.length))
        status = evd_fail(error, EVD_E_IO, "what differs first could not be written");
    evd_buffer_release(&text);
    return status;
}
