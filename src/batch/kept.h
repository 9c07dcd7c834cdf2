/* Kept outcomes: what tonight's diffs have come to stays in memory until the night is judged, so that it is not read once more.
 *
 * No more than so much of it: of what finds no room the file is read.
 *
 * Ownership: outcomes are owned here until they are taken. Threads: one at a time. */
#ifndef EVD_BATCH_KEPT_H
#define EVD_BATCH_KEPT_H

#include "base/table.h"
#include "evdiff/outcome.h"

/* Of text that outcomes were read from; in memory they take some 4 times as much. */
enum { EVD_KEPT_TEXT_BYTES_MAX = 32 << 20 };

/* All zero is none. */
struct evd_kept {
    struct evd_table places; /* in the list, by job and run */
    struct evd_outcome **list;
    size_t count, capacity;
    uint64_t text_bytes;
};

/* Takes the outcome of a job's run, by the index of the job in the plan, which was read from so much text. Without room for it it
 * is freed. */
void evd_kept_add(struct evd_kept *kept, size_t job, size_t run, struct evd_outcome *outcome, size_t text_bytes);

/* Hands it back, to be freed by evd_outcome_free; NULL: it is not there, or no more. */
struct evd_outcome *evd_kept_take(struct evd_kept *kept, size_t job, size_t run);

void evd_kept_release(struct evd_kept *kept);

#endif
