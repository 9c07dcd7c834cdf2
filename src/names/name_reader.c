#include "names/name_reader.h"

bool evd_name_reader_init(struct evd_name_reader *reader, const struct evd_rules *rules)
{
    reader->parser = evd_json_parser_create();
    reader->shapes = evd_shapes_create(rules);
    return reader->parser != NULL && reader->shapes != NULL;
}

void evd_name_reader_release(struct evd_name_reader *reader)
{
    evd_json_parser_destroy(reader->parser);
    evd_shapes_destroy(reader->shapes);
    evd_hasher_release(&reader->hasher);
    evd_member_list_release(&reader->members);
}

/* Keeps that a log changed; for use with return. */
static bool see_change(struct evd_name_reader *reader, const struct evd_log *log)
{
    reader->changed_log = log;
    return false;
}

static bool is_recorded(const struct evd_event *event, uint64_t key, unsigned tag)
{
    return key == event->key && tag == evd_event_tag(event);
}

static bool read_by_parser(struct evd_name_reader *reader, const struct evd_log *log, const struct evd_event *event,
                           struct evd_name_list *names, int64_t *tid_event_idx)
{
    struct evd_json_fault json_fault;
    struct evd_line_fault fault;
    struct evd_event_fields fields;
    struct evd_event_summary summary;
    const struct evd_string text = evd_log_text(log, evd_event_offset(event));
    evd_hasher_reset(&reader->hasher);
    const struct evd_json_tape *tape = evd_json_parse(reader->parser, text.bytes, text.length, &json_fault);
    if (tape == NULL)
        return json_fault.reason != NULL && see_change(reader, log);
    if (!evd_event_read(&reader->hasher, log->rules, tape, &fields, &fault))
        return fault.reason != NULL && see_change(reader, log);
    evd_event_summarize(&reader->hasher, &reader->members, tape, &fields, &summary);
    if (reader->hasher.failed)
        return false;
    if (!is_recorded(event, summary.key, summary.tag))
        return see_change(reader, log);
    if (!reader->is_plain)
        evd_shapes_learn(reader->shapes, &reader->hasher, tape, text.length, &fields);
    reader->bytes_read += text.length;
    *tid_event_idx = fields.tid_event_idx;
    return fields.rule == NULL || !fields.rule->has_names ||
           evd_names_list(&reader->hasher, tape, fields.rule, fields.payload, names);
}

bool evd_name_reader_read(struct evd_name_reader *reader, const struct evd_log *log, const struct evd_event *event,
                          struct evd_name_list *names, int64_t *tid_event_idx)
{
    struct evd_event_record record;
    const struct evd_string rest = evd_log_rest(log, evd_event_offset(event));
    if (rest.bytes == NULL)
        return see_change(reader, log);
    names->count = 0;
    const char *next =
        reader->is_plain ? NULL
                         : evd_shapes_read_names(reader->shapes, rest.bytes, rest.bytes + rest.length, &record, names);
    if (next == NULL) {
        names->count = 0;
        return read_by_parser(reader, log, event, names, tid_event_idx);
    }
    if (!is_recorded(event, record.key, record.tag))
        return see_change(reader, log);
    const bool has_end = next[-1] == '\n';
    reader->bytes_read += evd_line_cut(rest.bytes, (size_t)(next - rest.bytes) - has_end).length;
    *tid_event_idx = record.tid_event_idx;
    return true;
}
