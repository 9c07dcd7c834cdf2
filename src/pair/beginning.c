#include "pair/beginning.h"

#include <stdlib.h>

struct evd_first_key {
    uint64_t first;
    uint64_t weight; /* once sealed, with that of all keys before it */
};

bool evd_beginning_init(struct evd_beginning *beginning, const struct evd_sketch *sketch)
{
    *beginning = (struct evd_beginning){.keys = malloc((sketch->key_count + 1) * sizeof *beginning->keys)};
    return beginning->keys != NULL;
}

void evd_beginning_add(struct evd_beginning *beginning, const struct evd_sketch *sketch, uint64_t key, uint32_t first,
                       uint64_t weight)
{
    beginning->keys[beginning->key_count++] = (struct evd_first_key){first, weight};
    for (unsigned level = sketch->level; level < EVD_SKETCH_LEVELS && evd_sketch_samples(key, level); level++)
        beginning->all[level] += weight;
}

static int by_first(const void *a, const void *b)
{
    const struct evd_first_key *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

void evd_beginning_seal(struct evd_beginning *beginning)
{
    qsort(beginning->keys, beginning->key_count, sizeof *beginning->keys, by_first);
    for (size_t i = 1; i < beginning->key_count; i++)
        beginning->keys[i].weight += beginning->keys[i - 1].weight;
}

/* What the keys weigh that are first within so many events. */
static uint64_t weigh_first(const struct evd_beginning *beginning, uint64_t events)
{
    size_t low = 0, high = beginning->key_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (beginning->keys[middle].first < events)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : beginning->keys[low - 1].weight;
}

uint64_t evd_beginnings_weight(const struct evd_beginning *const beginnings[EVD_SIDES],
                               const struct evd_sketch *const sketches[EVD_SIDES])
{
    const int longer = sketches[EVD_OURS]->participating > sketches[EVD_CANARY]->participating;
    const uint64_t events = sketches[!longer]->participating;
    if (events < EVD_BEGINNING_EVENTS || sketches[longer]->level < sketches[!longer]->level)
        return 0;
    return beginnings[!longer]->all[sketches[longer]->level] + weigh_first(beginnings[longer], events);
}

void evd_beginning_release(struct evd_beginning *beginning)
{
    free(beginning->keys);
    beginning->keys = NULL;
}
