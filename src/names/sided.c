#include "names/sided.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "base/table.h"
#include "log/canon.h"

enum { WITHOUT_MAX = 1 << 18, WHOLE_DIGITS_MAX = 24 };

/* Whole numbers of up to 96 bits and what they differ by, and by how much that changes, are exact. */
__extension__ typedef __int128 wide;

struct number {
    bool is_whole;
    wide whole;
    double real; /* whole ones too, rounded */
};

struct check {
    struct evd_walker *walker;
    struct evd_name_break_list *breaks; /* found here */
    struct evd_table without;           /* keys of events that have no such values */
    struct evd_table places;            /* rule and place → index into offsets */
    struct number *offsets;             /* by how much ours was ahead of canary */
    size_t offset_count, offset_capacity;
    bool failed; /* memory ran out */
};

/* ---- numbers ---- */

static bool read_number(struct check *check, struct evd_arena *arena, const struct evd_value *value,
                        struct number *number)
{
    struct evd_quantity quantity;
    bool is_one = false;
    check->failed |= !evd_quantity_read(arena, value, EVD_BARE_DECIMAL, &quantity, &is_one);
    if (check->failed)
        return false;
    if (!is_one) {
        *number = (struct number){.is_whole = false, .real = value->type == EVD_JSON_REAL ? value->real : 0};
        return value->type == EVD_JSON_REAL;
    }
    if (quantity.digits.length > WHOLE_DIGITS_MAX)
        return false;
    wide whole = 0;
    for (size_t i = 0; i < quantity.digits.length; i++) {
        const char digit = quantity.digits.bytes[i];
        whole = whole * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    whole = quantity.is_negative ? -whole : whole;
    *number = (struct number){.is_whole = true, .whole = whole, .real = (double)whole};
    return true;
}

static struct number subtract(const struct number *a, const struct number *b)
{
    if (!a->is_whole || !b->is_whole)
        return (struct number){.is_whole = false, .real = a->real - b->real};
    const wide whole = a->whole - b->whole;
    return (struct number){.is_whole = true, .whole = whole, .real = (double)whole};
}

/* True when a difference is at most `most`, which is not negative. */
static bool is_at_most(const struct number *difference, double most)
{
    if (!difference->is_whole)
        return fabs(difference->real) <= most;
    const wide distance = difference->whole < 0 ? -difference->whole : difference->whole;
    return most >= 0x1p100 || distance <= (wide)most;
}

static bool is_within(const struct evd_tolerance *tolerance, const struct number *a, const struct number *b)
{
    const struct number difference = subtract(b, a);
    const double sizes[] = {fabs(a->real), fabs(b->real)};
    const double larger = sizes[0] > sizes[1] ? sizes[0] : sizes[1];
    if (difference.is_whole ? difference.whole == 0 : a->real == b->real)
        return true;
    return (tolerance->has_absolute && is_at_most(&difference, tolerance->absolute)) ||
           (tolerance->has_relative && fabs(difference.real) <= tolerance->relative * larger);
}

/* True when ours is ahead of canary by nearly as much as before, or was not looked at before. */
static bool is_steady(struct check *check, const struct evd_sided_value *value, double most, const struct number *a,
                      const struct number *b)
{
    bool is_new;
    const struct number ahead = subtract(b, a);
    const uint64_t *index =
        evd_table_put(&check->places, evd_hash_pair(value->rule->index, value->place), check->offset_count, &is_new);
    void *offsets = evd_grow(check->offsets, check->offset_count, &check->offset_capacity, sizeof *check->offsets);
    check->offsets = offsets != NULL ? offsets : check->offsets;
    if (index == NULL || offsets == NULL) {
        check->failed = true;
        return true;
    }
    if (is_new)
        check->offsets[check->offset_count++] = ahead;
    const struct number change = subtract(&ahead, &check->offsets[*index]);
    check->offsets[*index] = ahead;
    return is_at_most(&change, most);
}

/* ---- values ---- */

static bool is_pair(struct check *check, struct evd_arena *arena, const struct evd_operation *operation,
                    const struct evd_value *canary, const struct evd_value *ours)
{
    for (size_t i = 0; i < operation->pair_count; i++)
        if (evd_given_fits(arena, &operation->pairs[i].value[EVD_CANARY], canary, &check->failed) &&
            evd_given_fits(arena, &operation->pairs[i].value[EVD_OURS], ours, &check->failed))
            return true;
    return false;
}

/* True when the rule takes two values for equal. All of a rule's drifts go on, whatever it says. */
static bool are_equal(struct check *check, const struct evd_sided_value *canary, const struct evd_sided_value *ours)
{
    const struct evd_compare_rule *rule = canary->rule;
    struct evd_arena *arena = &check->walker->block_reader.arena;
    struct number a, b;
    const bool are_marked = canary->value.name != 0 || ours->value.name != 0;
    const bool are_numbers =
        !are_marked && read_number(check, arena, &canary->value, &a) && read_number(check, arena, &ours->value, &b);
    bool is_listed = false, is_bounded = false, holds = true;
    for (size_t i = rule->own_count; i < rule->operation_count; i++) {
        const struct evd_operation *operation = &rule->operations[i];
        if (operation->op == EVD_AS_PAIRS && !are_marked)
            is_listed = is_pair(check, arena, operation, &canary->value, &ours->value);
        if (!are_numbers || (operation->op != EVD_AS_WITHIN && operation->op != EVD_AS_DRIFT))
            continue;
        is_bounded = true;
        const bool is_good = operation->op == EVD_AS_WITHIN
                                 ? is_within(&operation->tolerance, &a, &b)
                                 : is_steady(check, canary, operation->tolerance.absolute, &a, &b);
        holds = is_good && holds;
    }
    evd_arena_reset(arena);
    return is_listed || (is_bounded ? holds : evd_value_equal(&canary->value, &ours->value));
}

/* The value of the other side at the same place, or NULL; those of both sides mostly come in one order. */
static const struct evd_sided_value *find(const struct evd_canon *canon, const struct evd_sided_value *value,
                                          size_t from)
{
    for (size_t i = 0; i < canon->sided_count; i++) {
        const struct evd_sided_value *other = &canon->sided[(from + i) % canon->sided_count];
        if (other->rule == value->rule && other->place == value->place)
            return other;
    }
    return NULL;
}

/* ---- events ---- */

static enum evd_status read_event(struct check *check, int side, uint64_t position, struct evd_error *error)
{
    struct evd_cursor *cursor = &check->walker->side[side];
    return evd_reader_read(
        &cursor->reader, cursor->log, evd_stream_event(cursor->stream, position), NULL, &cursor->view, error);
}

static enum evd_status check_event(struct check *check, struct evd_name_break *event, struct evd_error *error)
{
    const struct evd_cursor *canary = &check->walker->side[EVD_CANARY], *ours = &check->walker->side[EVD_OURS];
    const uint64_t key = evd_stream_event(canary->stream, event->position[EVD_CANARY])->key;
    if (evd_table_get(&check->without, key) != NULL)
        return EVD_OK;
    enum evd_status status = read_event(check, EVD_CANARY, event->position[EVD_CANARY], error);
    if (status != EVD_OK)
        return status;
    const struct evd_canon *values = canary->view.canon;
    if (canary->view.fields.compare->count == 0 && check->without.count < WITHOUT_MAX)
        check->failed |= evd_table_put(&check->without, key, 0, NULL) == NULL;
    if (values == NULL || values->sided_count == 0)
        return EVD_OK;
    status = read_event(check, EVD_OURS, event->position[EVD_OURS], error);
    if (status != EVD_OK || ours->view.canon == NULL)
        return status;
    bool is_broken = false;
    for (size_t i = 0; i < values->sided_count; i++) {
        const struct evd_sided_value *other = find(ours->view.canon, &values->sided[i], i);
        if (other == NULL || are_equal(check, &values->sided[i], other) || is_broken)
            continue;
        is_broken = true;
        event->path = values->sided[i].shown;
    }
    if (is_broken)
        check->failed |= !evd_name_break_add(check->breaks, event);
    return EVD_OK;
}

/* Puts two lists of events together in the order of their ranks; of an event that is in both, the break of its names. */
static bool merge(struct evd_name_break_list *breaks, const struct evd_name_break_list *found)
{
    struct evd_name_break_list merged = {0};
    bool is_done = true;
    for (size_t i = 0, j = 0; is_done && (i < breaks->count || j < found->count);) {
        const bool is_found =
            j < found->count && (i == breaks->count || found->breaks[j].rank < breaks->breaks[i].rank);
        const struct evd_name_break *next = is_found ? &found->breaks[j] : &breaks->breaks[i];
        j += j < found->count && found->breaks[j].rank == next->rank;
        i += !is_found;
        is_done = evd_name_break_add(&merged, next);
    }
    if (!is_done) {
        evd_name_break_list_release(&merged);
        return false;
    }
    evd_name_break_list_release(breaks);
    *breaks = merged;
    return true;
}

enum evd_status evd_sided_check(struct evd_walker *walker, const struct evd_matched *matched,
                                struct evd_name_break_list *breaks, struct evd_error *error)
{
    struct evd_name_break_list found = {0};
    struct check check = {.walker = walker, .breaks = &found};
    enum evd_status status = EVD_OK;
    uint64_t rank = 0;
    for (size_t i = 0; status == EVD_OK && i < matched->count; i++) {
        const struct evd_matched_run *run = &matched->runs[i];
        for (uint64_t j = 0; status == EVD_OK && !check.failed && j < run->count; j++) {
            struct evd_name_break event = {
                .rank = rank++, .position = {run->first[EVD_CANARY] + j, run->first[EVD_OURS] + j}, .is_sided = true};
            status = check_event(&check, &event, error);
        }
    }
    if (status == EVD_OK && (check.failed || (found.count > 0 && !merge(breaks, &found))))
        status = evd_fail_memory(error);
    evd_name_break_list_release(&found);
    evd_table_release(&check.without);
    evd_table_release(&check.places);
    free(check.offsets);
    return status;
}
