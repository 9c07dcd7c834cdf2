#include "rules/operations.h"

#include <float.h>
#include <string.h>

#include "rules/build.h"
#include "rules/pattern.h"

enum { FIRST_MAX = 1000000000 };

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)

/* ---- operators ---- */

/* Operators that need nothing but their name. */
static const char *const WORDS[] = {
    "nothing", "number",   "hexadecimal", "lower_case", "forward_slashes", "absent_if_blank",
    "set",     "multiset", "json",        "if_both",    "renamed",         NULL};
static const enum evd_operator WORD_OPERATORS[] = {
    EVD_AS_NOTHING, EVD_AS_NUMBER,   EVD_AS_HEXADECIMAL, EVD_AS_LOWER_CASE, EVD_AS_FORWARD_SLASHES, EVD_AS_BLANK,
    EVD_AS_SET,     EVD_AS_MULTISET, EVD_AS_JSON,        EVD_AS_IF_BOTH,    EVD_AS_RENAMED};

struct operation {
    uint32_t pairs_token, within_token, drift_token, constant_token, only_token;
    struct evd_given_pair *pairs;
    size_t pair_count;
    struct evd_tolerance within, drift;
    struct evd_read_number mask, first, times;
    struct evd_value constant;
    struct evd_read_list without, renamed_parts;
    struct evd_condition *names, *only;
    struct evd_read_string called, adopt, adopted;
    struct evd_alike_group *groups;
    size_t group_count;
};

static bool read_group(struct evd_rules_reader *reader, uint32_t token, struct evd_alike_group *group)
{
    struct evd_builder *builder = reader->context;
    const struct evd_json_token *tokens = reader->tape->tokens;
    if (tokens[token].type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, "alike", "a list of lists of values");
    size_t count = 0;
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count < 2 || count > EVD_LIST_MAX)
        return evd_refuse(reader, token, "\"alike\": a list must have 2 to %d values", EVD_LIST_MAX);
    struct evd_given_value *values = evd_arena_array(reader->arena, count, sizeof *values);
    if (values == NULL)
        return evd_refuse_memory(reader);
    memset(values, 0, count * sizeof *values);
    *group = (struct evd_alike_group){values, 0, EVD_ALIKE_MARK + builder->alike_count++};
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!evd_read_given(reader, item, "alike", &values[group->count++]))
            return false;
    return true;
}

static bool read_alike(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct operation *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    if (tokens[token].type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, spec->key, "a list of lists of values");
    size_t count = 0;
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count == 0 || count > EVD_LIST_MAX)
        return evd_refuse(reader, token, "\"%s\" must have 1 to %d lists", spec->key, EVD_LIST_MAX);
    out->groups = evd_arena_array(reader->arena, count, sizeof *out->groups);
    if (out->groups == NULL)
        return evd_refuse_memory(reader);
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!read_group(reader, item, &out->groups[out->group_count++]))
            return false;
    return true;
}

/* How many items a list has, from 1 to EVD_LIST_MAX; 0 when it is refused. */
static size_t count_items(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                          const char *expected)
{
    const struct evd_json_token *tokens = reader->tape->tokens;
    size_t count = 0;
    if (tokens[token].type != EVD_JSON_ARRAY) {
        evd_refuse_type(reader, token, spec->key, expected);
        return 0;
    }
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count > 0 && count <= EVD_LIST_MAX)
        return count;
    evd_refuse(reader, token, "\"%s\" must have 1 to %d items", spec->key, EVD_LIST_MAX);
    return 0;
}

static bool read_pair(struct evd_rules_reader *reader, uint32_t token, struct evd_given_pair *pair)
{
    const struct evd_json_token *tokens = reader->tape->tokens;
    const uint32_t end = tokens[token].next;
    const bool is_list = tokens[token].type == EVD_JSON_ARRAY && token + 1 < end;
    const uint32_t second = is_list ? tokens[token + 1].next : end;
    if (!is_list || second >= end || tokens[second].next != end)
        return evd_refuse(reader, token, "\"pairs\": a pair is a list of two values, canary's and ours");
    memset(pair, 0, sizeof *pair);
    return evd_read_given(reader, token + 1, "pairs", &pair->value[0]) &&
           evd_read_given(reader, second, "pairs", &pair->value[1]);
}

