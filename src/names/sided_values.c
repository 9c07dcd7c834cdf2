#include "names/sided_values.h"

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
