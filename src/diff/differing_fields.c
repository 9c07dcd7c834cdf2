#include "diff/differing_fields.h"

#include <string.h>

#include "outcome/text.h"
#include "walk/tell_value.h"

enum { NOT_TOLD = EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP };

struct finder {
    const struct evd_event_view *views;
    const struct evd_family *family;
    const struct evd_rules *rules;
    struct evd_buffer *scratch;
    struct evd_arena *arena;
    struct evd_quotation *quotation;
};

static const struct evd_value NONE = {.type = EVD_JSON_NULL};

static bool is_told(const struct finder *finder, struct evd_string key)
{
    const struct evd_kind_rule *rule = finder->views[EVD_CANARY].fields.rule;
    const struct evd_field_rule *field = rule != NULL ? evd_kind_field(rule, key.bytes, key.length) : NULL;
    return field == NULL || (field->roles & NOT_TOLD) == 0;
}

/* A value as the log has it. */
static const struct evd_value *find(const struct finder *finder, int side, struct evd_string field,
                                    const struct evd_string *member)
{
    const struct evd_value *value = evd_value_get(finder->views[side].payload, field);
    return member != NULL ? evd_value_get(value, *member) : value;
}

static bool has_path(const struct evd_quotation *quotation, struct evd_text path)
{
    for (size_t i = 0; i < quotation->field_count; i++) {
        const struct evd_text present = quotation->fields[i].path;
        if (present.length == path.length && memcmp(present.bytes, path.bytes, path.length) == 0)
            return true;
    }
    return false;
}

/* Adds a field unless the list has it, or is full. */
static bool add(struct finder *finder, struct evd_string field, const struct evd_string *member)
{
    struct evd_quotation *quotation = finder->quotation;
    struct evd_buffer *scratch = finder->scratch;
    const struct evd_value names[] = {
        {.type = EVD_JSON_STRING, .string = field},
        {.type = EVD_JSON_STRING, .string = member != NULL ? *member : field},
    };
    evd_buffer_clear(scratch);
    evd_value_str(scratch, &names[0]);
    if (member != NULL) {
        evd_buffer_byte(scratch, '.');
        evd_value_str(scratch, &names[1]);
    }
    const struct evd_text path = {scratch->data, scratch->length};
    if (scratch->failed)
        return false;
    if (quotation->field_count == EVD_QUOTATION_FIELDS_MAX || has_path(quotation, path))
        return true;
    struct evd_differing_field *told = &quotation->fields[quotation->field_count];
    told->shown_as = evd_shown_as_of(finder->rules, finder->family->kind, finder->family->call, path);
    if (!evd_keep_text(finder->arena, scratch, &told->path))
        return false;
    const struct evd_value *const values[EVD_SIDES] = {
        find(finder, EVD_CANARY, field, member), find(finder, EVD_OURS, field, member)};
    if (!evd_tell_values(values, EVD_EXTENT_DIFFERENCE, scratch, finder->arena, told->value))
        return false;
    quotation->field_count++;
    return true;
}

static bool compare_members(struct finder *finder, struct evd_string field, const struct evd_value *canary,
                            const struct evd_value *ours)
{
    for (size_t i = 0; i < canary->object.count; i++) {
        const struct evd_member *member = &canary->object.members[i];
        const struct evd_value *other = evd_value_get(ours, member->key);
        if ((other == NULL || !evd_value_equal(&member->value, other)) && !add(finder, field, &member->key))
            return false;
    }
    for (size_t i = 0; i < ours->object.count; i++)
        if (evd_value_get(canary, ours->object.members[i].key) == NULL &&
            !add(finder, field, &ours->object.members[i].key))
            return false;
    return true;
}

/* A field of one payload or of both; an absent one counts as null. */
static bool compare_field(struct finder *finder, struct evd_string key)
{
    const struct evd_value *canary = evd_value_get(finder->views[EVD_CANARY].counted, key);
    const struct evd_value *ours = evd_value_get(finder->views[EVD_OURS].counted, key);
    canary = canary != NULL ? canary : &NONE;
    ours = ours != NULL ? ours : &NONE;
    if (!is_told(finder, key) || evd_value_equal(canary, ours))
        return true;
    return canary->type == EVD_JSON_OBJECT && ours->type == EVD_JSON_OBJECT
               ? compare_members(finder, key, canary, ours)
               : add(finder, key, NULL);
}

bool evd_find_differing_fields(const struct evd_event_view views[EVD_SIDES], const struct evd_divergence *divergence,
                               const struct evd_family *family, const struct evd_rules *rules,
                               struct evd_buffer *scratch, struct evd_arena *arena, struct evd_quotation *quotation)
{
    struct finder finder = {views, family, rules, scratch, arena, quotation};
    quotation->fields = evd_arena_array(arena, EVD_QUOTATION_FIELDS_MAX, sizeof *quotation->fields);
    if (quotation->fields == NULL)
        return false;
    quotation->fields[0] = (struct evd_differing_field){
        .path = family->field,
        .shown_as = family->shown_as,
        .value = {divergence->value[EVD_CANARY], divergence->value[EVD_OURS]}};
    quotation->field_count = 1;
    const struct evd_value *canary = views[EVD_CANARY].counted, *ours = views[EVD_OURS].counted;
    for (size_t i = 0; i < canary->object.count; i++)
        if (!compare_field(&finder, canary->object.members[i].key))
            return false;
    for (size_t i = 0; i < ours->object.count; i++)
        if (evd_value_get(canary, ours->object.members[i].key) == NULL &&
            !compare_field(&finder, ours->object.members[i].key))
            return false;
    return true;
}
