/* The sections of the second format that compare values and pass over events. */
#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "rules/build.h"
#include "rules/pattern.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)

/* A rule of either section. */
struct compare {
    struct evd_read_string name, why;
    struct evd_read_when when;
    struct evd_read_paths fields;
    struct evd_operation *operations;
    size_t operation_count, own_count;
    uint32_t scope_token; /* 0: there is none */
    bool is_shared;
    struct evd_read_paths scope_field;
};
static_assert(sizeof(struct compare) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

/* ---- operators ---- */

/* Operators that need nothing but their name. */
static const char *const WORDS[] = {
    "nothing",  "number",  "hexadecimal", "lower_case", "forward_slashes", "absent_if_blank", "set",
    "multiset", "if_both", "renamed",     NULL};
static const enum evd_operator WORD_OPERATORS[] = {
    EVD_AS_NOTHING, EVD_AS_NUMBER, EVD_AS_HEXADECIMAL, EVD_AS_LOWER_CASE, EVD_AS_FORWARD_SLASHES,
    EVD_AS_BLANK,   EVD_AS_SET,    EVD_AS_MULTISET,    EVD_AS_IF_BOTH,    EVD_AS_RENAMED};

struct operation {
    uint32_t pairs_token, within_token, drift_token;
    struct evd_given_pair *pairs;
    size_t pair_count;
    struct evd_tolerance within, drift;
    struct evd_read_number mask;
    struct evd_read_list without, renamed_parts;
    struct evd_condition *names;
    struct evd_read_string adopt, adopted;
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
    /* The digits are followed by what ends them. */
    *distance =
        type == EVD_JSON_REAL ? value.real : strtod(reader->tape->text + reader->tape->tokens[token].start, NULL);
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

static bool read_drift(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    struct operation *out = place;
    out->drift_token = token;
    return read_absolute(reader, token, spec, &out->drift);
}

static bool read_renamed(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                         void *place)
{
    struct operation *out = place;
    out->names = evd_arena_alloc(reader->arena, sizeof *out->names);
    if (out->names == NULL)
        return evd_refuse_memory(reader);
    *out->names = (struct evd_condition){0};
    return evd_read_condition(reader, token, spec->key, out->names) &&
           (!out->names->asks_absence ||
            evd_refuse(reader, token, "\"renamed\" can't hold \"absent\": what is absent is no name"));
}

static const struct evd_member_spec OPERATION_MEMBERS[] = {
    {"mask", EVD_MEMBER_HEX64, AT(operation, mask), .is_optional = true},
    {"without", EVD_MEMBER_TEXTS, AT(operation, without), .is_optional = true},
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
    };
    size_t given = 0;
    for (size_t i = 0; i < COUNT(GIVEN); i++) {
        given += GIVEN[i].is_given;
        if (GIVEN[i].is_given)
            operation->op = GIVEN[i].op;
    }
    if (given != 1)
        return evd_refuse(reader, token,
                          "an operator of \"as\" has one member: \"mask\", \"without\", \"alike\", \"pairs\", "
                          "\"within\", \"drift\", \"renamed\", \"renamed_parts\", \"adopt\" or \"adopted\"");
    operation->mask = read.mask.value;
    operation->pairs = read.pairs;
    operation->pair_count = read.pair_count;
    operation->tolerance = operation->op == EVD_AS_DRIFT ? read.drift : read.within;
    operation->groups = read.groups;
    operation->group_count = read.group_count;
    operation->names = read.names;
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
static bool add_operation(struct evd_rules_reader *reader, uint32_t token, struct compare *out)
{
    struct evd_operation *operation = &out->operations[out->operation_count];
    if (!read_operation(reader, token, operation))
        return false;
    for (size_t i = out->own_count; i < out->operation_count; i++)
        if (out->operations[i].op == operation->op)
            return evd_refuse(reader, token, "this operator is already in \"as\"");
    if (operation->op < EVD_AS_IF_BOTH && out->own_count < out->operation_count)
        return evd_refuse(reader, token, "operators that take both sides, as \"if_both\", come behind the others");
    out->own_count += operation->op < EVD_AS_IF_BOTH;
    out->operation_count++;
    return true;
}

static bool read_operations(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                            void *place)
{
    struct compare *out = place;
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
    if (!is_list)
        return add_operation(reader, token, out);
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!add_operation(reader, item, out))
            return false;
    return true;
}

/* ---- the sections ---- */

static bool learns_names(const struct compare *r)
{
    for (size_t i = r->own_count; i < r->operation_count; i++)
        if (r->operations[i].op == EVD_AS_RENAMED || r->operations[i].op == EVD_AS_RENAMED_PARTS)
            return true;
    return false;
}

/* What values of one side may count as while those of the other stay what they are. */
static bool is_for_one_side(const struct compare *r)
{
    for (size_t i = 0; i < r->operation_count; i++)
        if (r->operations[i].op >= EVD_AS_ALIKE && r->operations[i].op != EVD_AS_BLANK)
            return false;
    return !r->is_shared;
}

static bool add_rule(struct evd_rules_reader *reader, const struct compare *r, bool is_passed_over)
{
    struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->compare_count; i++)
        if (evd_string_equal(builder->compare[i].rule.name, r->name.string))
            return evd_refuse(reader, r->name.token, "\"%s\" is already the name of a rule, on line %llu",
                              evd_shown(r->name.string).text, evd_line_of(reader, builder->compare[i].place));
    if (builder->compare_count == EVD_COMPARE_RULES_MAX)
        return evd_refuse(reader, r->name.token, "more than %d rules of \"compare\" and \"passed_over\"",
                          EVD_COMPARE_RULES_MAX);
    builder->compare[builder->compare_count] = (struct evd_build_compare){
        .rule = {.name = r->name.string,
                 .when = r->when.when,
                 .is_passed_over = is_passed_over,
                 .paths = r->fields.paths,
                 .path_count = r->fields.count,
                 .operations = r->operations,
                 .operation_count = r->operation_count,
                 .own_count = r->own_count,
                 .is_shared = r->is_shared,
                 .has_scope_field = r->scope_field.count > 0,
                 .scope_field = r->scope_field.count > 0 ? r->scope_field.paths[0] : (struct evd_path){NULL, 0},
                 .index = builder->compare_count},
        .place = r->name.token,
    };
    builder->compare_count++;
    if (r->scope_token != 0 && !learns_names(r))
        return evd_refuse(reader, r->scope_token,
                          "\"scope\" is for \"renamed\" and \"renamed_parts\": others learn no names");
    if (r->when.when.has_side && !is_for_one_side(r))
        return evd_refuse(reader, r->when.side.token,
                          "\"side\" can't stand beside operators that take both sides, \"alike\", \"set\" "
                          "or \"multiset\"");
    const enum evd_claim claim = is_passed_over ? EVD_CLAIM_PASSED_OVER : EVD_CLAIM_COMPARE;
    for (size_t i = 0; i < r->when.kinds.count; i++)
        if (evd_pattern_is_plain(r->when.kinds.items[i].string) &&
            evd_build_claim(reader, claim, &r->when.kinds.items[i]) == NULL)
            return false;
    return true;
}

