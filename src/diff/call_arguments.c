#include "diff/call_arguments.h"

#include <string.h>

#include "base/fail.h"
#include "diff/quotations.h"
#include "evdiff/family.h"

/* The members of a payload that say what a call is about, in the words of the log format; resolved ones say most. */
static const char *const MEMBERS[] = {"args_resolved", "args"};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };

/* As reports show values: what has backslashes in pairs only was escaped by who wrote the log, and each pair is one. */
static void fold_backslashes(struct evd_buffer *out, size_t begin)
{
    size_t kept = begin;
    for (size_t i = begin; i < out->length; i++)
        if (out->data[i] == '\\' && (++i == out->length || out->data[i] != '\\'))
            return;
    for (size_t i = begin; i < out->length; i++) {
        out->data[kept++] = out->data[i];
        i += out->data[i] == '\\';
    }
    out->length = kept;
}

static void append_one(struct evd_buffer *out, struct evd_string name, const struct evd_value *value)
{
    if (out->length > EVD_ARGUMENTS_BYTES_MAX || value->type == EVD_JSON_NULL)
        return;
    evd_buffer_string(out, out->length > 0 ? ", " : "");
    evd_buffer_append(out, name.bytes, name.length);
    evd_buffer_byte(out, '=');
    if (value->type != EVD_JSON_STRING) {
        evd_value_json(out, value);
        return;
    }
    evd_buffer_byte(out, '"');
    const size_t begin = out->length;
    evd_value_str(out, value);
    fold_backslashes(out, begin);
    evd_buffer_byte(out, '"');
}

/* An object's members but for those that `before` has; any other value under its own name. */
static void append_member(struct evd_buffer *out, const char *name, const struct evd_value *value,
                          const struct evd_value *before)
{
    if (value->type != EVD_JSON_OBJECT) {
        append_one(out, evd_string_of(name), value);
        return;
    }
    for (size_t i = 0; i < value->object.count; i++) {
        const struct evd_string key = value->object.members[i].key;
        if (before == NULL || before->type != EVD_JSON_OBJECT || evd_value_get(before, key) == NULL)
            append_one(out, key, &value->object.members[i].value);
    }
}

static void append_arguments(struct evd_buffer *out, const struct evd_event_view *view)
{
    const struct evd_value *before = NULL;
    for (int i = 0; i < MEMBER_COUNT; i++) {
        const struct evd_value *value = evd_value_get(view->payload, evd_string_of(MEMBERS[i]));
        if (value == NULL)
            continue;
        append_member(out, MEMBERS[i], value, before);
        before = value;
    }
}

/* The call of an event; false when it has none, or one that is too long to be held against others. */
static bool keep_call(struct evd_buffer *scratch, const struct evd_event_view *view)
{
    const struct evd_text call = evd_call_of_view(view);
    evd_buffer_clear(scratch);
    evd_buffer_append(scratch, call.bytes, call.length);
    return call.length > 0;
}

static bool is_of_call(const struct evd_buffer *scratch, const struct evd_event_view *view)
{
    const struct evd_text call = evd_call_of_view(view);
    return call.length == scratch->length && memcmp(call.bytes, scratch->data, call.length) == 0;
}

/* Appends the arguments of the event at a position, if its call is the one in `scratch`. */
static enum evd_status append_at(struct evd_reader *reader, const struct evd_log *log, const struct evd_stream *stream,
                                 uint64_t position, const struct evd_buffer *scratch, struct evd_buffer *out,
                                 struct evd_error *error)
{
    struct evd_event_view view;
    const enum evd_status status = evd_reader_read(reader, log, evd_stream_event(stream, position), NULL, &view, error);
    if (status == EVD_OK && is_of_call(scratch, &view))
        append_arguments(out, &view);
    return status;
}

enum evd_status evd_call_arguments(struct evd_reader *reader, const struct evd_log *log,
                                   const struct evd_stream *stream, uint64_t position, uint64_t count,
                                   struct evd_buffer *scratch, struct evd_buffer *out, struct evd_error *error)
{
    struct evd_event_view view;
    if (position >= stream->count)
        return EVD_OK;
    const uint64_t first = position > EVD_ARGUMENTS_BACK_MAX ? position - EVD_ARGUMENTS_BACK_MAX : 0;
    const uint64_t shown = count < EVD_QUOTATION_RUN_MAX ? count : EVD_QUOTATION_RUN_MAX;
    const uint64_t end = shown < stream->count - position ? position + shown : stream->count;
    if (!evd_stream_verify(log, stream, first, end > position ? end : position + 1, NULL))
        return evd_log_check(log, true, error);
    enum evd_status status = evd_reader_read(reader, log, evd_stream_event(stream, position), NULL, &view, error);
    if (status != EVD_OK)
        return status;
    const bool has_call = keep_call(scratch, &view);
    append_arguments(out, &view);
    /* A run may begin with an event that has none; the next ones tell of the same call, those before it of an earlier one. */
    for (uint64_t at = position + 1; status == EVD_OK && has_call && out->length == 0 && at < end; at++)
        status = append_at(reader, log, stream, at, scratch, out, error);
    for (uint64_t at = position; status == EVD_OK && has_call && out->length == 0 && at-- > first;)
        status = append_at(reader, log, stream, at, scratch, out, error);
    if (status != EVD_OK)
        return status;
    return scratch->failed || out->failed ? evd_fail_memory(error) : EVD_OK;
}