static bool read_pairs(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct operation *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    const size_t count = count_items(reader, token, spec, "a list of pairs of values");
    if (count == 0)
        return false;
    out->pairs_token = token;
    out->pairs = evd_arena_array(reader->arena, count, sizeof *out->pairs);
    if (out->pairs == NULL)
        return evd_refuse_memory(reader);
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!read_pair(reader, item, &out->pairs[out->pair_count++]))
            return false;
    return true;
}

/* A number that is not negative, with a fraction or without. */
static bool read_distance(struct evd_rules_reader *reader, uint32_t token, const char *key, double *distance)
{
    struct evd_value value;
    const unsigned type = reader->tape->tokens[token].type;
    if (type != EVD_JSON_INTEGER && type != EVD_JSON_REAL)
        return evd_refuse_type(reader, token, key, "a number");
    if (!evd_value_build(reader->arena, reader->tape, token, &value))
        return evd_refuse_memory(reader);
    *distance =
        type == EVD_JSON_REAL ? value.real : evd_json_number_to_double(value.integer.bytes, value.integer.length);
    return (*distance >= 0 && *distance <= DBL_MAX) ||
           evd_refuse(reader, token, "\"%s\": expected a number from 0 on", key);
}

static bool read_absolute(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                          void *place)
{
    struct evd_tolerance *out = place;
    out->has_absolute = true;
    return read_distance(reader, token, spec->key, &out->absolute);
}

static bool read_relative(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                          void *place)
{
    struct evd_tolerance *out = place;
    out->has_relative = true;
    return read_distance(reader, token, spec->key, &out->relative);
}

static const struct evd_member_spec TOLERANCE_MEMBERS[] = {
    {"absolute", EVD_MEMBER_BY, .is_optional = true, .read = read_absolute},
    {"relative", EVD_MEMBER_BY, .is_optional = true, .read = read_relative},
};
static const struct evd_shape TOLERANCE_SHAPE = {"\"within\"", TOLERANCE_MEMBERS, COUNT(TOLERANCE_MEMBERS)};

static bool read_within(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                        void *place)
{
    struct operation *out = place;
    out->within_token = token;
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT)
        return read_absolute(reader, token, spec, &out->within);
    return evd_read_object(reader, token, &TOLERANCE_SHAPE, &out->within) &&
           (out->within.has_absolute || out->within.has_relative ||
            evd_refuse(reader, token, "\"within\" needs \"absolute\" or \"relative\""));
}

struct drift {
    struct evd_tolerance tolerance; /* first, as read_absolute has it */
    struct evd_read_number bits;
};

static const struct evd_member_spec DRIFT_MEMBERS[] = {
    {"absolute", EVD_MEMBER_BY, .is_optional = true, .read = read_absolute},
    {"bits", EVD_MEMBER_COUNT, AT(drift, bits), .most = 64},
};
static const struct evd_shape DRIFT_SHAPE = {"\"drift\"", DRIFT_MEMBERS, COUNT(DRIFT_MEMBERS)};

static bool read_drift(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct operation *out = place;
    struct drift read = {.bits = {0, 0}};
    out->drift_token = token;
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT)
        return read_absolute(reader, token, spec, &out->drift);
    if (!evd_read_object(reader, token, &DRIFT_SHAPE, &read))
        return false;
    out->drift = read.tolerance;
    out->drift.bits = (unsigned)read.bits.value;
    return true;
}

/* A condition of values that are there. */
static bool read_asked(struct evd_rules_reader *reader, uint32_t token, const char *key,
                       struct evd_condition **condition)
{
    *condition = evd_arena_alloc(reader->arena, sizeof **condition);
    if (*condition == NULL)
        return evd_refuse_memory(reader);
    **condition = (struct evd_condition){0};
    return evd_read_condition(reader, token, key, *condition);
}

static bool read_only(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct operation *out = place;
    out->only_token = token;
    return read_asked(reader, token, spec->key, &out->only) &&
           (!out->only->asks_absence ||
            evd_refuse(reader, token, "\"only\" can't hold \"absent\": no rule is about what is absent"));
}

static bool read_constant(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                          void *place)
{
    struct operation *out = place;
    const unsigned type = reader->tape->tokens[token].type;
    out->constant_token = token;
    if (type == EVD_JSON_ARRAY || type == EVD_JSON_OBJECT)
        return evd_refuse_type(reader, token, spec->key, "a number, a string, true, false or null");
    return evd_value_build(reader->arena, reader->tape, token, &out->constant) || evd_refuse_memory(reader);
}

