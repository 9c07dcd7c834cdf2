#include "base/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/seed.h"

enum {
    HEAP_THINGS = 8, /* about so many to a heap, were all keys different */
    SHORT_HEAP = 24, /* up to so many are put in order by insertion */
};

static uint64_t key_at(const struct evd_groups *groups, uint32_t index)
{
    uint64_t key;
    memcpy(&key, groups->keys + index * groups->stride, sizeof key);
    return key;
}

static int by_key(const void *a, const void *b, void *groups)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    const uint64_t keys[2] = {key_at(groups, left), key_at(groups, right)};
    if (keys[0] != keys[1])
        return keys[0] < keys[1] ? -1 : 1;
    return (left > right) - (left < right);
}

/* Those of a heap are in ascending order of indexes. */
static void sort_heap(struct evd_groups *groups, uint32_t *heap, size_t count)
{
    const uint64_t first = count > 0 ? key_at(groups, heap[0]) : 0;
    size_t equal = 1;
    while (equal < count && key_at(groups, heap[equal]) == first)
        equal++;
    if (equal >= count)
        return;
    if (count > SHORT_HEAP) {
        qsort_r(heap, count, sizeof *heap, by_key, groups);
        return;
    }
    for (size_t i = equal; i < count; i++) {
        const uint32_t thing = heap[i];
        const uint64_t key = key_at(groups, thing);
        size_t at = i;
        for (; at > 0 && key_at(groups, heap[at - 1]) > key; at--)
            heap[at] = heap[at - 1];
        heap[at] = thing;
    }
}

bool evd_groups_find(const uint64_t *keys, size_t stride, size_t count, struct evd_groups *groups)
{
    size_t heaps = 1;
    *groups = (struct evd_groups){.keys = (const char *)keys, .stride = stride};
    if (count > UINT32_MAX)
        return false;
    while (heaps < count / HEAP_THINGS)
        heaps *= 2;
    const struct evd_seed seed = evd_seed_of_process();
    uint32_t *ends = calloc(heaps + 1, sizeof *ends);
    groups->order = malloc((count + 1) * sizeof *groups->order);
    if (ends == NULL || groups->order == NULL) {
        free(ends);
        evd_groups_release(groups);
        return false;
    }
    /* Counted one heap higher, and filled from there, so that each beginning ends up where the heap's end is. */
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = key_at(groups, (uint32_t)i);
        groups->count += key != 0;
        if (key != 0)
            ends[(evd_seed_mix(seed, key) & (heaps - 1)) + 1]++;
    }
    for (size_t i = 0; i < heaps; i++)
        ends[i + 1] += ends[i];
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = key_at(groups, (uint32_t)i);
        if (key != 0)
            groups->order[ends[evd_seed_mix(seed, key) & (heaps - 1)]++] = (uint32_t)i;
    }
    for (size_t i = 0, from = 0; i < heaps; from = ends[i++])
        sort_heap(groups, groups->order + from, ends[i] - from);
    free(ends);
    return true;
}

size_t evd_group_end(const struct evd_groups *groups, size_t from)
{
    const uint64_t key = key_at(groups, groups->order[from]);
    size_t end = from + 1;
    while (end < groups->count && key_at(groups, groups->order[end]) == key)
        end++;
    return end;
}

void evd_groups_release(struct evd_groups *groups)
{
    free(groups->order);
    *groups = (struct evd_groups){.order = NULL};
}
