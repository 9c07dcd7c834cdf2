/* The last steps of building a rule set: what contradicts itself across sections is refused, then
 * ordinals, tags and tables are laid out. */
#include <stdlib.h>
#include <string.h>

#include "rules/absorber.h"

/* What has no meaning for a kind that takes no part in alignment. */
static bool check_engine_local(struct evd_rules_reader *reader, const struct evd_build_kind *kind)
{
    for (size_t claim = 0; claim < EVD_CLAIMS; claim++)
        if (evd_claim_sections[claim].is_compared && kind->places[claim] != 0)
            return evd_refuse(
                reader, kind->places[claim],
                "kind \"%s\" is engine-local (line %llu) and never compared, so it "
                "can't be in \"%s\"",
                evd_shown(kind->rule.kind).text, evd_line_of(reader, kind->places[EVD_CLAIM_ENGINE_LOCAL]),
                evd_claim_sections[claim].name);
    return true;
}

static uint32_t tags_of(const struct evd_kind_rule *rule)
{
    if (rule->allocator != NULL)
        return 2 * (uint32_t)rule->allocator->name_count;
    uint32_t states = 1;
    for (size_t i = 0; i < rule->heap_field_count; i++)
        states *= EVD_HEAP_STATES;
    return states - 1;
}

static bool check_kinds(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    uint32_t tag_count = EVD_TAGS_RESERVED;
    for (size_t i = 0; i < builder->kind_count; i++) {
        const struct evd_build_kind *kind = builder->kinds[i];
        const uint32_t allocator = kind->places[EVD_CLAIM_ALLOCATOR];
        const uint32_t heap = kind->places[EVD_CLAIM_HEAP];
        if (kind->rule.engine_local && !check_engine_local(reader, kind))
            return false;
        if (allocator != 0 && heap != 0)
            return evd_refuse(
                reader, allocator > heap ? allocator : heap,
                "kind \"%s\" can't have both allocator returns and host-heap fields "
                "(line %llu)",
                evd_shown(kind->rule.kind).text, evd_line_of(reader, allocator > heap ? heap : allocator));
        tag_count += tags_of(&kind->rule);
        if (tag_count > EVD_TAGS_MAX)
            return evd_refuse(reader, allocator != 0 ? allocator : heap,
                              "too many allocator names, of which each takes two numbers, and host-heap fields: at "
                              "\"%s\" there is no room for more than %d",
                              evd_shown(kind->rule.kind).text, EVD_TAGS_MAX - EVD_TAGS_RESERVED);
    }
    return true;
}

bool evd_build_check(struct evd_rules_reader *reader)
{
    return check_kinds(reader) && evd_absorbers_check(reader) && evd_names_check(reader) &&
           evd_failures_check(reader) && evd_whens_check(reader);
}

/* Takes from a kind what the options leave out. */
static void leave_out(struct evd_build_kind *kind, const struct evd_rules_options *options)
{
    uint32_t dropped = 0;
    if (options->keep_allocator_returns) {
        dropped |= EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_ALLOCATOR_NAME;
        kind->rule.allocator = NULL;
    }
    if (options->keep_host_heap_fields) {
        dropped |= EVD_FIELD_HEAP;
        kind->rule.heap_field_count = 0;
        kind->rule.heap_prefix = (struct evd_string){0};
    }
    for (size_t i = 0; i < kind->rule.field_count; i++) {
        kind->fields[i].rule.roles &= ~dropped;
        if (dropped & EVD_FIELD_HEAP)
            kind->fields[i].rule.heap_index = 0;
    }
}

/* Host-heap fields are pointers. Of an allocator's return those fields are that are set even where they are absent: they
 * are what the call gives. The others then say how it went; where there are no such fields, they are the pointers. */
static void find_pointers(struct evd_build_kind *kind)
{
    kind->rule.set_pointer_count = 0;
    for (size_t i = 0; i < kind->rule.field_count; i++)
        kind->rule.set_pointer_count += (kind->fields[i].rule.roles & EVD_FIELD_SET) != 0;
    const uint32_t role = EVD_FIELD_HEAP | (kind->rule.set_pointer_count > 0 ? EVD_FIELD_SET : EVD_FIELD_REPLACED);
    for (size_t i = 0; i < kind->rule.field_count; i++)
        if (kind->fields[i].rule.roles & role)
            kind->fields[i].rule.roles |= EVD_FIELD_POINTER;
}

/* Fields without a role are dropped: a kind without fields takes the log's shortest way. */
static bool finish_fields(struct evd_rules_reader *reader, struct evd_build_kind *kind)
{
    struct evd_field_rule *fields = evd_arena_array(reader->arena, kind->rule.field_count, sizeof *fields);
    if (fields == NULL)
        return evd_refuse_memory(reader);
    size_t count = 0;
    for (size_t i = 0; i < kind->rule.field_count; i++)
        if (kind->fields[i].rule.roles != 0)
            fields[count++] = kind->fields[i].rule;
    kind->rule.fields = fields;
    kind->rule.field_count = count;
    return true;
}