static bool read_renamed(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                         void *place)
{
    struct operation *out = place;
    return read_asked(reader, token, spec->key, &out->names) &&
           (!out->names->asks_absence ||
            evd_refuse(reader, token, "\"renamed\" can't hold \"absent\": what is absent is no name"));
}

/* A member's name, as paths have it: what paths write with a backslash has one here. */
static bool read_called(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                        void *place)
{
    static const struct evd_member_spec TEXT = {"called", EVD_MEMBER_STRING, AT(operation, called)};
    struct operation *out = place;
    struct evd_path path;
    (void)spec;
    if (!evd_read_member(reader, token, &TEXT, out))
        return false;
    const char *wrong = evd_path_read(reader->arena, out->called.string, &path);
    if (wrong == NULL && path.steps == NULL)
        return evd_refuse_memory(reader);
    if (wrong != NULL || path.count != 1 || path.steps[0].form != EVD_STEP_MEMBER)
        return evd_refuse(reader, token,
                          "\"called\" is one member's name, beside the one that is called so: before a dot or "
                          "another letter that paths use goes a backslash");
    out->called.string = path.steps[0].name;
    return true;
}

static const struct evd_member_spec OPERATION_MEMBERS[] = {
    {"called", EVD_MEMBER_BY, .is_optional = true, .read = read_called},
    {"mask", EVD_MEMBER_HEX64, AT(operation, mask), .is_optional = true},
    {"times", EVD_MEMBER_COUNT, AT(operation, times), .is_optional = true, .most = EVD_FACTOR_MAX},
    {"without", EVD_MEMBER_TEXTS, AT(operation, without), .is_optional = true},
    {"first", EVD_MEMBER_COUNT, AT(operation, first), .is_optional = true, .most = FIRST_MAX},
    {"constant", EVD_MEMBER_BY, .is_optional = true, .read = read_constant},
    {"only", EVD_MEMBER_BY, .is_optional = true, .read = read_only},
    {"alike", EVD_MEMBER_BY, .is_optional = true, .read = read_alike},
    {"pairs", EVD_MEMBER_BY, .is_optional = true, .read = read_pairs},
    {"within", EVD_MEMBER_BY, .is_optional = true, .read = read_within},
    {"drift", EVD_MEMBER_BY, .is_optional = true, .read = read_drift},
    {"renamed", EVD_MEMBER_BY, .is_optional = true, .read = read_renamed},
    {"adopt", EVD_MEMBER_STRING, AT(operation, adopt), .is_optional = true},
    {"adopted", EVD_MEMBER_STRING, AT(operation, adopted), .is_optional = true},
    {"renamed_parts", EVD_MEMBER_TEXTS, AT(operation, renamed_parts), .is_optional = true},
};
static const struct evd_shape OPERATION_SHAPE = {"an operator of \"as\"", OPERATION_MEMBERS, COUNT(OPERATION_MEMBERS)};

