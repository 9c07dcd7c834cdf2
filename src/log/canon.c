#include "log/canon.h"

#include <stdlib.h>
#include <string.h>

#include "log/list_order.h"
#include "log/names.h"
#include "log/operators.h"

bool evd_canon_is_about(const struct evd_compare_list *compare, struct evd_string field)
{
    for (size_t i = 0; i < compare->count; i++)
        for (size_t j = 0; j < compare->rules[i]->path_count; j++) {
            const struct evd_path *path = &compare->rules[i]->paths[j];
            if (evd_path_step_in(path, evd_path_start(path), &field) != 0)
                return true;
        }
    return false;
}

bool evd_canon_may_pass_over(const struct evd_compare_list *compare)
{
    for (size_t i = 0; i < compare->count; i++)
        if (compare->rules[i]->is_passed_over)
            return true;
    return false;
}

/* A path of a rule that holds, at the value at hand. */
struct lane {
    size_t rule; /* in evd_event_fields::compare */
    const struct evd_path *path;
};

/* All that one call works on. */
struct maker {
    struct evd_arena *arena;
    const struct evd_compare_list *compare;
    const struct evd_kind_rule *kind; /* or NULL */
    struct lane *lanes;
    size_t lane_count;
    uint32_t *uses;
    struct evd_sided_values sided;
    struct evd_item_range *ranges;  /* of the list that rules are applied to, one an item; else NULL */
    struct evd_json_parser *parser; /* of texts, made when it is wanted */
    bool is_allocator_return;       /* of the event */
    bool is_alone;                  /* no other side is asked: values that take both are what they are */
    bool has_called;                /* some lane's rule gives members other names */
    const struct evd_called *called;
    bool failed;
};

/* Within an item places begin anew, until it is known where in the list it comes to stand. */
static const uint64_t ITEM_PLACE = 1;

/* Items that are absent have places of their own. */
static const uint64_t ABSENT_ITEMS = UINT64_C(1) << 32;

/* Where a value is, see struct evd_sided_value. */
struct place {
    uint64_t hash, shown;
    bool is_in_text;                          /* in what a text spells: then it is the text that is shown */
    struct evd_string outer;                  /* what the log calls the payload's member that it is in */
    const struct evd_compare_rule *called_by; /* by which it has its name; NULL: it is the log's */
};

static bool put_in_order(struct maker *maker, struct evd_value *value, bool is_set)
{
    return evd_list_order(maker->arena, value, is_set, maker->ranges, &maker->sided, &maker->failed);
}

static bool is_blank(const struct evd_value *value)
{
    switch (value->type) {
    case EVD_JSON_NULL: return true;
    case EVD_JSON_STRING: return value->string.length == 0;
    case EVD_JSON_ARRAY: return value->array.count == 0;
    case EVD_JSON_OBJECT: return value->object.count == 0;
    default: return false;
    }
}

/* ---- JSON in texts ---- */

/* True when a rule whose paths end at a text asks for what it spells. */
static bool asks_json(const struct maker *maker, const uint64_t *places)
{
    for (size_t i = 0; i < maker->lane_count; i++) {
        const struct lane *lane = &maker->lanes[i];
        const struct evd_compare_rule *rule = maker->compare->rules[lane->rule];
        const size_t first = evd_gives_name(rule);
        if (rule->own_count > first && rule->operations[first].op == EVD_AS_JSON &&
            evd_path_ends(lane->path, places[i]))
            return true;
    }
    return false;
}

/* ---- operators ---- */

/* Returns whether the operator was about the value. */
static bool operate(struct maker *maker, struct evd_value *value, const struct evd_operation *operation,
                    bool *is_absent)
{
    /* One of several that are alike has no text and no number any more. */
    if (value->name != 0 && operation->op != EVD_AS_NOTHING && operation->op != EVD_AS_CONSTANT)
        return false;
    switch (operation->op) {
    case EVD_AS_NOTHING: return *is_absent = true;
    case EVD_AS_BLANK: return *is_absent = is_blank(value);
    case EVD_AS_JSON: return value->type == EVD_JSON_OBJECT || value->type == EVD_JSON_ARRAY;
    case EVD_AS_SET: return put_in_order(maker, value, true);
    case EVD_AS_MULTISET: return put_in_order(maker, value, false);
    default: return evd_operate(maker->arena, operation, value, &maker->failed);
    }
}

