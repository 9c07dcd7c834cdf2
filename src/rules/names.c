/* The sections "name_classes" and "names": values that compare up to a one-to-one renaming. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "rules/build.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)
#define FITS(type)       static_assert(sizeof(struct type) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small")

/* Classes. */
struct name_class {
    struct evd_read_string class_, why;
    struct evd_read_number at_least, at_most, scope;
};
FITS(name_class);

static const char *const SCOPES[] = {"thread", "log", NULL};
static const struct evd_member_spec CLASS_MEMBERS[] = {
    {"class", EVD_MEMBER_STRING, AT(name_class, class_)},
    {"at_least", EVD_MEMBER_HEX64, AT(name_class, at_least)},
    {"at_most", EVD_MEMBER_HEX64, AT(name_class, at_most), .is_optional = true},
    {"scope", EVD_MEMBER_CHOICE, AT(name_class, scope), .choices = SCOPES},
    {"why", EVD_MEMBER_STRING, AT(name_class, why)},
};
static const struct evd_shape CLASS_SHAPE = {"a rule of \"name_classes\"", CLASS_MEMBERS, COUNT(CLASS_MEMBERS)};

static bool add_class(struct evd_rules_reader *reader, const void *rule)
{
    const struct name_class *r = rule;
    struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->name_class_count; i++)
        if (evd_string_equal(builder->name_classes[i].class_.name, r->class_.string))
            return evd_refuse(reader, r->class_.token,
                              "class \"%s\" stands twice in \"name_classes\", first on line %llu",
                              evd_shown(r->class_.string).text, evd_line_of(reader, builder->name_classes[i].place));
    if (builder->name_class_count == EVD_NAME_CLASSES_MAX)
        return evd_refuse(reader, r->class_.token, "there are more than %d classes of names", EVD_NAME_CLASSES_MAX);
    const uint64_t at_most = r->at_most.token != 0 ? r->at_most.value : UINT64_MAX;
    if (at_most < r->at_least.value)
        return evd_refuse(reader, r->at_most.token, "\"at_most\" is below \"at_least\"");
    builder->name_classes[builder->name_class_count++] = (struct evd_build_name_class){
        {r->class_.string, r->at_least.value, at_most, r->scope.value == 0}, r->class_.token};
    return true;
}

const struct evd_section evd_name_classes_section = {
    .only = &(const struct evd_variant){NULL, &CLASS_SHAPE, add_class}};

/* Names. */
struct names {
    struct evd_read_string class_, kind, name_field, why, size_kind, size_field;
    struct evd_read_list calls, fields;
    struct evd_read_number form, size;
};
FITS(names);

static const char *const FORMS[] = {"value", "birth", "end", "plain", NULL};
static const struct evd_member_spec SIZE_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(names, size_kind)},
    {"field", EVD_MEMBER_STRING, AT(names, size_field)},
};
static const struct evd_shape SIZE_SHAPE = {"\"size\"", SIZE_MEMBERS, COUNT(SIZE_MEMBERS)};

#define MEMBERS_OF_ALL_FORMS                                                                                      \
    {"form", EVD_MEMBER_CHOICE, AT(names, form), .choices = FORMS}, {"kind", EVD_MEMBER_STRING, AT(names, kind)}, \
        {"name_field", EVD_MEMBER_STRING, AT(names, name_field), .is_optional = true},                            \
        {"calls", EVD_MEMBER_STRINGS, AT(names, calls), .is_optional = true},                                     \
        {"fields", EVD_MEMBER_STRINGS, AT(names, fields), .may_have_stars = true},                                \
    {                                                                                                             \
        "why", EVD_MEMBER_STRING, AT(names, why)                                                                  \
    }
#define CLASS_MEMBER                                  \
    {                                                 \
        "class", EVD_MEMBER_STRING, AT(names, class_) \
    }
static const struct evd_member_spec PLAIN_MEMBERS[] = {MEMBERS_OF_ALL_FORMS};
static const struct evd_member_spec VALUE_MEMBERS[] = {MEMBERS_OF_ALL_FORMS, CLASS_MEMBER};
static const struct evd_member_spec BIRTH_MEMBERS[] = {
    MEMBERS_OF_ALL_FORMS,
    CLASS_MEMBER,
    {"size", EVD_MEMBER_OBJECT, AT(names, size), .is_optional = true, .shape = &SIZE_SHAPE},
};
static const struct evd_shape VALUE_SHAPE = {"a \"value\" rule of \"names\"", VALUE_MEMBERS, COUNT(VALUE_MEMBERS)};
static const struct evd_shape BIRTH_SHAPE = {"a \"birth\" rule of \"names\"", BIRTH_MEMBERS, COUNT(BIRTH_MEMBERS)};
static const struct evd_shape PLAIN_SHAPE = {"a \"plain\" rule of \"names\"", PLAIN_MEMBERS, COUNT(PLAIN_MEMBERS)};
static const struct evd_shape END_SHAPE = {"an \"end\" rule of \"names\"", VALUE_MEMBERS, COUNT(VALUE_MEMBERS)};

