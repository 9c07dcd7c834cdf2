/* Index: scanned chunks to one stream a tid.
 *
 * Every event of a chunk knows its segment, and every segment its place in its stream; the chunks' memory goes back
 * to the system as their events are put there, which keeps the peak near one record an event. */
#ifndef EVD_LOG_INDEX_H
#define EVD_LOG_INDEX_H

#include "base/pool.h"
#include "log/scan.h"

/* A disorder that is an error: tid_event_idx does not increase and is not its position either. */
struct evd_order_problem {
    int64_t tid;
    uint64_t position; /* in its stream */
};

/* Lays out the streams of `log` and merges what the scanners have seen of it (facts of `log_index`).
 * The events go to memory, or to a file of the spill (or NULL) when that holds no more.
 * Problems with the order go to *problems (to be freed by the caller), in no order. False when memory runs out. */
bool evd_index_build(struct evd_log *log, size_t log_index, struct evd_chunk *chunks, size_t chunk_count,
                     struct evd_scanner **scanners, size_t scanner_count, struct evd_pool *pool,
                     struct evd_spill *spill, struct evd_order_problem **problems, size_t *problem_count);

#endif
