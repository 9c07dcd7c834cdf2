/* floating-sid: an event of a kind with a SID that threads share, against an event of another kind, is skipped. */
#include <assert.h>

#include "walk/absorb.h"
#include "walk/absorbers/types.h"

/* ---- the rule ---- */

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_string kind;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

struct members {
    struct evd_string kind; /* that may be skipped */
};

static const struct evd_member_spec MEMBERS[] = {
    EVD_ABSORBER_FIRST_MEMBERS,
    {"kind", EVD_MEMBER_STRING, .offset = offsetof(struct read_rule, kind)},
    EVD_ABSORBER_LAST_MEMBERS,
};
static const struct evd_shape SHAPE = {"a \"floating-sid\" absorber", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct members){.kind = read->kind.string};
    return evd_absorber_add(reader, &evd_floating_sid, &read->common, &read->kind, members);
}

static bool check(struct evd_rules_reader *reader, const struct evd_build_absorber *absorber,
                  const struct evd_build_kind *kind)
{
    return (kind != NULL && kind->rule.sid != NULL) ||
           evd_refuse(reader, absorber->kind.token,
                      "kind \"%s\" has no SIDs that could float; add it to \"sid_sources\"",
                      evd_shown(absorber->kind.string).text);
}

/* ---- events ---- */

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

static const struct evd_absorber_question IS_OF_KIND = {.number = 0};

static bool answer(const struct evd_absorber_rule *rule, struct evd_absorber_question question,
                   const struct evd_event_view *view, bool *is_told_by_key)
{
    const struct members *members = rule->members;
    (void)question; /* there is one */
    *is_told_by_key = true;
    return evd_string_equal(view->fields.kind, members->kind);
}

struct search {
    const struct evd_walker *walker;
    bool is_found;
};

static void look_up_sid(void *context, uint64_t sid_hash)
{
    struct search *search = context;
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_log_floats(search->walker->whole[side], sid_hash))
            search->is_found = true;
}

/* True when an event has a floating SID. An event without its one SID counts as one with an empty
 * SID, as in the reference. */
static bool has_floating_sid(struct evd_walker *walker, enum evd_side side, const struct evd_event_view *view)
{
    struct search search = {walker, false};
    const struct evd_sid_rule *rule = view->fields.rule == NULL ? NULL : view->fields.rule->sid;
    if (rule == NULL)
        return false;
    const uint32_t sid = view->summary.sid;
    const bool is_string = sid != 0 && view->tape->tokens[sid].type == EVD_JSON_STRING;
    if (!rule->many && !is_string)
        look_up_sid(&search, evd_hash_string(evd_string_of("")));
    else
        evd_event_sids(&walker->side[side].reader.reread.hasher, view->tape, rule, sid, look_up_sid, &search);
    return search.is_found;
}

static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    bool is_kind[EVD_SIDES] = {false, false};
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = evd_absorber_ask(walker, rule, (enum evd_side)side, IS_OF_KIND, &is_kind[side], error);
    if (status != EVD_OK || is_kind[EVD_CANARY] == is_kind[EVD_OURS])
        return status;
    const enum evd_side side = is_kind[EVD_CANARY] ? EVD_CANARY : EVD_OURS;
    const struct evd_event_view *view;
    status = evd_absorber_read(walker, side, &view, error);
    if (status == EVD_OK && has_floating_sid(walker, side, view)) {
        absorption->side = side;
        absorption->count = 1;
    }
    return status;
}

const struct evd_absorber_type evd_floating_sid = {
    .rule = {"floating-sid", &SHAPE, add},
    .check = check,
    .lookahead = lookahead,
    .answer = answer,
    .absorb = absorb,
};
