/* Reading what events a rule is about, and the paths and values that it names. */
#include <stdlib.h>
#include <string.h>

#include "base/seed.h"
#include "rules/build.h"
#include "rules/pattern.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)

/* Refuses a text with what is wrong about it, unless nothing is. */
static bool is_good(struct evd_rules_reader *reader, const struct evd_read_string *text, const char *key,
                    const char *wrong)
{
    return wrong == NULL ||
           evd_refuse(reader, text->token, "\"%s\": \"%s\" %s", key, evd_shown(text->string).text, wrong);
}

static bool read_path(struct evd_rules_reader *reader, const struct evd_read_string *text, const char *key,
                      struct evd_path *path)
{
    if (!is_good(reader, text, key, evd_path_read(reader->arena, text->string, path)))
        return false;
    return path->steps != NULL || evd_refuse_memory(reader);
}

bool evd_read_paths(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    const struct evd_member_spec texts = {spec->key, EVD_MEMBER_TEXTS, .most = EVD_COMPARE_PATHS_MAX};
    struct evd_read_paths *out = place;
    struct evd_read_list list;
    if (!evd_read_member(reader, token, &texts, &list))
        return false;
    out->paths = evd_arena_array(reader->arena, list.count, sizeof *out->paths);
    if (out->paths == NULL)
        return evd_refuse_memory(reader);
    for (; out->count < list.count; out->count++)
        if (!read_path(reader, &list.items[out->count], spec->key, &out->paths[out->count]))
            return false;
    return true;
}

/* ---- values ---- */

static bool build(struct evd_rules_reader *reader, uint32_t token, struct evd_value *value)
{
    return evd_value_build(reader->arena, reader->tape, token, value) || evd_refuse_memory(reader);
}

/* A number, or a text that spells one with 0x. */
static bool read_quantity(struct evd_rules_reader *reader, uint32_t token, const char *key,
                          struct evd_quantity *quantity)
{
    struct evd_value value;
    bool is_one;
    const unsigned type = reader->tape->tokens[token].type;
    if (type != EVD_JSON_INTEGER && type != EVD_JSON_REAL && type != EVD_JSON_STRING)
        return evd_refuse_type(reader, token, key, "a whole number");
    if (!build(reader, token, &value))
        return false;
    if (!evd_quantity_read(reader->arena, &value, EVD_BARE_DECIMAL, quantity, &is_one))
        return evd_refuse_memory(reader);
    return is_one || evd_refuse(reader, token, "\"%s\": expected a whole number, as 31 or \"0x1f\"", key);
}

bool evd_read_given(struct evd_rules_reader *reader, uint32_t token, const char *key, struct evd_given_value *given)
{
    const unsigned type = reader->tape->tokens[token].type;
    if (type == EVD_JSON_ARRAY || type == EVD_JSON_OBJECT)
        return evd_refuse_type(reader, token, key, "a number, a string, true, false or null");
    if (!build(reader, token, &given->value))
        return false;
    if (type == EVD_JSON_STRING || type == EVD_JSON_NULL)
        return true;
    if (!evd_quantity_read(reader->arena, &given->value, EVD_BARE_DECIMAL, &given->number, &given->is_number))
        return evd_refuse_memory(reader);
    return given->is_number ||
           evd_refuse(reader, token, "\"%s\": a number with a fraction can't be held against others", key);
}

/* ---- conditions ---- */

struct condition {
    struct evd_condition condition;
    struct evd_read_list like;
    struct evd_read_number mask, is, absent;
    uint32_t one_of;
};

static bool read_one_of(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                        void *place)
{
    struct condition *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    if (tokens[token].type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, spec->key, "a list of values");
    size_t count = 0;
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count == 0 || count > EVD_LIST_MAX)
        return evd_refuse(reader, token, "\"%s\" must have 1 to %d items", spec->key, EVD_LIST_MAX);
    struct evd_given_value *values = evd_arena_array(reader->arena, count, sizeof *values);
    if (values == NULL)
        return evd_refuse_memory(reader);
    memset(values, 0, count * sizeof *values);
    out->condition.one_of = values;
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!evd_read_given(reader, item, spec->key, &values[out->condition.one_of_count++]))
            return false;
    return true;
}

static bool read_least(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct condition *out = place;
    out->condition.has_least = true;
    return read_quantity(reader, token, spec->key, &out->condition.at_least);
}

static bool read_most(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct condition *out = place;
    out->condition.has_most = true;
    return read_quantity(reader, token, spec->key, &out->condition.at_most);
}

static bool read_not(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct condition *out = place;
    struct evd_condition *is_not = evd_arena_alloc(reader->arena, sizeof *is_not);
    if (is_not == NULL)
        return evd_refuse_memory(reader);
    out->condition.is_not = is_not;
    if (!evd_read_condition(reader, token, spec->key, is_not))
        return false;
    return !is_not->asks_absence || evd_refuse(reader, token, "\"not\" can't hold \"absent\"; say \"absent\": false");
}

