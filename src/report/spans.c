#include "report/spans.h"

#include "base/letters.h"

/* The fence for a text: one backtick more than its longest run has. */
static size_t fence_length(const struct evd_buffer *line)
{
    size_t run = 0, longest = 0;
    for (size_t i = 0; i < line->length; i++) {
        run = line->data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest + 1;
}

static void append_fence(struct evd_buffer *out, size_t length)
{
    while (length-- > 0)
        evd_buffer_byte(out, '`');
}

/* A space at each end, which Markdown takes away again: next to a backtick, so that it does not join the
 * fence, and next to spaces at both ends, so that those are not the ones taken away. */
static bool needs_padding(const struct evd_buffer *line)
{
    const char first = line->data[0], last = line->data[line->length - 1];
    if (first == '`' || last == '`')
        return true;
    bool is_blank = true;
    for (size_t i = 0; i < line->length; i++)
        is_blank &= line->data[i] == ' ';
    return first == ' ' && last == ' ' && !is_blank;
}

static void append(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most,
                   bool is_cell)
{
    struct evd_buffer *line = &writer->line;
    evd_buffer_clear(line);
    evd_append_line(line, text);
    if (most > 0)
        evd_cut_letters(line, 0, most);
    out->failed |= line->failed;
    if (line->failed || line->length == 0)
        return;
    const size_t fence = fence_length(line);
    const char *padding = needs_padding(line) ? " " : "";
    append_fence(out, fence);
    evd_buffer_string(out, padding);
    for (size_t i = 0; i < line->length; i++) {
        if (!is_cell || line->data[i] != '|')
            evd_buffer_byte(out, line->data[i]);
        else
            evd_buffer_string(out, i > 0 && line->data[i - 1] == '\\' ? "\\x7c" : "\\|");
    }
    evd_buffer_string(out, padding);
    append_fence(out, fence);
}

void evd_append_span(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most)
{
    append(writer, out, text, most, false);
}

void evd_append_cell(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most)
{
    append(writer, out, text, most, true);
}

void evd_span_writer_release(struct evd_span_writer *writer)
{
    evd_buffer_release(&writer->line);
}
