#include "names/sided.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/table.h"
#include "log/canon.h"
#include "log/operators.h"
#include "names/measured.h"
#include "names/sided_values.h"
#include "names/stand_in.h"
#include "names/unordered.h"

enum { WITHOUT_MAX = 1 << 18, ADOPTED_MAX = 64 };

/* Numbers that were taken over, by the hash of where they are kept. */
struct adopted {
    uint64_t place;
    uint64_t value[EVD_SIDES]; /* the lowest 64 bits */
};

struct check {
    struct evd_walker *walker;
    struct evd_name_break_list *breaks; /* found here */
    struct evd_table without;           /* keys of events that have no such values */
    struct evd_stand_ins names;
    struct evd_arena arena;              /* of the event at hand */
    bool is_shared_settled;              /* what rules learn of all threads is checked elsewhere */
    struct adopted adopted[ADOPTED_MAX]; /* the latest last */
    size_t adopted_count;
    struct evd_drifts drifts;
    bool has_drifts; /* some rule asks for them */
    bool failed;     /* memory ran out */
};

/* ---- what is taken over ---- */

/* What is kept at a place is set anew. */
static void forget(struct check *check, uint64_t place)
{
    size_t kept = 0;
    for (size_t i = 0; i < check->adopted_count; i++)
        if (check->adopted[i].place != place)
            check->adopted[kept++] = check->adopted[i];
    check->adopted_count = kept;
}

static void adopt(struct check *check, uint64_t place, const uint64_t value[EVD_SIDES])
{
    forget(check, place);
    if (check->adopted_count == ADOPTED_MAX)
        memmove(check->adopted, check->adopted + 1, --check->adopted_count * sizeof *check->adopted);
    check->adopted[check->adopted_count++] = (struct adopted){place, {value[0], value[1]}};
}

/* True when both numbers are adopted ones, as far from those, as far as those from the same one, or the sum or a difference of
 * two of them, modulo 2^64. */
static bool comes_of_adopted(const struct check *check, const uint64_t value[EVD_SIDES])
{
    for (size_t i = 0; i < check->adopted_count; i++) {
        const uint64_t *a = check->adopted[i].value;
        if (value[1] - value[0] == a[1] - a[0] || value[1] - value[0] == a[0] - a[1])
            return true;
        for (size_t j = 0; j < check->adopted_count; j++) {
            const uint64_t *b = check->adopted[j].value;
            if ((value[0] == a[0] - b[0] && value[1] == a[1] - b[1]) ||
                (value[0] == a[0] + b[0] && value[1] == a[1] + b[1]))
                return true;
        }
    }
    return false;
}

/* True when a rule takes two whole numbers for equal because they are taken over, or come of such. */
static bool is_taken_over(struct check *check, const struct evd_operation *operation, const struct evd_measured *canary,
                          const struct evd_measured *ours)
{
    const uint64_t value[EVD_SIDES] = {(uint64_t)canary->whole, (uint64_t)ours->whole};
    const struct evd_value *kept = evd_value_get(check->walker->side[EVD_CANARY].view.payload, operation->place);
    const uint64_t place = kept == NULL ? 0 : evd_hash_tree(kept);
    const bool is_equal = canary->whole == ours->whole;
    if (!is_equal && (operation->op == EVD_AS_ADOPT || comes_of_adopted(check, value))) {
        adopt(check, place, value);
        return true;
    }
    forget(check, place);
    return is_equal;
}

/* ---- values ---- */

/* True when the rule takes two values for equal. All of a rule's drifts go on, whatever it says. *is_renamed_anew: they are names, or
 * have parts that are, which stood for others before. */
