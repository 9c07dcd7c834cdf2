/* any_order: events that may come in any order. Rules of the section of that name are absorbers of this type: such events
 * are put in one order before streams are compared, and where they may repeat, all but one of the same are absorbed. */
#include <assert.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/grow.h"
#include "walk/absorbers/types.h"
#include "walk/arrange.h"
#include "walk/fits.h"
#include "walk/same.h"

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_when when, between;
    struct evd_read_paths same_order;
    struct evd_read_number repeats;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

struct members {
    struct evd_when when;
    bool has_between;
    struct evd_when between;           /* what parts groups; else every other event does */
    const struct evd_path *same_order; /* events that have the same there keep their order */
    size_t same_order_count;
    bool may_repeat;
};

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    {"when", EVD_MEMBER_BY, AT(when), .read = evd_read_when},
    {"between", EVD_MEMBER_BY, AT(between), .is_optional = true, .read = evd_read_when},
    {"same_order", EVD_MEMBER_BY, AT(same_order), .is_optional = true, .read = evd_read_paths},
    {"repeats", EVD_MEMBER_BOOLEAN, AT(repeats), .is_optional = true},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"any_order\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    if (read->same_order.count > 0 && read->repeats.value != 0)
        return evd_refuse(reader, read->repeats.token,
                          "\"repeats\" can't stand beside \"same_order\": which of the same "
                          "events is the one that stays would be open; a rule of the section "
                          "\"repeats\" sees past those in a row");
    *members = (struct members){
        .when = read->when.when,
        .has_between = read->between.token != 0,
        .between = read->between.when,
        .same_order = read->same_order.paths,
        .same_order_count = read->same_order.count,
        .may_repeat = read->repeats.value != 0,
    };
    const struct evd_read_string no_kind = {.token = read->common.name.token};
    return evd_absorber_add(reader, &evd_any_order, &read->common, &no_kind, members);
}

const struct evd_section evd_any_order_section = {.only = &evd_any_order.rule};

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

/* An event of a group, by what it is put in order by. */
struct item {
    bool is_member;
    uint64_t row;    /* of a member: its call, so that one that differs has a counterpart, or what keeps its order */
    uint64_t within; /* a row: the key, or the rank where the row keeps its order */
    uint64_t rank;   /* where it stood */
    uint64_t told;   /* of a member that may repeat: what it is among those of its side */
    bool is_again;   /* the same as one before it */
    uint16_t owner;  /* see struct evd_arrangement */
    struct evd_event record;
};

struct group {
    struct item *items;
    size_t count, capacity;
    uint64_t from; /* position of the first event that takes part */
    size_t member_count;
};

static int by_order(const void *a, const void *b)
{
    const struct item *l = a, *r = b;
    if (l->is_member != r->is_member)
        return l->is_member ? -1 : 1;
    if (!l->is_member || l->rank == r->rank)
        return (l->rank > r->rank) - (l->rank < r->rank);
    if (l->row != r->row)
        return l->row < r->row ? -1 : 1;
    if (l->within != r->within)
        return l->within < r->within ? -1 : 1;
    return (l->rank > r->rank) - (l->rank < r->rank);
}

static int by_told(const void *a, const void *b)
{
    const struct item *l = a, *r = b;
    if (l->is_member != r->is_member)
        return l->is_member ? -1 : 1;
    if (l->record.key != r->record.key)
        return l->record.key < r->record.key ? -1 : 1;
    if (evd_event_tag(&l->record) != evd_event_tag(&r->record))
        return evd_event_tag(&l->record) < evd_event_tag(&r->record) ? -1 : 1;
    if (l->told != r->told)
        return l->told < r->told ? -1 : 1;
    return (l->rank > r->rank) - (l->rank < r->rank);
}

/* Finds the members of a group that are the same as one before them. */
static enum evd_status find_again(struct evd_walker *walker, enum evd_side side, struct group *group,
                                  struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && evd_keys_leave_open(walker->rules) && i < group->count; i++)
        if (group->items[i].is_member)
            status = evd_event_hash_alone(
                walker, side, group->from + group->items[i].rank, NULL, 0, &group->items[i].told, error);
    qsort(group->items, group->count, sizeof *group->items, by_told);
    for (size_t i = 1; i < group->member_count; i++) {
        const struct item *item = &group->items[i], *before = item - 1;
        group->items[i].is_again = item->record.key == before->record.key && item->told == before->told &&
                                   evd_event_tag(&item->record) == evd_event_tag(&before->record);
    }
    return status;
}

/* Finds by what a member is put in order. */
static enum evd_status place_member(struct evd_walker *walker, const struct members *members, enum evd_side side,
                                    uint64_t position, struct item *item, struct evd_error *error)
{
    const bool keeps_order = members->same_order_count > 0;
    item->within = keeps_order ? item->rank : item->record.key;
    return keeps_order ? evd_event_hash_counted_at(
                             walker, side, position, members->same_order, members->same_order_count, &item->row, error)
                       : evd_event_call(walker, side, position, &item->row, error);
}

