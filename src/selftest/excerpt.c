#include "selftest/excerpt.h"

#include <string.h>

bool evd_excerpt_reader_init(struct evd_excerpt_reader *reader)
{
    *reader = (struct evd_excerpt_reader){.parser = evd_json_parser_create()};
    return reader->parser != NULL;
}

void evd_excerpt_reader_release(struct evd_excerpt_reader *reader)
{
    evd_json_parser_destroy(reader->parser);
    evd_hasher_release(&reader->hasher);
    evd_member_list_release(&reader->members);
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
    struct evd_json_fault json_fault;
    struct evd_line_fault fault;
    struct evd_event_fields fields;
    struct evd_event_summary summary;
    evd_hasher_reset(&reader->hasher);
    const struct evd_string text = evd_log_text(log, evd_event_offset(event));
    const struct evd_json_tape *tape =
        text.bytes == NULL ? NULL : evd_json_parse(reader->parser, text.bytes, text.length, &json_fault);
    if (tape == NULL) {
        reader->has_changed |= text.bytes == NULL || json_fault.reason != NULL;
        return false;
    }
    if (!evd_event_read(&reader->hasher, log->rules, tape, &fields, &fault)) {
        reader->has_changed |= fault.reason != NULL;
        return false;
    }
    evd_event_summarize(&reader->hasher, &reader->members, tape, &fields, &summary);
    if (reader->hasher.failed)
        return false;
    if (summary.key != event->key || summary.tag != evd_event_tag(event)) {
        reader->has_changed = true;
        return false;
    }
    *excerpt = (struct evd_excerpt){.kind = fields.kind, .tape = tape, .payload_token = fields.payload};
    if (fields.payload != 0) {
        const char *payload = text.bytes + tape->tokens[fields.payload].start;
        excerpt->payload.bytes = payload;
        excerpt->payload.length = (size_t)(container_end(payload, text.bytes + text.length) - payload);
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