/* ---- values that take both sides ---- */

/* Keeps a value for when both sides are known; for the key it is any such value, or none. */
static bool keep_sided(struct maker *maker, const struct evd_compare_rule *rule, struct evd_value *value,
                       struct place place, bool *is_absent)
{
    if (!evd_may_be_sided(maker->arena, rule, value, &maker->failed) || maker->failed)
        return false;
    if (maker->is_alone)
        return true;
    if (maker->sided.count == maker->sided.capacity) {
        const size_t capacity = maker->sided.capacity > 0 ? 2 * maker->sided.capacity : 8;
        struct evd_sided_value *sided = evd_arena_array(maker->arena, capacity, sizeof *sided);
        maker->failed |= sided == NULL;
        if (sided == NULL)
            return false;
        if (maker->sided.count > 0)
            memcpy(sided, maker->sided.values, maker->sided.count * sizeof *sided);
        maker->sided.values = sided;
        maker->sided.capacity = capacity;
    }
    maker->sided.values[maker->sided.count++] = (struct evd_sided_value){
        .rule = rule,
        .place = place.hash,
        .lasting = place.hash,
        .common = place.hash,
        .shown = place.shown,
        .value = *value};
    *is_absent = rule->operations[rule->own_count].op == EVD_AS_IF_BOTH;
    value->name = EVD_SIDES_MARK + (uint32_t)rule->index;
    return true;
}

bool evd_canon_operate(struct evd_arena *arena, const struct evd_operation *operation, struct evd_value *value)
{
    struct maker maker = {.arena = arena};
    bool is_absent = false;
    operate(&maker, value, operation, &is_absent);
    return !maker.failed;
}

/* ---- going through a payload ---- */

/* The other side has its numbers as they are. */
static void make_integer(struct maker *maker, struct evd_value *value)
{
    struct evd_quantity number;
    bool is_one = false;
    maker->failed |= !evd_quantity_read(maker->arena, value, EVD_BARE_DECIMAL, &number, &is_one) ||
                     (is_one && !evd_quantity_spell_integer(maker->arena, &number, value));
}

/* What rules whose paths end here make of a value. What takes both sides in it is kept from `begin` on. */
static void apply(struct maker *maker, struct evd_value *value, const uint64_t *places, struct place place,
                  size_t begin, bool *is_absent)
{
    size_t done = SIZE_MAX; /* the last rule that was applied: its paths are neighbours */
    for (size_t i = 0; i < maker->lane_count && !*is_absent; i++) {
        const struct lane *lane = &maker->lanes[i];
        if (lane->rule == done || !evd_path_ends(lane->path, places[i]))
            continue;
        const struct evd_compare_rule *rule = maker->compare->rules[lane->rule];
        bool was_about = false, is_meant = true;
        for (size_t j = 0; j < rule->own_count && !*is_absent && is_meant; j++) {
            if (rule->operations[j].op == EVD_AS_CALLED) {
                was_about |= place.called_by == rule;
                continue;
            }
            if (rule->operations[j].op == EVD_AS_ONLY) {
                is_meant = value->name == 0 &&
                           evd_condition_holds(maker->arena, rule->operations[j].condition, value, &maker->failed);
                continue;
            }
            const bool is_done = operate(maker, value, &rule->operations[j], is_absent);
            if (is_done && rule->when.has_side && evd_makes_number(&rule->operations[j]))
                make_integer(maker, value);
            if (rule->operations[j].op == EVD_AS_CONSTANT)
                evd_sided_forget(&maker->sided, &(struct evd_item_range){begin, maker->sided.count, 0, 0, 0});
            was_about |= is_done;
        }
        bool is_kept = false;
        if (rule->own_count < rule->operation_count && !*is_absent && is_meant)
            is_kept = keep_sided(maker, rule, value, place, is_absent);
        maker->uses[lane->rule] += was_about || is_kept;
        done = lane->rule;
        if (is_kept)
            break;
    }
}

/* The places of all lanes one step further in; false when none leads on. A member that counts as one of another name has
 * both: `was` is the log's, or NULL. */
