/* The text report's last part: how the events of both logs came out, in all, and how many rules never fired. */
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/tally.h"
#include "report/text.h"

enum { NUMBER_WIDTH_MIN = 6 }; /* "canary" */

/* A row where nothing was counted says nothing, but for the first. */
static bool is_told(size_t index, const struct evd_tally_row *row)
{
    return index == 0 || row->count[EVD_CANARY] > 0 || row->count[EVD_OURS] > 0;
}

static void write_name(const struct evd_tally_row *row, struct evd_buffer *line)
{
    evd_buffer_clear(line);
    evd_buffer_string(line, row->is_part ? "    " : "  ");
    evd_buffer_string(line, row->what);
    if (row->absorber.length > 0) {
        evd_buffer_byte(line, ' ');
        evd_append_line(line, row->absorber);
    }
}

static size_t columns_of(const struct evd_buffer *line)
{
    return evd_columns((struct evd_text){line->data, line->length});
}

static void pad(struct evd_buffer *line, size_t columns)
{
    for (size_t present = columns_of(line); present < columns; present++)
        evd_buffer_byte(line, ' ');
}

static void render_table(const struct evd_outcome *outcome, const struct evd_report_options *options,
                         struct evd_buffer *line, struct evd_output *out)
{
    struct evd_tally_row row;
    size_t name_width = 0;
    int number_width = NUMBER_WIDTH_MIN;
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        if (!is_told(i, &row))
            continue;
        write_name(&row, line);
        name_width = columns_of(line) > name_width ? columns_of(line) : name_width;
        for (int side = 0; side < EVD_SIDES; side++) {
            const int digits = (int)strlen(evd_grouped(row.count[side]).text);
            number_width = digits > number_width ? digits : number_width;
        }
    }
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_buffer_string(line, "events");
    pad(line, name_width);
    evd_buffer_format(line, "  %*s  %*s", number_width, "canary", number_width, "ours");
    evd_text_put_cut(out, options, EVD_COLOR_NONE, line);
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        if (!is_told(i, &row))
            continue;
        write_name(&row, line);
        pad(line, name_width);
        evd_buffer_format(line, "  %*s  %*s", number_width, evd_grouped(row.count[EVD_CANARY]).text, number_width,
                          evd_grouped(row.count[EVD_OURS]).text);
        evd_text_put_cut(out, options, EVD_COLOR_NONE, line);
    }
}

static void render_unfired(const struct evd_outcome *outcome, const struct evd_report_options *options,
                           struct evd_buffer *line, struct evd_output *out)
{
    const size_t off = evd_off_rule_count(outcome);
    if (off == 0 && outcome->unfired_rule_count == 0)
        return;
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_buffer_format(line, "Of %zu rule%s %zu never fired", outcome->rule_use_count,
                      evd_plural(outcome->rule_use_count), outcome->unfired_rule_count);
    if (off > 0)
        evd_buffer_format(line, " and %zu %s off", off, off == 1 ? "is" : "are");
    evd_buffer_string(line, "; the full report lists them.");
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
}

void evd_text_render_counts(const struct evd_outcome *outcome, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out)
{
    render_table(outcome, options, line, out);
    render_unfired(outcome, options, line, out);
}
