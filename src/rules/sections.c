/* The sections of a rules file: what each may hold, and what it does to the rule set.
 *
 * A section is a struct, a shape, a function that takes in one rule, and a line in the table at the
 * end. A section that tells a story of its own has a file of its own and a line in that table. */
#include <assert.h>
#include <stdlib.h>

#include "rules/absorber.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)
#define FITS(type)       static_assert(sizeof(struct type) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small")

/* Engine-local kinds. */
struct engine_local {
    struct evd_read_string kind, why;
    struct evd_read_number counted;
};
FITS(engine_local);

static const struct evd_member_spec ENGINE_LOCAL_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(engine_local, kind)},
    {"counted", EVD_MEMBER_BOOLEAN, AT(engine_local, counted), .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(engine_local, why)},
};
static const struct evd_shape ENGINE_LOCAL_SHAPE = {
    "a rule of \"engine_local_kinds\"", ENGINE_LOCAL_MEMBERS, COUNT(ENGINE_LOCAL_MEMBERS)};

static bool add_engine_local(struct evd_rules_reader *reader, const void *rule)
{
    const struct engine_local *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_ENGINE_LOCAL, &r->kind);
    if (kind == NULL)
        return false;
    kind->rule.engine_local = true;
    kind->rule.counted = r->counted.value != 0;
    return true;
}

static const struct evd_section ENGINE_LOCAL = {
    .only = &(const struct evd_variant){NULL, &ENGINE_LOCAL_SHAPE, add_engine_local}};

/* Skipped fields. */
struct skipped {
    struct evd_read_string kind, why;
    struct evd_read_list fields;
};
FITS(skipped);

static const struct evd_member_spec SKIPPED_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(skipped, kind)},
    {"fields", EVD_MEMBER_STRINGS, AT(skipped, fields), .is_member = true},
    {"why", EVD_MEMBER_STRING, AT(skipped, why)},
};
static const struct evd_shape SKIPPED_SHAPE = {"a rule of \"skipped_fields\"", SKIPPED_MEMBERS, COUNT(SKIPPED_MEMBERS)};

static bool add_skipped(struct evd_rules_reader *reader, const void *rule)
{
    const struct skipped *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_SKIPPED, &r->kind);
    return kind != NULL && evd_build_roles(reader, kind, &r->fields, EVD_FIELD_SKIPPED);
}

static const struct evd_section SKIPPED = {.only = &(const struct evd_variant){NULL, &SKIPPED_SHAPE, add_skipped}};

/* Allocator returns. */
struct allocator {
    struct evd_read_string kind, name_field, mark, why;
    struct evd_read_list names, set_fields, replace_fields;
};
FITS(allocator);

static const struct evd_member_spec ALLOCATOR_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(allocator, kind)},
    {"name_field", EVD_MEMBER_STRING, AT(allocator, name_field), .is_member = true},
    {"names", EVD_MEMBER_STRINGS, AT(allocator, names), .most = EVD_TAGS_MAX},
    {"set_fields", EVD_MEMBER_STRINGS, AT(allocator, set_fields), .is_member = true, .is_optional = true},
    {"replace_fields", EVD_MEMBER_STRINGS, AT(allocator, replace_fields), .is_member = true, .is_optional = true},
    {"mark", EVD_MEMBER_STRING, AT(allocator, mark)},
    {"why", EVD_MEMBER_STRING, AT(allocator, why)},
};
static const struct evd_shape ALLOCATOR_SHAPE = {
    "a rule of \"allocator_returns\"", ALLOCATOR_MEMBERS, COUNT(ALLOCATOR_MEMBERS)};

static int compare_strings(const void *a, const void *b)
{
    return evd_string_compare(*(const struct evd_string *)a, *(const struct evd_string *)b);
}

static bool add_allocator(struct evd_rules_reader *reader, const void *rule)
{
    const struct allocator *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_ALLOCATOR, &r->kind);
    if (kind == NULL)
        return false;
    if (r->set_fields.token == 0 && r->replace_fields.token == 0)
        return evd_refuse(reader, r->kind.token,
                          "a rule of \"allocator_returns\" needs \"set_fields\" or "
                          "\"replace_fields\"");
    struct evd_string *names = (struct evd_string *)evd_build_strings(reader, &r->names);
    if (names == NULL)
        return false;
    qsort(names, r->names.count, sizeof *names, compare_strings);
    kind->allocator =
        (struct evd_allocator_rule){.prefix = r->mark.string, .names = names, .name_count = r->names.count};
    for (size_t i = 0; i < r->names.count; i++)
        kind->allocator.lengths |= evd_allocator_length_bit(names[i].length);
    kind->rule.allocator = &kind->allocator;
    return evd_build_role(reader, kind, &r->name_field, EVD_FIELD_ALLOCATOR_NAME) &&
           evd_build_roles(reader, kind, &r->set_fields, EVD_FIELD_SET) &&
           evd_build_roles(reader, kind, &r->replace_fields, EVD_FIELD_REPLACED);
}