/* "thread", "log", or an object with a field. */
static bool read_scope(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    static const char *const SCOPES[] = {"thread", "log", NULL};
    const struct evd_member_spec word = {spec->key, EVD_MEMBER_CHOICE, .choices = SCOPES};
    static const struct evd_member_spec FIELD_MEMBERS[] = {
        {"field", EVD_MEMBER_BY, AT(compare, scope_field), .read = evd_read_paths}};
    static const struct evd_shape FIELD_SHAPE = {"\"scope\"", FIELD_MEMBERS, COUNT(FIELD_MEMBERS)};
    struct compare *out = place;
    struct evd_read_number chosen;
    out->scope_token = token;
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT) {
        if (!evd_read_member(reader, token, &word, &chosen))
            return false;
        out->is_shared = chosen.value > 0;
        return true;
    }
    if (!evd_read_object(reader, token, &FIELD_SHAPE, out))
        return false;
    out->is_shared = true;
    return out->scope_field.count == 1 || evd_refuse(reader, token, "\"scope\" has one field");
}

static const struct evd_member_spec COMPARE_MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(compare, name)},
    {"when", EVD_MEMBER_BY, AT(compare, when), .is_optional = true, .read = evd_read_when},
    {"fields", EVD_MEMBER_BY, AT(compare, fields), .read = evd_read_paths},
    {"as", EVD_MEMBER_BY, .read = read_operations},
    {"scope", EVD_MEMBER_BY, .is_optional = true, .read = read_scope},
    {"why", EVD_MEMBER_STRING, AT(compare, why)},
};
static const struct evd_shape COMPARE_SHAPE = {"a rule of \"compare\"", COMPARE_MEMBERS, COUNT(COMPARE_MEMBERS)};

