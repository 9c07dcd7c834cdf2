#include "rules/build.h"

#include <stdlib.h>
#include <string.h>

const struct evd_claim_section evd_claim_sections[EVD_CLAIMS] = {
    [EVD_CLAIM_ENGINE_LOCAL] = {.name = "engine_local_kinds"},
    [EVD_CLAIM_SKIPPED] = {.name = "skipped_fields", .may_repeat = true, .is_compared = true},
    [EVD_CLAIM_ALLOCATOR] = {.name = "allocator_returns", .is_compared = true},
    [EVD_CLAIM_HEAP] = {.name = "host_heap_fields", .is_compared = true},
    [EVD_CLAIM_SID] = {.name = "sid_sources"},
    [EVD_CLAIM_PRIORITY] = {.name = "priority_fields", .is_compared = true},
    [EVD_CLAIM_SUMMARY] = {.name = "summaries"},
    [EVD_CLAIM_PAIRING] = {.name = "pairing", .is_compared = true},
    [EVD_CLAIM_CREATION] = {.name = "thread_creation"},
    [EVD_CLAIM_NAMES] = {.name = "names", .may_repeat = true, .is_compared = true},
    [EVD_CLAIM_FAILURES] = {.name = "failures", .may_repeat = true, .is_compared = true},
    [EVD_CLAIM_COMPARE] = {.name = "compare", .may_repeat = true, .is_compared = true},
    [EVD_CLAIM_PASSED_OVER] = {.name = "passed_over", .may_repeat = true, .is_compared = true},
    [EVD_CLAIM_SHOWN] = {.name = "shown_as", .may_repeat = true, .is_compared = true},
};

static struct evd_builder *builder_of(struct evd_rules_reader *reader)
{
    return reader->context;
}

/* The place of a kind in the table, or the empty one where it belongs. */
static uint32_t *find_place(const struct evd_builder *builder, struct evd_string kind)
{
    const size_t mask = builder->kind_table_size - 1;
    size_t i = evd_kind_hash(builder->rules->table_seed, kind) & mask;
    while (builder->kind_table[i] != 0 &&
           !evd_string_equal(builder->kinds[builder->kind_table[i] - 1]->rule.kind, kind))
        i = (i + 1) & mask;
    return &builder->kind_table[i];
}

/* Keeps the table at most half full, one more kind included. */
static bool make_room(struct evd_builder *builder)
{
    if (builder->kind_count == builder->kind_capacity) {
        const size_t capacity = builder->kind_capacity == 0 ? 32 : builder->kind_capacity * 2;
        struct evd_build_kind **kinds = realloc(builder->kinds, capacity * sizeof *kinds);
        if (kinds == NULL)
            return false;
        builder->kinds = kinds;
        builder->kind_capacity = capacity;
    }
    if ((builder->kind_count + 1) * 2 <= builder->kind_table_size)
        return true;
    const size_t size = builder->kind_table_size == 0 ? 64 : builder->kind_table_size * 2;
    uint32_t *table = calloc(size, sizeof *table);
    if (table == NULL)
        return false;
    free(builder->kind_table);
    builder->kind_table = table;
    builder->kind_table_size = size;
    for (size_t i = 0; i < builder->kind_count; i++)
        *find_place(builder, builder->kinds[i]->rule.kind) = (uint32_t)i + 1;
    return true;
}

static struct evd_build_kind *get_kind(struct evd_rules_reader *reader, struct evd_string name)
{
    struct evd_builder *builder = builder_of(reader);
    if (!make_room(builder))
        return NULL;
    uint32_t *place = find_place(builder, name);
    if (*place != 0)
        return builder->kinds[*place - 1];
    struct evd_build_kind *kind = evd_arena_alloc(reader->arena, sizeof *kind);
    if (kind == NULL)
        return NULL;
    *kind = (struct evd_build_kind){.rule.kind = name};
    builder->kinds[builder->kind_count++] = kind;
    *place = (uint32_t)builder->kind_count;
    return kind;
}

struct evd_build_kind *evd_build_find(const struct evd_builder *builder, struct evd_string kind)
{
    const uint32_t place = builder->kind_table_size == 0 ? 0 : *find_place(builder, kind);
    return place == 0 ? NULL : builder->kinds[place - 1];
}

struct evd_build_kind *evd_build_claim(struct evd_rules_reader *reader, enum evd_claim claim,
                                       const struct evd_read_string *name)
{
    struct evd_build_kind *kind = get_kind(reader, name->string);
    if (kind == NULL) {
        evd_refuse_memory(reader);
        return NULL;
    }
    if (kind->places[claim] != 0 && !evd_claim_sections[claim].may_repeat) {
        evd_refuse(reader, name->token, "kind \"%s\" stands twice in \"%s\", first on line %llu",
                   evd_shown(name->string).text, evd_claim_sections[claim].name,
                   evd_line_of(reader, kind->places[claim]));
        return NULL;
    }
    if (kind->places[claim] == 0)
        kind->places[claim] = name->token;
    return kind;
}

enum { CANONICAL = EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP };

/* What a field is to the rules, by the bit of its role, and what it can't be at the same time. */
static const struct {
    const char *what;
    uint32_t contradicts; /* of enum evd_field_role */
} ROLES[EVD_ROLES] = {
    {"skipped", EVD_FIELD_SKIPPED | CANONICAL | EVD_FIELD_NAME},
    {"made canonical (set_fields)", EVD_FIELD_SKIPPED | EVD_FIELD_REPLACED | EVD_FIELD_HEAP | EVD_FIELD_ALLOCATOR_NAME |
                                        EVD_FIELD_NAME | EVD_FIELD_CALL},
    {"made canonical (replace_fields)",
     EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_HEAP | EVD_FIELD_ALLOCATOR_NAME | EVD_FIELD_NAME | EVD_FIELD_CALL},
    {"made canonical (host_heap_fields)", EVD_FIELD_SKIPPED | CANONICAL | EVD_FIELD_NAME | EVD_FIELD_CALL},
    {"the allocator's name", EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_NAME},
    {"the SID", EVD_FIELD_SID_POINTER | EVD_FIELD_SID_OBJECT_TYPE},
    {"the recipe's pointer", EVD_FIELD_SID | EVD_FIELD_SID_OBJECT_TYPE},
    {"the recipe's object type", EVD_FIELD_SID | EVD_FIELD_SID_POINTER},
    {"what threads are paired by", EVD_FIELD_NAME},
    {"a new thread's entry point", EVD_FIELD_NAME},
    {"a name (names)",
     EVD_FIELD_SKIPPED | CANONICAL | EVD_FIELD_ALLOCATOR_NAME | EVD_FIELD_PAIRING | EVD_FIELD_ENTRY | EVD_FIELD_CALL},
    {"what calls of \"names\" are told by", CANONICAL | EVD_FIELD_NAME},
    {"the size of a name", 0},
};

static struct evd_build_field *get_field(struct evd_rules_reader *reader, struct evd_build_kind *kind,
                                         const struct evd_read_string *name)
{
    for (size_t i = 0; i < kind->rule.field_count; i++)
        if (evd_string_equal(kind->fields[i].rule.name, name->string))
            return &kind->fields[i];
    if (kind->rule.field_count == EVD_KIND_FIELDS_MAX) {
        evd_refuse(reader, name->token, "kind \"%s\" has rules for more than %d fields",
                   evd_shown(kind->rule.kind).text, EVD_KIND_FIELDS_MAX);
        return NULL;
    }
    if (kind->rule.field_count == kind->field_capacity) {
        const size_t capacity = kind->field_capacity == 0 ? 4 : kind->field_capacity * 2;
        struct evd_build_field *fields = evd_arena_array(reader->arena, capacity, sizeof *fields);
        if (fields == NULL) {
            evd_refuse_memory(reader);
            return NULL;
        }
        if (kind->fields != NULL)
            memcpy(fields, kind->fields, kind->rule.field_count * sizeof *fields);
        kind->fields = fields;
        kind->field_capacity = capacity;
    }
    struct evd_build_field *field = &kind->fields[kind->rule.field_count++];
    *field = (struct evd_build_field){.rule.name = name->string};
    return field;
}

bool evd_build_role(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_read_string *name,
                    enum evd_field_role role)
{
    struct evd_build_field *field = get_field(reader, kind, name);
    if (field == NULL)
        return false;
    const size_t index = (size_t)__builtin_ctz(role);
    const uint32_t conflicts = field->rule.roles & ROLES[index].contradicts;
    if (conflicts & role)
        return evd_refuse(reader, name->token, "field \"%s\" of \"%s\" is already %s, on line %llu",
                          evd_shown(name->string).text, evd_shown(kind->rule.kind).text, ROLES[index].what,
                          evd_line_of(reader, field->places[index]));
    if (conflicts != 0) {
        const size_t other = (size_t)__builtin_ctz(conflicts);
        return evd_refuse(reader, name->token, "field \"%s\" of \"%s\" can't be %s: on line %llu it is %s",
                          evd_shown(name->string).text, evd_shown(kind->rule.kind).text, ROLES[index].what,
                          evd_line_of(reader, field->places[other]), ROLES[other].what);
    }
    if (role == EVD_FIELD_HEAP) {
        if (kind->rule.heap_field_count == EVD_HEAP_FIELDS_MAX)
            return evd_refuse(reader, name->token, "kind \"%s\" has more than %d host-heap fields",
                              evd_shown(kind->rule.kind).text, EVD_HEAP_FIELDS_MAX);
        field->rule.heap_index = (uint32_t)kind->rule.heap_field_count++;
    }
    field->rule.roles |= role;
    field->places[index] = name->token;
    return true;
}

bool evd_build_roles(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_read_list *fields,
                     enum evd_field_role role)
{
    for (size_t i = 0; i < fields->count; i++)
        if (!evd_build_role(reader, kind, &fields->items[i], role))
            return false;
    return true;
}

const struct evd_string *evd_build_strings(struct evd_rules_reader *reader, const struct evd_read_list *list)
{
    struct evd_string *strings = evd_arena_array(reader->arena, list->count, sizeof *strings);
    if (strings == NULL) {
        evd_refuse_memory(reader);
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++)
        strings[i] = list->items[i].string;
    return strings;
}

void evd_build_release(struct evd_builder *builder)
{
    free(builder->kinds);
    free(builder->kind_table);
}

static bool is_name(struct evd_rules_reader *reader, const struct evd_read_string *name, struct evd_string other,
                    uint32_t place)
{
    return evd_string_equal(name->string, other) &&
           !evd_refuse(reader, name->token, "\"%s\" is already the name of a rule, on line %llu",
                       evd_shown(name->string).text, evd_line_of(reader, place));
}

bool evd_build_name(struct evd_rules_reader *reader, const struct evd_read_string *name)
{
    const struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->compare_count; i++)
        if (is_name(reader, name, builder->compare[i].rule.name, builder->compare[i].place))
            return false;
    for (size_t i = 0; i < builder->thread_count; i++)
        if (is_name(reader, name, builder->threads[i].rule.name, builder->threads[i].place))
            return false;
    for (size_t i = 0; i < builder->absorber_count; i++)
        if (is_name(reader, name, builder->absorbers[i].rule.name, builder->absorbers[i].place))
            return false;
    return true;
}