static bool step_in(const struct maker *maker, const uint64_t *places, const struct evd_string *key,
                    const struct evd_string *was, uint64_t *inner)
{
    uint64_t any = 0;
    for (size_t i = 0; i < maker->lane_count; i++) {
        inner[i] = places[i] == 0 ? 0 : evd_path_step_in(maker->lanes[i].path, places[i], key);
        if (was != NULL && places[i] != 0)
            inner[i] |= evd_path_step_in(maker->lanes[i].path, places[i], was);
        any |= inner[i];
    }
    return any != 0;
}

/* True when the event is the return of an allocator. */
static bool is_allocator_return(const struct evd_kind_rule *rule, const struct evd_value *payload)
{
    for (size_t i = 0; rule != NULL && rule->allocator != NULL && i < payload->object.count; i++) {
        const struct evd_member *member = &payload->object.members[i];
        const struct evd_field_rule *field = evd_kind_field(rule, member->key.bytes, member->key.length);
        if (field != NULL && field->roles & EVD_FIELD_ALLOCATOR_NAME)
            return member->value.type == EVD_JSON_STRING &&
                   evd_allocator_index(rule->allocator, member->value.string.bytes, member->value.string.length) >= 0;
    }
    return false;
}

static bool go_through(struct maker *maker, struct evd_value *value, const uint64_t *places, struct place place,
                       unsigned depth);

/* Goes through a member or an item; true when it is absent then. */
static bool enter(struct maker *maker, struct evd_value *value, const uint64_t *places, const struct evd_string *key,
                  const struct evd_string *was, uint64_t *inner, struct place place, unsigned depth)
{
    return !maker->failed && step_in(maker, places, key, was, inner) &&
           go_through(maker, value, inner, place, depth + 1);
}

/* The place of a member below another place. */
static struct place place_of(struct place above, const struct evd_member *member, unsigned depth)
{
    const uint64_t hash = evd_hash_string(member->key);
    return (struct place){
        .hash = evd_hash_pair(above.hash, hash),
        .shown = depth == 0                        ? hash
                 : depth == 1 && !above.is_in_text ? evd_hash_pair(above.shown, hash)
                                                   : above.shown,
        .is_in_text = above.is_in_text,
        .outer = above.outer};
}

/* ---- members of other names ---- */

static bool is_left_to_others(const struct maker *maker, struct evd_string key)
{
    const struct evd_field_rule *field =
        maker->kind == NULL ? NULL : evd_kind_field(maker->kind, key.bytes, key.length);
    const uint32_t others =
        EVD_FIELD_SKIPPED | EVD_FIELD_HEAP | (maker->is_allocator_return ? EVD_FIELD_SET | EVD_FIELD_REPLACED : 0);
    return field != NULL && field->roles & others;
}

/* The first rule that gives the member a name, whose paths have led to `places`; NULL: none does. */
static const struct evd_compare_rule *find_name(const struct maker *maker, const uint64_t *places,
                                                const struct evd_member *member)
{
    for (size_t i = 0; member->value.name == 0 && i < maker->lane_count; i++) {
        const struct evd_compare_rule *rule = maker->compare->rules[maker->lanes[i].rule];
        const struct evd_path *path = maker->lanes[i].path;
        if (evd_gives_name(rule) && places[i] != 0 &&
            evd_path_ends(path, evd_path_step_in(path, places[i], &member->key)))
            return rule;
    }
    return NULL;
}

/* Gives members of an object the names that they count as having. Returns what was given, one a member; NULL: nothing. */
static struct evd_given_name *name_members(struct maker *maker, struct evd_value *value, const uint64_t *places,
                                           struct place place, unsigned depth)
{
    const size_t count = value->object.count;
    struct evd_given_name *given = maker->has_called ? evd_arena_array(maker->arena, count, sizeof *given) : NULL;
    bool has_any = false;
    maker->failed |= maker->has_called && given == NULL;
    for (size_t i = 0; given != NULL && i < count; i++) {
        const struct evd_member *member = &value->object.members[i];
        const struct evd_compare_rule *rule = find_name(maker, places, member);
        if (rule != NULL && depth == 0 &&
            (is_left_to_others(maker, member->key) || is_left_to_others(maker, rule->operations[0].called)))
            rule = NULL;
        given[i] = (struct evd_given_name){rule, member->key};
        has_any |= rule != NULL;
    }
    if (!has_any)
        return NULL;
    maker->failed |= !evd_called_give(maker->arena, value, given);
    for (size_t i = 0; i < count && depth <= 1 && !place.is_in_text && !maker->failed; i++)
        maker->failed |= !evd_called_keep(maker->arena, &given[i], depth == 1 ? &place.outer : NULL, &maker->called);
    return given;
}

