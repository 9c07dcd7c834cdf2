#include "selftest/excerpt.h"
#include "json/validate.h"

#include <string.h>

bool evd_excerpt_reader_init(struct evd_excerpt_reader *reader)
{
    *reader = (struct evd_excerpt_reader){0};
    return evd_reread_init(&reader->reread);
}

void evd_excerpt_reader_release(struct evd_excerpt_reader *reader)
{
    evd_reread_release(&reader->reread);
}

/* Where a valid object or array that begins at `p` ends. */
static const char *container_end(const char *p, const char *end)
{
    size_t depth = 0;
    while (p != NULL && p < end) {
        const char c = *p++;
        if (c == '"') {
            p = evd_json_skip_string(p, end);
            p = p == NULL ? NULL : p + 1;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return p;
        }
    }
    return end;
}

bool evd_excerpt_read(struct evd_excerpt_reader *reader, const struct evd_log *log, const struct evd_event *event,
                      struct evd_excerpt *excerpt)
{
    struct evd_reread_event read;
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, NULL);
    if (status != EVD_OK) {
        reader->has_changed |= status != EVD_E_NO_MEMORY;
        return false;
    }
    *excerpt = (struct evd_excerpt){.kind = read.fields.kind, .tape = read.tape, .payload_token = read.fields.payload};
    if (read.fields.payload != 0) {
        const char *payload = read.text.bytes + read.tape->tokens[read.fields.payload].start;
        excerpt->payload.bytes = payload;
        excerpt->payload.length = (size_t)(container_end(payload, read.text.bytes + read.text.length) - payload);
    }
    return true;
}

void evd_append_spelled(struct evd_buffer *out, struct evd_string string)
{
    const size_t start = out->length;
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_value_dumps(out, &value);
    if (out->failed)
        return;
    out->length -= 2;
    memmove(out->data + start, out->data + start + 1, out->length - start);
}
