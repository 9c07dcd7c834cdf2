#include "base/output.h"

enum { FLUSH_BYTES = 64 * 1024 };

void evd_output_flush(struct evd_output *output)
{
    struct evd_buffer *buffer = &output->buffer;
    if (buffer->failed)
        return;
    if (buffer->length > 0 && !output->is_stopped && !output->write(output->context, buffer->data, buffer->length))
        output->is_stopped = true;
    evd_buffer_clear(buffer);
}

void evd_output_flush_some(struct evd_output *output)
{
    if (output->buffer.length >= FLUSH_BYTES)
        evd_output_flush(output);
}
