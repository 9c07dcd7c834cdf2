/* Renaming: which of canary's names is which of ours, one to one, as learnt so far.
 *
 * What is known are pairs of ranges, disjoint on each side: a birth reaches as far as its size, a single value
 * that was learnt from a use is as long as 1. Within a range a name of canary must be the name of ours at the
 * same distance from the beginning.
 *
 * Ownership: a renaming owns its memory. Threads: one at a time. */
#ifndef EVD_NAMES_RENAMING_H
#define EVD_NAMES_RENAMING_H

#include "base/ordered.h"
#include "evdiff/outcome.h"

/* Where something was learnt: canary's thread and its tid_event_idx. */
struct evd_learnt_at {
    int64_t tid, tid_event_idx;
};

/* Names that belong together. */
struct evd_name_pair {
    uint64_t value[EVD_SIDES]; /* where the range begins */
    uint64_t size[EVD_SIDES];  /* at least 1 */
    struct evd_learnt_at at;
};

struct evd_name_pairs {
    struct evd_name_pair *pairs;
    size_t count, capacity;
    size_t *unused; /* indexes that are free again */
    size_t unused_count, unused_capacity;
};

/* One class, and with the scope "thread" one pair of threads. All zero knows nothing. */
struct evd_renaming {
    struct evd_name_pairs pairs;
    struct evd_ordered ranges[EVD_SIDES]; /* beginning → index into pairs */
};

/* A name that is used: learnt when both sides' values are new. *is_broken: it contradicts what is known;
 * then *earlier is the pairing that it breaks, and the new one is learnt in the place of all that it
 * contradicts. False when memory runs out. Cost: O(log n) in what is known. */
bool evd_renaming_use(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES], struct evd_learnt_at at,
                      bool *is_broken, struct evd_name_pair *earlier);

/* A name that is given anew with the sizes (0 is taken for 1) that follow it: all that was known of what it
 * covers is forgotten. False when memory runs out. Cost: as above, for each range that is forgotten. */
bool evd_renaming_birth(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES], const uint64_t size[EVD_SIDES],
                        struct evd_learnt_at at);

/* A name that ends: forgets the ranges that begin with it. False when memory runs out. */
bool evd_renaming_end(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES]);

/* Of the ranges that begin at or before a value of a side the last one, which the value may be in, or NULL; good
 * until the next change. Cost: O(log n). */
const struct evd_name_pair *evd_renaming_find(const struct evd_renaming *renaming, int side, uint64_t value);

void evd_renaming_release(struct evd_renaming *renaming);

#endif