static bool read_operation(struct evd_rules_reader *reader, uint32_t token, struct evd_operation *operation)
{
    struct operation read = {.groups = NULL};
    *operation = (struct evd_operation){0};
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT) {
        const struct evd_member_spec word = {"as", EVD_MEMBER_CHOICE, .choices = WORDS};
        struct evd_read_number choice;
        if (!evd_read_member(reader, token, &word, &choice))
            return false;
        operation->op = WORD_OPERATORS[choice.value];
        return true;
    }
    if (!evd_read_object(reader, token, &OPERATION_SHAPE, &read))
        return false;
    const struct {
        bool is_given;
        enum evd_operator op;
    } GIVEN[] = {
        {read.mask.token != 0, EVD_AS_MASKED},   {read.without.token != 0, EVD_AS_WITHOUT},
        {read.group_count > 0, EVD_AS_ALIKE},    {read.pairs_token != 0, EVD_AS_PAIRS},
        {read.within_token != 0, EVD_AS_WITHIN}, {read.drift_token != 0, EVD_AS_DRIFT},
        {read.names != NULL, EVD_AS_RENAMED},    {read.renamed_parts.token != 0, EVD_AS_RENAMED_PARTS},
        {read.adopt.token != 0, EVD_AS_ADOPT},   {read.adopted.token != 0, EVD_AS_ADOPTED},
        {read.first.token != 0, EVD_AS_FIRST},   {read.constant_token != 0, EVD_AS_CONSTANT},
        {read.only_token != 0, EVD_AS_ONLY},     {read.times.token != 0, EVD_AS_TIMES},
        {read.called.token != 0, EVD_AS_CALLED},
    };
    size_t given = 0;
    for (size_t i = 0; i < COUNT(GIVEN); i++) {
        given += GIVEN[i].is_given;
        if (GIVEN[i].is_given)
            operation->op = GIVEN[i].op;
    }
    if (given != 1)
        return evd_refuse(
            reader, token,
            "an operator of \"as\" has one member: \"called\", \"mask\", \"times\", \"without\", \"first\", \"constant\", "
            "\"only\", \"alike\", \"pairs\", \"within\", \"drift\", \"renamed\", \"renamed_parts\", \"adopt\" or \"adopted\"");
    operation->mask = read.mask.value;
    operation->pairs = read.pairs;
    operation->pair_count = read.pair_count;
    operation->tolerance = operation->op == EVD_AS_DRIFT ? read.drift : read.within;
    operation->groups = read.groups;
    operation->group_count = read.group_count;
    operation->condition = operation->op == EVD_AS_ONLY ? read.only : read.names;
    if (operation->op == EVD_AS_TIMES && read.times.value < 2)
        return evd_refuse(reader, read.times.token, "\"times\": expected a number from 2 on");
    operation->called = read.called.string;
    operation->length = read.first.value;
    operation->factor = read.times.value;
    operation->constant = read.constant;
    operation->place = operation->op == EVD_AS_ADOPT ? read.adopt.string : read.adopted.string;
    const bool is_renamed = operation->op == EVD_AS_RENAMED_PARTS;
    const struct evd_read_list *parts = is_renamed ? &read.renamed_parts : &read.without;
    for (size_t i = 0; i < parts->count; i++) {
        const struct evd_read_string *part = &parts->items[i];
        const char *wrong = evd_part_check(part->string);
        if (wrong != NULL)
            return evd_refuse(reader, part->token, "\"%s\": \"%s\" %s", is_renamed ? "renamed_parts" : "without",
                              evd_shown(part->string).text, wrong);
    }
    operation->parts = evd_build_strings(reader, parts);
    operation->part_count = parts->count;
    return operation->parts != NULL;
}

/* Reads one more operator; those that take both sides come behind the others, each at most once. */
static bool add_operation(struct evd_rules_reader *reader, uint32_t token, struct evd_read_operations *out)
{
    struct evd_operation *operation = &out->operations[out->count];
    if (!read_operation(reader, token, operation))
        return false;
    const bool is_named = out->called_token != 0;
    if (operation->op == EVD_AS_CALLED && out->count > 0)
        return evd_refuse(reader, token, "\"called\" comes before other operators");
    if (operation->op == EVD_AS_CALLED)
        out->called_token = token;
    if (operation->op == EVD_AS_JSON && out->count > (size_t)is_named)
        return evd_refuse(reader, token, "\"json\" comes before other operators");
    for (size_t i = out->own_count; i < out->count; i++)
        if (out->operations[i].op == operation->op)
            return evd_refuse(reader, token, "this operator is already in \"as\"");
    if (operation->op < EVD_AS_IF_BOTH && out->own_count < out->count)
        return evd_refuse(reader, token, "operators that take both sides, as \"if_both\", come behind the others");
    out->own_count += operation->op < EVD_AS_IF_BOTH;
    out->count++;
    return true;
}

bool evd_read_operations(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                         void *place)
{
    struct evd_read_operations *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    const bool is_list = tokens[token].type == EVD_JSON_ARRAY;
    size_t count = !is_list;
    for (uint32_t item = token + 1; is_list && item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count == 0 || count > EVD_COMPARE_STEPS_MAX)
        return evd_refuse(reader, token, "\"%s\" must have 1 to %d operators", spec->key, EVD_COMPARE_STEPS_MAX);
    out->operations = evd_arena_array(reader->arena, count, sizeof *out->operations);
    if (out->operations == NULL)
        return evd_refuse_memory(reader);
    uint32_t last = token;
    if (!is_list && !add_operation(reader, token, out))
        return false;
    for (uint32_t item = token + 1; is_list && item < tokens[token].next; item = tokens[item].next) {
        if (!add_operation(reader, item, out))
            return false;
        last = item;
    }
    return out->operations[out->count - 1].op != EVD_AS_ONLY ||
           evd_refuse(reader, last, "no operator is behind \"only\", which says what those behind it are about");
}
