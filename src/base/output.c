#include "base/output.h"

#include "base/fail.h"

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

enum evd_status evd_output_close(struct evd_output *output, const char *unwritten, struct evd_error *error)
{
    evd_output_flush(output);
    const bool has_failed = output->buffer.failed;
    evd_buffer_release(&output->buffer);
    if (has_failed)
        return evd_fail_memory(error);
    return output->is_stopped ? evd_fail(error, EVD_E_IO, "%s", unwritten) : EVD_OK;
}

void evd_output_flush_some(struct evd_output *output)
{
    if (output->write != NULL && output->buffer.length >= FLUSH_BYTES)
        evd_output_flush(output);
}