static const struct evd_section ALLOCATOR = {
    .only = &(const struct evd_variant){NULL, &ALLOCATOR_SHAPE, add_allocator}};

/* Host-heap fields. */
struct heap {
    struct evd_read_string kind, mark, why;
    struct evd_read_list fields;
};
FITS(heap);

static const struct evd_member_spec HEAP_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(heap, kind)},
    {"fields", EVD_MEMBER_STRINGS, AT(heap, fields), .is_member = true},
    {"mark", EVD_MEMBER_STRING, AT(heap, mark)},
    {"why", EVD_MEMBER_STRING, AT(heap, why)},
};
static const struct evd_shape HEAP_SHAPE = {"a rule of \"host_heap_fields\"", HEAP_MEMBERS, COUNT(HEAP_MEMBERS)};

static bool add_heap(struct evd_rules_reader *reader, const void *rule)
{
    const struct heap *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_HEAP, &r->kind);
    if (kind == NULL)
        return false;
    kind->rule.heap_prefix = r->mark.string;
    return evd_build_roles(reader, kind, &r->fields, EVD_FIELD_HEAP);
}

static const struct evd_section HEAP = {.only = &(const struct evd_variant){NULL, &HEAP_SHAPE, add_heap}};

/* SID sources. */
struct sid {
    struct evd_read_string kind, field, pointer_field, object_type_field, why;
    struct evd_read_number many, recipe, marker;
};
FITS(sid);

static const struct evd_member_spec RECIPE_MEMBERS[] = {
    {"marker", EVD_MEMBER_HEX32, AT(sid, marker)},
    {"pointer_field", EVD_MEMBER_STRING, AT(sid, pointer_field), .is_member = true},
    {"object_type_field", EVD_MEMBER_STRING, AT(sid, object_type_field), .is_member = true},
};
static const struct evd_shape RECIPE_SHAPE = {"\"recipe\"", RECIPE_MEMBERS, COUNT(RECIPE_MEMBERS)};

static const struct evd_member_spec SID_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(sid, kind)},
    {"field", EVD_MEMBER_STRING, AT(sid, field), .is_member = true},
    {"many", EVD_MEMBER_BOOLEAN, AT(sid, many), .is_optional = true},
    {"recipe", EVD_MEMBER_OBJECT, AT(sid, recipe), .is_optional = true, .shape = &RECIPE_SHAPE},
    {"why", EVD_MEMBER_STRING, AT(sid, why)},
};
static const struct evd_shape SID_SHAPE = {"a rule of \"sid_sources\"", SID_MEMBERS, COUNT(SID_MEMBERS)};

static bool add_sid(struct evd_rules_reader *reader, const void *rule)
{
    const struct sid *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_SID, &r->kind);
    if (kind == NULL)
        return false;
    const bool has_recipe = r->recipe.token != 0;
    if (has_recipe && r->many.value)
        return evd_refuse(reader, r->recipe.token, "a field of many SIDs can't have a \"recipe\", which yields one");
    kind->sid = (struct evd_sid_rule){r->many.value != 0, has_recipe, (uint32_t)r->marker.value};
    kind->rule.sid = &kind->sid;
    if (!evd_build_role(reader, kind, &r->field, EVD_FIELD_SID))
        return false;
    return !has_recipe || (evd_build_role(reader, kind, &r->pointer_field, EVD_FIELD_SID_POINTER) &&
                           evd_build_role(reader, kind, &r->object_type_field, EVD_FIELD_SID_OBJECT_TYPE));
}

static const struct evd_section SID = {.only = &(const struct evd_variant){NULL, &SID_SHAPE, add_sid}};

/* Priority fields. */
struct priority {
    struct evd_read_string kind, name_field, why;
    struct evd_read_number form;
    struct evd_read_list fields;
};
FITS(priority);

static const char *const PRIORITY_FORMS[] = {"value", "members", NULL};
static const struct evd_member_spec PRIORITY_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(priority, kind)},
    {"form", EVD_MEMBER_CHOICE, AT(priority, form), .choices = PRIORITY_FORMS},
    {"fields", EVD_MEMBER_STRINGS, AT(priority, fields), .is_member = true},
    {"name_field", EVD_MEMBER_STRING, AT(priority, name_field), .is_member = true, .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(priority, why)},
};
static const struct evd_shape PRIORITY_SHAPE = {
    "a rule of \"priority_fields\"", PRIORITY_MEMBERS, COUNT(PRIORITY_MEMBERS)};

