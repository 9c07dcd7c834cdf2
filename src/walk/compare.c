#include "walk/compare.h"

/* A string as reports write it: what UTF-8 can not hold is escaped. */
static void append_plain(struct evd_buffer *out, struct evd_string string)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_value_str(out, &value);
}

static bool is_skipped(const struct evd_kind_rule *rule, struct evd_string key)
{
    if (rule == NULL)
        return false;
    const struct evd_field_rule *field = evd_kind_field(rule, key.bytes, key.length);
    return field != NULL && field->roles & EVD_FIELD_SKIPPED;
}

/* Python's == where None stands for an absent value. */
static bool are_equal(const struct evd_value *a, const struct evd_value *b)
{
    static const struct evd_value NONE = {.type = EVD_JSON_NULL};
    return evd_value_equal(a ? a : &NONE, b ? b : &NONE);
}

static bool compare_value_fields(const struct evd_kind_rule *rule, const struct evd_value *canary,
                                 const struct evd_value *ours, struct evd_difference *difference)
{
    for (size_t i = 0; i < rule->priority_count; i++) {
        const struct evd_string field = rule->priority_fields[i];
        const struct evd_value *a = evd_value_get(canary, field);
        const struct evd_value *b = evd_value_get(ours, field);
        if (is_skipped(rule, field) || a == NULL || b == NULL || evd_value_equal(a, b))
            continue;
        *difference = (struct evd_difference){.form = EVD_DIFFERENCE_PRIORITY, .field = field, .value = {a, b}};
        return false;
    }
    return true;
}

static bool compare_member_fields(const struct evd_kind_rule *rule, const struct evd_value *canary,
                                  const struct evd_value *ours, struct evd_difference *difference)
{
    for (size_t i = 0; i < rule->priority_count; i++) {
        const struct evd_string field = rule->priority_fields[i];
        const struct evd_value *a = evd_value_get(canary, field);
        const struct evd_value *b = evd_value_get(ours, field);
        if (is_skipped(rule, field) || a == NULL || a->type != EVD_JSON_OBJECT || b == NULL ||
            b->type != EVD_JSON_OBJECT || evd_value_equal(a, b))
            continue;
        *difference = (struct evd_difference){.form = EVD_DIFFERENCE_PRIORITY, .field = field, .has_member = true};
        for (size_t j = 0; j < a->object.count; j++) {
            const struct evd_member *member = &a->object.members[j];
            const struct evd_value *other = evd_value_get(b, member->key);
            if (other != NULL && evd_value_equal(&member->value, other))
                continue;
            difference->member = member->key;
            difference->value[EVD_CANARY] = &member->value;
            difference->value[EVD_OURS] = other;
            return false;
        }
        for (size_t j = 0; j < b->object.count; j++) {
            const struct evd_member *member = &b->object.members[j];
            if (evd_value_get(a, member->key) != NULL)
                continue;
            difference->member = member->key;
            difference->value[EVD_OURS] = &member->value;
            return false;
        }
    }
    return true;
}

static bool compare_payloads(const struct evd_kind_rule *rule, const struct evd_value *canary,
                             const struct evd_value *ours, struct evd_difference *difference)
{
    if (rule != NULL && rule->priority_form == EVD_PRIORITY_VALUE &&
        !compare_value_fields(rule, canary, ours, difference))
        return false;
    if (rule != NULL && rule->priority_form == EVD_PRIORITY_MEMBERS &&
        !compare_member_fields(rule, canary, ours, difference))
        return false;
    for (size_t i = 0; i < canary->object.count; i++) {
        const struct evd_member *member = &canary->object.members[i];
        const struct evd_value *other = evd_value_get(ours, member->key);
        if (is_skipped(rule, member->key) || are_equal(&member->value, other))
            continue;
        *difference = (struct evd_difference){
            .form = EVD_DIFFERENCE_FIELD, .field = member->key, .value = {&member->value, other}};
        return false;
    }
    for (size_t i = 0; i < ours->object.count; i++) {
        const struct evd_member *member = &ours->object.members[i];
        if (is_skipped(rule, member->key) || member->value.type == EVD_JSON_NULL ||
            evd_value_get(canary, member->key) != NULL)
            continue;
        *difference = (struct evd_difference){
            .form = EVD_DIFFERENCE_ADDED, .field = member->key, .value = {NULL, &member->value}};
        return false;
    }
    return true;
}

/* What differs, as the log has it. */
static const struct evd_value *find_value(const struct evd_value *payload, const struct evd_difference *difference)
{
    const struct evd_value *field = evd_value_get(payload, difference->field);
    return difference->has_member ? evd_value_get(field, difference->member) : field;
}

void evd_differ_in_kind(const struct evd_event_view *canary, const struct evd_event_view *ours,
                        struct evd_difference *difference)
{
    const struct evd_event_view *const views[EVD_SIDES] = {canary, ours};
    *difference = (struct evd_difference){.form = EVD_DIFFERENCE_KIND};
    for (int side = 0; side < EVD_SIDES; side++) {
        if (views[side] == NULL)
            continue;
        difference->kind[side] = (struct evd_value){.type = EVD_JSON_STRING, .string = views[side]->fields.kind};
        difference->value[side] = &difference->kind[side];
    }
}

bool evd_compare(const struct evd_event_view *canary, const struct evd_event_view *ours,
                 struct evd_difference *difference)
{
    const struct evd_event_view *const views[] = {canary, ours};
    if (evd_string_equal(canary->fields.kind, ours->fields.kind)) {
        if (compare_payloads(canary->fields.rule, canary->counted, ours->counted, difference))
            return true;
        for (int side = 0; side < EVD_SIDES; side++)
            if (views[side]->counted != views[side]->payload)
                difference->value[side] = find_value(views[side]->named, difference);
        return false;
    }
    evd_differ_in_kind(canary, ours, difference);
    return false;
}

bool evd_differ_at(const struct evd_event_view *canary, const struct evd_event_view *ours,
                   struct evd_difference *difference)
{
    if (is_skipped(canary->fields.rule, difference->field) ||
        are_equal(find_value(canary->counted, difference), find_value(ours->counted, difference)))
        return false;
    difference->value[EVD_CANARY] = find_value(canary->named, difference);
    difference->value[EVD_OURS] = find_value(ours->named, difference);
    return true;
}

const struct evd_value *evd_difference_name(const struct evd_event_view *canary, const struct evd_event_view *ours,
                                            struct evd_string *field)
{
    *field = canary->fields.rule->priority_name;
    if (field->length == 0)
        return NULL;
    const struct evd_value *name = evd_value_get(canary->payload, *field);
    if (!evd_value_is_true(name))
        name = evd_value_get(ours->payload, *field);
    return evd_value_is_true(name) ? name : NULL;
}

void evd_difference_path(const struct evd_difference *difference, struct evd_buffer *out)
{
    if (difference->form == EVD_DIFFERENCE_KIND) {
        evd_buffer_string(out, "kind");
        return;
    }
    append_plain(out, difference->field);
    if (difference->has_member) {
        evd_buffer_byte(out, '.');
        append_plain(out, difference->member);
    }
}
