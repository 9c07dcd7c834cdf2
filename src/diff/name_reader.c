#include "diff/name_reader.h"

#include <stdlib.h>

#include "base/grow.h"

bool evd_name_reader_init(struct evd_name_reader *reader)
{
    *reader = (struct evd_name_reader){.parser = evd_json_parser_create()};
    return reader->parser != NULL;
}

void evd_name_reader_release(struct evd_name_reader *reader)
{
    evd_json_parser_destroy(reader->parser);
    evd_hasher_release(&reader->hasher);
    evd_member_list_release(&reader->members);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_name_list_release(&reader->names[side]);
}

/* Lists the names in one side's event. False when memory runs out or the log changed. */
static bool read_side(struct evd_name_reader *reader, int side, const struct evd_log *log,
                      const struct evd_event *event, int64_t *tid_event_idx)
{
    const struct evd_string text = evd_log_text(log, evd_event_offset(event));
    struct evd_json_fault json_fault = {0};
    struct evd_line_fault fault = {0};
    struct evd_event_fields fields;
    struct evd_event_summary summary;
    reader->bytes_read += text.length;
    const struct evd_json_tape *tape =
        text.bytes == NULL
            ? NULL
            : evd_json_parse(reader->parser, text.bytes, text.length, &json_fault);
    if (tape == NULL) {
        reader->saw_change[side] |= text.bytes == NULL || json_fault.reason != NULL;
        return false;
    }
    if (!evd_event_read(&reader->hasher, log->rules, tape, &fields, &fault)) {
        reader->saw_change[side] |= fault.reason != NULL;
        return false;
    }
    evd_event_summarize(&reader->hasher, &reader->members, tape, &fields, &summary);
    if (reader->hasher.failed)
        return false;
    if (summary.key != event->key || summary.tag != evd_event_tag(event)) {
        reader->saw_change[side] = true;
        return false;
    }
    *tid_event_idx = fields.tid_event_idx;
    struct evd_name_list *names = &reader->names[side];
    names->count = 0;
    return fields.rule == NULL || !fields.rule->has_names ||
           evd_names_list(&reader->hasher, tape, fields.rule, fields.payload, names);
}

/* Pairs the names of both sides by their paths. A path that only one side has names no value: 65536 and
 * 65536.0 are equal, and one of them is no name. */
static bool pair_names(const struct evd_name_reader *reader, struct evd_name_use_list *list)
{
    const struct evd_name_list *canary = &reader->names[EVD_CANARY];
    const struct evd_name_list *ours = &reader->names[EVD_OURS];
    for (size_t i = 0; i < canary->count; i++) {
        const struct evd_name *name = &canary->names[i];
        size_t j = i;
        if (j >= ours->count || ours->names[j].path != name->path)
            for (j = 0; j < ours->count && ours->names[j].path != name->path;)
                j++;
        if (j == ours->count)
            continue;
        struct evd_name_use *uses = evd_grow(list->uses, list->count, &list->capacity, sizeof *uses);
        if (uses == NULL)
            return false;
        list->uses = uses;
        uses[list->count++] =
            (struct evd_name_use){name->rule, name->path, {name->value, ours->names[j].value}};
    }
    return true;
}

bool evd_name_reader_read(struct evd_name_reader *reader, const struct evd_log *const log[EVD_SIDES],
                          const struct evd_event *const event[EVD_SIDES],
                          struct evd_name_use_list *list, bool *is_nameless)
{
    int64_t unused;
    evd_hasher_reset(&reader->hasher);
    if (!read_side(reader, EVD_CANARY, log[EVD_CANARY], event[EVD_CANARY], &reader->tid_event_idx))
        return false;
    *is_nameless = reader->names[EVD_CANARY].count == 0;
    return *is_nameless ||
           (read_side(reader, EVD_OURS, log[EVD_OURS], event[EVD_OURS], &unused) &&
            pair_names(reader, list));
}
