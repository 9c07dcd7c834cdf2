/* The "absorbers" section: each type has a shape of its own. */
#include <assert.h>

#include "rules/build.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)

enum { BLOCKS_MAX = 1000000 };

struct absorber {
    struct evd_read_string name, kind, name_field, enter, leave, why;
    struct evd_read_number type, column, side, max_blocks;
    struct evd_read_list block_kinds;
};
static_assert(sizeof(struct absorber) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

/* In the order of enum evd_absorber_type, enum evd_absorbed_column and enum evd_side. */
static const char *const TYPES[] = {"floating-sid", "balanced-blocks", NULL};
static const char *const COLUMNS[] = {"none", "floating_create", "floating_wait", NULL};
static const char *const SIDES[] = {"canary", "ours", NULL};

static const struct evd_member_spec FLOATING_MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(absorber, name)},
    {"type", EVD_MEMBER_CHOICE, AT(absorber, type), .choices = TYPES},
    {"kind", EVD_MEMBER_STRING, AT(absorber, kind)},
    {"column", EVD_MEMBER_CHOICE, AT(absorber, column), .is_optional = true, .choices = COLUMNS},
    {"why", EVD_MEMBER_STRING, AT(absorber, why)},
};
static const struct evd_member_spec BLOCKS_MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(absorber, name)},
    {"type", EVD_MEMBER_CHOICE, AT(absorber, type), .choices = TYPES},
    {"side", EVD_MEMBER_CHOICE, AT(absorber, side), .choices = SIDES},
    {"name_field", EVD_MEMBER_STRING, AT(absorber, name_field)},
    {"enter", EVD_MEMBER_STRING, AT(absorber, enter)},
    {"leave", EVD_MEMBER_STRING, AT(absorber, leave)},
    {"block_kinds", EVD_MEMBER_STRINGS, AT(absorber, block_kinds), .may_repeat = true},
    {"max_blocks", EVD_MEMBER_COUNT, AT(absorber, max_blocks), .most = BLOCKS_MAX},
    {"column", EVD_MEMBER_CHOICE, AT(absorber, column), .is_optional = true, .choices = COLUMNS},
    {"why", EVD_MEMBER_STRING, AT(absorber, why)},
};
static const struct evd_shape FLOATING_SHAPE = {
    "a \"floating-sid\" absorber", FLOATING_MEMBERS, COUNT(FLOATING_MEMBERS)};
static const struct evd_shape BLOCKS_SHAPE = {"a \"balanced-blocks\" absorber", BLOCKS_MEMBERS, COUNT(BLOCKS_MEMBERS)};

static bool add_floating(struct evd_rules_reader *reader, const void *rule)
{
    const struct absorber *r = rule;
    const struct evd_absorber_rule absorber = {
        .type = EVD_ABSORBER_FLOATING_SID,
        .column = (enum evd_absorbed_column)r->column.value,
        .kind = r->kind.string,
    };
    return evd_build_absorber(reader, &r->name, &absorber, r->kind.token);
}

static bool add_blocks(struct evd_rules_reader *reader, const void *rule)
{
    const struct absorber *r = rule;
    if (evd_string_equal(r->enter.string, r->leave.string))
        return evd_refuse(reader, r->leave.token, "\"enter\" and \"leave\" must be different names");
    const struct evd_absorber_rule absorber = {
        .type = EVD_ABSORBER_BALANCED_BLOCKS,
        .column = (enum evd_absorbed_column)r->column.value,
        .side = (enum evd_side)r->side.value,
        .enter = r->enter.string,
        .leave = r->leave.string,
        .name_field = r->name_field.string,
        .block_kinds = evd_build_strings(reader, &r->block_kinds),
        .block_kind_count = r->block_kinds.count,
        .max_blocks = r->max_blocks.value,
    };
    return absorber.block_kinds != NULL &&
           evd_build_absorber(reader, &r->name, &absorber, r->block_kinds.items[0].token);
}

const struct evd_section evd_absorbers_section = {
    .selector = "type",
    .choices = TYPES,
    .variants = (const struct evd_variant[]){{&FLOATING_SHAPE, add_floating}, {&BLOCKS_SHAPE, add_blocks}},
};
