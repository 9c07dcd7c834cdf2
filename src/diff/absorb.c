#include "diff/absorb.h"

struct floating {
    const struct evd_walker *walker;
    bool is_found;
};

static void look_up_sid(void *context, uint64_t sid_hash)
{
    struct floating *floating = context;
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_table_get(&floating->walker->side[side].log->floating, sid_hash) != NULL)
            floating->is_found = true;
}

/* True when the event has a floating SID. An event without its one SID counts as one with an empty
 * SID, as in the reference. */
static bool has_floating_sid(struct evd_walker *walker, const struct evd_event_view *view,
                             struct evd_hasher *hasher)
{
    struct floating floating = {walker, false};
    const struct evd_kind_rule *rule = view->fields.rule;
    if (rule == NULL || rule->sid == NULL)
        return false;
    const uint32_t sid = view->summary.sid;
    const bool is_string = sid != 0 && view->tape->tokens[sid].type == EVD_JSON_STRING;
    if (!rule->sid->many && !is_string)
        look_up_sid(&floating, evd_hash_string(evd_string_of("")));
    else
        evd_event_sids(hasher, view->tape, rule->sid, sid, look_up_sid, &floating);
    return floating.is_found;
}

/* An event of the rule's kind with a floating SID against an event of another kind: skip it. */
static bool absorb_floating_sid(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                struct evd_absorption *absorption)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_cursor *other = &walker->side[!side];
        if (!evd_string_equal(cursor->view.fields.kind, rule->kind) ||
            evd_string_equal(other->view.fields.kind, rule->kind) ||
            !has_floating_sid(walker, &cursor->view, &cursor->reader.hasher))
            continue;
        absorption->side = (enum evd_side)side;
        absorption->count = 1;
        return true;
    }
    return true;
}

static bool is_named(const struct evd_event_view *view, struct evd_string kind,
                     struct evd_string name_field, struct evd_string name)
{
    const struct evd_value *value = evd_value_get(view->payload, name_field);
    return evd_string_equal(view->fields.kind, kind) && value != NULL &&
           value->type == EVD_JSON_STRING && evd_string_equal(value->string, name);
}

/* True when events with equal keys may have different names: then the key says nothing of the name. */
static bool is_name_left_out(const struct evd_event_view *view, const struct evd_absorber_rule *rule)
{
    const uint32_t left_out =
        EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP;
    const struct evd_field_rule *field =
        view->fields.rule == NULL
            ? NULL
            : evd_kind_field(view->fields.rule, rule->name_field.bytes, rule->name_field.length);
    return field != NULL && (field->roles & left_out) != 0;
}

/* True in *is_place when the event stands for place `i` of a block of that name, rule->enter or rule->leave.
 * What was found is recalled by the event's key: blocks are the same few events over and over. */
static bool is_place_of_block(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              const struct evd_string *name, size_t i, const struct evd_event *event,
                              bool *is_place)
{
    struct evd_place_memo *memo =
        &walker->places[(event->key + 2 * i + (name == &rule->leave)) % EVD_PLACE_MEMOS];
    if (memo->name == name && memo->place == i && memo->key == event->key) {
        *is_place = memo->is_place;
        return true;
    }
    struct evd_event_view view;
    if (!evd_reader_read(&walker->block_reader, walker->side[rule->side].log, event, NULL, &view))
        return false;
    *is_place = is_named(&view, rule->block_kinds[i], rule->name_field, *name);
    if (!is_name_left_out(&view, rule))
        *memo = (struct evd_place_memo){event->key, name, i, *is_place};
    return true;
}

/* True in *is_block when a whole block of that name begins at `position`. */
static bool find_block(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                       const struct evd_string *name, uint64_t position, bool *is_block)
{
    struct evd_cursor *cursor = &walker->side[rule->side];
    *is_block = false;
    if (cursor->stream->count - position < rule->block_kind_count)
        return true;
    for (size_t i = 0; i < rule->block_kind_count; i++) {
        bool is_place;
        const struct evd_event *event = evd_cursor_event(cursor, position + i);
        if (event == NULL || !is_place_of_block(walker, rule, name, i, event, &is_place))
            return false;
        if (!is_place)
            return true;
    }
    *is_block = true;
    return true;
}

/* True in *is_meeting when kind and name at `position` are those of the other side's event. */
static bool is_meeting_point(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                             uint64_t position, bool *is_meeting)
{
    static const struct evd_value NONE = {.type = EVD_JSON_NULL};
    struct evd_cursor *cursor = &walker->side[rule->side];
    const struct evd_event_view *other = &walker->side[!rule->side].view;
    *is_meeting = false;
    if (position >= cursor->stream->count)
        return true;
    struct evd_event_view view;
    const struct evd_event *event = evd_cursor_event(cursor, position);
    if (event == NULL || !evd_reader_read(&walker->block_reader, cursor->log, event, NULL, &view))
        return false;
    const struct evd_value *name = evd_value_get(view.payload, rule->name_field);
    const struct evd_value *other_name = evd_value_get(other->payload, rule->name_field);
    *is_meeting = evd_string_equal(view.fields.kind, other->fields.kind) &&
                  evd_value_equal(name ? name : &NONE, other_name ? other_name : &NONE);
    return true;
}

/* While one side is at an enter block and the other at the start of a leave block: skip balanced blocks
 * up to the first point where the two sides meet again. */
static bool absorb_balanced_blocks(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                   struct evd_absorption *absorption)
{
    const struct evd_cursor *cursor = &walker->side[rule->side];
    const struct evd_cursor *other = &walker->side[!rule->side];
    const struct evd_string first_kind = rule->block_kinds[0];
    if (!is_named(&cursor->view, first_kind, rule->name_field, rule->enter) ||
        !is_named(&other->view, first_kind, rule->name_field, rule->leave))
        return true;
    const uint64_t length = rule->block_kind_count;
    uint64_t position = cursor->position;
    for (uint64_t blocks = 1; blocks <= rule->max_blocks; blocks++) {
        bool is_block;
        if (!find_block(walker, rule, &rule->enter, position, &is_block))
            return false;
        if (is_block && !find_block(walker, rule, &rule->leave, position + length, &is_block))
            return false;
        if (!is_block)
            return true;
        position += 2 * length;
        bool is_meeting;
        if (!is_meeting_point(walker, rule, position, &is_meeting))
            return false;
        if (is_meeting) {
            absorption->side = rule->side;
            absorption->count = position - cursor->position;
            absorption->blocks = blocks;
            return true;
        }
    }
    return true;
}

typedef bool absorb_function(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                             struct evd_absorption *absorption);

static absorb_function *const FUNCTIONS[] = {
    [EVD_ABSORBER_FLOATING_SID] = absorb_floating_sid,
    [EVD_ABSORBER_BALANCED_BLOCKS] = absorb_balanced_blocks,
};

bool evd_absorb(struct evd_walker *walker, struct evd_absorption *absorption)
{
    const struct evd_rules *rules = walker->rules;
    *absorption = (struct evd_absorption){0};
    for (size_t i = 0; i < rules->absorber_count && absorption->count == 0; i++) {
        if (rules->absorbers[i].disabled)
            continue;
        absorption->absorber = i;
        if (!FUNCTIONS[rules->absorbers[i].type](walker, &rules->absorbers[i], absorption))
            return false;
    }
    return true;
}