/* Puts an event of a group, which is in order, at a position. */
static void place_item(const struct members *members, struct evd_arrangement *arrangement, const struct group *group,
                       size_t index, uint64_t position)
{
    const struct item *item = &group->items[index];
    const bool begins_row = members->same_order_count == 0 || index == 0 || item->row != group->items[index - 1].row;
    arrangement->moved[arrangement->index] += position != group->from + item->rank;
    arrangement->events[position] = item->record;
    arrangement->owners[position] = (uint16_t)(item->owner | (item->is_member && begins_row ? EVD_BEGINS_ROW : 0));
    if (item->is_again)
        evd_arrangement_leave_out(arrangement, position);
}

/* Puts a group in order and empties it. */
static enum evd_status close_group(struct evd_walker *walker, const struct members *members,
                                   struct evd_arrangement *arrangement, struct group *group, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    const bool has_order = group->member_count > 1 || (group->member_count > 0 && group->count > 1);
    for (size_t i = 0; status == EVD_OK && has_order && i < group->count; i++)
        if (group->items[i].is_member)
            status = place_member(walker, members, arrangement->side, group->from + group->items[i].rank,
                                  &group->items[i], error);
    if (status == EVD_OK && has_order && members->may_repeat)
        status = find_again(walker, arrangement->side, group, error);
    if (status == EVD_OK && has_order) {
        qsort(group->items, group->count, sizeof *group->items, by_order);
        uint64_t position = group->from;
        for (size_t i = 0; i < group->count; i++, position++) {
            while (!evd_arrangement_takes_part(arrangement, position))
                position++;
            place_item(members, arrangement, group, i, position);
        }
    }
    group->count = group->member_count = 0;
    return status;
}

static enum evd_status add_item(struct group *group, const struct evd_arrangement *arrangement, uint64_t position,
                                bool is_member, struct evd_error *error)
{
    void *items = evd_grow(group->items, group->count, &group->capacity, sizeof *group->items);
    if (items == NULL)
        return evd_fail_memory(error);
    group->items = items;
    if (group->count == 0)
        group->from = position;
    group->items[group->count++] = (struct item){
        .is_member = is_member,
        .rank = position - group->from,
        .owner = arrangement->owners[position],
        .record = arrangement->events[position]};
    group->member_count += is_member;
    return EVD_OK;
}

/* Arranges the groups of one rule. */
static enum evd_status arrange_groups(struct evd_walker *walker, const struct members *members,
                                      struct evd_arrangement *arrangement, struct evd_error *error)
{
    struct group group = {0};
    enum evd_status status = EVD_OK;
    for (uint64_t i = 0; status == EVD_OK && i < arrangement->count; i++) {
        if (!evd_arrangement_takes_part(arrangement, i))
            continue;
        const bool is_member = arrangement->owners[i] == arrangement->index + 1;
        bool is_end = !is_member;
        if (is_end && members->has_between)
            status = evd_fits(walker, &members->between, arrangement->side, i, &is_end, error);
        if (status == EVD_OK && is_end)
            status = close_group(walker, members, arrangement, &group, error);
        else if (status == EVD_OK)
            status = add_item(&group, arrangement, i, is_member, error);
    }
    if (status == EVD_OK)
        status = close_group(walker, members, arrangement, &group, error);
    free(group.items);
    return status;
}

static bool is_in_force(const struct evd_absorber_rule *rule)
{
    return rule->type == &evd_any_order && !rule->disabled;
}

/* Finds the first rule in force that is about each event. */
static enum evd_status find_owners(struct evd_walker *walker, struct evd_arrangement *arrangement,
                                   struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    enum evd_status status = EVD_OK;
    for (uint64_t i = 0; status == EVD_OK && i < arrangement->count; i++)
        for (size_t j = arrangement->index; status == EVD_OK && j < rules->absorber_count; j++) {
            const struct members *members = rules->absorbers[j].members;
            bool is_member = false;
            if (!evd_arrangement_takes_part(arrangement, i) || !is_in_force(&rules->absorbers[j]))
                continue;
            status = evd_fits(walker, &members->when, arrangement->side, i, &is_member, error);
            if (is_member) {
                arrangement->owners[i] = (uint16_t)(j + 1);
                break;
            }
        }
    arrangement->has_owners = true;
    return status;
}

/* All rules of the section at once: those with `between` go first, so that no group loses what parts it from the next. */
static enum evd_status arrange(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                               struct evd_arrangement *arrangement, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    (void)rule;
    if (arrangement->has_owners)
        return EVD_OK;
    enum evd_status status = find_owners(walker, arrangement, error);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; status == EVD_OK && i < rules->absorber_count; i++) {
            const struct members *members = rules->absorbers[i].members;
            if (!is_in_force(&rules->absorbers[i]) || members->has_between != (pass == 0))
                continue;
            arrangement->index = i;
            status = arrange_groups(walker, members, arrangement, error);
        }
    return status;
}

const struct evd_absorber_type evd_any_order = {
    .rule = {NULL, &SHAPE, add}, .lookahead = lookahead, .arrange = arrange};
