#include "report/summary.h"

#include "base/letters.h"

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->data, buffer->length};
}

void evd_summary_put_frame(struct evd_summary *summary)
{
    summary->out->buffer.failed |= summary->piece.failed || summary->text.failed;
    evd_append_text(&summary->out->buffer, text_of(&summary->piece));
    summary->written += summary->piece.length;
    evd_buffer_clear(&summary->piece);
    evd_output_flush_some(summary->out);
}

bool evd_summary_put(struct evd_summary *summary)
{
    const bool has_room = summary->written + summary->piece.length <= EVD_SUMMARY_MAX - EVD_SUMMARY_FRAME_MAX;
    if (has_room)
        evd_summary_put_frame(summary);
    else
        evd_buffer_clear(&summary->piece);
    return has_room;
}

void evd_summary_put_rest(struct evd_summary *summary, size_t count, const char *one, const char *many,
                          const char *report)
{
    if (count == 0)
        return;
    evd_buffer_format(&summary->piece, "\n*%s more %s left out here; `--report %s` has %s.*\n", evd_grouped(count).text,
                      count == 1 ? one : many, report, count == 1 ? "it" : "them");
    evd_summary_put_frame(summary);
}

void evd_summary_add_span(struct evd_summary *summary, bool is_cell, size_t most)
{
    summary->piece.failed |= summary->text.failed;
    if (is_cell)
        evd_append_cell(&summary->spans, &summary->piece, text_of(&summary->text), most);
    else
        evd_append_span(&summary->spans, &summary->piece, text_of(&summary->text), most);
    evd_buffer_clear(&summary->text);
}

void evd_summary_release(struct evd_summary *summary)
{
    evd_span_writer_release(&summary->spans);
    evd_buffer_release(&summary->piece);
    evd_buffer_release(&summary->text);
}
