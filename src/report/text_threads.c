/* The text report's table of threads: those that differ, with control runs those in which something is new, and below it
 * how many others there are of each kind. With resync it has a column for each class of divergence that there is. Where too
 * little of a narrow line would be left for the first difference those are left out, then shares. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/filter.h"
#include "report/text.h"
#include "report/threads.h"

enum {
    PERCENT_WIDTH = 7,         /* "100.0 %" */
    FIRST_DIFFERENCE_MIN = 40, /* columns; with fewer it says where, but hardly what */
    ROWS_MAX = 10,             /* threads */
};

static const char TOLD_HEAD[] = "to look at";

/* How wide the columns are. */
struct widths {
    int tid[EVD_SIDES], matched;
    int total[EVD_SIDES];
    bool has_share;
    int news, told;           /* 0: no column */
    bool is_of_told;          /* the first difference is the first that is to be looked at */
    int classes[EVD_CLASSES]; /* 0: no column */
    bool has_similarity;
};

static int wider(int width, int other)
{
    return other > width ? other : width;
}

static int digits(uint64_t number)
{
    return (int)strlen(evd_grouped(number).text);
}

static struct widths measure(const struct evd_outcome *outcome, const struct evd_known *known,
                             const struct evd_thread_row *rows, size_t count)
{
    struct widths widths = {.tid = {6, 4}, .matched = 7, .total = {11, 8}, .has_share = true}; /* of the column heads */
    widths.news = outcome->control_count > 0 ? 3 : 0;
    widths.told = known != NULL ? (int)strlen(TOLD_HEAD) : 0;
    widths.is_of_told = known != NULL;
    for (size_t i = 0; i < count; i++) {
        const struct evd_pair_outcome *pair = rows[i].pair;
        for (int side = 0; side < EVD_SIDES; side++) {
            widths.tid[side] = wider(widths.tid[side], snprintf(NULL, 0, "%" PRId64, pair->tid[side]));
            widths.total[side] = wider(widths.total[side], digits(pair->total[side]));
        }
        widths.matched = wider(widths.matched, digits(rows[i].matched));
        if (widths.news > 0)
            widths.news = wider(widths.news, digits(rows[i].news));
        widths.has_similarity |= pair->pairing != NULL;
        for (int class_ = 0; class_ < EVD_CLASSES; class_++)
            if (rows[i].classes[class_] > 0)
                widths.classes[class_] = wider(wider(widths.classes[class_], digits(rows[i].classes[class_])),
                                               (int)strlen(evd_class_name((enum evd_divergence_class)class_)));
    }
    return widths;
}

/* Columns before the first difference. */
static unsigned columns_before(const struct widths *widths)
{
    unsigned columns = (unsigned)widths->matched + 2;
    for (int side = 0; side < EVD_SIDES; side++)
        columns += (unsigned)(widths->tid[side] + 2 + widths->total[side] + 2);
    if (widths->has_share)
        columns += PERCENT_WIDTH + 2;
    if (widths->has_similarity)
        columns += PERCENT_WIDTH + 2;
    if (widths->news > 0)
        columns += (unsigned)widths->news + 2;
    if (widths->told > 0)
        columns += (unsigned)widths->told + 2;
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            columns += (unsigned)widths->classes[class_] + 2;
    return columns;
}

static void write_head(const struct widths *widths, struct evd_buffer *line)
{
    evd_buffer_format(line, "%*s  %*s  %*s  ", widths->tid[EVD_CANARY], "canary", widths->tid[EVD_OURS], "ours",
                      widths->matched, "matched");
    evd_buffer_format(line, "%*s  %*s  ", widths->total[EVD_CANARY], "of canary's", widths->total[EVD_OURS],
                      "of ours'");
    if (widths->has_share)
        evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "");
    if (widths->has_similarity)
        evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "similar");
    if (widths->news > 0)
        evd_buffer_format(line, "%*s  ", widths->news, "new");
    if (widths->told > 0)
        evd_buffer_format(line, "%*s  ", widths->told, TOLD_HEAD);
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            evd_buffer_format(line, "%*s  ", widths->classes[class_],
                              evd_class_name((enum evd_divergence_class)class_));
    evd_buffer_string(line, widths->is_of_told ? "the first of it [tid_event_idx]"
                            : widths->news > 0 ? "the first new one [tid_event_idx]"
                                               : "first difference [tid_event_idx]");
}

static void write_row(const struct evd_outcome *outcome, const struct evd_thread_row *row, const struct widths *widths,
                      struct evd_buffer *line)
{
    const struct evd_pair_outcome *pair = row->pair;
    evd_buffer_format(line, "%*" PRId64 "  %*" PRId64 "  %*s  ", widths->tid[EVD_CANARY], pair->tid[EVD_CANARY],
                      widths->tid[EVD_OURS], pair->tid[EVD_OURS], widths->matched, evd_grouped(row->matched).text);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_format(line, "%*s  ", widths->total[side], evd_grouped(pair->total[side]).text);
    if (widths->has_share)
        evd_buffer_format(line, "%5.1f %%  ", evd_percent(row->matched, pair->total[EVD_CANARY]));
    if (widths->has_similarity && pair->pairing != NULL)
        evd_buffer_format(line, "%5.1f %%  ", 100 * pair->pairing->similarity);
    else if (widths->has_similarity)
        evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "-");
    if (widths->news > 0)
        evd_buffer_format(line, "%*s  ", widths->news, row->news ? evd_grouped(row->news).text : "-");
    if (widths->told > 0)
        evd_buffer_format(line, "%*s  ", widths->told, row->told ? evd_grouped(row->told).text : "-");
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            evd_buffer_format(line, "%*s  ", widths->classes[class_],
                              row->classes[class_] ? evd_grouped(row->classes[class_]).text : "-");
    evd_describe_thread(line, outcome, row);
}

