#include "diff/differing_fields.h"

#include <string.h>

#include "log/log.h"
#include "outcome/text.h"
#include "walk/tell_value.h"
#include "json/null.h"

enum { CANONICAL = EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP };

struct finder {
    const struct evd_event_view *views;
    struct evd_text kind, call;
    const struct evd_rules *rules;
    struct evd_buffer *scratch;
    struct evd_arena *arena;
    struct evd_field_list *list;
};

static const struct evd_value NONE = {.type = EVD_JSON_NULL};

static bool is_told(const struct finder *finder, struct evd_string key)
{
    const struct evd_kind_rule *rule = finder->views[EVD_CANARY].fields.rule;
    const struct evd_field_rule *field = rule != NULL ? evd_kind_field(rule, key.bytes, key.length) : NULL;
    if (field == NULL)
        return true;
    /* What an allocator returned is canonical only in the events that are its own. */
    const bool is_canonical = finder->views[EVD_CANARY].summary.tag >= EVD_TAG_ORDINALS &&
                              finder->views[EVD_OURS].summary.tag >= EVD_TAG_ORDINALS;
    return (field->roles & EVD_FIELD_SKIPPED) == 0 && !(is_canonical && (field->roles & CANONICAL) != 0);
}

/* A value as the log has it. */
static const struct evd_value *find(const struct finder *finder, int side, struct evd_string field,
                                    const struct evd_string *member)
{
    const struct evd_value *value = evd_value_get(finder->views[side].named, field);
    return member != NULL ? evd_value_get(value, *member) : value;
}

static bool has_path(const struct evd_field_list *list, struct evd_text path)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_text present = list->fields[i].path;
        if (present.length == path.length && memcmp(present.bytes, path.bytes, path.length) == 0)
            return true;
    }
    return false;
}

/* Adds a field unless the list has it, or is full. */
static bool add(struct finder *finder, struct evd_string field, const struct evd_string *member)
{
    struct evd_field_list *list = finder->list;
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
    if (list->count == list->capacity || has_path(list, path))
        return true;
    struct evd_differing_field *told = &list->fields[list->count];
    told->shown_as = evd_shown_as_of(finder->rules, finder->kind, finder->call, path);
    if (!evd_keep_text(finder->arena, scratch, &told->path))
        return false;
    const struct evd_value *const values[EVD_SIDES] = {
        find(finder, EVD_CANARY, field, member), find(finder, EVD_OURS, field, member)};
    if (!evd_tell_values(values, EVD_EXTENT_DIFFERENCE, scratch, finder->arena, told->value))
        return false;
    list->count++;
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

/* A pointer that a mark stands for, and that is null on one side only. */
static bool is_hidden_null(const struct finder *finder, struct evd_string key)
{
    const struct evd_kind_rule *rule = finder->views[EVD_CANARY].fields.rule;
    const struct evd_field_rule *field = rule != NULL ? evd_kind_field(rule, key.bytes, key.length) : NULL;
    return field != NULL && (field->roles & EVD_FIELD_POINTER) != 0 && (field->roles & EVD_FIELD_SKIPPED) == 0 &&
           evd_is_null_value(find(finder, EVD_CANARY, key, NULL)) !=
               evd_is_null_value(find(finder, EVD_OURS, key, NULL));
}

/* A field of one payload or of both; an absent one counts as null. */
static bool compare_field(struct finder *finder, struct evd_string key)
{
    const struct evd_value *canary = evd_value_get(finder->views[EVD_CANARY].counted, key);
    const struct evd_value *ours = evd_value_get(finder->views[EVD_OURS].counted, key);
    canary = canary != NULL ? canary : &NONE;
    ours = ours != NULL ? ours : &NONE;
    if (is_hidden_null(finder, key))
        return add(finder, key, NULL);
    if (!is_told(finder, key) || evd_value_equal(canary, ours))
        return true;
    return canary->type == EVD_JSON_OBJECT && ours->type == EVD_JSON_OBJECT
               ? compare_members(finder, key, canary, ours)
               : add(finder, key, NULL);
}

enum evd_status evd_read_differing_events(struct evd_walker *walker, const struct evd_divergence *divergence,
                                          struct evd_event_view views[EVD_SIDES], struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const uint64_t position = evd_run_of(divergence, side).position;
        const struct evd_event *event = position < cursor->stream->count ? evd_cursor_event(cursor, position) : NULL;
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        cursor->is_read = false;
        const enum evd_status status = evd_reader_read(&cursor->reader, cursor->log, event, NULL, &views[side], error);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}

bool evd_is_field_within(const struct evd_event_view views[EVD_SIDES], struct evd_text outer, struct evd_text field)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_value *value =
            evd_value_get(views[side].counted, (struct evd_string){outer.bytes, outer.length});
        if (value == NULL || value->type != EVD_JSON_OBJECT)
            return false;
    }
    return field.length > outer.length && field.bytes[outer.length] == '.' &&
           memcmp(field.bytes, outer.bytes, outer.length) == 0;
}

bool evd_field_list_begin(struct evd_field_list *list, size_t capacity, struct evd_differing_field told,
                          struct evd_arena *arena)
{
    *list = (struct evd_field_list){evd_arena_array(arena, capacity, sizeof *list->fields), 1, capacity};
    if (list->fields == NULL)
        return false;
    list->fields[0] = told;
    return true;
}

bool evd_find_differing_fields(const struct evd_event_view views[EVD_SIDES], struct evd_text call,
                               const struct evd_rules *rules, struct evd_buffer *scratch, struct evd_arena *arena,
                               struct evd_field_list *list)
{
    const struct evd_string kind = views[EVD_CANARY].fields.kind;
    struct finder finder = {views, {kind.bytes, kind.length}, call, rules, scratch, arena, list};
    const struct evd_value *canary = views[EVD_CANARY].counted, *ours = views[EVD_OURS].counted;
    if (list->fields == NULL) {
        list->fields = evd_arena_array(arena, EVD_QUOTATION_FIELDS_MAX, sizeof *list->fields);
        list->capacity = EVD_QUOTATION_FIELDS_MAX;
    }
    if (list->fields == NULL)
        return false;
    for (size_t i = 0; i < canary->object.count; i++)
        if (!compare_field(&finder, canary->object.members[i].key))
            return false;
    for (size_t i = 0; i < ours->object.count; i++)
        if (evd_value_get(canary, ours->object.members[i].key) == NULL &&
            !compare_field(&finder, ours->object.members[i].key))
            return false;
    return true;
}
