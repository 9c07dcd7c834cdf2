#include "log/tids.h"

#include <stdlib.h>

/* The place of a small tid in a leaf, which is made where that is worth it; NULL: it is not, or memory runs out. */
static uint32_t *make_place(struct evd_tids *tids, int64_t tid)
{
    if ((uint64_t)tid >= EVD_TIDS_SMALL)
        return NULL;
    uint32_t *place = evd_tids_place(tids, tid);
    if (place != NULL || tids->leaf_count >= EVD_TIDS_LEAVES_FREE + tids->count / EVD_TIDS_PER_LEAF)
        return place;
    if (tids->leaves == NULL && (tids->leaves = calloc(EVD_TIDS_LEAVES, sizeof(uint32_t *))) == NULL)
        return NULL;
    uint32_t *leaf = calloc(EVD_TIDS_LEAF, sizeof *leaf);
    if (leaf == NULL)
        return NULL;
    tids->leaves[((uint64_t)tid & 3) * (EVD_TIDS_LEAVES / 4) + (uint64_t)tid / 4 / EVD_TIDS_LEAF] = leaf;
    tids->leaf_count++;
    return evd_tids_place(tids, tid);
}

uint32_t evd_tids_put(struct evd_tids *tids, int64_t tid)
{
    uint32_t *place = evd_tids_place(tids, tid);
    if (place != NULL && *place > 0)
        return *place - 1;
    /* It may be in the table also where there is a leaf now. */
    const uint64_t *other = evd_table_get(&tids->others, (uint64_t)tid);
    if (other != NULL)
        return (uint32_t)*other;
    if (tids->count == EVD_TIDS_NONE)
        return EVD_TIDS_NONE;
    place = make_place(tids, tid);
    if (place != NULL) {
        *place = tids->count + 1;
        if (tid >= tids->leaves_end)
            tids->leaves_end = tid + 1;
    } else if (evd_table_put(&tids->others, (uint64_t)tid, tids->count, NULL) == NULL)
        return EVD_TIDS_NONE;
    return tids->count++;
}

static int by_tid(const void *a, const void *b)
{
    const struct evd_numbered_tid *left = a, *right = b;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

/* Whether one of the leaves that begin with tids from this one on is there. */
static bool has_leaves(const struct evd_tids *tids, int64_t tid)
{
    bool has_any = false;
    for (int64_t i = 0; i < 4; i++)
        has_any |= evd_tids_place(tids, tid + i) != NULL;
    return has_any;
}

void evd_tids_list(const struct evd_tids *tids, struct evd_numbered_tid *list)
{
    enum { LEAVES = 4 * EVD_TIDS_LEAF };
    size_t count = 0;
    for (int64_t tid = 0; tid < tids->leaves_end; tid++) {
        if (tid % LEAVES == 0 && !has_leaves(tids, tid)) {
            tid += LEAVES - 1;
            continue;
        }
        const uint32_t *place = evd_tids_place(tids, tid);
        if (place != NULL && *place > 0)
            list[count++] = (struct evd_numbered_tid){tid, *place - 1};
    }
    const size_t from_leaves = count;
    const struct evd_table_entry *entry;
    for (size_t cursor = 0; (entry = evd_table_next(&tids->others, &cursor)) != NULL;)
        list[count++] = (struct evd_numbered_tid){(int64_t)entry->key, (uint32_t)entry->value};
    if (count > from_leaves)
        qsort(list, count, sizeof *list, by_tid);
}

void evd_tids_release(struct evd_tids *tids)
{
    for (size_t i = 0; tids->leaves != NULL && i < EVD_TIDS_LEAVES; i++)
        free(tids->leaves[i]);
    free(tids->leaves);
    evd_table_release(&tids->others);
    *tids = (struct evd_tids){.count = 0};
}
