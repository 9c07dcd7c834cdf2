/* The section "failures": which values of a field say that a call failed. It changes nothing in what is compared, only
 * what a report takes for suspicious. */
#define XXH_INLINE_ALL
#include <assert.h>
#include <string.h>
#include <xxhash.h>

#include "outcome/value.h"
#include "rules/build.h"
#include "json/value.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)
#define FITS(type)       static_assert(sizeof(struct type) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small")

struct failures {
    struct evd_read_string kind, why;
    struct evd_read_list calls, fields, values;
    struct evd_read_number at_least, at_most;
};
FITS(failures);

static const struct evd_member_spec FAILURES_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(failures, kind)},
    {"calls", EVD_MEMBER_STRINGS, AT(failures, calls), .is_optional = true, .may_have_stars = true},
    {"fields", EVD_MEMBER_STRINGS, AT(failures, fields)},
    {"values", EVD_MEMBER_STRINGS, AT(failures, values), .is_optional = true},
    {"at_least", EVD_MEMBER_WORD, AT(failures, at_least), .is_optional = true},
    {"at_most", EVD_MEMBER_WORD, AT(failures, at_most), .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(failures, why)},
};
static const struct evd_shape FAILURES_SHAPE = {"a rule of \"failures\"", FAILURES_MEMBERS, COUNT(FAILURES_MEMBERS)};

static struct evd_text text_of(struct evd_string string)
{
    return (struct evd_text){string.bytes, string.length};
}

/* A value as the rules spell it: a number, a word of JSON or the text of a string. */
static bool read_value(struct evd_rules_reader *reader, struct evd_string string, struct evd_failure_value *value)
{
    enum evd_number_form form;
    if (evd_read_number(text_of(string), &form, &value->number)) {
        value->is_number = true;
        return true;
    }
    struct evd_buffer json = {0};
    const struct evd_value text = {.type = EVD_JSON_STRING, .string = string};
    evd_value_json(&json, &text);
    value->as_string = XXH3_64bits(json.data, json.length);
    value->as_word = XXH3_64bits(string.bytes, string.length);
    const bool has_failed = json.failed;
    evd_buffer_release(&json);
    return !has_failed || evd_refuse_memory(reader);
}

static bool read_values(struct evd_rules_reader *reader, const struct evd_read_list *list,
                        struct evd_failure_rule *rule)
{
    struct evd_failure_value *values = evd_arena_array(reader->arena, list->count, sizeof *values);
    if (values == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < list->count; i++) {
        values[i] = (struct evd_failure_value){0};
        if (!read_value(reader, list->items[i].string, &values[i]))
            return false;
    }
    rule->values = values;
    rule->value_count = list->count;
    return true;
}

static bool add_rule(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_read_string *place,
                     const struct evd_failure_rule *rule)
{
    if (kind->failure_count == EVD_KIND_FAILURES_MAX)
        return evd_refuse(reader, place->token, "kind \"%s\" has more than %d rules of \"failures\"",
                          evd_shown(kind->rule.kind).text, EVD_KIND_FAILURES_MAX);
    if (kind->failures == NULL)
        kind->failures = evd_arena_array(reader->arena, EVD_KIND_FAILURES_MAX, sizeof *kind->failures);
    if (kind->failures == NULL)
        return evd_refuse_memory(reader);
    kind->failures[kind->failure_count++] = *rule;
    kind->rule.failures = kind->failures;
    kind->rule.failure_count = kind->failure_count;
    return true;
}

bool evd_check_calls(struct evd_rules_reader *reader, const struct evd_read_list *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        const struct evd_string call = calls->items[i].string;
        const char *star = memchr(call.bytes, '*', call.length);
        if (star != NULL && (star == call.bytes || star + 1 != call.bytes + call.length))
            return evd_refuse(reader, calls->items[i].token,
                              "\"%s\" is neither a call's name nor how some begin, as \"Nt*\" is",
                              evd_shown(call).text);
    }
    return true;
}

