#include "log/call.h"

bool evd_call_reader_init(struct evd_call_reader *reader)
{
    *reader = (struct evd_call_reader){.parser = evd_json_parser_create()};
    return reader->parser != NULL;
}

void evd_call_reader_release(struct evd_call_reader *reader)
{
    evd_json_parser_destroy(reader->parser);
    evd_hasher_release(&reader->hasher);
    evd_member_list_release(&reader->members);
}

/* The last member of that key in the payload as a name; false when it is absent, empty or no scalar. */
static bool find_name(struct evd_call_reader *reader, const struct evd_json_tape *tape, uint32_t payload,
                      struct evd_string field, struct evd_string *name)
{
    const struct evd_json_token *tokens = tape->tokens;
    uint32_t value = 0;
    for (uint32_t key = payload + 1; key < tokens[payload].next; key = tokens[key + 1].next)
        if (evd_string_equal(evd_hasher_string(&reader->hasher, tape, key), field))
            value = key + 1;
    if (value == 0)
        return false;
    const struct evd_json_token *t = &tokens[value];
    if (t->type == EVD_JSON_STRING)
        *name = evd_hasher_string(&reader->hasher, tape, value);
    else if (t->type == EVD_JSON_INTEGER)
        *name = (struct evd_string){tape->text + t->start, t->length};
    else
        return false;
    return name->length > 0;
}

/* The name by the field that descriptions name the kind's events by, else by what summaries show. */
static struct evd_string read_name(struct evd_call_reader *reader, const struct evd_json_tape *tape,
                                   const struct evd_event_fields *fields)
{
    const struct evd_kind_rule *rule = fields->rule;
    struct evd_string name = {"", 0};
    if (rule == NULL || fields->payload == 0 ||
        (rule->priority_name.length > 0 && find_name(reader, tape, fields->payload, rule->priority_name, &name)))
        return name;
    for (size_t i = 0; rule->summary_form == EVD_SUMMARY_FIRST_OF && i < rule->summary_count; i++)
        if (find_name(reader, tape, fields->payload, rule->summary_fields[i], &name))
            return name;
    return (struct evd_string){"", 0};
}

bool evd_call_read(struct evd_call_reader *reader, const struct evd_log *log, const struct evd_event *event,
                   struct evd_call *call)
{
    struct evd_json_fault json_fault;
    struct evd_line_fault fault;
    struct evd_event_fields fields;
    evd_hasher_reset(&reader->hasher);
    const struct evd_string text = evd_log_text(log, evd_event_offset(event));
    reader->bytes_read += text.length;
    const struct evd_json_tape *tape =
        text.bytes == NULL ? NULL : evd_json_parse(reader->parser, text.bytes, text.length, &json_fault);
    if (tape == NULL) {
        if (text.bytes == NULL || json_fault.reason != NULL)
            reader->changed_log = log;
        return false;
    }
    if (!evd_event_read(&reader->hasher, log->rules, tape, &fields, &fault)) {
        if (fault.reason != NULL)
            reader->changed_log = log;
        return false;
    }
    struct evd_event_summary summary;
    evd_event_summarize(&reader->hasher, &reader->members, tape, &fields, &summary);
    call->kind = fields.kind;
    call->name = read_name(reader, tape, &fields);
    call->tid_event_idx = fields.tid_event_idx;
    if (reader->hasher.failed)
        return false;
    if (summary.key != event->key || summary.tag != evd_event_tag(event)) {
        reader->changed_log = log;
        return false;
    }
    call->hash = evd_stable_hash_pair(evd_stable_hash_string(call->kind), evd_stable_hash_string(call->name));
    return true;
}