static bool add_priority(struct evd_rules_reader *reader, const void *rule)
{
    static const enum evd_priority_form FORMS[] = {EVD_PRIORITY_VALUE, EVD_PRIORITY_MEMBERS};
    const struct priority *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_PRIORITY, &r->kind);
    if (kind == NULL)
        return false;
    kind->rule.priority_form = FORMS[r->form.value];
    kind->rule.priority_fields = evd_build_strings(reader, &r->fields);
    kind->rule.priority_count = r->fields.count;
    kind->rule.priority_name = r->name_field.string;
    return kind->rule.priority_fields != NULL;
}

static const struct evd_section PRIORITY = {.only = &(const struct evd_variant){NULL, &PRIORITY_SHAPE, add_priority}};

/* Summaries. */
struct summary {
    struct evd_read_list kinds, fields;
    struct evd_read_number form;
    struct evd_read_string field, label, missing, why;
};
FITS(summary);

static const char *const SUMMARY_FORMS[] = {"first_of", "field", NULL};
static const struct evd_member_spec FIRST_OF_MEMBERS[] = {
    {"kinds", EVD_MEMBER_STRINGS, AT(summary, kinds)},
    {"form", EVD_MEMBER_CHOICE, AT(summary, form), .choices = SUMMARY_FORMS},
    {"fields", EVD_MEMBER_STRINGS, AT(summary, fields), .is_member = true},
    {"why", EVD_MEMBER_STRING, AT(summary, why)},
};
static const struct evd_member_spec FIELD_MEMBERS[] = {
    {"kinds", EVD_MEMBER_STRINGS, AT(summary, kinds)},
    {"form", EVD_MEMBER_CHOICE, AT(summary, form), .choices = SUMMARY_FORMS},
    {"field", EVD_MEMBER_STRING, AT(summary, field), .is_member = true},
    {"label", EVD_MEMBER_STRING, AT(summary, label)},
    {"missing", EVD_MEMBER_STRING, AT(summary, missing)},
    {"why", EVD_MEMBER_STRING, AT(summary, why)},
};
static const struct evd_shape FIRST_OF_SHAPE = {
    "a \"first_of\" rule of \"summaries\"", FIRST_OF_MEMBERS, COUNT(FIRST_OF_MEMBERS)};
static const struct evd_shape FIELD_SHAPE = {"a \"field\" rule of \"summaries\"", FIELD_MEMBERS, COUNT(FIELD_MEMBERS)};

static bool add_summary(struct evd_rules_reader *reader, const struct summary *r, enum evd_summary_form form,
                        const struct evd_read_list *fields)
{
    const struct evd_string *strings = evd_build_strings(reader, fields);
    if (strings == NULL)
        return false;
    for (size_t i = 0; i < r->kinds.count; i++) {
        struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_SUMMARY, &r->kinds.items[i]);
        if (kind == NULL)
            return false;
        kind->rule.summary_form = form;
        kind->rule.summary_fields = strings;
        kind->rule.summary_count = fields->count;
        kind->rule.summary_label = r->label.string;
        kind->rule.summary_missing = r->missing.string;
    }
    return true;
}

static bool add_first_of(struct evd_rules_reader *reader, const void *rule)
{
    const struct summary *r = rule;
    return add_summary(reader, r, EVD_SUMMARY_FIRST_OF, &r->fields);
}

static bool add_field(struct evd_rules_reader *reader, const void *rule)
{
    const struct summary *r = rule;
    struct evd_read_string field = r->field;
    const struct evd_read_list fields = {&field, 1, field.token};
    return add_summary(reader, r, EVD_SUMMARY_FIELD, &fields);
}

static const struct evd_variant FIRST_OF = {"first_of", &FIRST_OF_SHAPE, add_first_of};
static const struct evd_variant FIELD = {"field", &FIELD_SHAPE, add_field};
static const struct evd_section SUMMARY = {
    .selector = "form", .variants = (const struct evd_variant *const[]){&FIRST_OF, &FIELD, NULL}};

/* Pairing: in the second format by several kinds, the first that a thread has an event of. */
enum { PAIRING_KINDS_MAX = 16 };

struct pairing {
    struct evd_read_string kind, field, why;
    struct evd_read_number strict;
};
FITS(pairing);

static const struct evd_member_spec PAIRING_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(pairing, kind)},
    {"field", EVD_MEMBER_STRING, AT(pairing, field), .is_member = true},
    {"strict", EVD_MEMBER_BOOLEAN, AT(pairing, strict), .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(pairing, why)},
};
static const struct evd_shape PAIRING_SHAPE = {"\"pairing\"", PAIRING_MEMBERS, COUNT(PAIRING_MEMBERS)};

