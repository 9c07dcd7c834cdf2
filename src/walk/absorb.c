#include "walk/absorb.h"

/* ---- what an event's key tells ---- */

/* Of an event with that key: whether it is of a kind or has a name, which is one of the rule's strings, and for a
 * name, whether it stands for that place of a block. */
static struct evd_absorber_memo ask(const struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                    const struct evd_string *string, size_t place, uint64_t key)
{
    const uint32_t number = (uint32_t)(rule - walker->rules->absorbers);
    return (struct evd_absorber_memo){
        .key = key,
        .aim = walker->aim,
        .question = 2 * number + (string == &rule->leave) + 1,
        .place = (uint32_t)place};
}

/* Where an answer is kept: those asked about are the same few events over and over. */
static struct evd_absorber_memo *find_memo(struct evd_walker *walker, const struct evd_absorber_memo *wanted)
{
    const uint64_t mixed = wanted->key + 0x9e3779b97f4a7c15u * (wanted->question + UINT64_C(64) * wanted->place);
    return &walker->memos[(mixed ^ mixed >> 32) % EVD_ABSORBER_MEMOS];
}

/* True in *is_so when the answer is known. */
static bool recall(struct evd_walker *walker, const struct evd_absorber_memo *wanted, bool *is_so)
{
    const struct evd_absorber_memo *memo = find_memo(walker, wanted);
    if (walker->is_plain || memo->question != wanted->question || memo->place != wanted->place ||
        memo->key != wanted->key || memo->aim != wanted->aim)
        return false;
    *is_so = memo->is_so;
    return true;
}

static void keep(struct evd_walker *walker, struct evd_absorber_memo memo, bool is_so)
{
    memo.is_so = is_so;
    *find_memo(walker, &memo) = memo;
}

static const struct evd_event *current(const struct evd_walker *walker, int side)
{
    return &walker->side[side].stream->events[walker->side[side].position];
}

/* ---- floating SIDs ---- */

struct floating {
    const struct evd_walker *walker;
    bool is_found;
};

static void look_up_sid(void *context, uint64_t sid_hash)
{
    struct floating *floating = context;
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_log_floats(floating->walker->side[side].log, sid_hash))
            floating->is_found = true;
}

/* True when the event has a floating SID. An event without its one SID counts as one with an empty
 * SID, as in the reference. */
static bool has_floating_sid(struct evd_walker *walker, const struct evd_event_view *view, struct evd_hasher *hasher)
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

/* True in *is_kind when the event at a side's cursor is of the rule's kind. */
static bool is_of_kind(struct evd_walker *walker, int side, const struct evd_absorber_rule *rule, bool *is_kind)
{
    const struct evd_absorber_memo memo = ask(walker, rule, &rule->kind, 0, current(walker, side)->key);
    if (recall(walker, &memo, is_kind))
        return true;
    if (!evd_walk_read(walker, (enum evd_side)side))
        return false;
    *is_kind = evd_string_equal(walker->side[side].view.fields.kind, rule->kind);
    keep(walker, memo, *is_kind);
    return true;
}

