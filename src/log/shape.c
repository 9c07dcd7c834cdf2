/* Shapes: what a parsed line teaches. Its path goes into the trie of log/shape_trie.c; how lines are read by it is in
 * log/shape_read.c. */
#include <string.h>

#include "base/pages.h"
#include "log/canon.h"
#include "log/log.h"
#include "log/shape_trie.h"
#include "json/null.h"

enum {
    LESSONS_FIXING = 400, /* so many lessons with what is likely fixed in literals */
};

static void choose_readers(struct evd_shapes *shapes)
{
    shapes->read = evd_shape_read_baseline;
    shapes->read_values = evd_shape_read_values_baseline;
#if defined(EVD_HAS_X86_64_V3)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        shapes->read = evd_shape_read_v3;
        shapes->read_values = evd_shape_read_values_v3;
    }
#endif
}

struct evd_shapes *evd_shapes_create(const struct evd_rules *rules)
{
    /* In pages of its own: every worker has one and writes to it at every line. */
    struct evd_shapes *shapes = evd_pages_alloc(sizeof *shapes);
    if (shapes == NULL)
        return NULL;
    shapes->rules = rules;
    choose_readers(shapes);
    shapes->last = &shapes->root;
    shapes->memos = evd_pages_alloc(EVD_MEMO_SLOTS * sizeof *shapes->memos);
    if (shapes->memos == NULL) {
        evd_pages_free(shapes, sizeof *shapes);
        return NULL;
    }
    return shapes;
}

bool evd_shapes_are_of(const struct evd_shapes *shapes, const struct evd_rules *rules)
{
    return shapes->rules == rules;
}

void evd_shapes_destroy(struct evd_shapes *shapes)
{
    if (shapes == NULL)
        return;
    evd_arena_release(&shapes->arena);
    evd_arena_release(&shapes->strings);
    evd_pages_free(shapes->memos, EVD_MEMO_SLOTS * sizeof *shapes->memos);
    evd_pages_free(shapes->steps, EVD_SHAPE_STEPS_MAX * sizeof *shapes->steps);
    evd_pages_free(shapes, sizeof *shapes);
}

/* Logs whose lines have no shape are not worth trying. */
static inline bool are_worth_trying(const struct evd_shapes *shapes)
{
    return shapes->misses <= EVD_MISSES_FREE + shapes->hits * 4;
}

const char *evd_shapes_read(struct evd_shapes *shapes, const char *line, const char *end,
                            struct evd_event_record *record)
{
    return are_worth_trying(shapes) ? shapes->read(shapes, line, end, record) : NULL;
}

const char *evd_shapes_read_values(struct evd_shapes *shapes, const char *line, const char *end,
                                   struct evd_event_record *record)
{
    return are_worth_trying(shapes) ? shapes->read_values(shapes, line, end, record, &shapes->values) : NULL;
}

const char *evd_shapes_read_names(struct evd_shapes *shapes, const char *line, const char *end,
                                  struct evd_event_record *record, struct evd_name_list *names)
{
    if (!evd_name_list_empty(names, EVD_SHAPE_STEPS_MAX))
        return NULL;
    shapes->names = names;
    const char *next = evd_shapes_read(shapes, line, end, record);
    shapes->names = NULL;
    return next;
}

struct lesson {
    const struct evd_json_tape *tape;
    struct evd_hasher *hasher;
    const struct evd_kind_rule *rule;
    struct evd_member_list members;
    struct evd_shape_step *steps;
    unsigned step_count;
    unsigned depth;
    uint32_t kind_token;     /* 0 until it has come */
    struct evd_string field; /* of the payload, the last one that came */
    uint64_t field_hash;
    uint32_t field_roles;
    uint32_t skipped_fields;
    uint32_t sid_count;
    bool has_names;   /* a value came that name rules may be about */
    bool is_fixing;   /* values that are likely fixed are part of literals */
    bool is_hopeless; /* the line can have no shape */
};

/* What a value is part of. */
enum region { REGION_EVENT, REGION_PAYLOAD, REGION_SKIPPED, REGION_IGNORED };

static void act(struct lesson *lesson, struct evd_action action)
{
    struct evd_shape_step *step = &lesson->steps[lesson->step_count];
    if (step->action_count == EVD_SHAPE_ACTIONS_MAX)
        lesson->is_hopeless = true;
    else
        step->actions[step->action_count++] = action;
}

