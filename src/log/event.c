#include "log/event.h"

#include <string.h>

#include "log/canon.h"
#include "log/log.h"
#include "log/names.h"
#include "json/null.h"
#include "json/python_int.h"

static bool is_string(const struct evd_json_tape *tape, uint32_t token)
{
    return token != 0 && tape->tokens[token].type == EVD_JSON_STRING;
}

bool evd_event_integer(const struct evd_json_tape *tape, uint32_t token, int64_t *value)
{
    if (tape->tokens[token].type != EVD_JSON_INTEGER)
        return false;
    const char *p = tape->text + tape->tokens[token].start;
    const char *end = p + tape->tokens[token].length;
    const bool is_negative = *p == '-';
    uint64_t magnitude = 0;
    for (p += is_negative; p < end; p++)
        if (__builtin_mul_overflow(magnitude, 10u, &magnitude) ||
            __builtin_add_overflow(magnitude, (uint64_t)(*p - '0'), &magnitude))
            return false;
    if (magnitude > (uint64_t)INT64_MAX + is_negative)
        return false;
    *value = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

static bool refuse(struct evd_line_fault *fault, size_t offset, const char *reason)
{
    *fault = (struct evd_line_fault){offset, reason};
    return false;
}

static size_t value_offset(const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    return t->start - (t->type == EVD_JSON_STRING);
}

static bool read_integer_field(const struct evd_json_tape *tape, uint32_t token, int64_t *value,
                               const char *not_integer, const char *too_large, struct evd_line_fault *fault)
{
    if (tape->tokens[token].type != EVD_JSON_INTEGER)
        return refuse(fault, value_offset(tape, token), not_integer);
    if (!evd_event_integer(tape, token, value))
        return refuse(fault, value_offset(tape, token), too_large);
    return true;
}

#define IS(key, literal) ((key).length == sizeof(literal) - 1 && memcmp((key).bytes, literal, sizeof(literal) - 1) == 0)

bool evd_event_read(struct evd_hasher *hasher, const struct evd_rules *rules, enum evd_side side,
                    const struct evd_json_tape *tape, struct evd_event_fields *fields, struct evd_line_fault *fault)
{
    const struct evd_json_token *tokens = tape->tokens;
    uint32_t kind = 0, tid = 0, idx = 0, payload = 0, host_ns = 0;
    for (uint32_t key = 1; key < tape->count; key = tokens[key + 1].next) {
        const struct evd_string name = evd_hasher_string(hasher, tape, key);
        if (IS(name, "kind"))
            kind = key + 1;
        else if (IS(name, "tid"))
            tid = key + 1;
        else if (IS(name, "tid_event_idx"))
            idx = key + 1;
        else if (IS(name, "payload"))
            payload = key + 1;
        else if (IS(name, "host_ns"))
            host_ns = key + 1;
    }
    const size_t start = tokens[0].start;
    if (kind == 0)
        return refuse(fault, start, "the event has no \"kind\"");
    if (!is_string(tape, kind))
        return refuse(fault, value_offset(tape, kind), "\"kind\" must be a string");
    if (tid == 0)
        return refuse(fault, start, "the event has no \"tid\"");
    if (!read_integer_field(tape, tid, &fields->tid, "\"tid\" must be an integer", "\"tid\" must fit in 64 bits",
                            fault))
        return false;
    if (idx == 0)
        return refuse(fault, start, "the event has no \"tid_event_idx\"");
    if (!read_integer_field(tape, idx, &fields->tid_event_idx, "\"tid_event_idx\" must be an integer",
                            "\"tid_event_idx\" must fit in 64 bits", fault))
        return false;
    if (payload != 0 && tokens[payload].type == EVD_JSON_NULL)
        payload = 0;
    if (payload != 0 && tokens[payload].type != EVD_JSON_OBJECT)
        return refuse(fault, value_offset(tape, payload), "\"payload\" must be an object or null");
    fields->kind = evd_hasher_string(hasher, tape, kind);
    fields->rule = evd_rules_kind(rules, fields->kind.bytes, fields->kind.length);
    fields->compare = fields->rule != NULL ? &fields->rule->compare : &rules->compare_any;
    fields->side = side;
    fields->payload = payload;
    fields->host_ns = host_ns;
    fields->idx = idx;
    if (hasher->failed)
        return refuse(fault, 0, NULL);
    return true;
}

/* The index of the allocator whose return the event is, or -1. */
static long find_allocator(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                           const struct evd_kind_rule *rule, const struct evd_member_token *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct evd_string key = evd_hasher_string(hasher, tape, members[i].key);
        const struct evd_field_rule *field = evd_kind_field(rule, key.bytes, key.length);
        if (field == NULL || !(field->roles & EVD_FIELD_ALLOCATOR_NAME))
            continue;
        if (!is_string(tape, members[i].value))
            return -1;
        const struct evd_string name = evd_hasher_string(hasher, tape, members[i].value);
        return evd_allocator_index(rule->allocator, name.bytes, name.length);
    }
    return -1;
}

