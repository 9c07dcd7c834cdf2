#include "names/name_reader.h"

bool evd_name_reader_init(struct evd_name_reader *reader, const struct evd_rules *rules)
{
    reader->shapes = evd_shapes_create(rules);
    return evd_reread_init(&reader->reread) && reader->shapes != NULL;
}

void evd_name_reader_release(struct evd_name_reader *reader)
{
    evd_reread_release(&reader->reread);
    evd_shapes_destroy(reader->shapes);
}

/* Keeps that a log changed; for use with return. */
static bool see_change(struct evd_name_reader *reader, const struct evd_log *log)
{
    reader->changed_log = log;
    return false;
}

static bool read_by_parser(struct evd_name_reader *reader, const struct evd_log *log, const struct evd_event *event,
                           struct evd_name_list *names, int64_t *tid_event_idx)
{
    struct evd_reread_event read;
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, NULL);
    if (status != EVD_OK)
        return status != EVD_E_NO_MEMORY && see_change(reader, log);
    if (!reader->is_plain)
        evd_shapes_learn(reader->shapes, &reader->reread.hasher, read.tape, read.text.length, &read.fields);
    *tid_event_idx = read.fields.tid_event_idx;
    return read.fields.rule == NULL || !read.fields.rule->has_names ||
           evd_names_list(&reader->reread.hasher, read.tape, read.fields.rule, read.fields.payload, names);
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
    if (!evd_event_is(event, record.key, record.tag))
        return see_change(reader, log);
    const bool has_end = next[-1] == '\n';
    reader->reread.bytes_read += evd_line_cut(rest.bytes, (size_t)(next - rest.bytes) - has_end).length;
    *tid_event_idx = record.tid_event_idx;
    return true;
}
