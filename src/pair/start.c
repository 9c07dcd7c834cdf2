#include "pair/start.h"

#include <stdlib.h>

/* A thread and where it starts. */
struct start {
    uint64_t offset;
    size_t thread;
};

static int by_start(const void *a, const void *b)
{
    const struct start *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return (left->thread > right->thread) - (left->thread < right->thread);
}

bool evd_order_by_start(const struct evd_sketch *sketches, size_t count, size_t *order)
{
    struct start *starts = malloc((count + 1) * sizeof *starts);
    if (starts == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        starts[i] = (struct start){sketches[i].start, i};
    qsort(starts, count, sizeof *starts, by_start);
    for (size_t i = 0; i < count; i++)
        order[starts[i].thread] = i;
    free(starts);
    return true;
}