/* The part of a key that stands for a canonical field, whatever its value. */
static uint64_t hash_mark(const struct evd_member_token *member)
{
    return evd_hash_pair(member->key_hash, EVD_CANONICAL_MARK);
}

/* The sum over the payload of a kind that has no rules about fields. */
static uint64_t sum_plain(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                          const struct evd_member_token *members, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (tape->tokens[members[i].value].type != EVD_JSON_NULL)
            sum += evd_hash_member(hasher, tape, members[i].key_hash, members[i].value);
    return sum;
}

/* What a host-heap field adds to the tag. */
static uint32_t heap_state(const struct evd_field_rule *field, bool is_null)
{
    uint32_t weight = 1;
    for (uint32_t i = 0; i < field->heap_index; i++)
        weight *= EVD_HEAP_STATES;
    return weight * (is_null ? EVD_HEAP_MARKED_NULL : EVD_HEAP_MARKED);
}

/* What compare rules made of a member of the payload. */
static uint64_t hash_counted(const struct evd_value *counted, const struct evd_member_token *member,
                             struct evd_string key)
{
    const struct evd_value *value = evd_value_get(counted, key);
    return value == NULL || value->type == EVD_JSON_NULL ? 0 : evd_hash_tree_member(member->key_hash, value);
}

/* The same of one that has another name there. */
static uint64_t hash_called(const struct evd_value *counted, struct evd_string key)
{
    const struct evd_member_token member = {.key_hash = evd_hash_string(key)};
    return hash_counted(counted, &member, key);
}

/* `counted`: what the payload counts as by compare rules; or NULL. */
static uint64_t sum_by_rules(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                             const struct evd_event_fields *fields, const struct evd_member_token *members,
                             size_t count, const struct evd_value *counted, struct evd_event_summary *summary)
{
    const struct evd_kind_rule *rule = fields->rule;
    const long allocator = rule->allocator == NULL ? -1 : find_allocator(hasher, tape, rule, members, count);
    const struct evd_name_call *call = evd_names_call(hasher, tape, rule, members, count);
    uint32_t heap_states = 0;
    uint64_t sum = 0;
    size_t pointers = 0, nulls = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t value = members[i].value;
        const bool is_null = tape->tokens[value].type == EVD_JSON_NULL;
        const struct evd_string key = evd_hasher_string(hasher, tape, members[i].key);
        const struct evd_field_rule *field = evd_kind_field(rule, key.bytes, key.length);
        const uint32_t roles = field == NULL ? 0 : field->roles;
        if (roles & EVD_FIELD_PAIRING && !is_null)
            summary->pairing = value;
        if (roles & EVD_FIELD_SID)
            summary->sid = value;
        if (roles & EVD_FIELD_SID_POINTER)
            summary->sid_pointer = value;
        if (roles & EVD_FIELD_SID_OBJECT_TYPE)
            summary->sid_object_type = value;
        if (roles & EVD_FIELD_ENTRY)
            summary->entry = value;
        if (roles & EVD_FIELD_SKIPPED) {
            summary->skipped_fields++;
            continue;
        }
        if (allocator >= 0 && roles & EVD_FIELD_POINTER) {
            pointers++;
            nulls += evd_is_null_token(hasher, tape, value);
        }
        if (allocator >= 0 && roles & EVD_FIELD_SET)
            continue;
        if (allocator >= 0 && roles & EVD_FIELD_REPLACED) {
            sum += hash_mark(&members[i]);
        } else if (roles & EVD_FIELD_HEAP && is_string(tape, value)) {
            heap_states += heap_state(field, evd_is_null_token(hasher, tape, value));
            sum += hash_mark(&members[i]);
        } else if (counted != NULL && evd_canon_is_about(fields->compare, key)) {
            sum += hash_counted(counted, &members[i], key);
        } else if (roles & EVD_FIELD_NAME && !is_null) {
            sum += evd_names_hash_member(hasher, tape, rule, call, &members[i]);
        } else if (!is_null) {
            sum += evd_hash_member(hasher, tape, members[i].key_hash, value);
        }
    }
    if (allocator >= 0)
        summary->tag = evd_allocator_tag(rule, (size_t)allocator, nulls > 0 || pointers < rule->set_pointer_count);
    else if (heap_states != 0)
        summary->tag = rule->tag_first + heap_states - 1;
    /* Fields that are set even when absent are the same in all returns of one allocator, and its name
     * is in the key; that it is an allocator's return is all there is to add. */
    return allocator >= 0 ? sum + EVD_CANONICAL_MARK : sum;
}

/* The sum over a payload that compare rules may be about; `is_plain`: no others are about its fields. */
static uint64_t sum_by_compare_rules(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                                     const struct evd_event_fields *fields, const struct evd_member_token *members,
                                     size_t count, bool is_plain, struct evd_event_summary *summary)
{
    struct evd_canon canon;
    uint64_t sum = 0;
    if (!evd_canon_make(&hasher->arena, tape, fields, &canon)) {
        hasher->failed = true;
        return 0;
    }
    if (!is_plain)
        sum = sum_by_rules(hasher, tape, fields, members, count, &canon.payload, summary);
    for (size_t i = 0; is_plain && i < count; i++)
        sum += hash_counted(&canon.payload, &members[i], evd_hasher_string(hasher, tape, members[i].key));
    for (const struct evd_called *called = canon.called; called != NULL; called = called->next)
        sum += called->is_inner ? 0 : hash_called(&canon.payload, called->now);
    summary->compare_uses = canon.uses;
    if (canon.is_passed_over)
        summary->tag = EVD_TAG_ENGINE_LOCAL;
    return sum;
}

