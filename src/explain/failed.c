#include "explain/failed.h"

#include <stdlib.h>

#include "base/grow.h"

/* The rules that count for each family's field, found once. */
struct told {
    struct evd_table by_signature; /* → index in `failures` */
    struct evd_failing_values *failures;
    size_t count, capacity;
};

static const struct evd_failing_values *failures_of(struct told *told, const struct evd_nature_list *list, size_t index,
                                                    const struct evd_rules *rules)
{
    const struct evd_divergence_nature *nature = evd_nature_of(list, index);
    bool is_new;
    const uint64_t *known = evd_table_put(&told->by_signature, nature->signature, told->count, &is_new);
    if (known == NULL)
        return NULL;
    if (!is_new)
        return &told->failures[*known];
    void *failures = evd_grow(told->failures, told->count, &told->capacity, sizeof *told->failures);
    if (failures == NULL)
        return NULL;
    told->failures = failures;
    const struct evd_call_text *call = &list->calls[nature->call];
    told->failures[told->count] = evd_failing_values_of(rules, call->kind, call->name, nature->field);
    return &told->failures[told->count++];
}

bool evd_tell_failed(struct evd_outcome *outcome, const struct evd_nature_list *natures, const struct evd_rules *rules)
{
    struct told told = {0};
    bool is_done = true;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; is_done && j < outcome->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            if (divergence->class_ != EVD_CLASS_VALUE)
                continue;
            const struct evd_failing_values *failures = failures_of(&told, &natures[i], j, rules);
            is_done = failures != NULL;
            for (int side = 0; is_done && side < EVD_SIDES; side++)
                divergence->fails[side] = evd_is_failing(failures, &divergence->value[side]);
        }
    evd_table_release(&told.by_signature);
    free(told.failures);
    return is_done;
}
