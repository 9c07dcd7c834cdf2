/* instead: a block of one side where the other has another one, as one event that the other tells as two. Rules of the
 * section of that name are absorbers of this type. */
#include <assert.h>

#include "walk/absorb.h"
#include "walk/absorbers/types.h"
#include "walk/fits.h"
#include "walk/step_back.h"

/* ---- the rule ---- */

enum { TIMES_MAX = 1000000000, BEFORE_MAX = 16 /* events of both blocks that may match before the two part */ };

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
static enum evd_status have_same(struct evd_walker *walker, const struct members *members,
                                 const uint64_t positions[EVD_SIDES], bool *are_equal, struct evd_error *error)
{
    uint64_t hash[EVD_SIDES] = {0, 0};
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && members->equal_count > 0 && side < EVD_SIDES; side++)
        status = evd_event_hash_at(
            walker, (enum evd_side)side, positions[side], members->equal, members->equal_count, &hash[side], error);
    *are_equal = hash[EVD_CANARY] == hash[EVD_OURS];
    return status;
}

/* Finds both blocks that begin at two positions and end behind the cursors; *are_there: there are such. */
static enum evd_status find_blocks(struct evd_walker *walker, const struct members *members,
                                   const uint64_t positions[EVD_SIDES], uint64_t length[EVD_SIDES], bool *are_there,
                                   struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    *are_there = true;
    for (int side = 0; status == EVD_OK && *are_there && side < EVD_SIDES; side++) {
        status =
            evd_block_length(walker, &members->block[side], (enum evd_side)side, positions[side], &length[side], error);
        *are_there = length[side] > walker->side[side].position - positions[side];
    }
    return status == EVD_OK && *are_there ? have_same(walker, members, positions, are_there, error) : status;
}

static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct members *members = rule->members;
    uint64_t positions[EVD_SIDES] = {walker->side[EVD_CANARY].position, walker->side[EVD_OURS].position};
    const uint64_t place = positions[EVD_CANARY], matched = walker->counts.matched;
    uint64_t length[EVD_SIDES];
    bool are_there = false;
    enum evd_status status = EVD_OK;
    if (members->at_most > 0 && walker->counts.times[absorption->absorber] >= members->at_most)
        return EVD_OK;
    for (uint64_t before = 0; status == EVD_OK && !are_there && before <= BEFORE_MAX && before <= matched; before++) {
        if (before > 0) {
            for (int side = 0; side < EVD_SIDES; side++)
                positions[side] = walker->context.lately[(matched - before) % EVD_LATELY_MAX][side];
            if (!evd_can_step_back(walker, EVD_CANARY, positions[EVD_CANARY]))
                break;
        }
        status = find_blocks(walker, members, positions, length, &are_there, error);
    }
    if (status != EVD_OK || !are_there)
        return status;
    *absorption = (struct evd_absorption){
        .absorber = absorption->absorber,
        .side = EVD_CANARY,
        .count = length[EVD_CANARY] - (place - positions[EVD_CANARY]),
        .other = length[EVD_OURS],
        .steps_back = positions[EVD_CANARY] < place,
        .first = positions[EVD_CANARY],
        .block = length[EVD_CANARY],
        .passes_engine_local = true};
    return EVD_OK;
}

static bool is_limited(const struct evd_absorber_rule *rule)
{
    return ((const struct members *)rule->members)->at_most > 0;
}

const struct evd_absorber_type evd_instead = {
    .rule = {NULL, &SHAPE, add},
    .lookahead = lookahead,
    .is_limited = is_limited,
    .absorb = absorb,
    .steps_back = true};
