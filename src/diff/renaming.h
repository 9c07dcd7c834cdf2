/* Renaming: which of canary's names is which of ours, one to one, as learnt so far.
 *
 * Two things are known: ranges, which begin with a birth and reach as far as its size, and single values,
 * which were learnt from a use. Within a range a name of canary must be the name of ours at the same distance
 * from the beginning; ranges come first, single values count only outside of them.
 *
 * Ownership: a renaming owns its memory. Threads: one at a time. */
#ifndef EVD_DIFF_RENAMING_H
#define EVD_DIFF_RENAMING_H

#include "base/ordered.h"
#include "base/table.h"
#include "evdiff/outcome.h"

/* Where something was learnt: canary's thread and its tid_event_idx. */
struct evd_learnt_at {
    int64_t tid, tid_event_idx;
};

/* Names that belong together. */
struct evd_name_pair {
    uint64_t value[EVD_SIDES]; /* of a range its beginning */
    uint64_t size[EVD_SIDES];  /* of a range at least 1; 0: a single value */
    struct evd_learnt_at at;
};

struct evd_name_pairs {
    struct evd_name_pair *pairs;
    size_t count, capacity;
    size_t *unused; /* indexes that are free again */
    size_t unused_count;
};

/* One class, and with the scope "thread" one pair of threads. All zero knows nothing. */
struct evd_renaming {
    struct evd_name_pairs pairs;
    struct evd_table single[EVD_SIDES]; /* mixed value → index into pairs + 1; 0: not known any more */
    struct evd_ordered ranges[EVD_SIDES]; /* beginning → index into pairs */
};

/* A name that is used: learnt when both sides' values are new. *is_broken: it contradicts what is known;
 * then *earlier is the pairing that it breaks, and the new one is learnt in its place. False when memory
 * runs out. Cost: O(1) amortised, and O(log n) in the live ranges. */
bool evd_renaming_use(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES],
                      struct evd_learnt_at at, bool *is_broken, struct evd_name_pair *earlier);

/* A name that is given anew with the sizes (0 is taken for 1) that follow it: what was known of it, and all
 * ranges that overlap, is forgotten. False when memory runs out. */
bool evd_renaming_birth(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES],
                        const uint64_t size[EVD_SIDES], struct evd_learnt_at at);

/* A name that ends: forgets it and the ranges that begin with it. */
void evd_renaming_end(struct evd_renaming *renaming, const uint64_t value[EVD_SIDES]);

void evd_renaming_release(struct evd_renaming *renaming);

#endif
