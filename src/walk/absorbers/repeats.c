/* repeats: one or more of the same block in a row are one. Rules of the section of that name are absorbers of this type:
 * of each row all but the first, or the last, are absorbed, before streams are compared. */
#include <assert.h>

#include "walk/absorbers/types.h"
#include "walk/arrange.h"
#include "walk/fits.h"
#include "walk/same.h"

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_block block;
    struct evd_read_paths except;
    struct evd_read_number keep;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

struct members {
    struct evd_rule_block block;
    const struct evd_path *except; /* where rounds may differ */
    size_t except_count;
    bool keeps_last;
};

#define AT(member) .offset = offsetof(struct read_rule, member)

static const char *const KEPT[] = {"first", "last", NULL};

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    EVD_BLOCK_MEMBERS(read_rule, block),
    {"except", EVD_MEMBER_BY, AT(except), .is_optional = true, .read = evd_read_paths},
    {"keep", EVD_MEMBER_CHOICE, AT(keep), .is_optional = true, .choices = KEPT},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"repeats\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    const uint32_t place = read->common.name.token;
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct members){
        .except = read->except.paths, .except_count = read->except.count, .keeps_last = read->keep.value > 0};
    const struct evd_read_string no_kind = {.token = place};
    return evd_block_complete(reader, place, &read->block, &members->block) &&
           evd_absorber_add(reader, &evd_repeats, &read->common, &no_kind, members);
}

const struct evd_section evd_repeats_section = {.only = &evd_repeats.rule};

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

static uint64_t pass_over(const struct evd_arrangement *arrangement, uint64_t position, uint64_t end)
{
    while (position < end && !evd_arrangement_takes_part(arrangement, position))
        position++;
    return position;
}

/* True in *is_round when the events from `from` to `to` - 1 are the same as those from `first` to `first_end` - 1. */
static enum evd_status find_round(struct evd_walker *walker, const struct members *members,
                                  const struct evd_arrangement *arrangement, const uint64_t ends[4], bool *is_round,
                                  struct evd_error *error)
{
    uint64_t a = ends[0], b = ends[2];
    enum evd_status status = EVD_OK;
    *is_round = true;
    for (;;) {
        a = pass_over(arrangement, a, ends[1]);
        b = pass_over(arrangement, b, ends[3]);
        if (status != EVD_OK || !*is_round || a == ends[1] || b == ends[3])
            break;
        status = evd_events_are_same(walker, arrangement->side, (const uint64_t[]){a++, b++}, members->except,
                                     members->except_count, is_round, error);
    }
    *is_round = *is_round && a == ends[1] && b == ends[3];
    return status;
}

/* Events from `from` to `to` - 1. */
struct span {
    uint64_t from, to;
};

static void leave_out(const struct span *round, struct evd_arrangement *arrangement)
{
    for (uint64_t i = round->from; i < round->to; i++)
        if (evd_arrangement_takes_part(arrangement, i))
            evd_arrangement_leave_out(arrangement, i);
}

static enum evd_status arrange(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                               struct evd_arrangement *arrangement, struct evd_error *error)
{
    const struct members *members = rule->members;
    enum evd_status status = EVD_OK;
    for (uint64_t first = 0; status == EVD_OK && first < arrangement->count;) {
        uint64_t length, round = 0;
        first = pass_over(arrangement, first, arrangement->count);
        status = evd_block_length(walker, &members->block, arrangement->side, first, &length, error);
        if (status != EVD_OK || length == 0) {
            first++;
            continue;
        }
        const uint64_t first_end = first + length;
        struct span kept = {first, first_end};
        uint64_t next = first_end;
        bool is_round = true;
        while (status == EVD_OK && is_round) {
            next = pass_over(arrangement, next, arrangement->count);
            status = evd_block_length(walker, &members->block, arrangement->side, next, &round, error);
            is_round = status == EVD_OK && round > 0;
            if (is_round)
                status = find_round(walker, members, arrangement,
                                    (const uint64_t[]){kept.from, kept.to, next, next + round}, &is_round, error);
            if (status == EVD_OK && is_round)
                leave_out(members->keeps_last ? &kept : &(struct span){next, next + round}, arrangement);
            kept = is_round && members->keeps_last ? (struct span){next, next + round} : kept;
            next += is_round ? round : 0;
        }
        first = next;
    }
    return status;
}

const struct evd_absorber_type evd_repeats = {.rule = {NULL, &SHAPE, add}, .lookahead = lookahead, .arrange = arrange};
