/* Foreign text in Markdown: as code spans, which show every character as it is.
 *
 * A span's fence is longer than any run of backticks in it, as CommonMark wants. In a table a pipe is escaped
 * even in a span, as GitHub Flavored Markdown wants; behind a backslash, where that would escape the backslash
 * instead, it is spelled \x7c. */
#ifndef EVD_REPORT_SPANS_H
#define EVD_REPORT_SPANS_H

#include "base/buffer.h"
#include "evdiff/outcome.h"

/* Writes spans; all zero at the beginning. */
struct evd_span_writer {
    struct evd_buffer line; /* the text in one line of UTF-8 */
};

/* Appends the text as a code span, cut after `most` characters and an ellipsis; 0: not cut. An empty text is
 * nothing. */
void evd_append_span(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most);

/* The same for a cell of a table. */
void evd_append_cell(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most);

void evd_span_writer_release(struct evd_span_writer *writer);

#endif
