/* github-annotations: workflow commands, a line each, which GitHub shows as annotations of a run when a step prints them.
 * It takes ten of a step: the verdict, and the most suspicious roots. */
#include <inttypes.h>

#include "base/letters.h"
#include "report/command.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/python.h"
#include "report/report.h"
#include "report/root.h"
#include "report/sentences.h"

enum {
    NAME_MAX = 200, /* letters of a job, and of what a family is about */
};

/* How many families are to be annotated: with a ledger those that fail. */
static size_t count_families(const struct evd_outcome *outcome, const struct evd_known *known)
{
    return known != NULL ? known->fail_count : outcome->root_family_count;
}

static bool has_skipped(const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < evd_log_count(outcome); i++)
        if (evd_skipped_in(outcome, i)->count > 0)
            return true;
    return false;
}

/* How many families there is room for: the first annotation tells the verdict, another one lines that were skipped. */
static size_t most_families(const struct evd_outcome *outcome)
{
    return EVD_ANNOTATIONS_MAX - 1 - has_skipped(outcome);
}

static const char *level_of(const struct evd_outcome *outcome, const struct evd_known *known)
{
    if (outcome->verdict == EVD_VERDICT_DIVERGED && known != NULL && known->fail_count == 0)
        return "notice";
    switch (outcome->verdict) {
    case EVD_VERDICT_EQUAL:
    case EVD_VERDICT_NOTHING_NEW: return "notice";
    case EVD_VERDICT_ENDS_EARLY:
    case EVD_VERDICT_UNPAIRED: return "warning";
    default: return "error";
    }
}

/* "::error title=evdiff%3A boot/win10::Diverged: 7 of 14 thread pairs; …" */
static void put_verdict(struct evd_output *out, const struct evd_outcome *outcome, const struct evd_known *known,
                        struct evd_text job, struct evd_buffer *line)
{
    const size_t families = count_families(outcome, known);
    evd_buffer_format(&out->buffer, "::%s title=", level_of(outcome, known));
    evd_buffer_string(line, "evdiff: ");
    evd_append_line(line, job);
    evd_cut_letters(line, 0, NAME_MAX);
    evd_append_command(&out->buffer, line, true);
    evd_buffer_string(&out->buffer, "::");
    evd_buffer_clear(line);
    evd_describe_verdict(line, outcome);
    evd_buffer_string(line, "; ");
    evd_describe_matched(line, outcome);
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        evd_buffer_string(line, "; ");
        evd_buffer_string(line, evd_unmet_sentence(&outcome->unmet[i]).text);
    }
    if (known != NULL) {
        evd_buffer_string(line, "; ");
        evd_describe_known_counts(line, known);
    }
    if (families > most_families(outcome))
        evd_buffer_format(line, "; %zu of %s families are annotated", most_families(outcome),
                          evd_grouped(families).text);
    evd_append_command(&out->buffer, line, false);
    evd_buffer_byte(&out->buffer, '\n');
}

/* "::warning title=lines skipped::3 lines of ours are no events and were skipped, the first at 4:1: …" */
static void put_skipped(struct evd_output *out, const struct evd_outcome *outcome, struct evd_buffer *line)
{
    evd_buffer_clear(line);
    for (size_t i = 0; i < evd_log_count(outcome); i++) {
        const struct evd_skipped_lines *skipped = evd_skipped_in(outcome, i);
        if (skipped->count == 0)
            continue;
        if (line->length > 0)
            evd_buffer_string(line, "; ");
        evd_describe_skipped(line, outcome, i);
        if (skipped->listed_count == 0)
            continue;
        const struct evd_skipped_line *first = &skipped->listed[0];
        evd_buffer_format(line, ", the first at %" PRIu64 ":%" PRIu64 ": ", first->line, first->column);
        const size_t begin = line->length;
        evd_append_line(line, first->reason);
        evd_cut_letters(line, begin, NAME_MAX);
    }
    evd_buffer_string(&out->buffer, "::warning title=lines skipped::");
    evd_append_command(&out->buffer, line, false);
    evd_buffer_byte(&out->buffer, '\n');
}

static void put_family(struct evd_output *out, const struct evd_outcome *outcome, const struct evd_known *known,
                       size_t index_of_family, struct evd_buffer *line)
{
    const struct evd_family *family = &outcome->families[index_of_family];
    const struct evd_listed_family *said = evd_known_of(known, index_of_family);
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_buffer_string(&out->buffer, "::error title=");
    evd_buffer_clear(line);
    evd_describe_root_name(line, family, NAME_MAX);
    evd_append_command(&out->buffer, line, true);
    evd_buffer_string(&out->buffer, "::");
    for (int side = 0; divergence->value != NULL && side < EVD_SIDES; side++) {
        evd_buffer_clear(line);
        evd_buffer_format(line, "%s: ", evd_side_name(side));
        evd_append_python(line, &divergence->value[side]);
        evd_append_command(&out->buffer, line, false);
        evd_buffer_string(&out->buffer, "%0A");
    }
    evd_buffer_clear(line);
    if (divergence->value == NULL) {
        evd_describe_extent(line, divergence);
        evd_buffer_string(line, "; ");
    }
    evd_buffer_string(line, "at ");
    evd_describe_place(line, outcome, pair, index);
    evd_buffer_string(line, "; ");
    evd_describe_root_extent(line, family);
    if (said != NULL) {
        evd_buffer_string(line, "; ");
        evd_describe_known(line, said);
    }
    evd_append_command(&out->buffer, line, false);
    evd_buffer_byte(&out->buffer, '\n');
    evd_output_flush_some(out);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct evd_buffer line = {0};
    put_verdict(out, outcome, options->known, evd_report_job(outcome, options), &line);
    if (has_skipped(outcome))
        put_skipped(out, outcome, &line);
    for (size_t i = 0; i < count_families(outcome, options->known) && i < most_families(outcome); i++)
        put_family(out, outcome, options->known, evd_told_family(options->known, i), &line);
    evd_buffer_release(&line);
}

const struct evd_report_format evd_format_annotations = {
    "github-annotations",
    "the verdict and the worst families as workflow commands, at most 10",
    true,
    false,
    NULL,
    render};
