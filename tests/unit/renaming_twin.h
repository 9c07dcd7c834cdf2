/* The slow, obvious twin of struct evd_renaming, for tests: an unsorted list of all that is known. */
#ifndef EVD_TESTS_RENAMING_TWIN_H
#define EVD_TESTS_RENAMING_TWIN_H

#include <criterion/criterion.h>

#include "names/renaming.h"

enum { TWIN_MAX = 40000 };

struct renaming_twin {
    struct evd_name_pair known[TWIN_MAX];
    size_t count;
};

static inline struct evd_name_pair *twin_known(struct renaming_twin *twin, int side, uint64_t value)
{
    for (size_t i = 0; i < twin->count; i++)
        if (value >= twin->known[i].value[side] && value - twin->known[i].value[side] < twin->known[i].size[side])
            return &twin->known[i];
    return NULL;
}

static inline void twin_forget(struct renaming_twin *twin, struct evd_name_pair *pair)
{
    if (pair != NULL)
        *pair = twin->known[--twin->count];
}

static inline void twin_learn(struct renaming_twin *twin, struct evd_name_pair pair)
{
    cr_assert_lt(twin->count, TWIN_MAX);
    twin->known[twin->count++] = pair;
}

static inline bool twin_use(struct renaming_twin *twin, const uint64_t value[2], struct evd_learnt_at at,
                            struct evd_name_pair *earlier)
{
    const struct evd_name_pair *canary = twin_known(twin, EVD_CANARY, value[EVD_CANARY]);
    const struct evd_name_pair *ours = twin_known(twin, EVD_OURS, value[EVD_OURS]);
    if (canary != NULL && canary == ours && value[0] - canary->value[0] == value[1] - canary->value[1])
        return false;
    const bool is_broken = canary != NULL || ours != NULL;
    if (is_broken)
        *earlier = canary != NULL ? *canary : *ours;
    for (int side = 0; side < EVD_SIDES; side++)
        twin_forget(twin, twin_known(twin, side, value[side]));
    twin_learn(twin, (struct evd_name_pair){{value[0], value[1]}, {1, 1}, at});
    return is_broken;
}

static inline bool overlap(const struct evd_name_pair *a, const struct evd_name_pair *b, int side)
{
    const uint64_t a_last = a->value[side] + a->size[side] - 1;
    const uint64_t b_last = b->value[side] + b->size[side] - 1;
    return a->value[side] <= b_last && b->value[side] <= a_last;
}

static inline void twin_birth(struct renaming_twin *twin, const uint64_t value[2], const uint64_t size[2],
                              struct evd_learnt_at at)
{
    const struct evd_name_pair range = {{value[0], value[1]}, {size[0] ? size[0] : 1, size[1] ? size[1] : 1}, at};
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = twin->count; i-- > 0;)
            if (overlap(&twin->known[i], &range, side))
                twin_forget(twin, &twin->known[i]);
    twin_learn(twin, range);
}

static inline void twin_end(struct renaming_twin *twin, const uint64_t value[2])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_name_pair *range = twin_known(twin, side, value[side]);
        if (range != NULL && range->value[side] == value[side])
            twin_forget(twin, range);
    }
}

#endif