static int compare_strings(const void *a, const void *b)
{
    return evd_string_compare(*(const struct evd_string *)a, *(const struct evd_string *)b);
}

/* Splits "args.a1" at its first dot. */
static bool split_path(struct evd_rules_reader *reader, const struct evd_read_string *path, struct evd_name_rule *rule)
{
    const struct evd_string whole = path->string;
    if (!evd_split_field(whole, &rule->field, &rule->member))
        return true;
    if (rule->field.length == 0 || rule->member.length == 0)
        return evd_refuse(reader, path->token,
                          "\"%s\" is no field, member of a field (\"args.a0\") or all of them "
                          "(\"args.*\")",
                          evd_shown(whole).text);
    rule->is_any_member = evd_string_equal(rule->member, evd_string_of("*"));
    if (rule->is_any_member)
        rule->member = (struct evd_string){"", 0};
    return true;
}

/* What calls of the kind are told by: the same field for all of its name rules. */
static bool set_call_field(struct evd_rules_reader *reader, struct evd_build_kind *kind,
                           const struct evd_read_string *name_field)
{
    if (kind->call_field_place != 0 && !evd_string_equal(kind->rule.call_field, name_field->string))
        return evd_refuse(reader, name_field->token,
                          "calls of kind \"%s\" are told by \"%s\" on line %llu; all its name rules "
                          "must do so",
                          evd_shown(kind->rule.kind).text, evd_shown(kind->rule.call_field).text,
                          evd_line_of(reader, kind->call_field_place));
    if (kind->call_field_place != 0)
        return true;
    kind->rule.call_field = name_field->string;
    kind->call_field_place = name_field->token;
    return evd_build_role(reader, kind, name_field, EVD_FIELD_CALL);
}

static bool add_path(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_build_name *rule,
                     const struct evd_read_string *path)
{
    if (kind->name_count == EVD_KIND_NAMES_MAX)
        return evd_refuse(reader, path->token, "kind \"%s\" has more than %d name rules",
                          evd_shown(kind->rule.kind).text, EVD_KIND_NAMES_MAX);
    if (kind->name_count == kind->name_capacity) {
        const size_t capacity = kind->name_capacity == 0 ? 4 : kind->name_capacity * 2;
        struct evd_build_name *names = evd_arena_array(reader->arena, capacity, sizeof *names);
        if (names == NULL)
            return evd_refuse_memory(reader);
        if (kind->names != NULL)
            memcpy(names, kind->names, kind->name_count * sizeof *names);
        kind->names = names;
        kind->name_capacity = capacity;
    }
    struct evd_build_name *name = &kind->names[kind->name_count];
    *name = *rule;
    name->place = path->token;
    if (!split_path(reader, path, &name->rule))
        return false;
    kind->name_count++;
    const struct evd_read_string field = {name->rule.field, path->token};
    return rule->rule.form == EVD_NAME_PLAIN ||
           evd_build_role(reader, kind, &field, rule->rule.form == EVD_NAME_SIZE ? EVD_FIELD_SIZE : EVD_FIELD_NAME);
}

static bool add_paths(struct evd_rules_reader *reader, const struct names *r, const struct evd_read_string *kind_name,
                      const struct evd_read_list *fields, const struct evd_build_name *rule)
{
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_NAMES, kind_name);
    if (kind == NULL || (rule->call_count > 0 && !set_call_field(reader, kind, &r->name_field)))
        return false;
    for (size_t i = 0; i < fields->count; i++)
        if (!add_path(reader, kind, rule, &fields->items[i]))
            return false;
    return true;
}

