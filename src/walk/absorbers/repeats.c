/* repeats: one or more of the same block in a row are one. Rules of the section of that name are absorbers of this type:
 * of each row all but the first, or the last, are absorbed, before streams are compared. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
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

/* Events from `from` to `to` - 1. */
struct span {
    uint64_t from, to;
};

/* ---- groups in rounds ---- */

/* The rule that has an event, see struct evd_arrangement. */
static uint16_t owner_at(const struct evd_arrangement *arrangement, uint64_t position)
{
    return arrangement->owners[position] & (uint16_t)~EVD_BEGINS_ROW;
}

/* Hashes of a group's rows, events that keep their order. */
struct rows {
    uint64_t *hashes;
    size_t count, capacity;
};

static int by_hash(const void *a, const void *b)
{
    const uint64_t l = *(const uint64_t *)a, r = *(const uint64_t *)b;
    return (l > r) - (l < r);
}

/* Finds the rows of the group that begins at *position, which is behind it then, in one order. What parts two groups of one
 * rule is in no group. */
static enum evd_status find_rows(struct evd_walker *walker, const struct members *members,
                                 const struct evd_arrangement *arrangement, uint64_t *position, uint64_t end,
                                 struct rows *rows, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    const uint16_t owner = owner_at(arrangement, *position);
    while (status == EVD_OK && *position < end && owner_at(arrangement, *position) == owner) {
        const bool begins_row = rows->count == 0 || (arrangement->owners[*position] & EVD_BEGINS_ROW) != 0;
        uint64_t hash;
        status = evd_event_hash_alone(
            walker, arrangement->side, *position, members->except, members->except_count, &hash, error);
        if (status == EVD_OK && begins_row) {
            void *hashes = evd_grow(rows->hashes, rows->count, &rows->capacity, sizeof *rows->hashes);
            if (hashes == NULL)
                return evd_fail_memory(error);
            rows->hashes = hashes;
            rows->hashes[rows->count++] = 0;
        }
        if (status == EVD_OK)
            rows->hashes[rows->count - 1] = evd_hash_pair(rows->hashes[rows->count - 1], hash);
        *position = pass_over(arrangement, *position + 1, end);
    }
    if (rows->count > 0)
        qsort(rows->hashes, rows->count, sizeof *rows->hashes, by_hash);
    return status;
}

/* Whether the groups that begin at both places are the same, in whichever order; the places are behind them then. */
static enum evd_status find_group(struct evd_walker *walker, const struct members *members,
                                  const struct evd_arrangement *arrangement, uint64_t places[2], const uint64_t ends[2],
                                  bool *are_same, struct evd_error *error)
{
    struct rows rows[2] = {{0}, {0}};
    enum evd_status status = EVD_OK;
    for (int i = 0; status == EVD_OK && i < 2; i++)
        status = find_rows(walker, members, arrangement, &places[i], ends[i], &rows[i], error);
    *are_same = status == EVD_OK && rows[0].count == rows[1].count &&
                memcmp(rows[0].hashes, rows[1].hashes, rows[0].count * sizeof *rows[0].hashes) == 0;
    free(rows[0].hashes);
    free(rows[1].hashes);
    return status;
}

/* ---- rounds ---- */

/* True in *is_round when the events of both spans are the same. */
static enum evd_status find_round(struct evd_walker *walker, const struct members *members,
                                  const struct evd_arrangement *arrangement, const struct span spans[2], bool *is_round,
                                  struct evd_error *error)
{
    uint64_t places[2] = {spans[0].from, spans[1].from};
    const uint64_t ends[2] = {spans[0].to, spans[1].to};
    /* Where keys tell all, two groups that are the same are in one order. */
    const bool asks_groups = members->except_count > 0 || evd_keys_leave_open(walker->rules);
    enum evd_status status = EVD_OK;
    *is_round = true;
    for (;;) {
        for (int i = 0; i < 2; i++)
            places[i] = pass_over(arrangement, places[i], ends[i]);
        if (status != EVD_OK || !*is_round || places[0] == ends[0] || places[1] == ends[1])
            break;
        const uint16_t owner = owner_at(arrangement, places[0]);
        *is_round = owner == owner_at(arrangement, places[1]);
        if (*is_round && asks_groups && owner != 0) {
            status = find_group(walker, members, arrangement, places, ends, is_round, error);
        } else if (*is_round) {
            status = evd_events_are_same(
                walker, arrangement->side, places, members->except, members->except_count, is_round, error);
            places[0]++;
            places[1]++;
        }
    }
    *is_round = *is_round && places[0] == ends[0] && places[1] == ends[1];
    return status;
}

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
                status = find_round(walker, members, arrangement, (const struct span[]){kept, {next, next + round}},
                                    &is_round, error);
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