static bool add_compare(struct evd_rules_reader *reader, const void *rule)
{
    return add_rule(reader, rule, false);
}

const struct evd_section evd_compare_section = {.only = &(const struct evd_variant){NULL, &COMPARE_SHAPE, add_compare}};

static const struct evd_member_spec PASSED_OVER_MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(compare, name)},
    {"when", EVD_MEMBER_BY, AT(compare, when), .read = evd_read_when},
    {"why", EVD_MEMBER_STRING, AT(compare, why)},
};
static const struct evd_shape PASSED_OVER_SHAPE = {
    "a rule of \"passed_over\"", PASSED_OVER_MEMBERS, COUNT(PASSED_OVER_MEMBERS)};

static bool add_passed_over(struct evd_rules_reader *reader, const void *rule)
{
    return add_rule(reader, rule, true);
}

const struct evd_section evd_passed_over_section = {
    .only = &(const struct evd_variant){NULL, &PASSED_OVER_SHAPE, add_passed_over}};

/* ---- completing ---- */

static bool may_be_of_other_kinds(const struct evd_when *when)
{
    bool has_pattern = when->kind_count == 0;
    for (size_t i = 0; i < when->kind_count; i++)
        has_pattern |= !evd_pattern_is_plain(when->kinds[i]);
    return has_pattern;
}

/* The rules that may be about a kind; NULL: about kinds without rules of their own. */
static bool list_rules(struct evd_rules_reader *reader, const struct evd_string *kind, struct evd_compare_list *list)
{
    const struct evd_builder *builder = reader->context;
    const struct evd_compare_rule *compare = builder->rules->compare;
    *list = (struct evd_compare_list){0};
    if (builder->compare_count == 0)
        return true;
    const struct evd_compare_rule **rules = evd_arena_array(reader->arena, builder->compare_count, sizeof *rules);
    if (rules == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->compare_count; i++)
        if (kind != NULL ? evd_when_has_kind(&compare[i].when, *kind) : may_be_of_other_kinds(&compare[i].when))
            rules[list->count++] = &compare[i];
    list->rules = rules;
    return true;
}

bool evd_compare_finish(struct evd_rules_reader *reader)
{
    struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_compare_rule *compare = evd_arena_array(reader->arena, builder->compare_count, sizeof *compare);
    if (compare == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->compare_count; i++) {
        compare[i] = builder->compare[i].rule;
        rules->compares_sides |= compare[i].own_count < compare[i].operation_count;
        rules->compares_shared |= compare[i].is_shared;
        rules->compares_one_side |= compare[i].when.has_side;
    }
    rules->compare = compare;
    rules->compare_count = builder->compare_count;
    for (size_t i = 0; i < builder->kind_count; i++)
        if (!list_rules(reader, &builder->kinds[i]->rule.kind, &builder->kinds[i]->rule.compare))
            return false;
    return list_rules(reader, NULL, &rules->compare_any);
}
