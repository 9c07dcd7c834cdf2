#include "walk/event_view.h"

#include <string.h>

#include "base/fail.h"
#include "log/canon.h"
#include "log/names.h"

bool evd_reader_init(struct evd_reader *reader)
{
    *reader = (struct evd_reader){0};
    return evd_reread_init(&reader->reread);
}

void evd_reader_release(struct evd_reader *reader)
{
    evd_reread_release(&reader->reread);
    evd_arena_release(&reader->arena);
}

/* Copies a buffer into the arena as a string value, and releases the buffer. */
static bool take_string(struct evd_arena *arena, struct evd_buffer *buffer, struct evd_value *value)
{
    char *bytes = buffer->failed ? NULL : evd_arena_alloc(arena, buffer->length + 1);
    if (bytes != NULL) {
        memcpy(bytes, buffer->data, buffer->length);
        *value = (struct evd_value){.type = EVD_JSON_STRING, .string = {bytes, buffer->length}};
    }
    evd_buffer_release(buffer);
    return bytes != NULL;
}

static struct evd_value *find_member(struct evd_value *object, struct evd_string key)
{
    return (struct evd_value *)evd_value_get(object, key);
}

/* <PREFIX_{name}_{n}> */
static bool make_allocator_mark(struct evd_arena *arena, const struct evd_allocator_rule *rule, size_t index,
                                uint64_t ordinal, struct evd_value *mark)
{
    struct evd_buffer text = {0};
    evd_buffer_byte(&text, '<');
    evd_buffer_append(&text, rule->prefix.bytes, rule->prefix.length);
    evd_buffer_byte(&text, '_');
    evd_buffer_append(&text, rule->names[index].bytes, rule->names[index].length);
    evd_buffer_format(&text, "_%llu>", (unsigned long long)ordinal);
    return take_string(arena, &text, mark);
}

/* <PREFIX_{kind}_{field}_{n}> */
static bool make_heap_mark(struct evd_arena *arena, const struct evd_kind_rule *rule, struct evd_string field,
                           uint64_t ordinal, struct evd_value *mark)
{
    struct evd_buffer text = {0};
    evd_buffer_byte(&text, '<');
    evd_buffer_append(&text, rule->heap_prefix.bytes, rule->heap_prefix.length);
    evd_buffer_byte(&text, '_');
    evd_buffer_append(&text, rule->kind.bytes, rule->kind.length);
    evd_buffer_byte(&text, '_');
    evd_buffer_append(&text, field.bytes, field.length);
    evd_buffer_format(&text, "_%llu>", (unsigned long long)ordinal);
    return take_string(arena, &text, mark);
}

static bool mark_allocator_return(struct evd_arena *arena, const struct evd_kind_rule *rule, unsigned tag,
                                  const uint64_t *ordinals, struct evd_value *payload)
{
    const size_t index = (tag - rule->tag_first) % rule->allocator->name_count;
    struct evd_value mark;
    if (!make_allocator_mark(arena, rule->allocator, index, ordinals[rule->slot_first + index], &mark))
        return false;
    for (size_t i = 0; i < rule->field_count; i++) {
        const struct evd_field_rule *field = &rule->fields[i];
        if (!(field->roles & (EVD_FIELD_SET | EVD_FIELD_REPLACED)))
            continue;
        struct evd_value *present = find_member(payload, field->name);
        if (present != NULL)
            *present = mark;
        else if (field->roles & EVD_FIELD_SET && !evd_value_add(arena, payload, field->name, &mark))
            return false;
    }
    return true;
}

static bool mark_heap_fields(struct evd_arena *arena, const struct evd_kind_rule *rule, const uint64_t *ordinals,
                             struct evd_value *payload)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        const struct evd_field_rule *field = &rule->fields[i];
        if (!(field->roles & EVD_FIELD_HEAP))
            continue;
        struct evd_value *present = find_member(payload, field->name);
        if (present != NULL && present->type == EVD_JSON_STRING &&
            !make_heap_mark(arena, rule, field->name, ordinals[rule->slot_first + field->heap_index], present))
            return false;
    }
    return true;
}

