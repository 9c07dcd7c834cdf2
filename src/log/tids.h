/* Tids: the tids of a log to numbers from 0 on, in the order in which they come. Threads mostly have small numbers, also where there are
 * many: those are looked up in leaves of an array, which take as little memory as can be and need no hash. Tids that lie
 * so far apart that leaves would be mostly empty, large and negative ones are in a table.
 *
 * Ownership: the tids own their memory. Threads: one writer, or any number of readers. */
#ifndef EVD_LOG_TIDS_H
#define EVD_LOG_TIDS_H

#include "base/table.h"

/* Of tids below EVD_TIDS_SMALL a leaf has those that are the same modulo 4, so many one after the other: systems that number their
 * threads in steps of 4 are the other large family. */
enum { EVD_TIDS_SMALL = 1 << 22, EVD_TIDS_LEAF = 1 << 10, EVD_TIDS_LEAVES = EVD_TIDS_SMALL / EVD_TIDS_LEAF };

/* A log may always have so many leaves, and one more for so many tids. */
enum { EVD_TIDS_LEAVES_FREE = 16, EVD_TIDS_PER_LEAF = 32 };

/* No number: memory has run out, or the tid has none. */
#define EVD_TIDS_NONE UINT32_MAX

/* All zero has none. */
struct evd_tids {
    uint32_t **leaves; /* EVD_TIDS_LEAVES, each of EVD_TIDS_LEAF numbers + 1; NULL where there is none */
    uint32_t leaf_count;
    uint32_t count;          /* of all tids */
    int64_t leaves_end;      /* all that are in leaves are below */
    struct evd_table others; /* tid → number */
};

/* Where a tid's number + 1 is, or 0; NULL where it has no leaf. */
static inline uint32_t *evd_tids_place(const struct evd_tids *tids, int64_t tid)
{
    const uint64_t number = (uint64_t)tid;
    if (number >= EVD_TIDS_SMALL || tids->leaves == NULL)
        return NULL;
    uint32_t *leaf = tids->leaves[(number & 3) * (EVD_TIDS_LEAVES / 4) + number / 4 / EVD_TIDS_LEAF];
    return leaf != NULL ? &leaf[number / 4 % EVD_TIDS_LEAF] : NULL;
}

/* Fetches what is looked at first for a tid; changes nothing. */
static inline void evd_tids_prefetch(const struct evd_tids *tids, int64_t tid)
{
    const uint32_t *place = evd_tids_place(tids, tid);
    if (place != NULL)
        __builtin_prefetch(place);
    else
        evd_table_prefetch(&tids->others, (uint64_t)tid);
}

/* The number of a tid, which is evd_tids::count as it was where the tid is new; EVD_TIDS_NONE when memory runs out. Cost: amortised
 * O(1), whatever the tids are. */
uint32_t evd_tids_put(struct evd_tids *tids, int64_t tid);

/* A tid and its number. */
struct evd_numbered_tid {
    int64_t tid;
    uint32_t number;
};

/* All tids in ascending order, to `list`, which has room for evd_tids::count. Cost: linear where all are in leaves. */
void evd_tids_list(const struct evd_tids *tids, struct evd_numbered_tid *list);

/* Frees the memory; there are none again. */
void evd_tids_release(struct evd_tids *tids);

#endif