void evd_event_summarize(struct evd_hasher *hasher, struct evd_member_list *list, const struct evd_json_tape *tape,
                         const struct evd_event_fields *fields, struct evd_event_summary *summary)
{
    const struct evd_kind_rule *rule = fields->rule;
    *summary = (struct evd_event_summary){.tag = EVD_TAG_ORDINARY};
    size_t count = 0;
    if (fields->payload != 0)
        count = evd_member_list_read(hasher, list, tape, fields->payload);
    const bool is_plain = rule == NULL || (rule->field_count == 0 && rule->allocator == NULL);
    uint64_t sum;
    if (fields->compare->count > 0)
        sum = sum_by_compare_rules(hasher, tape, fields, list->members, count, is_plain, summary);
    else if (is_plain)
        sum = sum_plain(hasher, tape, list->members, count);
    else
        sum = sum_by_rules(hasher, tape, fields, list->members, count, NULL, summary);
    if (rule != NULL && rule->engine_local)
        summary->tag = EVD_TAG_ENGINE_LOCAL;
    summary->key = evd_hash_pair(evd_hash_string(fields->kind), sum);
}

static void use_characters(struct evd_string string, void (*use)(void *, uint64_t), void *context)
{
    size_t start = 0;
    for (size_t i = 1; i <= string.length; i++) {
        if (i < string.length && ((unsigned char)string.bytes[i] & 0xc0) == 0x80)
            continue;
        use(context, evd_hash_string((struct evd_string){string.bytes + start, i - start}));
        start = i;
    }
}

void evd_event_sids(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_sid_rule *rule,
                    uint32_t sid, void (*use)(void *context, uint64_t sid_hash), void *context)
{
    if (sid == 0)
        return;
    const struct evd_json_token *tokens = tape->tokens;
    const struct evd_json_token *t = &tokens[sid];
    if (t->type == EVD_JSON_STRING && !rule->many) {
        use(context, evd_hash_string(evd_hasher_string(hasher, tape, sid)));
    } else if (t->type == EVD_JSON_STRING) {
        use_characters(evd_hasher_string(hasher, tape, sid), use, context);
    } else if (rule->many && (t->type == EVD_JSON_ARRAY || t->type == EVD_JSON_OBJECT)) {
        const bool is_object = t->type == EVD_JSON_OBJECT;
        for (uint32_t i = sid + 1; i < t->next; i = tokens[i + is_object].next)
            if (tokens[i].type == EVD_JSON_STRING)
                use(context, evd_hash_string(evd_hasher_string(hasher, tape, i)));
    }
}

static uint64_t fnv1a_64(const unsigned char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static void put_little_endian(unsigned char *bytes, uint64_t value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

/* The low 32 bits of an integer as Python's isinstance(x, int) takes it, booleans included. */
static bool read_object_type(const struct evd_json_tape *tape, uint32_t token, uint32_t *bits)
{
    if (token == 0)
        return false;
    const struct evd_json_token *t = &tape->tokens[token];
    switch (t->type) {
    case EVD_JSON_FALSE:
    case EVD_JSON_TRUE: *bits = t->type == EVD_JSON_TRUE; return true;
    case EVD_JSON_INTEGER:
        *bits = evd_decimal_low_bits((struct evd_string){tape->text + t->start, t->length});
        return true;
    default: return false;
    }
}

bool evd_sid_is_shared_global(const struct evd_sid_rule *rule, struct evd_string sid, struct evd_string pointer_text,
                              uint32_t object_type)
{
    uint64_t pointer;
    if (!rule->has_recipe || sid.length != 16 || !evd_python_hex(pointer_text, &pointer))
        return false;
    unsigned char recipe[20];
    put_little_endian(recipe, rule->recipe_marker, 4);
    put_little_endian(recipe + 4, 0, 4);
    put_little_endian(recipe + 8, pointer, 8);
    put_little_endian(recipe + 16, object_type, 4);
    const uint64_t hash = fnv1a_64(recipe, sizeof recipe);
    for (unsigned i = 0; i < 16; i++)
        if (sid.bytes[i] != "0123456789abcdef"[hash >> (60 - 4 * i) & 15])
            return false;
    return true;
}

bool evd_event_sid_is_shared_global(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                                    const struct evd_sid_rule *rule, const struct evd_event_summary *summary)
{
    uint32_t object_type;
    return is_string(tape, summary->sid) && is_string(tape, summary->sid_pointer) &&
           read_object_type(tape, summary->sid_object_type, &object_type) &&
           evd_sid_is_shared_global(rule, evd_hasher_string(hasher, tape, summary->sid),
                                    evd_hasher_string(hasher, tape, summary->sid_pointer), object_type);
}