/* ---- what is inside ---- */

static void go_through_object(struct maker *maker, struct evd_value *value, const uint64_t *places, uint64_t *inner,
                              struct place place, unsigned depth)
{
    const size_t count = value->object.count;
    uint32_t *absent = evd_arena_array(maker->arena, count, sizeof *absent);
    maker->failed |= absent == NULL;
    bool is_any_absent = false;
    const struct evd_given_name *given = name_members(maker, value, places, place, depth);
    for (size_t i = 0; i < count && !maker->failed; i++) {
        struct evd_member *member = &value->object.members[i];
        struct place within = place_of(place, member, depth);
        const struct evd_string *was = given != NULL && given[i].rule != NULL ? &given[i].was : NULL;
        within.called_by = was != NULL ? given[i].rule : NULL;
        if (depth == 0)
            within.outer = was != NULL ? *was : member->key;
        absent[i] = !(depth == 0 && is_left_to_others(maker, member->key)) &&
                    enter(maker, &member->value, places, &member->key, was, inner, within, depth);
        is_any_absent |= absent[i];
    }
    if (is_any_absent && !maker->failed)
        evd_value_leave_out(value, absent);
}

/* Sets where the values in items are, once it is known where the items are. */
static void place_items(struct maker *maker, const struct evd_item_range *ranges, size_t count, struct place place)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = ranges[i].begin; j < ranges[i].end; j++) {
            struct evd_sided_value *value = &maker->sided.values[j];
            value->place = evd_hash_pair(evd_hash_pair(place.hash, ranges[i].number), value->place);
            value->lasting = evd_hash_pair(evd_hash_pair(place.hash, ranges[i].lasting), value->lasting);
            value->common = evd_hash_pair(evd_hash_pair(place.hash, ranges[i].common), value->common);
        }
}

static void go_through_array(struct maker *maker, struct evd_value *value, const uint64_t *places, uint64_t *inner,
                             struct place place, unsigned depth)
{
    const size_t count = value->array.count;
    struct evd_item_range *ranges = evd_arena_array(maker->arena, count, sizeof *ranges);
    maker->failed |= ranges == NULL;
    if (ranges == NULL)
        return;
    value->array.count = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t begin = maker->sided.count;
        const struct place within = {
            .hash = ITEM_PLACE, .shown = place.shown, .is_in_text = place.is_in_text, .outer = place.outer};
        const bool is_absent = enter(maker, &value->array.items[i], places, NULL, NULL, inner, within, depth);
        const uint64_t number = is_absent ? ABSENT_ITEMS + i : i;
        const struct evd_item_range range = {begin, maker->sided.count, number, number, number};
        if (is_absent) {
            place_items(maker, &range, 1, place);
            continue;
        }
        ranges[value->array.count] = range;
        value->array.items[value->array.count++] = value->array.items[i];
    }
    maker->ranges = ranges;
}

/* A name is left to the rules of names, unless it counts as absent whatever it is. */
static bool is_name_absent(struct maker *maker, const uint64_t *places)
{
    for (size_t i = 0; i < maker->lane_count; i++) {
        const struct lane *lane = &maker->lanes[i];
        const struct evd_compare_rule *rule = maker->compare->rules[lane->rule];
        const size_t first = evd_gives_name(rule);
        if (rule->own_count <= first || rule->operations[first].op != EVD_AS_NOTHING ||
            !evd_path_ends(lane->path, places[i]))
            continue;
        maker->uses[lane->rule]++;
        return true;
    }
    return false;
}

