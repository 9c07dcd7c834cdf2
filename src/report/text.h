/* The text report: what its parts share. */
#ifndef EVD_REPORT_TEXT_H
#define EVD_REPORT_TEXT_H

#include "report/describe.h"
#include "report/report.h"

enum evd_text_color {
    EVD_COLOR_NONE,
    EVD_COLOR_STRONG,
    EVD_COLOR_RED,
    EVD_COLOR_GREEN,
    EVD_COLOR_YELLOW,
};

enum evd_text_color evd_color_of(enum evd_pair_state state);

/* What begins a colour on a terminal, or nothing when the options want none. */
const char *evd_text_color(const struct evd_report_options *options, enum evd_text_color color);

/* The longest beginning of a text of one line that fits into so many columns, in bytes. */
size_t evd_text_fitting(struct evd_text text, size_t columns);

/* Adds a line that evd_append_line made of its parts, in that colour, cut to the width of the options with an
 * ellipsis. */
void evd_text_put_cut(struct evd_output *out, const struct evd_report_options *options, enum evd_text_color color,
                      const struct evd_buffer *line);

/* The same, wrapped at spaces where there are any, so that nothing is lost; `indent` columns before all rows but
 * the first. */
void evd_text_put_wrapped(struct evd_output *out, const struct evd_report_options *options, enum evd_text_color color,
                          const struct evd_buffer *line, unsigned indent);

/* What the call of a quotation is about, in one line, cut; nothing where that is not known. `line` is scratch (text_change.c). */
void evd_text_put_arguments(const struct evd_quotation *quotation, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out);

/* What differs at the place of a quotation, between the events that match around it (text_change.c). */
void evd_text_render_change(const struct evd_outcome *outcome, const struct evd_quotation *quotation,
                            const struct evd_report_options *options, struct evd_output *out);

/* The same of aligned events, with payloads; the one that was asked for is marked with * where it does not differ. */
void evd_text_render_beside(const struct evd_beside *beside, const struct evd_report_options *options,
                            struct evd_output *out);

/* The threads that differ, worst first, and how many do not (text_threads.c). `line` is for its own use. */
void evd_text_render_threads(const struct evd_outcome *outcome, const struct evd_report_options *options,
                             struct evd_buffer *line, struct evd_output *out);

/* What a ledger knows (text_known.c). `line` is for its own use. */
void evd_text_render_known(const struct evd_outcome *outcome, const struct evd_report_options *options,
                           struct evd_buffer *line, struct evd_output *out);

/* How all events came out, and what never fired (text_counts.c). `line` is for its own use. */
void evd_text_render_counts(const struct evd_outcome *outcome, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out);

#endif
