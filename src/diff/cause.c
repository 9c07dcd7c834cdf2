#include "diff/cause.h"

#include <stdlib.h>

#include "diff/relation.h"

/* A divergence by its place in time. */
struct moment {
    uint64_t offset; /* of canary's line */
    size_t pair, divergence;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->pair != right->pair)
        return left->pair < right->pair ? -1 : 1;
    return (left->divergence > right->divergence) - (left->divergence < right->divergence);
}

/* A hash of the two values when they are telling: the same differing address may be spelled as a number
 * here and in hexadecimal there. False when they are not. */
static bool hash_values(const struct evd_divergence *divergence, uint64_t *hash)
{
    int64_t number[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        if (divergence->class_ != EVD_CLASS_VALUE ||
            !evd_spelled_number(divergence->value[side], &number[side]) ||
            !evd_is_telling_number(number[side]))
            return false;
    *hash = evd_hash_pair((uint64_t)number[EVD_CANARY], (uint64_t)number[EVD_OURS]);
    return true;
}

bool evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures)
{
    struct evd_table first = {0}; /* by values → index into `moments` of the first with them */
    size_t count = 0;
    bool is_done = false;
    for (size_t i = 0; i < outcome->pair_count; i++)
        count += outcome->pairs[i].divergence_count;
    struct moment *moments = malloc((count + 1) * sizeof *moments);
    if (moments == NULL)
        return false;
    count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            moments[count++] =
                (struct moment){outcome->pairs[i].divergences[j].run[EVD_CANARY].offset, i, j};
    qsort(moments, count, sizeof *moments, by_time);
    for (size_t i = 0; i < count; i++) {
        struct evd_divergence *divergence =
            &outcome->pairs[moments[i].pair].divergences[moments[i].divergence];
        uint64_t hash;
        bool is_new;
        if (!hash_values(divergence, &hash))
            continue;
        const uint64_t *known = evd_table_put(&first, hash, i, &is_new);
        if (known == NULL)
            goto out;
        const struct moment *earlier = &moments[*known];
        if (is_new || natures[earlier->pair].natures[earlier->divergence].signature ==
                          natures[moments[i].pair].natures[moments[i].divergence].signature)
            continue;
        divergence->cause = EVD_CAUSE_VALUE;
        divergence->cause_pair = earlier->pair;
        divergence->cause_divergence = earlier->divergence;
    }
    is_done = true;
out:
    evd_table_release(&first);
    free(moments);
    return is_done;
}
