/* Matched: the events of two streams that match, as runs; kept where the rules have names or values that take
 * both sides, which are compared after all pairs are aligned.
 *
 * Ownership: it owns its memory. Threads: one at a time. */
#ifndef EVD_WALK_MATCHED_H
#define EVD_WALK_MATCHED_H

#include "evdiff/outcome.h"

/* Events that match one by one, next to each other on both sides. */
struct evd_matched_run {
    uint64_t first[EVD_SIDES]; /* positions in the streams */
    uint64_t count;
};

/* All zero is empty. */
struct evd_matched {
    struct evd_matched_run *runs; /* ascending on both sides */
    size_t count, capacity;
    bool failed; /* memory ran out */
};

/* Adds `count` pairs of events, behind all others. */
void evd_matched_add(struct evd_matched *matched, uint64_t canary, uint64_t ours, uint64_t count);

/* Makes it empty but keeps its memory. */
void evd_matched_clear(struct evd_matched *matched);

void evd_matched_release(struct evd_matched *matched);

/* Releases all of an array, which may be NULL, and frees it. */
void evd_matched_free(struct evd_matched *array, size_t count);

#endif