/* What is inside first: a list without order is put in one by what its items count as. True when the value is absent. */
static bool go_through(struct maker *maker, struct evd_value *value, const uint64_t *places, struct place place,
                       unsigned depth)
{
    bool is_absent = false;
    const size_t begin = maker->sided.count;
    if (value->name != 0)
        return is_name_absent(maker, places);
    if (value->type == EVD_JSON_STRING && depth > 0 && asks_json(maker, places)) {
        evd_text_to_json(maker->arena, &maker->parser, value, &maker->failed);
        place.is_in_text = true;
    }
    if (depth < EVD_PATH_DEPTH_MAX && (value->type == EVD_JSON_OBJECT || value->type == EVD_JSON_ARRAY)) {
        uint64_t *inner = evd_arena_array(maker->arena, maker->lane_count, sizeof *inner);
        maker->failed |= inner == NULL;
        if (inner == NULL)
            return false;
        if (value->type == EVD_JSON_OBJECT)
            go_through_object(maker, value, places, inner, place, depth);
        else
            go_through_array(maker, value, places, inner, place, depth);
    }
    struct evd_item_range *const ranges = maker->ranges;
    if (!maker->failed && depth > 0)
        apply(maker, value, places, place, begin, &is_absent);
    if (ranges != NULL && value->type == EVD_JSON_ARRAY && !maker->failed)
        place_items(maker, ranges, value->array.count, place);
    maker->ranges = NULL;
    return is_absent;
}

/* ---- events ---- */

/* Which rules hold, and a lane for each of their paths. */
static bool find_lanes(struct maker *maker, const struct evd_event_fields *fields, struct evd_canon *canon)
{
    const struct evd_string call = evd_payload_call(fields->rule, &canon->payload);
    size_t most = 0;
    for (size_t i = 0; i < maker->compare->count; i++)
        most += maker->compare->rules[i]->path_count;
    maker->lanes = evd_arena_array(maker->arena, most, sizeof *maker->lanes);
    maker->uses = evd_arena_array(maker->arena, maker->compare->count, sizeof *maker->uses);
    if (maker->lanes == NULL || maker->uses == NULL)
        return false;
    memset(maker->uses, 0, maker->compare->count * sizeof *maker->uses);
    for (size_t i = 0; i < maker->compare->count && !maker->failed; i++) {
        const struct evd_compare_rule *rule = maker->compare->rules[i];
        if (rule->when.has_side && rule->when.side != (unsigned)fields->side)
            continue;
        if (!evd_when_holds(maker->arena, &rule->when, fields->kind, call, &canon->payload, &maker->failed))
            continue;
        canon->is_passed_over |= rule->is_passed_over;
        maker->uses[i] += rule->is_passed_over;
        maker->has_called |= evd_gives_name(rule);
        for (size_t j = 0; j < rule->path_count; j++)
            maker->lanes[maker->lane_count++] = (struct lane){i, &rule->paths[j]};
    }
    return !maker->failed;
}

static bool make(struct maker *maker, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                 struct evd_canon *canon)
{
    struct evd_arena *arena = maker->arena;
    *canon = (struct evd_canon){.payload = {.type = EVD_JSON_OBJECT}};
    if (fields->payload != 0 && !evd_value_build(arena, tape, fields->payload, &canon->payload))
        return false;
    if (fields->rule != NULL && fields->rule->has_names)
        evd_names_mark(fields->rule, &canon->payload);
    maker->is_allocator_return = is_allocator_return(fields->rule, &canon->payload);
    if (!find_lanes(maker, fields, canon))
        return false;
    canon->uses = maker->uses;
    if (maker->lane_count == 0)
        return true;
    uint64_t *places = evd_arena_array(arena, maker->lane_count, sizeof *places);
    if (places == NULL)
        return false;
    for (size_t i = 0; i < maker->lane_count; i++)
        places[i] = evd_path_start(maker->lanes[i].path);
    go_through(maker, &canon->payload, places, (struct place){0}, 0);
    canon->called = maker->called;
    canon->sided = maker->sided.values;
    for (size_t i = 0; i < maker->sided.count; i++)
        if (maker->sided.values[i].rule != NULL)
            canon->sided[canon->sided_count++] = maker->sided.values[i];
    return !maker->failed;
}

bool evd_canon_make(struct evd_arena *arena, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                    struct evd_canon *canon)
{
    struct maker maker = {.arena = arena, .compare = fields->compare, .kind = fields->rule};
    const bool is_made = make(&maker, tape, fields, canon);
    evd_json_parser_destroy(maker.parser);
    return is_made;
}

bool evd_canon_make_alone(struct evd_arena *arena, const struct evd_json_tape *tape,
                          const struct evd_event_fields *fields, struct evd_canon *canon)
{
    struct maker maker = {.arena = arena, .compare = fields->compare, .kind = fields->rule, .is_alone = true};
    const bool is_made = make(&maker, tape, fields, canon);
    evd_json_parser_destroy(maker.parser);
    if (is_made)
        evd_names_unmark(&canon->payload);
    return is_made;
}
