#include "names/name_reader.h"

#include "base/fail.h"
#include "log/canon.h"
#include "json/key.h"

bool evd_name_reader_init(struct evd_name_reader *reader, const struct evd_rules *rules)
{
    reader->shapes = evd_shapes_create(rules);
    const bool is_ready = evd_reread_init(&reader->reread);
    reader->reread.is_plain = true; /* its shapes are those above */
    return is_ready && reader->shapes != NULL;
}

void evd_name_reader_release(struct evd_name_reader *reader)
{
    evd_reread_release(&reader->reread);
    evd_shapes_destroy(reader->shapes);
    evd_arena_release(&reader->arena);
}

/* What the log calls a member of the payload. */
static struct evd_string name_in_log(const struct evd_called *called, struct evd_string name)
{
    for (; called != NULL; called = called->next)
        if (!called->is_inner && evd_string_equal(called->now, name))
            return called->was;
    return name;
}

/* Makes of a name's path in the log the one that it counts as having; false when it counts as absent. */
static bool find_counted(const struct evd_canon *canon, uint64_t *path)
{
    for (size_t i = 0; i < canon->payload.object.count; i++) {
        const struct evd_member *field = &canon->payload.object.members[i];
        const uint64_t counted = evd_hash_string(field->key);
        const uint64_t in_log = evd_hash_string(name_in_log(canon->called, field->key));
        if (in_log == *path) {
            *path = counted;
            return true;
        }
        for (size_t j = 0; field->value.type == EVD_JSON_OBJECT && j < field->value.object.count; j++) {
            const uint64_t member = evd_hash_string(field->value.object.members[j].key);
            if (evd_hash_pair(in_log, member) == *path) {
                *path = evd_hash_pair(counted, member);
                return true;
            }
        }
    }
    return false;
}

/* Gives names the paths that they count as having, and takes out those that count as absent: they stand for nothing. False when
 * memory runs out. */
static bool count_names(struct evd_name_reader *reader, const struct evd_json_tape *tape,
                        const struct evd_event_fields *fields, struct evd_name_list *names)
{
    struct evd_canon canon;
    size_t kept = 0;
    if (names->count == 0 || fields->compare->count == 0)
        return true;
    evd_arena_reset(&reader->arena);
    if (!evd_canon_make(&reader->arena, tape, fields, &canon))
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (find_counted(&canon, &names->names[i].path))
            names->names[kept++] = names->names[i];
    names->count = kept;
    return true;
}

static enum evd_status read_by_parser(struct evd_name_reader *reader, const struct evd_log *log,
                                      const struct evd_event *event, struct evd_name_list *names,
                                      int64_t *tid_event_idx, struct evd_error *error)
{
    struct evd_reread_event read;
    struct evd_hasher *hasher = &reader->reread.hasher;
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, error);
    if (status != EVD_OK)
        return status;
    const struct evd_event_fields *fields = &read.fields;
    if (!reader->is_plain)
        evd_shapes_learn(reader->shapes, hasher, read.tape, read.text.length, fields);
    *tid_event_idx = fields->tid_event_idx;
    if (fields->rule == NULL || !fields->rule->has_names ||
        (evd_names_list(hasher, read.tape, fields->rule, fields->payload, names) &&
         count_names(reader, read.tape, fields, names)))
        return EVD_OK;
    return evd_fail_memory(error);
}

enum evd_status evd_name_reader_read(struct evd_name_reader *reader, const struct evd_log *log,
                                     const struct evd_event *event, struct evd_name_list *names, int64_t *tid_event_idx,
                                     struct evd_error *error)
{
    struct evd_event_record record;
    const struct evd_string rest = evd_log_rest(log, evd_event_offset(event));
    if (rest.bytes == NULL)
        return evd_log_check(log, true, error);
    names->count = 0;
    const char *next =
        reader->is_plain ? NULL
                         : evd_shapes_read_names(reader->shapes, rest.bytes, rest.bytes + rest.length, &record, names);
    if (next == NULL) {
        names->count = 0;
        return read_by_parser(reader, log, event, names, tid_event_idx, error);
    }
    if (!evd_event_is(event, record.key, record.tag))
        return evd_log_check(log, true, error);
    const bool has_end = next[-1] == '\n';
    reader->reread.bytes_read += evd_line_cut(rest.bytes, (size_t)(next - rest.bytes) - has_end).length;
    *tid_event_idx = record.tid_event_idx;
    return EVD_OK;
}