/* Puts the canonical values of an event in place. */
static bool mark_payload(struct evd_reader *reader, const uint64_t *ordinals, const struct evd_event_view *view,
                         struct evd_value *payload)
{
    const struct evd_kind_rule *rule = view->fields.rule;
    if (ordinals == NULL || view->summary.tag < EVD_TAG_ORDINALS)
        return true;
    if (rule->allocator != NULL)
        return mark_allocator_return(&reader->arena, rule, view->summary.tag, ordinals, payload);
    return mark_heap_fields(&reader->arena, rule, ordinals, payload);
}

static bool mark_values(struct evd_reader *reader, const uint64_t *ordinals, struct evd_event_view *view)
{
    static const struct evd_value EMPTY_OBJECT = {.type = EVD_JSON_OBJECT};
    view->payload = &EMPTY_OBJECT;
    if (view->fields.payload == 0)
        return true;
    struct evd_value *payload = evd_arena_alloc(&reader->arena, sizeof *payload);
    if (payload == NULL || !evd_value_build(&reader->arena, view->tape, view->fields.payload, payload))
        return false;
    view->payload = payload;
    if (view->fields.rule != NULL && view->fields.rule->has_names)
        evd_names_mark(view->fields.rule, payload);
    return mark_payload(reader, ordinals, view, payload);
}

/* What the payload counts as, canonical values in place there too. */
static bool count_values(struct evd_reader *reader, const uint64_t *ordinals, struct evd_event_view *view)
{
    struct evd_canon *canon;
    view->canon = NULL;
    view->counted = view->named = view->payload;
    if (view->fields.compare->count == 0 || view->fields.payload == 0)
        return true;
    canon = evd_arena_alloc(&reader->arena, sizeof *canon);
    if (canon == NULL || !evd_canon_make(&reader->arena, view->tape, &view->fields, canon))
        return false;
    view->canon = canon;
    view->counted = &canon->payload;
    if (canon->called != NULL) {
        struct evd_value *named = evd_arena_alloc(&reader->arena, sizeof *named);
        if (named == NULL || !evd_called_show(&reader->arena, canon->called, view->payload, named))
            return false;
        view->named = named;
    }
    return mark_payload(reader, ordinals, view, &canon->payload);
}

enum evd_status evd_reader_read_fields(struct evd_reader *reader, const struct evd_log *log,
                                       const struct evd_event *event, struct evd_event_view *view,
                                       struct evd_error *error)
{
    struct evd_reread_event read;
    evd_arena_reset(&reader->arena);
    const enum evd_status status = evd_reread_event(&reader->reread, log, event, &read, error);
    if (status != EVD_OK)
        return status;
    view->fields = read.fields;
    view->summary = read.summary;
    view->tape = read.tape;
    view->reader = reader;
    return EVD_OK;
}

enum evd_status evd_reader_read_payload(struct evd_reader *reader, const uint64_t *ordinals,
                                        struct evd_event_view *view, struct evd_error *error)
{
    return mark_values(reader, ordinals, view) && count_values(reader, ordinals, view)
               ? EVD_OK
               : evd_fail_memory(error);
}

enum evd_status evd_reader_read(struct evd_reader *reader, const struct evd_log *log, const struct evd_event *event,
                                const uint64_t *ordinals, struct evd_event_view *view, struct evd_error *error)
{
    const enum evd_status status = evd_reader_read_fields(reader, log, event, view, error);
    return status == EVD_OK ? evd_reader_read_payload(reader, ordinals, view, error) : status;
}

uint32_t evd_event_view_member(const struct evd_event_view *view, struct evd_string name)
{
    const struct evd_json_token *tokens = view->tape->tokens;
    uint32_t found = 0;
    for (uint32_t key = 1; key < view->tape->count; key = tokens[key + 1].next)
        if (evd_string_equal(evd_hasher_string(&view->reader->reread.hasher, view->tape, key), name))
            found = key + 1;
    return found;
}

bool evd_event_view_payload(const struct evd_event_view *view, struct evd_value *payload)
{
    *payload = (struct evd_value){.type = EVD_JSON_OBJECT};
    return view->fields.payload == 0 ||
           evd_value_build(&view->reader->arena, view->tape, view->fields.payload, payload);
}

bool evd_event_view_whole(const struct evd_event_view *view, struct evd_value *whole)
{
    if (!evd_value_build(&view->reader->arena, view->tape, 0, whole))
        return false;
    if (view->fields.payload != 0)
        *find_member(whole, evd_string_of("payload")) = *view->payload;
    return true;
}