static bool are_equal(struct check *check, const struct evd_sided_value *canary, const struct evd_sided_value *ours,
                      bool *is_renamed_anew)
{
    static const uint64_t NO_SCOPE[EVD_SIDES] = {0, 0};
    const struct evd_compare_rule *rule = canary->rule;
    const bool is_elsewhere = check->is_shared_settled && rule->is_shared;
    struct evd_arena *arena = &check->walker->block_reader.arena;
    struct evd_measured a, b;
    const bool are_marked = canary->value.name != 0 || ours->value.name != 0;
    const bool are_numbers = !are_marked && evd_measured_read(arena, &canary->value, &a, &check->failed) &&
                             evd_measured_read(arena, &ours->value, &b, &check->failed);
    bool is_listed = false, is_bounded = false, holds = true;
    for (size_t i = rule->own_count; i < rule->operation_count; i++) {
        const struct evd_operation *operation = &rule->operations[i];
        if (operation->op == EVD_AS_PAIRS && !are_marked)
            is_listed = evd_sided_is_pair(arena, operation, &canary->value, &ours->value, &check->failed);
        if (operation->op == EVD_AS_RENAMED && !are_marked &&
            evd_operator_is_name(arena, operation, &canary->value, &check->failed) &&
            evd_operator_is_name(arena, operation, &ours->value, &check->failed)) {
            is_bounded = true;
            const bool is_same =
                is_elsewhere || evd_stand_in_are(&check->names, rule, NO_SCOPE, &canary->value, &ours->value);
            *is_renamed_anew |= !is_same;
            holds = is_same && holds;
        }
        if ((operation->op == EVD_AS_ADOPT || operation->op == EVD_AS_ADOPTED) && are_numbers && a.is_whole &&
            b.is_whole) {
            is_bounded = true;
            holds = is_taken_over(check, operation, &a, &b) && holds;
        }
        if (operation->op == EVD_AS_RENAMED_PARTS && !are_marked && canary->value.type == EVD_JSON_STRING &&
            ours->value.type == EVD_JSON_STRING) {
            is_bounded = true;
            holds = evd_stand_in_have_parts(
                        is_elsewhere ? NULL : &check->names, rule, NO_SCOPE, operation, &canary->value, &ours->value) &&
                    holds;
        }
        if (!are_numbers || (operation->op != EVD_AS_WITHIN && operation->op != EVD_AS_DRIFT))
            continue;
        is_bounded = true;
        const bool is_good =
            operation->op == EVD_AS_WITHIN
                ? evd_measured_are_within(&operation->tolerance, &a, &b)
                : evd_drift_is_steady(&check->drifts, evd_sided_lasting(canary), evd_sided_common(canary),
                                      &operation->tolerance, &a, &b);
        holds = is_good && holds;
    }
    evd_arena_reset(arena);
    return is_listed || (is_bounded ? holds : evd_value_equal(&canary->value, &ours->value));
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
    bool is_broken = false, is_renamed_anew;
    struct evd_table index = {0};
    check->drifts.event++;
    struct evd_canon arranged;
    const struct evd_unordered asked = {
        .known = &check->names, .names = check->is_shared_settled ? EVD_UNORDERED_OF_THREADS : EVD_UNORDERED_ALL};
    evd_unordered_arrange(&asked, &check->arena, values, ours->view.canon, &arranged, &check->failed);
    for (size_t i = 0; !check->failed && i < values->sided_count; i++) {
        const struct evd_sided_value *other =
            evd_sided_counterpart(&arranged, &values->sided[i], i, &index, &check->failed);
        is_renamed_anew = false;
        if (other == NULL || are_equal(check, &values->sided[i], other, &is_renamed_anew))
            continue;
        if (is_broken) {
            evd_name_break_also(event, values->sided[i].shown);
        } else {
            event->path = values->sided[i].shown;
            event->is_renamed_anew = is_renamed_anew;
        }
        is_broken = true;
    }
    evd_table_release(&index);
    evd_arena_reset(&check->arena);
    if (is_broken)
        check->failed |= !evd_name_break_add(check->breaks, event);
    return EVD_OK;
}

static bool asks_drift(const struct evd_compare_rule *rule)
{
    for (size_t i = rule->own_count; i < rule->operation_count; i++)
        if (rule->operations[i].op == EVD_AS_DRIFT)
            return true;
    return false;
}

/* Counts the numbers of events of one side that have no counterpart, before those at `to`. */
static enum evd_status note_alone(struct check *check, int side, uint64_t from, uint64_t to, struct evd_error *error)
{
    struct evd_arena *arena = &check->walker->block_reader.arena;
    for (uint64_t i = from; i < to; i++) {
        const uint64_t key = evd_stream_event(check->walker->side[side].stream, i)->key;
        if (evd_table_get(&check->without, key) != NULL)
            continue;
        const enum evd_status status = read_event(check, side, i, error);
        if (status != EVD_OK)
            return status;
        const struct evd_canon *values = check->walker->side[side].view.canon;
        for (size_t j = 0; values != NULL && j < values->sided_count; j++) {
            const struct evd_sided_value *value = &values->sided[j];
            struct evd_measured amount;
            if (value->value.name == 0 && asks_drift(value->rule) &&
                evd_measured_read(arena, &value->value, &amount, &check->failed))
                evd_drift_note(&check->drifts, evd_sided_lasting(value), side, &amount);
            evd_arena_reset(arena);
        }
    }
    return EVD_OK;
}

static enum evd_status note_gap(struct check *check, const struct evd_matched_run *before,
                                const struct evd_matched_run *run, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = note_alone(check, side, before->first[side] + before->count, run->first[side], error);
    evd_drift_meet(&check->drifts);
    return status;
}

enum evd_status evd_sided_check(struct evd_walker *walker, const struct evd_matched *matched, bool is_shared_settled,
                                struct evd_name_break_list *breaks, struct evd_error *error)
{
    struct evd_name_break_list found = {0};
    struct check check = {.walker = walker, .breaks = &found, .is_shared_settled = is_shared_settled};
    enum evd_status status = EVD_OK;
    uint64_t rank = 0;
    for (size_t i = 0; i < walker->rules->compare_count; i++)
        check.has_drifts |= asks_drift(&walker->rules->compare[i]);
    for (size_t i = 0; status == EVD_OK && i < matched->count; i++) {
        const struct evd_matched_run *run = &matched->runs[i];
        if (i > 0 && check.has_drifts)
            status = note_gap(&check, run - 1, run, error);
        for (uint64_t j = 0; status == EVD_OK && !check.failed && j < run->count; j++) {
            struct evd_name_break event = {
                .rank = rank++, .position = {run->first[EVD_CANARY] + j, run->first[EVD_OURS] + j}, .is_sided = true};
            status = check_event(&check, &event, error);
        }
    }
    check.failed |= check.names.failed || check.drifts.failed;
    if (status == EVD_OK && (check.failed || (found.count > 0 && !evd_name_breaks_merge(breaks, &found))))
        status = evd_fail_memory(error);
    evd_name_break_list_release(&found);
    evd_table_release(&check.without);
    evd_drifts_release(&check.drifts);
    evd_stand_ins_release(&check.names);
    evd_arena_release(&check.arena);
    return status;
}
