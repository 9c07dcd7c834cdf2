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

static bool find_value_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures)
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

/* The pair of a thread of that side, or SIZE_MAX. */
static size_t find_pair(const struct evd_outcome *outcome, int side, int64_t tid)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[side] == tid)
            return i;
    return SIZE_MAX;
}

/* The last of a pair's divergences that begins before an offset of that side's log, or SIZE_MAX. */
static size_t last_before(const struct evd_pair_outcome *pair, int side, uint64_t offset)
{
    size_t low = 0, high = pair->divergence_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (pair->divergences[middle].run[side].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : SIZE_MAX;
}

static bool find_creator_causes(struct evd_outcome *outcome, int side, const struct evd_log *log)
{
    for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
        struct evd_unpaired *unpaired = &outcome->unpaired[side][i];
        const struct evd_stream *stream = evd_log_stream(log, unpaired->tid);
        const struct evd_creation *creation;
        if (!evd_stream_creation(log, stream, &creation))
            return false;
        const size_t pair =
            creation == NULL ? SIZE_MAX : find_pair(outcome, side, creation->tid);
        const size_t divergence =
            pair == SIZE_MAX ? SIZE_MAX
                             : last_before(&outcome->pairs[pair], side, creation->offset);
        if (divergence == SIZE_MAX)
            continue;
        unpaired->cause = EVD_CAUSE_CREATOR;
        unpaired->cause_pair = pair;
        unpaired->cause_divergence = divergence;
    }
    return true;
}

bool evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                     const struct evd_log *const logs[EVD_SIDES])
{
    return find_value_causes(outcome, natures) &&
           find_creator_causes(outcome, EVD_CANARY, logs[EVD_CANARY]) &&
           find_creator_causes(outcome, EVD_OURS, logs[EVD_OURS]);
}
