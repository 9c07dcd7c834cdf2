/* may_move: blocks that may come some events earlier or later. Rules of the section of that name are absorbers of this
 * type, which the walk passes by: where both sides have such a block is settled before they are compared
 * (align/relocate.c). */
#include <assert.h>

#include "walk/absorbers/types.h"

enum { MOVE_EVENTS_MAX = 65536 };

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_block block;
    struct evd_read_number by;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    EVD_BLOCK_MEMBERS(read_rule, block),
    {"by", EVD_MEMBER_COUNT, AT(by), .most = MOVE_EVENTS_MAX},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"may_move\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    const uint32_t place = read->common.name.token;
    struct evd_moved_block *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct evd_moved_block){.by = read->by.value};
    const struct evd_read_string no_kind = {.token = place};
    if (!evd_block_complete(reader, place, &read->block, &members->block))
        return false;
    for (size_t i = 0; i < members->block.count; i++)
        if (members->block.events[i].has_side)
            return evd_refuse(reader, place, "\"side\" can't stand in \"may_move\": both sides have such a block");
    return evd_absorber_add(reader, &evd_may_move, &read->common, &no_kind, members);
}

const struct evd_section evd_may_move_section = {.only = &evd_may_move.rule};

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

static const struct evd_moved_block *moved(const struct evd_absorber_rule *rule)
{
    return rule->members;
}

const struct evd_absorber_type evd_may_move = {.rule = {NULL, &SHAPE, add}, .lookahead = lookahead, .moved = moved};
