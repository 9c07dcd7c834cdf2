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

/* How a call's name is found. */
struct search {
    struct evd_hasher *hasher;
    const struct evd_json_tape *tape;
    const struct evd_event_fields *fields;
    bool is_told_by_key;
};

/* True when events with equal keys may have different values in a field: then the key says nothing of them. */
static bool is_left_out(const struct evd_kind_rule *rule, struct evd_string field)
{
    const uint32_t left_out = EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP | EVD_FIELD_NAME;
    const struct evd_field_rule *found = evd_kind_field(rule, field.bytes, field.length);
    return found != NULL && (found->roles & left_out) != 0;
}

/* The last member of that key in the payload as a name; false when it is absent, empty or no scalar. */
static bool find_name(struct search *search, struct evd_string field, struct evd_string *name)
{
    const struct evd_json_tape *tape = search->tape;
    const struct evd_json_token *tokens = tape->tokens;
    const uint32_t payload = search->fields->payload;
    uint32_t value = 0;
    for (uint32_t key = payload + 1; key < tokens[payload].next; key = tokens[key + 1].next)
        if (evd_string_equal(evd_hasher_string(search->hasher, tape, key), field))
            value = key + 1;
    search->is_told_by_key &= !is_left_out(search->fields->rule, field);
    if (value == 0)
        return false;
    const struct evd_json_token *t = &tokens[value];
    /* 1, 1.0 and true are one value, but not one name. */
    search->is_told_by_key &= t->type != EVD_JSON_INTEGER && t->type != EVD_JSON_REAL && t->type != EVD_JSON_FALSE &&
                              t->type != EVD_JSON_TRUE;
    if (t->type == EVD_JSON_STRING)
        *name = evd_hasher_string(search->hasher, tape, value);
    else if (t->type == EVD_JSON_INTEGER)
        *name = (struct evd_string){tape->text + t->start, t->length};
    else
        return false;
    return name->length > 0;
}

/* The name by the field that descriptions name the kind's events by, else by what summaries show. */
static struct evd_string read_name(struct search *search)
{
    const struct evd_kind_rule *rule = search->fields->rule;
    struct evd_string name = {"", 0};
    if (rule == NULL || search->fields->payload == 0 ||
        (rule->priority_name.length > 0 && find_name(search, rule->priority_name, &name)))
        return name;
    for (size_t i = 0; rule->summary_form == EVD_SUMMARY_FIRST_OF && i < rule->summary_count; i++)
        if (find_name(search, rule->summary_fields[i], &name))
            return name;
    return (struct evd_string){"", 0};
}

bool evd_call_of(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                 struct evd_call *call, bool *is_told_by_key)
{
    /* By compare rules events have one key that are not one. */
    struct search search = {hasher, tape, fields, fields->compare->count == 0};
    call->kind = fields->kind;
    call->name = read_name(&search);
    call->tid_event_idx = fields->tid_event_idx;
    call->hash = evd_stable_hash_pair(evd_stable_hash_string(call->kind), evd_stable_hash_string(call->name));
    *is_told_by_key = search.is_told_by_key;
    return !hasher->failed;
}

enum evd_status evd_call_read(struct evd_call_reader *reader, const struct evd_log *log, const struct evd_event *event,
                              struct evd_call *call, bool *is_told_by_key, struct evd_error *error)
{
    struct evd_reread_event read;
    bool is_told;
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, error);
    if (status != EVD_OK)
        return status;
    if (!evd_call_of(&reader->reread.hasher, read.tape, &read.fields, call, &is_told))
        return evd_fail_memory(error);
    if (is_told_by_key != NULL)
        *is_told_by_key = is_told;
    return EVD_OK;
}
