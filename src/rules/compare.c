/* The sections of the second format that compare values and pass over events. */
#include <assert.h>

#include "rules/build.h"
#include "rules/operations.h"
#include "rules/pattern.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)

/* A rule of either section. */
struct compare {
    struct evd_read_string name, why;
    struct evd_read_when when;
    struct evd_read_paths fields;
    struct evd_read_operations as;
    uint32_t scope_token; /* 0: there is none */
    bool is_shared;
    struct evd_read_paths scope_field;
};
static_assert(sizeof(struct compare) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

/* ---- the sections ---- */

static bool learns_names(const struct compare *r)
{
    for (size_t i = r->as.own_count; i < r->as.count; i++)
        if (r->as.operations[i].op == EVD_AS_RENAMED || r->as.operations[i].op == EVD_AS_RENAMED_PARTS)
            return true;
    return false;
}

/* What values of one side may count as while those of the other stay what they are. */
static bool is_for_one_side(const struct compare *r)
{
    for (size_t i = 0; i < r->as.count; i++)
        if (r->as.operations[i].op >= EVD_AS_ALIKE && r->as.operations[i].op != EVD_AS_BLANK)
            return false;
    return !r->is_shared;
}

/* Refuses a name for what has none, or has it already. */
static bool check_called(struct evd_rules_reader *reader, const struct compare *r)
{
    for (size_t i = 0; r->as.called_token != 0 && i < r->fields.count; i++) {
        const struct evd_path *path = &r->fields.paths[i];
        const struct evd_path_step *last = &path->steps[path->count - 1];
        if (last->form != EVD_STEP_MEMBER)
            return evd_refuse(reader, r->as.called_token, "\"called\" is for members: \"fields\" must end with a name");
        if (evd_string_equal(last->name, r->as.operations[0].called))
            return evd_refuse(reader, r->as.called_token, "\"called\": \"%s\" is called so already",
                              evd_shown(last->name).text);
    }
    return true;
}

static bool add_rule(struct evd_rules_reader *reader, const struct compare *r, bool is_passed_over)
{
    struct evd_builder *builder = reader->context;
    if (!evd_build_name(reader, &r->name))
        return false;
    if (builder->compare_count == EVD_COMPARE_RULES_MAX)
        return evd_refuse(reader, r->name.token, "more than %d rules of \"compare\" and \"passed_over\"",
                          EVD_COMPARE_RULES_MAX);
    builder->compare[builder->compare_count] = (struct evd_build_compare){
        .rule = {.name = r->name.string,
                 .when = r->when.when,
                 .is_passed_over = is_passed_over,
                 .paths = r->fields.paths,
                 .path_count = r->fields.count,
                 .operations = r->as.operations,
                 .operation_count = r->as.count,
                 .own_count = r->as.own_count,
                 .is_shared = r->is_shared,
                 .has_scope_field = r->scope_field.count > 0,
                 .scope_field = r->scope_field.count > 0 ? r->scope_field.paths[0] : (struct evd_path){NULL, 0},
                 .index = builder->compare_count},
        .place = r->name.token,
        .called_place = r->as.called_token,
    };
    builder->compare_count++;
    if (!check_called(reader, r))
        return false;
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
    {"as", EVD_MEMBER_BY, AT(compare, as), .read = evd_read_operations},
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

/* True when a kind's calls are told by a field of that name. */
static bool tells_calls(const struct evd_kind_rule *kind, struct evd_string field)
{
    bool tells = evd_string_equal(kind->priority_name, field);
    for (size_t i = 0; kind->summary_form == EVD_SUMMARY_FIRST_OF && i < kind->summary_count; i++)
        tells |= evd_string_equal(kind->summary_fields[i], field);
    return tells;
}

/* True when a path may lead to a member of the payload itself. */
static bool may_be_outermost(const struct evd_path *path)
{
    for (size_t i = 0; i + 1 < path->count; i++)
        if (path->steps[i].form != EVD_STEP_DEEP)
            return false;
    return true;
}

/* Refuses other names for what a kind's calls are told by: calls are known by the names that a log has. */
static bool check_calls(struct evd_rules_reader *reader, const struct evd_kind_rule *kind)
{
    const struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < kind->compare.count; i++) {
        const struct evd_compare_rule *rule = kind->compare.rules[i];
        for (size_t j = 0; j < rule->path_count && builder->compare[rule->index].called_place != 0; j++) {
            const struct evd_path *path = &rule->paths[j];
            if (may_be_outermost(path) &&
                (tells_calls(kind, path->steps[path->count - 1].name) || tells_calls(kind, rule->operations[0].called)))
                return evd_refuse(reader, builder->compare[rule->index].called_place,
                                  "\"called\" can't be about what calls of \"%s\" are told by",
                                  evd_shown(kind->kind).text);
        }
    }
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
        if (!list_rules(reader, &builder->kinds[i]->rule.kind, &builder->kinds[i]->rule.compare) ||
            !check_calls(reader, &builder->kinds[i]->rule))
            return false;
    return list_rules(reader, NULL, &rules->compare_any);
}