static const struct evd_member_spec CONDITION_MEMBERS[] = {
    {"one_of", EVD_MEMBER_BY, .is_optional = true, .read = read_one_of},
    {"like", EVD_MEMBER_TEXTS, AT(condition, like), .is_optional = true},
    {"at_least", EVD_MEMBER_BY, .is_optional = true, .read = read_least},
    {"at_most", EVD_MEMBER_BY, .is_optional = true, .read = read_most},
    {"mask", EVD_MEMBER_HEX64, AT(condition, mask), .is_optional = true},
    {"is", EVD_MEMBER_HEX64, AT(condition, is), .is_optional = true},
    {"absent", EVD_MEMBER_BOOLEAN, AT(condition, absent), .is_optional = true},
    {"not", EVD_MEMBER_BY, .is_optional = true, .read = read_not},
};
static const struct evd_shape CONDITION_SHAPE = {"what a field must hold", CONDITION_MEMBERS, COUNT(CONDITION_MEMBERS)};

bool evd_read_patterns(struct evd_rules_reader *reader, const struct evd_read_list *list, const char *key,
                       const struct evd_string **patterns, size_t *count)
{
    for (size_t i = 0; i < list->count; i++)
        if (!is_good(reader, &list->items[i], key, evd_pattern_check(list->items[i].string)))
            return false;
    *patterns = evd_build_strings(reader, list);
    *count = list->count;
    return *patterns != NULL;
}

static bool complete(struct evd_rules_reader *reader, uint32_t token, const struct condition *read,
                     struct evd_condition *condition)
{
    *condition = read->condition;
    condition->has_mask = read->mask.token != 0;
    condition->mask = read->mask.value;
    condition->is = read->is.value;
    condition->asks_absence = read->absent.token != 0;
    condition->is_absent = read->absent.value != 0;
    if (!evd_read_patterns(reader, &read->like, "like", &condition->like, &condition->like_count))
        return false;
    const bool asks_value = condition->one_of_count > 0 || condition->like_count > 0 || condition->has_least ||
                            condition->has_most || condition->has_mask || condition->is_not != NULL;
    if ((read->mask.token != 0) != (read->is.token != 0))
        return evd_refuse(reader, token, "\"mask\" and \"is\" go together");
    if ((condition->is & ~condition->mask) != 0)
        return evd_refuse(reader, read->is.token, "\"is\" has bits that are not in \"mask\"");
    if (condition->has_least && condition->has_most &&
        evd_quantity_compare(&condition->at_most, &condition->at_least) < 0)
        return evd_refuse(reader, token, "\"at_most\" is below \"at_least\"");
    if (condition->asks_absence && asks_value)
        return evd_refuse(reader, token, "\"absent\" stands alone: what is absent has no value");
    return asks_value || condition->asks_absence || evd_refuse(reader, token, "a field must hold something");
}

bool evd_read_condition(struct evd_rules_reader *reader, uint32_t token, const char *key,
                        struct evd_condition *condition)
{
    struct condition read = {.condition = {0}};
    if (reader->tape->tokens[token].type == EVD_JSON_OBJECT)
        return evd_read_object(reader, token, &CONDITION_SHAPE, &read) && complete(reader, token, &read, condition);
    struct evd_given_value *given = evd_arena_alloc(reader->arena, sizeof *given);
    if (given == NULL)
        return evd_refuse_memory(reader);
    *given = (struct evd_given_value){0};
    *condition = (struct evd_condition){.one_of = given, .one_of_count = 1};
    if (!evd_read_given(reader, token, key, given))
        return false;
    /* A kind or a call with a star is a pattern: whoever writes one here means one. */
    const struct evd_string text = given->value.string;
    return given->value.type != EVD_JSON_STRING || memchr(text.bytes, '*', text.length) == NULL ||
           evd_refuse(reader, token,
                      "\"%s\": \"%s\" is no pattern here; {\"like\": …} has one, {\"one_of\": […]} the text itself",
                      key, evd_shown(text).text);
}

/* ---- when ---- */

static bool read_fields(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                        void *place)
{
    struct evd_read_when *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    if (tokens[token].type != EVD_JSON_OBJECT)
        return evd_refuse_type(reader, token, spec->key, "an object of fields and what they hold");
    size_t count = 0;
    for (uint32_t key = token + 1; key < tokens[token].next; key = tokens[key + 1].next)
        count++;
    if (count == 0 || count > EVD_COMPARE_PATHS_MAX)
        return evd_refuse(reader, token, "\"%s\" must have 1 to %d members", spec->key, EVD_COMPARE_PATHS_MAX);
    struct evd_when_field *fields = evd_arena_array(reader->arena, count, sizeof *fields);
    if (fields == NULL)
        return evd_refuse_memory(reader);
    out->when.fields = fields;
    for (uint32_t key = token + 1; key < tokens[token].next; key = tokens[key + 1].next) {
        struct evd_when_field *field = &fields[out->when.field_count++];
        struct evd_read_string name = {.token = key};
        if (!evd_value_string(reader->arena, reader->tape, key, &name.string))
            return evd_refuse_memory(reader);
        if (!read_path(reader, &name, spec->key, &field->path) ||
            !evd_read_condition(reader, key + 1, spec->key, &field->condition))
            return false;
    }
    return true;
}