/* Ends the literal at a value, which becomes a hole; the next literal begins after it. */
static void make_hole(struct lesson *lesson, uint32_t token, enum evd_hole_use use, struct evd_action member)
{
    const struct evd_json_token *t = &lesson->tape->tokens[token];
    struct evd_shape_step *step = &lesson->steps[lesson->step_count];
    step->to = t->start;
    step->token = token;
    step->hole = t->type == EVD_JSON_STRING ? EVD_HOLE_STRING : EVD_HOLE_NUMBER;
    step->use = use;
    step->member = member;
    if (++lesson->step_count == EVD_SHAPE_STEPS_MAX) {
        lesson->is_hopeless = true;
        lesson->step_count--;
        return;
    }
    lesson->steps[lesson->step_count] = (struct evd_shape_step){.from = t->start + t->length};
}

static void learn_object(struct lesson *lesson, uint32_t object, enum region region);
static void learn_array(struct lesson *lesson, uint32_t array, enum region region, uint32_t roles);

/* True for a value that no rule looks at and that is likely the same in every line: the engine's name, a
 * version. Then it is part of the literal. */
static bool is_likely_fixed(const struct evd_json_token *token)
{
    return token->type == EVD_JSON_STRING || token->length == 1;
}

enum {
    NAME_ROLES = EVD_FIELD_NAME | EVD_FIELD_SIZE,
    SID_ROLES = EVD_FIELD_SID | EVD_FIELD_SID_POINTER | EVD_FIELD_SID_OBJECT_TYPE,
};

/* Notes where the value of the step that is being learnt stands to the name rules. */
static void set_place(struct lesson *lesson, struct evd_string name, const struct evd_action *member)
{
    /* Which rules are about a name depends on the call, which must be known. */
    if (member->roles & EVD_FIELD_CALL)
        lesson->is_hopeless |= lesson->has_names;
    else
        lesson->has_names = true;
    struct evd_name_place *place = &lesson->steps[lesson->step_count].place;
    place->kind = lesson->rule;
    place->field_hash = lesson->field_hash;
    place->member_path = lesson->depth > 0 ? evd_hash_pair(place->field_hash, member->key_hash) : 0;
    place->path = lesson->depth > 0 ? place->member_path : place->field_hash;
    place->rule = evd_name_rule_find(lesson->rule, NULL, lesson->field, lesson->depth > 0 ? &name : NULL);
}

/* What a member of the payload is to the rules; of a field, its own members may be names. */
static void set_roles(struct lesson *lesson, struct evd_string name, struct evd_action *member)
{
    member->key_hash = evd_hash_string(name);
    if (lesson->depth == 0) {
        const struct evd_field_rule *field =
            lesson->rule != NULL ? evd_kind_field(lesson->rule, name.bytes, name.length) : NULL;
        member->roles = field != NULL ? field->roles : 0;
        lesson->field = name;
        lesson->field_hash = member->key_hash;
        lesson->field_roles = member->roles;
    } else if (lesson->depth == 1) {
        member->roles = lesson->field_roles & NAME_ROLES;
    }
}

/* Counts what a value says of SIDs. Hopeless: more SIDs than a record has room for, those in a string or in the keys of an
 * object, and an object type that is no number. */
static void learn_sid(struct lesson *lesson, uint32_t roles, const struct evd_json_token *t)
{
    if (roles & EVD_FIELD_SID && t->type == EVD_JSON_STRING)
        lesson->is_hopeless |= ++lesson->sid_count > EVD_SHAPE_SIDS_MAX;
    if (roles & EVD_SHAPE_ELEMENT)
        return;
    if (roles & EVD_FIELD_SID && lesson->rule->sid->many)
        lesson->is_hopeless |= t->type == EVD_JSON_STRING || t->type == EVD_JSON_OBJECT;
    if (roles & EVD_FIELD_SID_OBJECT_TYPE)
        lesson->is_hopeless |= t->type == EVD_JSON_TRUE || t->type == EVD_JSON_FALSE;
}

