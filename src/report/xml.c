#include "report/xml.h"

#include <string.h>

#include "base/letters.h"

static const char *entity_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void append_line(struct evd_buffer *out, struct evd_text text)
{
    struct evd_buffer line = {0};
    evd_append_line(&line, text);
    out->failed |= line.failed;
    for (size_t i = 0, plain = 0; i <= line.length; i++) {
        const char *entity = i < line.length ? entity_of(line.data[i]) : "";
        if (entity == NULL)
            continue;
        if (i > plain)
            evd_buffer_append(out, line.data + plain, i - plain);
        evd_buffer_string(out, entity);
        plain = i + 1;
    }
    evd_buffer_release(&line);
}

void evd_append_xml(struct evd_buffer *out, struct evd_text text, bool has_lines)
{
    while (has_lines && text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        if (end == NULL)
            break;
        const size_t length = (size_t)(end - text.bytes);
        append_line(out, (struct evd_text){text.bytes, length});
        evd_buffer_byte(out, '\n');
        text.bytes += length + 1;
        text.length -= length + 1;
    }
    append_line(out, text);
}
