#include "pair/by_hand.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

static int by_canary_tid(const void *a, const void *b)
{
    const struct evd_tid_pair *left = a, *right = b;
    return (left->canary > right->canary) - (left->canary < right->canary);
}

enum evd_status evd_pair_by_hand(const struct evd_tid_pair *map, size_t count, struct evd_arena *arena,
                                 struct evd_tid_pair **pairs, struct evd_error *error)
{
    struct evd_tid_pair *sorted = evd_arena_array(arena, count, sizeof *sorted);
    *pairs = sorted;
    if (sorted == NULL)
        return evd_fail_memory(error);
    if (count > 0)
        memcpy(sorted, map, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_canary_tid);
    for (size_t i = 1; i < count; i++)
        if (sorted[i].canary == sorted[i - 1].canary)
            return evd_fail(error, EVD_E_ARGUMENT, "canary tid %lld is mapped twice", (long long)sorted[i].canary);
    return EVD_OK;
}