static bool finish_kinds(struct evd_rules_reader *reader)
{
    struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    rules->tag_count = EVD_TAGS_RESERVED;
    for (size_t i = 0; i < builder->kind_count; i++) {
        struct evd_build_kind *kind = builder->kinds[i];
        leave_out(kind, &builder->options);
        find_pointers(kind);
        if (!finish_fields(reader, kind))
            return false;
        kind->rule.slot_first = rules->slot_count;
        kind->rule.slot_count = kind->rule.allocator != NULL ? (uint32_t)kind->rule.allocator->name_count
                                                             : (uint32_t)kind->rule.heap_field_count;
        kind->rule.tag_first = rules->tag_count;
        rules->slot_count += kind->rule.slot_count;
        rules->tag_count += tags_of(&kind->rule);
    }
    return true;
}

static struct evd_ordinal_tag make_heap_tag(const struct evd_kind_rule *rule, uint32_t index)
{
    uint32_t states = index + 1, weight = 1, bits = 0, without_null = rule->tag_first - 1;
    for (uint32_t field = 0; states > 0; field++, weight *= EVD_HEAP_STATES, states /= EVD_HEAP_STATES) {
        if (states % EVD_HEAP_STATES == EVD_HEAP_UNMARKED)
            continue;
        bits |= (uint32_t)1 << field;
        without_null += weight * EVD_HEAP_MARKED;
    }
    return (struct evd_ordinal_tag){rule->slot_first, (uint16_t)bits, (uint16_t)without_null};
}

/* The tag that is `index` after the kind's first. */
static struct evd_ordinal_tag make_tag(const struct evd_kind_rule *rule, uint32_t index)
{
    if (rule->allocator == NULL)
        return make_heap_tag(rule, index);
    const uint32_t allocator = index % (uint32_t)rule->allocator->name_count;
    const uint16_t without_null = (uint16_t)evd_allocator_tag(rule, allocator, false);
    return (struct evd_ordinal_tag){rule->slot_first + allocator, 1, without_null};
}

static bool finish_tags(struct evd_rules_reader *reader)
{
    struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_ordinal_tag *tags = evd_arena_array(reader->arena, rules->tag_count, sizeof *tags);
    if (tags == NULL)
        return evd_refuse_memory(reader);
    for (uint32_t i = 0; i < EVD_TAGS_RESERVED; i++)
        tags[i] = (struct evd_ordinal_tag){.without_null = (uint16_t)i};
    for (size_t i = 0; i < builder->kind_count; i++) {
        const struct evd_kind_rule *rule = &builder->kinds[i]->rule;
        for (uint32_t j = 0; j < tags_of(rule); j++)
            tags[rule->tag_first + j] = make_tag(rule, j);
    }
    rules->tags = tags;
    return true;
}

static int compare_strings(const void *a, const void *b)
{
    return evd_string_compare(*(const struct evd_string *)a, *(const struct evd_string *)b);
}

static bool finish_counted(struct evd_rules_reader *reader)
{
    struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_string *counted = evd_arena_array(reader->arena, builder->kind_count, sizeof *counted);
    if (counted == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->kind_count; i++)
        if (builder->kinds[i]->rule.counted)
            counted[rules->counted_count++] = builder->kinds[i]->rule.kind;
    qsort(counted, rules->counted_count, sizeof *counted, compare_strings);
    for (size_t i = 0; i < rules->counted_count; i++)
        evd_build_find(builder, counted[i])->rule.counted_index = i;
    rules->counted_kinds = counted;
    return true;
}

/* Copies kinds and their table to where the look-ups want them. */
static bool finish_tables(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_kind_rule *kinds = evd_arena_array(reader->arena, builder->kind_count, sizeof *kinds);
    uint32_t *table = evd_arena_array(reader->arena, builder->kind_table_size, sizeof *table);
    if (kinds == NULL || table == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->kind_count; i++)
        kinds[i] = builder->kinds[i]->rule;
    memcpy(table, builder->kind_table, builder->kind_table_size * sizeof *table);
    rules->kinds = kinds;
    rules->kind_count = builder->kind_count;
    rules->kind_table = table;
    rules->kind_table_mask = builder->kind_table_size - 1;
    return true;
}

bool evd_build_finish(struct evd_rules_reader *reader)
{
    return finish_kinds(reader) && finish_tags(reader) && finish_counted(reader) && evd_names_finish(reader) &&
           evd_compare_finish(reader) && evd_threads_finish(reader) && finish_tables(reader) &&
           evd_absorbers_finish(reader);
}
