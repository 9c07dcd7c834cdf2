/* optional: an event or a block that one side may lack. Rules of the section of that name are absorbers of this type. */
#include <assert.h>

#include "walk/absorbers/optional.h"

#include "walk/absorb.h"
#include "walk/absorbers/ahead.h"
#include "walk/absorbers/types.h"
#include "walk/fits.h"
#include "walk/step_back.h"

/* ---- the rule ---- */

enum { TIMES_MAX = 1000000000 };

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_block block;
    struct evd_read_number at_most;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    EVD_BLOCK_MEMBERS(read_rule, block),
    {"at_most", EVD_MEMBER_COUNT, AT(at_most), .is_optional = true, .most = TIMES_MAX},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"optional\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    struct evd_optional_members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct evd_optional_members){.at_most = read->at_most.value};
    const struct evd_read_string no_kind = {.token = read->common.name.token};
    return evd_block_complete(reader, read->common.name.token, &read->block, &members->block) &&
           evd_absorber_add(reader, &evd_optional, &read->common, &no_kind, members);
}

const struct evd_section evd_optional_section = {.only = &evd_optional.rule};

/* ---- events ---- */

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    const struct evd_optional_members *members = rule->members;
    return members->block.is_balanced || members->block.count > 1
               ? EVD_BLOCK_REACH_MAX
               : EVD_AHEAD_PLACES + EVD_AHEAD_EVENTS;
}

static enum evd_status absorb_alone(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum evd_side side,
                                    uint64_t position, bool may_shift, struct evd_absorption *absorption,
                                    struct evd_error *error)
{
    struct evd_block_found found;
    const struct evd_optional_members *members = rule->members;
    if (members->at_most > 0 && walker->counts.times[absorption->absorber] >= members->at_most)
        return EVD_OK;
    absorption->side = side;
    absorption->passes_engine_local = true;
    enum evd_status status = evd_block_run(walker, &members->block, side, position, may_shift, &found, error);
    if (status == EVD_OK && may_shift && found.again > 0 && evd_can_step_back(walker, side, found.first)) {
        absorption->steps_back = true;
        absorption->first = found.first;
        absorption->block = found.again - found.first;
    } else if (status == EVD_OK && may_shift && found.again > 0) {
        status = evd_block_run(walker, &members->block, side, position, false, &found, error);
    }
    absorption->count = found.count;
    return status;
}

/* What may go at the cursors: the two blocks of a rule at most. */
static enum evd_status gather(struct evd_walker *walker, size_t absorber, struct evd_way *ways, size_t *count,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct evd_absorber_rule *rule = &walker->rules->absorbers[absorber];
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        struct evd_absorption found = {.absorber = absorber};
        status = absorb_alone(walker, rule, (enum evd_side)side, walker->side[side].position, true, &found, error);
        if (status != EVD_OK || found.count == 0)
            continue;
        if (*count == 0)
            *absorption = found;
        ways[(*count)++] = (struct evd_way){absorber, (enum evd_side)side, found.count};
    }
    return status;
}

static enum evd_status take(struct evd_walker *walker, const struct evd_way *way, struct evd_absorption *absorption,
                            struct evd_error *error)
{
    *absorption = (struct evd_absorption){.absorber = way->absorber};
    return absorb_alone(walker, &walker->rules->absorbers[way->absorber], way->side, walker->side[way->side].position,
                        true, absorption, error);
}

/* Where several blocks may go, by one rule or by several, what lies ahead tells which. */
static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    struct evd_way ways[EVD_ABSORBERS_MAX * EVD_SIDES], way;
    size_t count = 0;
    struct evd_absorption first;
    (void)rule;
    enum evd_status status = gather(walker, absorption->absorber, ways, &count, &first, error);
    if (status != EVD_OK || count == 0)
        return status;
    if (evd_ahead_recall(walker, &way)) {
        status = take(walker, &way, absorption, error);
        if (status != EVD_OK || absorption->count > 0)
            return status;
    }
    for (size_t i = first.absorber + 1; status == EVD_OK && i < rules->absorber_count; i++)
        if (rules->absorbers[i].type == &evd_optional && !rules->absorbers[i].disabled)
            status = gather(walker, i, ways, &count, &first, error);
    *absorption = first;
    if (status != EVD_OK || count == 1)
        return status;
    status = evd_ahead_choose(walker, ways, count, &way, error);
    return status == EVD_OK ? take(walker, &way, absorption, error) : status;
}

static bool is_limited(const struct evd_absorber_rule *rule)
{
    return ((const struct evd_optional_members *)rule->members)->at_most > 0;
}

const struct evd_absorber_type evd_optional = {
    .rule = {NULL, &SHAPE, add},
    .lookahead = lookahead,
    .is_limited = is_limited,
    .absorb = absorb,
    .absorb_alone = absorb_alone,
};