/* An event of the rule's kind with a floating SID against an event of another kind: skip it. */
static bool absorb_floating_sid(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                struct evd_absorption *absorption)
{
    bool is_kind[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        if (!is_of_kind(walker, side, rule, &is_kind[side]))
            return false;
    if (is_kind[EVD_CANARY] == is_kind[EVD_OURS])
        return true;
    const enum evd_side side = is_kind[EVD_CANARY] ? EVD_CANARY : EVD_OURS;
    struct evd_cursor *cursor = &walker->side[side];
    if (!evd_walk_read(walker, side))
        return false;
    if (has_floating_sid(walker, &cursor->view, &cursor->reader.reread.hasher)) {
        absorption->side = side;
        absorption->count = 1;
    }
    return true;
}

/* ---- balanced blocks ---- */

static bool is_named(const struct evd_event_view *view, struct evd_string kind, struct evd_string name_field,
                     struct evd_string name)
{
    const struct evd_value *value = evd_value_get(view->payload, name_field);
    return evd_string_equal(view->fields.kind, kind) && value != NULL && value->type == EVD_JSON_STRING &&
           evd_string_equal(value->string, name);
}

/* True when events with equal keys may have different names: then the key says nothing of the name. */
static bool is_name_left_out(const struct evd_event_view *view, const struct evd_absorber_rule *rule)
{
    const uint32_t left_out = EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP;
    const struct evd_field_rule *field =
        view->fields.rule == NULL ? NULL
                                  : evd_kind_field(view->fields.rule, rule->name_field.bytes, rule->name_field.length);
    return field != NULL && (field->roles & left_out) != 0;
}

/* True in *is_place when the event at `position` stands for place `i` of a block of that name, rule->enter or
 * rule->leave. */
static bool is_at_place(struct evd_walker *walker, const struct evd_absorber_rule *rule, const struct evd_string *name,
                        uint64_t position, size_t i, bool *is_place)
{
    struct evd_cursor *cursor = &walker->side[rule->side];
    const struct evd_event *event = evd_cursor_event(cursor, position);
    if (event == NULL)
        return false;
    const struct evd_absorber_memo memo = ask(walker, rule, name, i, event->key);
    if (recall(walker, &memo, is_place))
        return true;
    struct evd_event_view view;
    if (!evd_reader_read(&walker->block_reader, cursor->log, event, NULL, &view))
        return false;
    *is_place = is_named(&view, rule->block_kinds[i], rule->name_field, *name);
    if (!is_name_left_out(&view, rule))
        keep(walker, memo, *is_place);
    return true;
}

/* The same of the event at a side's cursor and the first place; its canonical values are in place. */
static bool is_at_block(struct evd_walker *walker, int side, const struct evd_absorber_rule *rule,
                        const struct evd_string *name, bool *is_place)
{
    const struct evd_absorber_memo memo = ask(walker, rule, name, 0, current(walker, side)->key);
    if (recall(walker, &memo, is_place))
        return true;
    if (!evd_walk_read(walker, (enum evd_side)side))
        return false;
    const struct evd_event_view *view = &walker->side[side].view;
    *is_place = is_named(view, rule->block_kinds[0], rule->name_field, *name);
    if (!is_name_left_out(view, rule))
        keep(walker, memo, *is_place);
    return true;
}

/* True in *is_block when a whole block of that name begins at `position`. */
static bool find_block(struct evd_walker *walker, const struct evd_absorber_rule *rule, const struct evd_string *name,
                       uint64_t position, bool *is_block)
{
    const struct evd_cursor *cursor = &walker->side[rule->side];
    *is_block = false;
    if (cursor->stream->count - position < rule->block_kind_count)
        return true;
    for (size_t i = 0; i < rule->block_kind_count; i++) {
        bool is_place;
        if (!is_at_place(walker, rule, name, position + i, i, &is_place))
            return false;
        if (!is_place)
            return true;
    }
    *is_block = true;
    return true;
}

/* While one side is at an enter block and the other at the start of a leave block: skip balanced blocks
 * up to the first point where the two sides meet again. */
static bool absorb_balanced_blocks(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                   struct evd_absorption *absorption)
{
    const struct evd_cursor *cursor = &walker->side[rule->side];
    bool is_enter, is_leave;
    if (!is_at_block(walker, rule->side, rule, &rule->enter, &is_enter) ||
        (is_enter && !is_at_block(walker, !rule->side, rule, &rule->leave, &is_leave)))
        return false;
    if (!is_enter || !is_leave)
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
        if (position == cursor->stream->count)
            return true;
        /* What the other side is at. */
        bool is_meeting;
        if (!is_at_place(walker, rule, &rule->leave, position, 0, &is_meeting))
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