static bool add_names(struct evd_rules_reader *reader, const void *rule)
{
    static const enum evd_name_form MEANT[] = {EVD_NAME_VALUE, EVD_NAME_BIRTH, EVD_NAME_END, EVD_NAME_PLAIN};
    const struct names *r = rule;
    struct evd_builder *builder = reader->context;
    struct evd_build_name name = {.rule.form = MEANT[r->form.value], .class_ = r->class_, .call_count = r->calls.count};
    if ((r->calls.token == 0) != (r->name_field.token == 0))
        return evd_refuse(reader, r->calls.token != 0 ? r->calls.token : r->name_field.token,
                          "\"calls\" and \"name_field\" need each other");
    if (r->size.token != 0 && r->calls.token == 0)
        return evd_refuse(reader, r->size.token, "\"size\" needs \"calls\": by them birth and size find each other");
    if (r->calls.count > 0) {
        struct evd_string *calls = (struct evd_string *)evd_build_strings(reader, &r->calls);
        if (calls == NULL)
            return false;
        qsort(calls, r->calls.count, sizeof *calls, compare_strings);
        name.calls = calls;
    }
    if (r->size.token != 0)
        name.rule.size_index = ++builder->rules->name_size_count;
    if (!add_paths(reader, r, &r->kind, &r->fields, &name))
        return false;
    if (r->size.token == 0)
        return true;
    struct evd_read_string size_field = r->size_field;
    name.rule.form = EVD_NAME_SIZE;
    return add_paths(reader, r, &r->size_kind, &(const struct evd_read_list){&size_field, 1, size_field.token}, &name);
}

static const struct evd_variant VALUE = {"value", &VALUE_SHAPE, add_names};
static const struct evd_variant BIRTH = {"birth", &BIRTH_SHAPE, add_names};
static const struct evd_variant END = {"end", &END_SHAPE, add_names};
static const struct evd_variant PLAIN = {"plain", &PLAIN_SHAPE, add_names};

/* In the order of FORMS. */
const struct evd_section evd_names_section = {
    .selector = "form", .variants = (const struct evd_variant *const[]){&VALUE, &BIRTH, &END, &PLAIN, NULL}};

/* Finds the class that a name rule speaks of. */
static bool resolve_class(struct evd_rules_reader *reader, struct evd_build_name *name)
{
    const struct evd_builder *builder = reader->context;
    const char *known[EVD_NAME_CLASSES_MAX];
    struct evd_shown shown[EVD_NAME_CLASSES_MAX];
    if (name->rule.form == EVD_NAME_PLAIN)
        return true;
    for (uint32_t i = 0; i < builder->name_class_count; i++) {
        if (evd_string_equal(builder->name_classes[i].class_.name, name->class_.string)) {
            name->rule.class_index = i;
            name->rule.at_least = builder->name_classes[i].class_.at_least;
            name->rule.at_most = builder->name_classes[i].class_.at_most;
            return true;
        }
        shown[i] = evd_shown(builder->name_classes[i].class_.name);
        known[i] = shown[i].text;
    }
    const char *meant =
        evd_suggest_name(name->class_.string.bytes, name->class_.string.length, known, builder->name_class_count);
    if (meant != NULL)
        return evd_refuse(reader, name->class_.token,
                          "there is no class \"%s\" in \"name_classes\"; did you mean \"%s\"?",
                          evd_shown(name->class_.string).text, meant);
    return evd_refuse(reader, name->class_.token, "there is no class \"%s\" in \"name_classes\"; add it there",
                      evd_shown(name->class_.string).text);
}

/* True when some call is meant by both rules. */
static bool share_call(const struct evd_build_name *a, const struct evd_build_name *b)
{
    if (a->call_count == 0 || b->call_count == 0)
        return a->call_count == b->call_count;
    size_t i = 0, j = 0;
    while (i < a->call_count && j < b->call_count) {
        const int order = evd_string_compare(a->calls[i], b->calls[j]);
        if (order == 0)
            return true;
        if (order < 0)
            i++;
        else
            j++;
    }
    return false;
}

static bool check_kind(struct evd_rules_reader *reader, struct evd_build_kind *kind)
{
    for (size_t i = 0; i < kind->name_count; i++) {
        struct evd_build_name *name = &kind->names[i];
        if (!resolve_class(reader, name))
            return false;
        for (size_t j = 0; j < i; j++) {
            const struct evd_build_name *other = &kind->names[j];
            if (evd_string_equal(other->rule.field, name->rule.field) &&
                evd_string_equal(other->rule.member, name->rule.member) &&
                other->rule.is_any_member == name->rule.is_any_member && share_call(other, name))
                return evd_refuse(reader, name->place,
                                  "what this is in \"%s\" is already said for the same calls, on line "
                                  "%llu",
                                  evd_shown(kind->rule.kind).text, evd_line_of(reader, other->place));
        }
    }
    return true;
}

