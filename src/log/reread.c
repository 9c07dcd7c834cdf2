#include "log/reread.h"

#include <stdlib.h>

#include "base/fail.h"

bool evd_reread_init(struct evd_reread *reread)
{
    *reread = (struct evd_reread){.parser = evd_json_parser_create()};
    return reread->parser != NULL;
}

void evd_reread_release(struct evd_reread *reread)
{
    evd_line_reader_release(&reread->lines);
    evd_json_parser_destroy(reread->parser);
    evd_hasher_release(&reread->hasher);
    evd_member_list_release(&reread->members);
    evd_shapes_destroy(reread->shapes);
    free(reread->tokens.tokens);
}

/* True when the reader's shapes are those of the log's rules; they are made when they are worth it. */
static bool has_shapes(struct evd_reread *reread, const struct evd_log *log)
{
    if (reread->is_plain || reread->lines_parsed < EVD_REREAD_LINES_PARSED)
        return false;
    if (reread->shapes == NULL)
        reread->shapes = evd_shapes_create(log->rules);
    return reread->shapes != NULL && evd_shapes_are_of(reread->shapes, log->rules);
}

/* Reads the line by its shape; false when none fits. */
static bool read_by_shape(struct evd_reread *reread, const struct evd_log *log, uint64_t offset,
                          struct evd_reread_event *read)
{
    const struct evd_string rest = evd_line_rest(&reread->lines, log, offset);
    if (rest.bytes == NULL)
        return false;
    const char *next =
        evd_shapes_read_event(reread->shapes, rest.bytes, rest.bytes + rest.length, &reread->tokens, &reread->event);
    if (next == NULL)
        return false;
    const bool has_end = next[-1] == '\n';
    read->text = evd_line_cut(rest.bytes, (size_t)(next - rest.bytes) - has_end);
    read->tape = &reread->event.tape;
    read->fields = reread->event.fields;
    read->summary = reread->event.summary;
    reread->bytes_read += read->text.length;
    return true;
}

static enum evd_status read_by_parser(struct evd_reread *reread, const struct evd_log *log,
                                      const struct evd_event *event, struct evd_reread_event *read,
                                      struct evd_error *error)
{
    struct evd_json_fault json_fault;
    struct evd_line_fault fault;
    reread->lines_parsed++;
    read->text = evd_line_read(&reread->lines, log, evd_event_offset(event));
    reread->bytes_read += read->text.length;
    if (read->text.bytes == NULL)
        return reread->lines.copy.failed ? evd_fail_memory(error) : evd_log_check(log, true, error);
    read->tape = evd_json_parse(reread->parser, read->text.bytes, read->text.length, &json_fault);
    if (read->tape == NULL)
        return json_fault.reason == NULL ? evd_fail_memory(error) : evd_log_check(log, true, error);
    if (!evd_event_read(&reread->hasher, log->rules, log->side, read->tape, &read->fields, &fault))
        return fault.reason == NULL ? evd_fail_memory(error) : evd_log_check(log, true, error);
    evd_event_summarize(&reread->hasher, &reread->members, read->tape, &read->fields, &read->summary);
    return reread->hasher.failed ? evd_fail_memory(error) : EVD_OK;
}

enum evd_status evd_reread_event(struct evd_reread *reread, const struct evd_log *log, const struct evd_event *event,
                                 struct evd_reread_event *read, struct evd_error *error)
{
    evd_hasher_reset(&reread->hasher);
    const bool with_shapes = has_shapes(reread, log);
    if (!with_shapes || !read_by_shape(reread, log, evd_event_offset(event), read)) {
        const enum evd_status status = read_by_parser(reread, log, event, read, error);
        if (status != EVD_OK)
            return status;
        if (with_shapes)
            evd_shapes_learn_event(
                reread->shapes, &reread->hasher, read->tape, read->text.length, &read->fields, &read->summary);
        if (reread->hasher.failed)
            return evd_fail_memory(error);
    }
    /* One that takes part by its text may have been left out since (walk/arrange.h). */
    const bool is_left_out = log->rules->arranges && evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL;
    const unsigned tag = is_left_out ? EVD_TAG_ENGINE_LOCAL : read->summary.tag;
    return evd_event_is(event, read->summary.key, tag) ? EVD_OK : evd_log_check(log, true, error);
}
