#include "report/command.h"

void evd_append_command(struct evd_buffer *out, const struct evd_buffer *line, bool is_property)
{
    out->failed |= line->failed;
    for (size_t i = 0; i < line->length; i++) {
        const char c = line->data[i];
        if (c == '%' || (is_property && (c == ':' || c == ',')))
            evd_buffer_format(out, "%%%02X", (unsigned char)c);
        else
            evd_buffer_byte(out, c);
    }
}
