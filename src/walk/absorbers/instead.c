/* instead: a block of one side where the other has another one, as one event that the other tells as two. Rules of the
 * section of that name are absorbers of this type. */
#include <assert.h>

#include "walk/absorb.h"
#include "walk/absorbers/types.h"
#include "walk/fits.h"

/* ---- the rule ---- */

enum { TIMES_MAX = 1000000000 };

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_block block[EVD_SIDES];
    struct evd_read_paths equal;
    struct evd_read_number at_most;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

struct members {
    struct evd_rule_block block[EVD_SIDES];
    const struct evd_path *equal; /* where the first events of both blocks have the same */
    size_t equal_count;
    uint64_t at_most; /* times in a pair of threads; 0: any number */
};

struct read_block {
    struct evd_read_block block;
};

static const struct evd_member_spec BLOCK_MEMBERS[] = {EVD_BLOCK_MEMBERS(read_block, block)};
static const struct evd_shape BLOCK_SHAPE = {
    "a block of \"instead\"", BLOCK_MEMBERS, sizeof BLOCK_MEMBERS / sizeof *BLOCK_MEMBERS};

static bool read_block(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *place)
{
    if (reader->tape->tokens[token].type != EVD_JSON_OBJECT)
        return evd_refuse_type(reader, token, spec->key, "a block");
    return evd_read_object(reader, token, &BLOCK_SHAPE, place);
}

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    {"canary", EVD_MEMBER_BY, AT(block[EVD_CANARY]), .read = read_block},
    {"ours", EVD_MEMBER_BY, AT(block[EVD_OURS]), .read = read_block},
    {"equal", EVD_MEMBER_BY, AT(equal), .is_optional = true, .read = evd_read_paths},
    {"at_most", EVD_MEMBER_COUNT, AT(at_most), .is_optional = true, .most = TIMES_MAX},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"instead\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    const uint32_t place = read->common.name.token;
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members =
        (struct members){.equal = read->equal.paths, .equal_count = read->equal.count, .at_most = read->at_most.value};
    const struct evd_read_string no_kind = {.token = place};
    for (int side = 0; side < EVD_SIDES; side++)
        if (!evd_block_complete(reader, place, &read->block[side], &members->block[side]))
            return false;
    return evd_absorber_add(reader, &evd_instead, &read->common, &no_kind, members);
}

const struct evd_section evd_instead_section = {.only = &evd_instead.rule};

/* ---- events ---- */

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    const struct members *members = rule->members;
    for (int side = 0; side < EVD_SIDES; side++)
        if (members->block[side].is_balanced || members->block[side].count > 1)
            return EVD_BLOCK_REACH_MAX;
    return 1;
}

/* True in *are_equal when both first events have the same at the rule's paths. */
static enum evd_status have_same(struct evd_walker *walker, const struct members *members, bool *are_equal,
                                 struct evd_error *error)
{
    uint64_t hash[EVD_SIDES] = {0, 0};
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && members->equal_count > 0 && side < EVD_SIDES; side++)
        status = evd_event_hash_at(walker, (enum evd_side)side, walker->side[side].position, members->equal,
                                   members->equal_count, &hash[side], error);
    *are_equal = hash[EVD_CANARY] == hash[EVD_OURS];
    return status;
}

static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct members *members = rule->members;
    uint64_t length[EVD_SIDES] = {1, 1};
    bool are_equal = true;
    enum evd_status status = EVD_OK;
    if (members->at_most > 0 && walker->counts.times[absorption->absorber] >= members->at_most)
        return EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES && length[EVD_CANARY] > 0; side++)
        status = evd_block_length(
            walker, &members->block[side], (enum evd_side)side, walker->side[side].position, &length[side], error);
    if (status != EVD_OK || length[EVD_CANARY] == 0 || length[EVD_OURS] == 0)
        return status;
    status = have_same(walker, members, &are_equal, error);
    if (status != EVD_OK || !are_equal)
        return status;
    *absorption = (struct evd_absorption){
        .absorber = absorption->absorber,
        .side = EVD_CANARY,
        .count = length[EVD_CANARY],
        .other = length[EVD_OURS],
        .passes_engine_local = true};
    return EVD_OK;
}

static bool is_limited(const struct evd_absorber_rule *rule)
{
    return ((const struct members *)rule->members)->at_most > 0;
}

const struct evd_absorber_type evd_instead = {
    .rule = {NULL, &SHAPE, add}, .lookahead = lookahead, .is_limited = is_limited, .absorb = absorb};