/* A value at `token`: the hole that it becomes, or what it adds to the key. */
static void learn_value(struct lesson *lesson, uint32_t token, enum region region, struct evd_action member)
{
    const struct evd_json_token *t = &lesson->tape->tokens[token];
    const bool is_array = t->type == EVD_JSON_ARRAY;
    if (member.roles & SID_ROLES)
        learn_sid(lesson, member.roles, t);
    switch ((enum evd_json_type)t->type) {
    case EVD_JSON_STRING:
    case EVD_JSON_INTEGER:
    case EVD_JSON_REAL:
        if (member.roles & SID_ROLES)
            make_hole(lesson, token, EVD_USE_SID, member);
        else if (region == REGION_PAYLOAD)
            make_hole(lesson, token, EVD_USE_MEMBER, member);
        else if (region == REGION_SKIPPED)
            make_hole(lesson, token, EVD_USE_SKIPPED, member);
        else if (!lesson->is_fixing || !is_likely_fixed(t))
            make_hole(lesson, token, EVD_USE_NOTHING, member);
        break;
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE:
    case EVD_JSON_TRUE:
        member.type = EVD_ACTION_CONSTANT;
        member.is_null = t->type == EVD_JSON_NULL;
        member.is_null_pointer = evd_is_null_token(lesson->hasher, lesson->tape, token);
        member.value_hash = evd_hash_value(lesson->hasher, lesson->tape, token);
        member.hash = member.roles & EVD_SHAPE_ELEMENT
                          ? member.value_hash
                          : evd_hash_member(lesson->hasher, lesson->tape, member.key_hash, token);
        if (region == REGION_PAYLOAD)
            act(lesson, member);
        break;
    case EVD_JSON_OBJECT:
    case EVD_JSON_ARRAY:
        if (lesson->depth == EVD_SHAPE_DEPTH_MAX) {
            lesson->is_hopeless = true;
            break;
        }
        if (region == REGION_PAYLOAD)
            act(lesson, (struct evd_action){.type = is_array ? EVD_ACTION_OPEN_ARRAY : EVD_ACTION_OPEN});
        lesson->depth++;
        if (is_array)
            learn_array(lesson, token, region, member.roles);
        else
            learn_object(lesson, token, region);
        lesson->depth--;
        member.type = is_array ? EVD_ACTION_CLOSE_ARRAY : EVD_ACTION_CLOSE;
        if (region == REGION_PAYLOAD)
            act(lesson, member);
        break;
    }
}

static void learn_member(struct lesson *lesson, uint32_t key, enum region region)
{
    const struct evd_json_token *t = &lesson->tape->tokens[key + 1];
    const struct evd_string name = evd_hasher_string(lesson->hasher, lesson->tape, key);
    struct evd_action member = {0};
    if (region == REGION_PAYLOAD)
        set_roles(lesson, name, &member);
    if (member.roles & EVD_FIELD_SKIPPED) {
        lesson->skipped_fields++;
        region = REGION_SKIPPED;
    }
    const bool is_scalar = t->type == EVD_JSON_STRING || t->type == EVD_JSON_INTEGER || t->type == EVD_JSON_REAL;
    if (is_scalar && region == REGION_PAYLOAD && member.roles & (NAME_ROLES | EVD_FIELD_CALL))
        set_place(lesson, name, &member);
    learn_value(lesson, key + 1, region, member);
}

/* `roles`: of what the array is the value of. */
static void learn_array(struct lesson *lesson, uint32_t array, enum region region, uint32_t roles)
{
    const struct evd_json_token *tokens = lesson->tape->tokens;
    const bool has_sids = roles & EVD_FIELD_SID && !(roles & EVD_SHAPE_ELEMENT) && lesson->rule->sid->many;
    const uint32_t handed_on = has_sids ? (uint32_t)EVD_FIELD_SID | (roles & EVD_FIELD_SKIPPED) : 0;
    const struct evd_action element = {.roles = EVD_SHAPE_ELEMENT | handed_on};
    /* Which name rules are about an element is the parser's to say. */
    lesson->is_hopeless |= region == REGION_PAYLOAD && lesson->field_roles & NAME_ROLES;
    for (uint32_t i = array + 1; i < tokens[array].next && !lesson->is_hopeless; i = tokens[i].next)
        learn_value(lesson, i, region, element);
}

static bool is_name(struct evd_string name, const char *literal)
{
    return evd_string_equal(name, evd_string_of(literal));
}

static void learn_event_member(struct lesson *lesson, uint32_t key)
{
    const struct evd_json_token *t = &lesson->tape->tokens[key + 1];
    const struct evd_string name = evd_hasher_string(lesson->hasher, lesson->tape, key);
    if (is_name(name, "kind")) {
        /* Part of the literal: a path is of one kind. */
        lesson->kind_token = key + 1;
    } else if (is_name(name, "tid")) {
        make_hole(lesson, key + 1, EVD_USE_TID, (struct evd_action){0});
    } else if (is_name(name, "tid_event_idx")) {
        make_hole(lesson, key + 1, EVD_USE_IDX, (struct evd_action){0});
    } else if (is_name(name, "host_ns") && t->type == EVD_JSON_INTEGER) {
        make_hole(lesson, key + 1, EVD_USE_HOST_NS, (struct evd_action){0});
    } else if (is_name(name, "host_ns") && t->type == EVD_JSON_REAL) {
        /* Its hole would take the integers of other lines, and not as times. */
        lesson->is_hopeless = true;
    } else if (is_name(name, "payload")) {
        /* What the fields of a payload are to the rules depends on the kind, which must be known. */
        lesson->is_hopeless |= lesson->kind_token == 0;
        if (t->type == EVD_JSON_OBJECT)
            learn_object(lesson, key + 1, REGION_PAYLOAD);
    } else {
        learn_member(lesson, key, REGION_IGNORED);
    }
}

