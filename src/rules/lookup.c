#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#include "rules/build.h"

uint64_t evd_kind_hash(uint64_t seed, struct evd_string kind)
{
    return XXH3_64bits_withSeed(kind.bytes, kind.length, seed);
}

static bool is_equal(struct evd_string string, const char *bytes, size_t length)
{
    return string.length == length && memcmp(string.bytes, bytes, length) == 0;
}

const struct evd_kind_rule *evd_rules_kind(const struct evd_rules *rules, const char *kind, size_t length)
{
    size_t i = evd_kind_hash(rules->table_seed, (struct evd_string){kind, length}) & rules->kind_table_mask;
    for (uint32_t index; (index = rules->kind_table[i]) != 0; i = (i + 1) & rules->kind_table_mask)
        if (is_equal(rules->kinds[index - 1].kind, kind, length))
            return &rules->kinds[index - 1];
    return NULL;
}

const struct evd_field_rule *evd_kind_field(const struct evd_kind_rule *kind, const char *name, size_t length)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (is_equal(kind->fields[i].name, name, length))
            return &kind->fields[i];
    return NULL;
}

/* The index of a name in a list that is sorted by bytes, or -1. */
static long find_listed(const struct evd_string *names, size_t count, struct evd_string name)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = evd_string_compare(names[middle], name);
        if (order == 0)
            return (long)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

const struct evd_name_call *evd_name_call_find(const struct evd_kind_rule *kind, struct evd_string call)
{
    if (kind->name_call_count == 0)
        return NULL;
    size_t i = evd_kind_hash(kind->table_seed, call) & kind->name_call_table_mask;
    for (uint32_t index; (index = kind->name_call_table[i]) != 0; i = (i + 1) & kind->name_call_table_mask)
        if (is_equal(kind->name_calls[index - 1].call, call.bytes, call.length))
            return &kind->name_calls[index - 1];
    return NULL;
}

/* The first of the rules that is about a path. */
static const struct evd_name_rule *find_path(const struct evd_name_rule *rules, size_t count, struct evd_string field,
                                             const struct evd_string *member)
{
    for (size_t i = 0; i < count; i++) {
        const struct evd_name_rule *rule = &rules[i];
        const bool has_member = rule->is_any_member || rule->member.length > 0;
        if (has_member == (member != NULL) && is_equal(rule->field, field.bytes, field.length) &&
            (!has_member || rule->is_any_member || is_equal(rule->member, member->bytes, member->length)))
            return rule;
    }
    return NULL;
}

const struct evd_name_rule *evd_name_rule_find(const struct evd_kind_rule *kind, const struct evd_name_call *call,
                                               struct evd_string field, const struct evd_string *member)
{
    const struct evd_name_rule *rule = call == NULL ? NULL : find_path(call->rules, call->count, field, member);
    return rule != NULL ? rule : find_path(kind->names, kind->name_count, field, member);
}

bool evd_when_is_told_by_key(const struct evd_when *when, const struct evd_kind_rule *rule, size_t compare_count)
{
    const uint32_t left_out = EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP | EVD_FIELD_NAME;
    if (when->calls.count + when->field_count == 0)
        return true;
    if (compare_count > 0)
        return false;
    for (size_t i = 0; rule != NULL && i < rule->field_count; i++)
        if (rule->fields[i].roles & left_out)
            return false;
    /* A null among the payload's own members is as good as none in a key. */
    for (size_t i = 0; i < when->field_count; i++)
        if (evd_condition_fits_null(&when->fields[i].condition))
            return false;
    return true;
}

bool evd_hexadecimal(struct evd_string spelling, uint64_t *value)
{
    const char *bytes = spelling.bytes;
    if (spelling.length < 3 || spelling.length > 18 || bytes[0] != '0' || bytes[1] != 'x')
        return false;
    *value = 0;
    for (size_t i = 2; i < spelling.length; i++) {
        const char c = bytes[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *value = *value << 4 | (uint64_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *value = *value << 4 | (uint64_t)(lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

long evd_allocator_index(const struct evd_allocator_rule *allocator, const char *name, size_t length)
{
    if (!(allocator->lengths & evd_allocator_length_bit(length)))
        return -1;
    return find_listed(allocator->names, allocator->name_count, (struct evd_string){name, length});
}
