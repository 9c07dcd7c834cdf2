#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#include "rules/build.h"

uint64_t evd_kind_hash(const char *kind, size_t length)
{
    return XXH3_64bits(kind, length);
}

static bool is_equal(struct evd_string string, const char *bytes, size_t length)
{
    return string.length == length && memcmp(string.bytes, bytes, length) == 0;
}

const struct evd_kind_rule *evd_rules_kind(const struct evd_rules *rules, const char *kind,
                                           size_t length)
{
    size_t i = evd_kind_hash(kind, length) & rules->kind_table_mask;
    for (uint32_t index; (index = rules->kind_table[i]) != 0; i = (i + 1) & rules->kind_table_mask)
        if (is_equal(rules->kinds[index - 1].kind, kind, length))
            return &rules->kinds[index - 1];
    return NULL;
}

const struct evd_field_rule *evd_kind_field(const struct evd_kind_rule *kind, const char *name,
                                            size_t length)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (is_equal(kind->fields[i].name, name, length))
            return &kind->fields[i];
    return NULL;
}

long evd_allocator_index(const struct evd_allocator_rule *allocator, const char *name,
                         size_t length)
{
    size_t low = 0, high = allocator->name_count;
    if (!(allocator->lengths & evd_allocator_length_bit(length)))
        return -1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order =
            evd_string_compare(allocator->names[middle], (struct evd_string){name, length});
        if (order == 0)
            return (long)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