static void learn_object(struct lesson *lesson, uint32_t object, enum region region)
{
    const struct evd_json_token *tokens = lesson->tape->tokens;
    size_t count = 0;
    for (uint32_t key = object + 1; key < tokens[object].next; key = tokens[key + 1].next)
        count++;
    /* A key that comes twice, which only the parser sorts out. */
    if (evd_member_list_read(lesson->hasher, &lesson->members, lesson->tape, object) != count)
        lesson->is_hopeless = true;
    for (uint32_t key = object + 1; key < tokens[object].next && !lesson->is_hopeless; key = tokens[key + 1].next) {
        if (region == REGION_EVENT)
            learn_event_member(lesson, key);
        else
            learn_member(lesson, key, region);
    }
}

/* A shape tells no values that compare rules are about. */
static bool is_left_alone(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                          const struct evd_event_fields *fields)
{
    const struct evd_json_token *tokens = tape->tokens;
    if (fields->compare->count == 0)
        return true;
    if (evd_canon_may_pass_over(fields->compare))
        return false;
    for (uint32_t key = fields->payload + 1; fields->payload != 0 && key < tokens[fields->payload].next;
         key = tokens[key + 1].next)
        if (evd_canon_is_about(fields->compare, evd_hasher_string(hasher, tape, key)))
            return false;
    return true;
}

static bool is_learnable(const struct evd_kind_rule *rule)
{
    const uint32_t beyond = EVD_FIELD_HEAP | EVD_FIELD_ENTRY;
    if (rule != NULL && rule->creates_threads)
        return false;
    for (size_t i = 0; rule != NULL && i < rule->field_count; i++) {
        const uint32_t roles = rule->fields[i].roles;
        /* What is skipped is not looked at, unless something else is asked of it. */
        if (roles & beyond || (roles & EVD_FIELD_SKIPPED && roles & ~(uint32_t)(EVD_FIELD_SKIPPED | SID_ROLES)))
            return false;
    }
    return true;
}

static void learn(struct evd_shapes *shapes, struct evd_hasher *hasher, const struct evd_json_tape *tape, size_t length,
                  const struct evd_event_fields *fields, const struct evd_event_summary *summary)
{
    /* Where lines are learnt again and again, what they have is no shape. */
    if (shapes->lessons > EVD_MISSES_FREE + shapes->hits / 4 || !is_learnable(fields->rule) ||
        !is_left_alone(hasher, tape, fields))
        return;
    /* There are so many that values were not as fixed as they seemed. */
    if (++shapes->lessons == LESSONS_FIXING)
        evd_shape_trie_clear(shapes);
    struct lesson lesson = {
        .tape = tape, .hasher = hasher, .rule = fields->rule, .is_fixing = shapes->lessons < LESSONS_FIXING};
    if (shapes->steps == NULL)
        shapes->steps = evd_pages_alloc(EVD_SHAPE_STEPS_MAX * sizeof *shapes->steps);
    lesson.steps = shapes->steps;
    if (lesson.steps == NULL)
        return;
    lesson.steps[0] = (struct evd_shape_step){0};
    learn_object(&lesson, 0, REGION_EVENT);
    lesson.steps[lesson.step_count].to = (uint32_t)length;
    if (!lesson.is_hopeless)
        evd_shape_trie_add(
            shapes, &(struct evd_shape_path){
                        .text = tape->text,
                        .steps = lesson.steps,
                        .last = lesson.step_count,
                        .tape = tape,
                        .fields = fields,
                        .summary = summary,
                        .skipped_fields = lesson.skipped_fields});
    evd_member_list_release(&lesson.members);
}

void evd_shapes_learn(struct evd_shapes *shapes, struct evd_hasher *hasher, const struct evd_json_tape *tape,
                      size_t length, const struct evd_event_fields *fields)
{
    learn(shapes, hasher, tape, length, fields, NULL);
}

void evd_shapes_learn_event(struct evd_shapes *shapes, struct evd_hasher *hasher, const struct evd_json_tape *tape,
                            size_t length, const struct evd_event_fields *fields,
                            const struct evd_event_summary *summary)
{
    /* What compare rules count is not kept with a shape. */
    if (fields->compare->count == 0)
        learn(shapes, hasher, tape, length, fields, summary);
}