/* In the order of enum evd_side. */
static const char *const SIDES[] = {"canary", "ours", NULL};

static const struct evd_member_spec WHEN_MEMBERS[] = {
    {"side", EVD_MEMBER_CHOICE, AT(evd_read_when, side), .is_optional = true, .choices = SIDES},
    {"kind", EVD_MEMBER_TEXTS, AT(evd_read_when, kinds), .is_optional = true},
    {"call", EVD_MEMBER_TEXTS, AT(evd_read_when, calls), .is_optional = true},
    {"fields", EVD_MEMBER_BY, .is_optional = true, .read = read_fields},
};
static const struct evd_shape WHEN_SHAPE = {"\"when\"", WHEN_MEMBERS, COUNT(WHEN_MEMBERS)};

bool evd_read_when(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct evd_read_when *out = place;
    const struct evd_string *calls;
    size_t call_count;
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT)
        return evd_refuse_type(reader, token, spec->key, "an object");
    if (!evd_read_object(reader, token, &WHEN_SHAPE, out) ||
        !evd_read_patterns(reader, &out->kinds, "kind", &out->when.kinds, &out->when.kind_count) ||
        !evd_read_patterns(reader, &out->calls, "call", &calls, &call_count))
        return false;
    if (!evd_pattern_set_fill(reader->arena, calls, call_count, evd_seed_of_process().factor, &out->when.calls))
        return evd_refuse_memory(reader);
    out->token = token;
    out->when.has_side = out->side.token != 0;
    out->when.side = (unsigned)out->side.value;
    if (out->kinds.count + out->calls.count + out->when.field_count == 0 && !out->when.has_side)
        return evd_refuse(reader, token, "\"%s\" must not be empty", spec->key);
    struct evd_builder *builder = reader->context;
    struct evd_build_when *when = evd_arena_alloc(reader->arena, sizeof *when);
    if (when == NULL)
        return evd_refuse_memory(reader);
    *when = (struct evd_build_when){out->kinds, out->calls, builder->whens};
    builder->whens = when;
    out->when.number = builder->when_count++;
    return true;
}

/* ---- against other sections ---- */

/* A call has a name only where its kind's rules say what it is. */
static bool check_call(struct evd_rules_reader *reader, const struct evd_build_when *when,
                       const struct evd_read_string *kind_name, const struct evd_build_kind *kind)
{
    if (!evd_pattern_is_plain(kind_name->string))
        return evd_refuse(reader, kind_name->token, "\"kind\" can't be a pattern beside \"call\"");
    return (kind != NULL && (kind->rule.priority_name.length > 0 || kind->rule.summary_form == EVD_SUMMARY_FIRST_OF)) ||
           evd_refuse(reader, when->calls.token,
                      "calls of kind \"%s\" have no names; name a field by \"name_field\" in "
                      "\"priority_fields\" or by \"first_of\" in \"summaries\"",
                      evd_shown(kind_name->string).text);
}

static bool check_kind(struct evd_rules_reader *reader, const struct evd_build_when *when,
                       const struct evd_read_string *name)
{
    const struct evd_builder *builder = reader->context;
    const struct evd_build_kind *kind = evd_build_find(builder, name->string);
    if (when->calls.count > 0 && !check_call(reader, when, name, kind))
        return false;
    return kind == NULL || !kind->rule.engine_local || !evd_pattern_is_plain(name->string) ||
           evd_refuse(reader, name->token,
                      "kind \"%s\" is engine-local (line %llu) and never compared, so no rule can be about it",
                      evd_shown(name->string).text, evd_line_of(reader, kind->places[EVD_CLAIM_ENGINE_LOCAL]));
}

/* Keeps the kinds that rules ask for. */
static bool list_kinds(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    size_t count = 0;
    for (const struct evd_build_when *when = builder->whens; when != NULL; when = when->before)
        count += when->kinds.count;
    struct evd_string *kinds = evd_arena_array(reader->arena, count, sizeof *kinds);
    if (kinds == NULL)
        return evd_refuse_memory(reader);
    builder->rules->asked_kinds = kinds;
    builder->rules->asked_kind_count = count;
    for (const struct evd_build_when *when = builder->whens; when != NULL; when = when->before)
        for (size_t i = 0; i < when->kinds.count; i++)
            *kinds++ = when->kinds.items[i].string;
    return true;
}

/* The first of them in the file is the last of the list. */
bool evd_whens_check(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    bool is_good = list_kinds(reader);
    for (const struct evd_build_when *when = builder->whens; when != NULL; when = when->before) {
        if (when->calls.count > 0 && when->kinds.count == 0)
            is_good = evd_refuse(reader, when->calls.token,
                                 "\"call\" needs \"kind\": calls of other kinds may have no names");
        for (size_t i = 0; i < when->kinds.count; i++)
            is_good = check_kind(reader, when, &when->kinds.items[i]) && is_good;
    }
    return is_good;
}
