/* Chrome merge: the events that are held of a Chrome trace, and the ends of its spans, one by one in the order of time.
 *
 * Runs are merged. A begin that is taken puts its end on a heap, so only as many ends are put in order at a time as there are
 * spans open. */
#ifndef EVD_IMPORT_CHROME_MERGE_H
#define EVD_IMPORT_CHROME_MERGE_H

#include "import/chrome_held.h"

/* How far a run is taken. */
struct evd_chrome_cursor {
    struct evd_chrome_moment next;
    const char *run;
    const uint32_t *order; /* NULL: the records are in it */
    uint64_t taken, count;
};

/* To be begun before all else, and released in any case. */
struct evd_chrome_merge {
    const struct evd_chrome_held *held;
    struct evd_chrome_cursor *cursors; /* a heap, the earliest first: of runs that are not taken to their ends */
    size_t cursor_count;
    struct evd_chrome_moment *ends; /* another one: of spans whose begins were taken */
    size_t end_count, end_capacity;
};

/* Begins with what is held, and finished. False when memory runs out. */
bool evd_chrome_merge_begin(struct evd_chrome_merge *merge, const struct evd_chrome_held *held);

/* The next one; moment->record is NULL when there is none. False when memory runs out. At one time come the ends, those of the shorter
 * spans first, then the beginnings, those of the longer ones first, then the rest as in the file; a span of no duration
 * begins and ends among the rest. */
bool evd_chrome_merge_take(struct evd_chrome_merge *merge, struct evd_chrome_moment *moment);

void evd_chrome_merge_release(struct evd_chrome_merge *merge);

#endif
