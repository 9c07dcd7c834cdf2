#include "log/call.h"

#include "base/fail.h"

bool evd_call_reader_init(struct evd_call_reader *reader)
{
    *reader = (struct evd_call_reader){0};
    return evd_reread_init(&reader->reread);
}

void evd_call_reader_release(struct evd_call_reader *reader)
{
    evd_reread_release(&reader->reread);
}

/* The last member of that key in the payload as a name; false when it is absent, empty or no scalar. */
static bool find_name(struct evd_call_reader *reader, const struct evd_json_tape *tape, uint32_t payload,
                      struct evd_string field, struct evd_string *name)
{
    const struct evd_json_token *tokens = tape->tokens;
    uint32_t value = 0;
    for (uint32_t key = payload + 1; key < tokens[payload].next; key = tokens[key + 1].next)
        if (evd_string_equal(evd_hasher_string(&reader->reread.hasher, tape, key), field))
            value = key + 1;
    if (value == 0)
        return false;
    const struct evd_json_token *t = &tokens[value];
    if (t->type == EVD_JSON_STRING)
        *name = evd_hasher_string(&reader->reread.hasher, tape, value);
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

enum evd_status evd_call_read(struct evd_call_reader *reader, const struct evd_log *log, const struct evd_event *event,
                              struct evd_call *call, struct evd_error *error)
{
    struct evd_reread_event read;
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, error);
    if (status != EVD_OK)
        return status;
    call->kind = read.fields.kind;
    call->name = read_name(reader, read.tape, &read.fields);
    call->tid_event_idx = read.fields.tid_event_idx;
    if (reader->reread.hasher.failed)
        return evd_fail_memory(error);
    call->hash = evd_stable_hash_pair(evd_stable_hash_string(call->kind), evd_stable_hash_string(call->name));
    return EVD_OK;
}