static bool add_pairing(struct evd_rules_reader *reader, const void *rule)
{
    const struct pairing *r = rule;
    struct evd_builder *builder = reader->context;
    if (r->strict.token != 0 && !reader->is_second)
        return evd_refuse(reader, r->strict.token,
                          "\"strict\" is for rules of the second format; by the first one all pairing is strict");
    builder->is_pairing_strict |= r->strict.value != 0;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_PAIRING, &r->kind);
    if (kind == NULL)
        return false;
    kind->rule.pairing = ++builder->pairing_count;
    return evd_build_role(reader, kind, &r->field, EVD_FIELD_PAIRING);
}

static const struct evd_section PAIRING = {.only = &(const struct evd_variant){NULL, &PAIRING_SHAPE, add_pairing}};

/* Thread creation. */
struct creation {
    struct evd_read_string kind, entry_field, why;
};
FITS(creation);

static const struct evd_member_spec CREATION_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(creation, kind)},
    {"entry_field", EVD_MEMBER_STRING, AT(creation, entry_field), .is_member = true},
    {"why", EVD_MEMBER_STRING, AT(creation, why)},
};
static const struct evd_shape CREATION_SHAPE = {"\"thread_creation\"", CREATION_MEMBERS, COUNT(CREATION_MEMBERS)};

static bool add_creation(struct evd_rules_reader *reader, const void *rule)
{
    const struct creation *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_CREATION, &r->kind);
    if (kind == NULL)
        return false;
    kind->rule.creates_threads = true;
    return evd_build_role(reader, kind, &r->entry_field, EVD_FIELD_ENTRY);
}

static const struct evd_section CREATION = {.only = &(const struct evd_variant){NULL, &CREATION_SHAPE, add_creation}};

/* The file. */
const char *const evd_rules_formats[] = {"evdiff.rules/1", "evdiff.rules/2", NULL};

static const struct evd_member_spec TOP_MEMBERS[] = {
    {"rules", EVD_MEMBER_CHOICE, AT(evd_rules_top, format), .choices = evd_rules_formats},
    {"name", EVD_MEMBER_STRING, AT(evd_rules_top, name)},
    {"version", EVD_MEMBER_STRING, AT(evd_rules_top, version), .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(evd_rules_top, why), .is_optional = true},
    {"pairing", EVD_MEMBER_RULE, .section = &PAIRING, .may_be_list = true, .most = PAIRING_KINDS_MAX},
    {"thread_creation", EVD_MEMBER_RULE, .is_optional = true, .section = &CREATION},
    {"engine_local_kinds", EVD_MEMBER_RULES, .is_optional = true, .section = &ENGINE_LOCAL},
    {"skipped_fields", EVD_MEMBER_RULES, .is_optional = true, .section = &SKIPPED},
    {"allocator_returns", EVD_MEMBER_RULES, .is_optional = true, .section = &ALLOCATOR},
    {"host_heap_fields", EVD_MEMBER_RULES, .is_optional = true, .section = &HEAP},
    {"name_classes", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_name_classes_section},
    {"names", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_names_section},
    {"sid_sources", EVD_MEMBER_RULES, .is_optional = true, .section = &SID},
    {"absorbers", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_absorbers_section},
    {"failures", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_failures_section},
    {"shown_as", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_shown_section},
    {"priority_fields", EVD_MEMBER_RULES, .is_optional = true, .section = &PRIORITY},
    {"summaries", EVD_MEMBER_RULES, .is_optional = true, .section = &SUMMARY},
    /* Of the second format alone: */
    {"compare", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_compare_section},
    {"passed_over", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_passed_over_section},
    {"optional", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_optional_section},
    {"instead", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_instead_section},
    {"any_order", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_any_order_section},
    {"repeats", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_repeats_section},
    {"may_move", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_may_move_section},
    {"forgiven", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_forgiven_section},
    {"threads", EVD_MEMBER_RULES, .is_optional = true, .section = &evd_threads_section},
};
static_assert(COUNT(TOP_MEMBERS) <= EVD_SHAPE_MEMBERS_MAX, "EVD_SHAPE_MEMBERS_MAX is too small");

enum { ONLY_IN_SECOND = 9 };

const struct evd_shape evd_rules_shapes[] = {
    {"the rules", TOP_MEMBERS, COUNT(TOP_MEMBERS) - ONLY_IN_SECOND},
    {"the rules", TOP_MEMBERS, COUNT(TOP_MEMBERS)},
};