static bool add_failures(struct evd_rules_reader *reader, const void *rule)
{
    const struct failures *r = rule;
    const bool has_range = r->at_least.token != 0 || r->at_most.token != 0;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_FAILURES, &r->kind);
    if (kind == NULL || !evd_check_calls(reader, &r->calls))
        return false;
    if (kind->failure_calls_place == 0)
        kind->failure_calls_place = r->calls.token;
    if (r->values.token == 0 && !has_range)
        return evd_refuse(reader, r->kind.token,
                          "a rule of \"failures\" needs \"values\", or \"at_least\" or \"at_most\"");
    struct evd_failure_rule failure = {
        .call_count = r->calls.count,
        .field_count = r->fields.count,
        .has_range = has_range,
        .at_least = r->at_least.value,
        .at_most = r->at_most.token != 0 ? r->at_most.value : UINT64_MAX,
    };
    if (failure.at_most < failure.at_least)
        return evd_refuse(reader, r->at_most.token, "\"at_most\" is below \"at_least\"");
    failure.calls = evd_build_strings(reader, &r->calls);
    failure.fields = evd_build_strings(reader, &r->fields);
    return failure.calls != NULL && failure.fields != NULL && read_values(reader, &r->values, &failure) &&
           add_rule(reader, kind, &r->kind, &failure);
}

const struct evd_section evd_failures_section = {
    .only = &(const struct evd_variant){NULL, &FAILURES_SHAPE, add_failures}};

bool evd_failures_check(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->kind_count; i++) {
        const struct evd_build_kind *kind = builder->kinds[i];
        const uint32_t place = kind->failure_calls_place != 0 ? kind->failure_calls_place : kind->shown_calls_place;
        if (place != 0 && kind->rule.priority_name.length == 0 && kind->rule.summary_form != EVD_SUMMARY_FIRST_OF)
            return evd_refuse(reader, place,
                              "calls of kind \"%s\" have no names; name a field by \"name_field\" in "
                              "\"priority_fields\" or by \"first_of\" in \"summaries\"",
                              evd_shown(kind->rule.kind).text);
    }
    return true;
}

size_t evd_call_closeness(const struct evd_string *calls, size_t count, struct evd_text call)
{
    size_t most = count == 0;
    for (size_t i = 0; i < count; i++) {
        const struct evd_string name = calls[i];
        const bool is_beginning = name.bytes[name.length - 1] == '*';
        const size_t length = name.length - is_beginning;
        if (call.length < length || (!is_beginning && call.length > length) ||
            memcmp(call.bytes, name.bytes, length) != 0)
            continue;
        const size_t close = is_beginning ? 1 + length : SIZE_MAX;
        most = close > most ? close : most;
    }
    return most;
}

static bool is_about(const struct evd_failure_rule *rule, struct evd_text field)
{
    for (size_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].length == field.length && memcmp(rule->fields[i].bytes, field.bytes, field.length) == 0)
            return true;
    return false;
}

static bool has_value(const struct evd_failure_rule *rule, const struct evd_field_value *value)
{
    const bool is_number = value->form != EVD_NUMBER_NONE;
    if (is_number && rule->has_range && (uint64_t)value->number >= rule->at_least &&
        (uint64_t)value->number <= rule->at_most)
        return true;
    for (size_t i = 0; i < rule->value_count; i++) {
        const struct evd_failure_value *listed = &rule->values[i];
        if (listed->is_number ? is_number && value->number == listed->number
                              : value->hash == listed->as_string || value->hash == listed->as_word)
            return true;
    }
    return false;
}

struct evd_failing_values evd_failing_values_of(const struct evd_rules *rules, struct evd_text kind,
                                                struct evd_text call, struct evd_text field)
{
    struct evd_failing_values failures = {0};
    const struct evd_kind_rule *kind_rule = evd_rules_kind(rules, kind.bytes, kind.length);
    size_t closest = 1;
    if (kind_rule == NULL)
        return failures;
    failures.rules = kind_rule->failures;
    for (size_t i = 0; i < kind_rule->failure_count; i++) {
        const struct evd_failure_rule *rule = &kind_rule->failures[i];
        const size_t close = is_about(rule, field) ? evd_call_closeness(rule->calls, rule->call_count, call) : 0;
        if (close > closest)
            memset(failures.counting, 0, sizeof failures.counting);
        if (close < closest)
            continue;
        closest = close;
        failures.counting[i / 64] |= (uint64_t)1 << i % 64;
    }
    return failures;
}

bool evd_has_failing(const struct evd_failing_values *failures)
{
    uint64_t any = 0;
    for (size_t word = 0; word < EVD_KIND_FAILURES_MAX / 64; word++)
        any |= failures->counting[word];
    return any != 0;
}

bool evd_is_failing(const struct evd_failing_values *failures, const struct evd_field_value *value)
{
    for (size_t word = 0; word < EVD_KIND_FAILURES_MAX / 64; word++)
        for (uint64_t bits = failures->counting[word]; bits != 0; bits &= bits - 1)
            if (has_value(&failures->rules[word * 64 + (size_t)__builtin_ctzll(bits)], value))
                return true;
    return false;
}
