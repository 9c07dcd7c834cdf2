/* Merge: the matching events of many pairs of threads, in the order of canary's lines.
 *
 * That is the order in time, so that what one thread teaches holds for the others after it, whatever the number of workers.
 * Ownership: the caller releases it; it borrows the pairs. Threads: one merge, one thread at a time. */
#ifndef EVD_NAMES_MERGE_H
#define EVD_NAMES_MERGE_H

#include "names/check.h"

/* A pair's next matching events. */
struct evd_merge_feed {
    size_t pair;
    size_t run;
    uint64_t within; /* the run */
    uint64_t rank;
    uint64_t offset; /* of canary's line of the next event */
};

struct evd_merge {
    const struct evd_names_pair *pairs;
    struct evd_merge_feed *heap; /* the pair with the earliest next event first */
    size_t count;
};

/* Two matching events. */
struct evd_merged_event {
    size_t pair;
    uint64_t position[EVD_SIDES];
    uint64_t rank; /* among the pair's matching events */
};

/* False when memory runs out; release in either case. */
bool evd_merge_init(struct evd_merge *merge, const struct evd_names_pair *pairs, size_t count);
void evd_merge_release(struct evd_merge *merge);

/* The next two events, of a pair that has not ended; `has_ended`: one a pair, or NULL. False when there are none. Cost: log n
 * for n pairs. */
bool evd_merge_next(struct evd_merge *merge, const bool *has_ended, struct evd_merged_event *event);

#endif
