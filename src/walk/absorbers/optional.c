/* optional: an event or a block that one side may lack. Rules of the section of that name are absorbers of this type. */
#include <assert.h>

#include "walk/absorb.h"
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

struct members {
    struct evd_rule_block block;
    uint64_t at_most; /* blocks of a pair of threads; 0: any number */
};

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
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct members){.at_most = read->at_most.value};
    const struct evd_read_string no_kind = {.token = read->common.name.token};
    return evd_block_complete(reader, read->common.name.token, &read->block, &members->block) &&
           evd_absorber_add(reader, &evd_optional, &read->common, &no_kind, members);
}

const struct evd_section evd_optional_section = {.only = &evd_optional.rule};

/* ---- events ---- */

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    const struct members *members = rule->members;
    return members->block.is_balanced || members->block.count > 1 ? EVD_BLOCK_REACH_MAX : 1;
}

static enum evd_status absorb_alone(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum evd_side side,
                                    uint64_t position, bool may_shift, struct evd_absorption *absorption,
                                    struct evd_error *error)
{
    struct evd_block_found found;
    const struct members *members = rule->members;
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

/* True when the event behind a block has the key of the one that the other side is at. */
static bool is_met_behind(struct evd_walker *walker, const struct evd_absorption *absorption)
{
    struct evd_cursor *cursor = &walker->side[absorption->side];
    const uint64_t behind = cursor->position + absorption->count;
    const struct evd_event *event = behind < cursor->stream->count ? evd_cursor_event(cursor, behind) : NULL;
    return event != NULL && event->key == evd_cursor_current(&walker->side[!absorption->side])->key;
}

/* The block of a rule that goes: that of the side behind which the two meet, then *meets; else canary's. */
static enum evd_status choose(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, bool *meets, struct evd_error *error)
{
    struct evd_absorption found[EVD_SIDES] = {*absorption, *absorption};
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status =
            absorb_alone(walker, rule, (enum evd_side)side, walker->side[side].position, true, &found[side], error);
    if (status != EVD_OK)
        return status;
    bool is_met[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        is_met[side] = found[side].count > 0 && is_met_behind(walker, &found[side]);
    const bool is_ours = found[EVD_CANARY].count == 0 || (!is_met[EVD_CANARY] && is_met[EVD_OURS]);
    *absorption = found[is_ours ? EVD_OURS : EVD_CANARY];
    *meets = is_met[is_ours ? EVD_OURS : EVD_CANARY];
    return EVD_OK;
}

/* Where several blocks may go, by one rule or by several, that goes behind which the two sides meet; else the first rule's,
 * canary's before ours'. */
static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    bool meets = false;
    enum evd_status status = choose(walker, rule, absorption, &meets, error);
    for (size_t i = absorption->absorber + 1;
         status == EVD_OK && absorption->count > 0 && !meets && i < rules->absorber_count; i++) {
        struct evd_absorption later = {.absorber = i};
        if (rules->absorbers[i].type == &evd_optional && !rules->absorbers[i].disabled)
            status = choose(walker, &rules->absorbers[i], &later, &meets, error);
        if (meets)
            absorption->count = 0;
    }
    return status;
}

static bool is_limited(const struct evd_absorber_rule *rule)
{
    return ((const struct members *)rule->members)->at_most > 0;
}

const struct evd_absorber_type evd_optional = {
    .rule = {NULL, &SHAPE, add},
    .lookahead = lookahead,
    .is_limited = is_limited,
    .absorb = absorb,
    .absorb_alone = absorb_alone,
};
