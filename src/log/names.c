#include "log/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

bool evd_name_digits(struct evd_string digits, uint64_t *value)
{
    *value = 0;
    if (digits.length == 0 || digits.bytes[0] == '-')
        return false;
    for (size_t i = 0; i < digits.length; i++)
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(digits.bytes[i] - '0'), value))
            return false;
    return true;
}

/* The number that an integer's digits or a string's content spell. */
static bool read_number(unsigned type, struct evd_string content, uint64_t *value)
{
    return type == EVD_JSON_INTEGER ? evd_name_digits(content, value)
                                    : type == EVD_JSON_STRING && evd_hexadecimal(content, value);
}

/* What a value is a name of, for evd_value::name: its class, and whether it is a string; 0 when it is none. */
static uint32_t mark_of(const struct evd_name_rule *rule, unsigned type, struct evd_string content)
{
    uint64_t value;
    if (rule == NULL || !read_number(type, content, &value) || !evd_name_fits(rule, value))
        return 0;
    return evd_name_mark(rule, type == EVD_JSON_STRING);
}

static struct evd_string content_of(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    if (t->type == EVD_JSON_STRING)
        return evd_hasher_string(hasher, tape, token);
    return (struct evd_string){tape->text + t->start, t->length};
}

const struct evd_name_call *evd_names_call(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                                           const struct evd_kind_rule *rule, const struct evd_member_token *members,
                                           size_t count)
{
    for (size_t i = 0; rule->name_call_count > 0 && i < count; i++)
        if (tape->tokens[members[i].value].type == EVD_JSON_STRING &&
            evd_string_equal(evd_hasher_string(hasher, tape, members[i].key), rule->call_field))
            return evd_name_call_find(rule, evd_hasher_string(hasher, tape, members[i].value));
    return NULL;
}

static uint64_t hash_object(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                            const struct evd_kind_rule *rule, const struct evd_name_call *call, struct evd_string field,
                            uint32_t object)
{
    struct evd_member_list list = {0};
    const size_t count = evd_member_list_read(hasher, &list, tape, object);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct evd_member_token *member = &list.members[i];
        const struct evd_string key = evd_hasher_string(hasher, tape, member->key);
        const uint32_t mark = mark_of(evd_name_rule_find(rule, call, field, &key), tape->tokens[member->value].type,
                                      content_of(hasher, tape, member->value));
        sum += mark != 0 ? evd_name_hash(member->key_hash, mark)
                         : evd_hash_member(hasher, tape, member->key_hash, member->value);
    }
    evd_member_list_release(&list);
    return evd_hash_object(sum);
}

uint64_t evd_names_hash_member(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                               const struct evd_kind_rule *rule, const struct evd_name_call *call,
                               const struct evd_member_token *member)
{
    const struct evd_string field = evd_hasher_string(hasher, tape, member->key);
    const unsigned type = tape->tokens[member->value].type;
    if (type == EVD_JSON_OBJECT)
        return evd_hash_pair(member->key_hash, hash_object(hasher, tape, rule, call, field, member->value));
    const uint32_t mark =
        mark_of(evd_name_rule_find(rule, call, field, NULL), type, content_of(hasher, tape, member->value));
    return mark != 0 ? evd_name_hash(member->key_hash, mark)
                     : evd_hash_member(hasher, tape, member->key_hash, member->value);
}

static void mark_value(const struct evd_name_rule *rule, struct evd_value *value)
{
    if (value->type == EVD_JSON_INTEGER)
        value->name = mark_of(rule, value->type, value->integer);
    else if (value->type == EVD_JSON_STRING)
        value->name = mark_of(rule, value->type, value->string);
}