bool evd_names_check(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->kind_count; i++)
        if (!check_kind(reader, builder->kinds[i]))
            return false;
    return true;
}

/* A rule about a call. */
struct call_rule {
    struct evd_string call;
    const struct evd_build_name *name;
};

/* By call; rules about one member before those about any. */
static int compare_call_rules(const void *a, const void *b)
{
    const struct call_rule *left = a, *right = b;
    const int order = evd_string_compare(left->call, right->call);
    if (order != 0)
        return order;
    return left->name->rule.is_any_member - right->name->rule.is_any_member;
}

/* Every rule about a call, sorted; rules about all calls have an empty one, which no rule lists. */
static struct call_rule *list_call_rules(struct evd_rules_reader *reader, const struct evd_build_kind *kind,
                                         size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < kind->name_count; i++)
        *count += kind->names[i].call_count > 0 ? kind->names[i].call_count : 1;
    struct call_rule *list = evd_arena_array(reader->arena, *count, sizeof *list);
    size_t end = 0;
    for (size_t i = 0; list != NULL && i < kind->name_count; i++) {
        const struct evd_build_name *name = &kind->names[i];
        if (name->call_count == 0)
            list[end++] = (struct call_rule){{"", 0}, name};
        for (size_t j = 0; j < name->call_count; j++)
            list[end++] = (struct call_rule){name->calls[j], name};
    }
    if (list != NULL)
        qsort(list, end, sizeof *list, compare_call_rules);
    return list;
}

static void fill_call_table(uint64_t seed, const struct evd_name_call *calls, size_t count, uint32_t *table,
                            size_t mask)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = evd_kind_hash(seed, calls[i].call) & mask;
        while (table[place] != 0)
            place = (place + 1) & mask;
        table[place] = (uint32_t)i + 1;
    }
}

static struct evd_name_rule with_hashes(struct evd_name_rule rule)
{
    rule.field_hash = rule.path = evd_hash_string(rule.field);
    if (rule.is_any_member)
        rule.path = 0;
    else if (rule.member.length > 0)
        rule.path = evd_hash_pair(rule.field_hash, evd_hash_string(rule.member));
    return rule;
}

static bool finish_kind(struct evd_rules_reader *reader, struct evd_build_kind *kind)
{
    size_t count, table_size = 4;
    const struct call_rule *list = list_call_rules(reader, kind, &count);
    while (table_size < 2 * count)
        table_size *= 2;
    struct evd_name_rule *rules = evd_arena_array(reader->arena, count, sizeof *rules);
    struct evd_name_call *calls = evd_arena_array(reader->arena, count, sizeof *calls);
    uint32_t *table = evd_arena_array(reader->arena, table_size, sizeof *table);
    if (list == NULL || rules == NULL || calls == NULL || table == NULL)
        return evd_refuse_memory(reader);
    memset(table, 0, table_size * sizeof *table);
    kind->rule.names = rules;
    kind->rule.name_calls = calls;
    for (size_t i = 0; i < count; i++) {
        rules[i] = with_hashes(list[i].name->rule);
        if (list[i].call.length == 0)
            kind->rule.name_count++;
        else if (i == 0 || !evd_string_equal(list[i - 1].call, list[i].call))
            calls[kind->rule.name_call_count++] = (struct evd_name_call){list[i].call, &rules[i], 1};
        else
            calls[kind->rule.name_call_count - 1].count++;
    }
    kind->rule.table_seed = ((const struct evd_builder *)reader->context)->rules->table_seed;
    fill_call_table(kind->rule.table_seed, calls, kind->rule.name_call_count, table, table_size - 1);
    kind->rule.name_call_table = table;
    kind->rule.name_call_table_mask = table_size - 1;
    kind->rule.has_names = true;
    return true;
}

bool evd_names_finish(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_name_class *classes = evd_arena_array(reader->arena, builder->name_class_count, sizeof *classes);
    if (classes == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->name_class_count; i++)
        classes[i] = builder->name_classes[i].class_;
    rules->name_classes = classes;
    for (size_t i = 0; i < builder->kind_count; i++) {
        if (builder->kinds[i]->name_count == 0)
            continue;
        if (!finish_kind(reader, builder->kinds[i]))
            return false;
        rules->name_class_count = builder->name_class_count;
    }
    return true;
}