static void render_cut_short(const struct evd_outcome *outcome, const struct evd_report_options *options,
                             struct evd_buffer *line, struct evd_output *out)
{
    size_t count;
    const struct evd_pair_outcome *first = evd_first_cut_short(outcome, &count);
    if (count == 0)
        return;
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_buffer_format(
        line,
        "In %zu thread%s (%scanary %" PRId64 ", ours %" PRId64
        ") the search for the best alignment was cut short: there may be fewer "
        "differences than told.",
        count, evd_plural(count), count > 1 ? "the first is " : "", first->tid[EVD_CANARY], first->tid[EVD_OURS]);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
}

/* Leaves out columns until there is room for the first difference. */
static void narrow(struct widths *widths, unsigned width)
{
    if (width == 0)
        return;
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        memset(widths->classes, 0, sizeof widths->classes);
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        widths->has_similarity = false;
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        widths->has_share = false;
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        widths->told = 0;
}

/* What becomes of a thread here. */
enum kind { TOLD, LISTED, NOISE, EQUAL, LEFT_OUT, KINDS };

static enum kind kind_of(const struct evd_outcome *outcome, const struct evd_report_options *options,
                         const struct evd_thread_row *row)
{
    const struct evd_report_filter *filter = &options->filter;
    if (evd_filter_is_set(filter))
        return evd_filter_takes_pair(filter, outcome, (size_t)(row->pair - outcome->pairs)) ? TOLD : LEFT_OUT;
    if (row->state == EVD_STATE_EQUAL)
        return EQUAL;
    if (options->known != NULL)
        return row->told > 0 ? TOLD : LISTED;
    return outcome->control_count > 0 && row->news == 0 ? NOISE : TOLD;
}

static void put_rest(struct evd_output *out, const struct evd_report_options *options, struct evd_buffer *line,
                     size_t count, const char *before, const char *what)
{
    if (count == 0)
        return;
    evd_buffer_clear(line);
    evd_buffer_format(line, "%s %sthread%s%s", evd_grouped(count).text, before, evd_plural(count), what);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
}

static void render_table(const struct evd_outcome *outcome, const struct evd_thread_row *rows, size_t count,
                         const struct evd_report_options *options, struct evd_buffer *line, struct evd_output *out)
{
    struct widths widths = measure(outcome, options->known, rows, count);
    narrow(&widths, options->width);
    evd_buffer_clear(line);
    evd_buffer_string(line, options->known != NULL ? "Threads in which something is to be looked at, most of it first:"
                            : outcome->control_count > 0
                                ? "Threads in which something is new, most of it first:"
                                : "Threads that differ: diverged first, then by unmatched events:");
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
    evd_buffer_clear(line);
    write_head(&widths, line);
    evd_text_put_cut(out, options, EVD_COLOR_NONE, line);
    for (size_t i = 0; i < count; i++) {
        evd_buffer_clear(line);
        write_row(outcome, &rows[i], &widths, line);
        evd_text_put_cut(out, options, evd_color_of(rows[i].state), line);
    }
}

void evd_text_render_threads(const struct evd_outcome *outcome, const struct evd_report_options *options,
                             struct evd_buffer *line, struct evd_output *out)
{
    if (outcome->pair_count == 0)
        return;
    struct evd_thread_row *rows = evd_threads_worst_first(outcome, options->known);
    if (rows == NULL) {
        out->buffer.failed = true;
        return;
    }
    const struct evd_report_filter *filter = &options->filter;
    size_t counts[KINDS] = {0}, told = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const enum kind kind = kind_of(outcome, options, &rows[i]);
        counts[kind]++;
        if (kind == TOLD)
            rows[told++] = rows[i];
    }
    const uint64_t most = !filter->has_limit ? ROWS_MAX : filter->limit > 0 ? filter->limit : UINT64_MAX;
    const size_t shown = told < most ? told : (size_t)most;
    evd_buffer_byte(&out->buffer, '\n');
    if (shown > 0)
        render_table(outcome, rows, shown, options, line, out);
    put_rest(out, options, line, told - shown, "more ", "; --limit 0 shows all");
    put_rest(out, options, line, counts[LISTED], shown > 0 ? "other " : "", " with nothing to look at");
    put_rest(out, options, line, counts[NOISE], "", " with noise alone");
    put_rest(out, options, line, counts[EQUAL], "", " equal");
    free(rows);
    render_cut_short(outcome, options, line, out);
}