void evd_names_mark(const struct evd_kind_rule *rule, struct evd_value *payload)
{
    const struct evd_value *call_value = rule->name_call_count == 0 ? NULL : evd_value_get(payload, rule->call_field);
    const struct evd_name_call *call = NULL;
    if (call_value != NULL && call_value->type == EVD_JSON_STRING)
        call = evd_name_call_find(rule, call_value->string);
    for (size_t i = 0; i < payload->object.count; i++) {
        struct evd_member *member = &payload->object.members[i];
        const struct evd_field_rule *field = evd_kind_field(rule, member->key.bytes, member->key.length);
        if (field == NULL || !(field->roles & EVD_FIELD_NAME))
            continue;
        mark_value(evd_name_rule_find(rule, call, member->key, NULL), &member->value);
        for (size_t j = 0; member->value.type == EVD_JSON_OBJECT && j < member->value.object.count; j++) {
            struct evd_member *inner = &member->value.object.members[j];
            mark_value(evd_name_rule_find(rule, call, member->key, &inner->key), &inner->value);
        }
    }
}

static void unmark_value(struct evd_value *value)
{
    if (value->name < EVD_ALIKE_MARK)
        value->name = 0;
}

void evd_names_unmark(struct evd_value *payload)
{
    for (size_t i = 0; i < payload->object.count; i++) {
        struct evd_value *value = &payload->object.members[i].value;
        unmark_value(value);
        for (size_t j = 0; value->type == EVD_JSON_OBJECT && j < value->object.count; j++)
            unmark_value(&value->object.members[j].value);
    }
}

static bool add(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_name_rule *rule,
                const struct evd_member_token *field, const struct evd_member_token *member, struct evd_name_list *list)
{
    const uint32_t token = member != NULL ? member->value : field->value;
    const unsigned type = tape->tokens[token].type;
    uint64_t value;
    if (rule == NULL || !read_number(type, content_of(hasher, tape, token), &value) ||
        (rule->form != EVD_NAME_SIZE && !evd_name_fits(rule, value)))
        return true;
    struct evd_name *names = evd_grow(list->names, list->count, &list->capacity, sizeof *names);
    if (names == NULL)
        return false;
    list->names = names;
    names[list->count++] = (struct evd_name){
        .rule = rule,
        .path = member != NULL ? evd_hash_pair(field->key_hash, member->key_hash) : field->key_hash,
        .value = value,
    };
    return true;
}

bool evd_names_list(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_kind_rule *rule,
                    uint32_t payload, struct evd_name_list *list)
{
    list->count = 0;
    if (payload == 0)
        return true;
    const size_t count = evd_member_list_read(hasher, &list->members, tape, payload);
    const struct evd_name_call *call = evd_names_call(hasher, tape, rule, list->members.members, count);
    for (size_t i = 0; i < count; i++) {
        const struct evd_member_token *field = &list->members.members[i];
        const struct evd_string key = evd_hasher_string(hasher, tape, field->key);
        if (!add(hasher, tape, evd_name_rule_find(rule, call, key, NULL), field, NULL, list))
            return false;
        if (tape->tokens[field->value].type != EVD_JSON_OBJECT)
            continue;
        const size_t inner = evd_member_list_read(hasher, &list->nested, tape, field->value);
        for (size_t j = 0; j < inner; j++) {
            const struct evd_member_token *member = &list->nested.members[j];
            const struct evd_string name = evd_hasher_string(hasher, tape, member->key);
            if (!add(hasher, tape, evd_name_rule_find(rule, call, key, &name), field, member, list))
                return false;
        }
    }
    return !hasher->failed;
}

bool evd_name_list_empty(struct evd_name_list *list, size_t capacity)
{
    list->count = 0;
    if (capacity <= list->capacity)
        return true;
    struct evd_name *names = realloc(list->names, capacity * sizeof *names);
    if (names == NULL)
        return false;
    list->names = names;
    list->capacity = capacity;
    return true;
}

void evd_name_list_release(struct evd_name_list *list)
{
    free(list->names);
    evd_member_list_release(&list->members);
    evd_member_list_release(&list->nested);
    *list = (struct evd_name_list){0};
}
