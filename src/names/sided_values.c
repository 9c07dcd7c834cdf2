#include "names/sided_values.h"

#include "names/measured.h"

/* Tells by rule and place where the values of ours in an event are. False when memory ran out. */
static bool index_values(struct evd_table *index, const struct evd_canon *canon)
{
    for (size_t i = 0; i < canon->sided_count; i++)
        if (evd_table_put(index, evd_sided_place(&canon->sided[i]), i, NULL) == NULL)
            return false;
    return true;
}

static bool are_of_one_place(const struct evd_sided_value *a, const struct evd_sided_value *b)
{
    return a->rule == b->rule && a->place == b->place;
}

const struct evd_sided_value *evd_sided_counterpart(const struct evd_canon *canon, const struct evd_sided_value *value,
                                                    size_t number, struct evd_table *index, bool *failed)
{
    if (number < canon->sided_count && are_of_one_place(&canon->sided[number], value))
        return &canon->sided[number];
    if (index->count == 0 && !index_values(index, canon)) {
        *failed = true;
        return NULL;
    }
    const uint64_t *found = evd_table_get(index, evd_sided_place(value));
    return found != NULL && are_of_one_place(&canon->sided[*found], value) ? &canon->sided[*found] : NULL;
}

bool evd_sided_is_pair(struct evd_arena *arena, const struct evd_operation *operation, const struct evd_value *canary,
                       const struct evd_value *ours, bool *failed)
{
    for (size_t i = 0; i < operation->pair_count; i++)
        if (evd_given_fits(arena, &operation->pairs[i].value[EVD_CANARY], canary, failed) &&
            evd_given_fits(arena, &operation->pairs[i].value[EVD_OURS], ours, failed))
            return true;
    return false;
}

bool evd_sided_may_be_equal(struct evd_arena *arena, const struct evd_sided_value *canary,
                            const struct evd_sided_value *ours, bool *failed)
{
    const struct evd_compare_rule *rule = canary->rule;
    struct evd_measured a, b;
    if (canary->value.name != 0 || ours->value.name != 0)
        return true;
    const bool are_numbers =
        evd_measured_read(arena, &canary->value, &a, failed) && evd_measured_read(arena, &ours->value, &b, failed);
    bool is_bounded = false, holds = true;
    for (size_t i = rule->own_count; i < rule->operation_count; i++) {
        const struct evd_operation *operation = &rule->operations[i];
        switch (operation->op) {
        case EVD_AS_PAIRS:
            if (evd_sided_is_pair(arena, operation, &canary->value, &ours->value, failed))
                return true;
            break;
        case EVD_AS_WITHIN:
            holds = holds && (!are_numbers || evd_measured_are_within(&operation->tolerance, &a, &b));
            is_bounded |= are_numbers;
            break;
        case EVD_AS_IF_BOTH: break;
        default: is_bounded = true; /* events before tell */
        }
    }
    return is_bounded ? holds : evd_value_equal(&canary->value, &ours->value);
}
