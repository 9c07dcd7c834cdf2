/* Index: scanned chunks to one stream a tid, while other chunks are scanned.
 *
 * Every event of a chunk knows its segment, and every segment its place in its stream once all chunks before it have theirs. So
 * chunks get their places in file order: whoever has scanned the next one sees to it, and to those behind it that are there already,
 * while the others go on. A chunk that has its place is copied beside all that, and its memory is used for the next chunk. Streams
 * grow by runs (log/event_runs.h), so nothing is moved, and the system has little more memory to give than the streams take.
 *
 * Where memory is bounded, chunks are kept instead, and copied when all are there, by all workers, in one piece for all streams: that
 * piece may be a file, whose size must be known; so may the chunks.
 *
 * Ownership: an index borrows all it is begun with. Threads: evd_index_add by any number, the rest by one. */
#ifndef EVD_LOG_INDEX_H
#define EVD_LOG_INDEX_H

#include "base/pool.h"
#include "log/scan.h"

struct evd_index;

/* A disorder that is an error: tid_event_idx does not increase and is not its position either. */
struct evd_order_problem {
    int64_t tid;
    uint64_t position; /* in its stream */
};

/* Begins to index a log of so many chunks, in file order, which are not scanned yet. NULL when memory runs out. `rooms`: of the
 * chunks' events. `spill`: with a bound on memory, else NULL. Free with evd_index_destroy. */
struct evd_index *evd_index_create(struct evd_log *log, struct evd_chunk *chunks, size_t chunk_count, unsigned workers,
                                   struct evd_event_rooms *rooms, struct evd_spill *spill);

/* Frees the index, and what of the streams it has not handed to the log. Takes NULL too. */
void evd_index_destroy(struct evd_index *index);

/* The chunk has been scanned; what is listed of its problems stays. Memory that runs out is told by evd_index_build. True for one caller
 * when all chunks have their places, though others may copy them yet. Cost: of the chunks that are placed, linear in
 * their events. */
bool evd_index_add(struct evd_index *index, size_t chunk);

/* When all chunks have their places, or no more are added: lays out the streams of the log and merges what the scanners have seen of it (facts of
 * `log_index`), which is freed. Problems with the order go to *problems, in no order, good until the index is destroyed. False when memory runs
 * out. Several logs' indexes may be built at once. */
bool evd_index_build(struct evd_index *index, size_t log_index, struct evd_scanner **scanners,
                     const struct evd_order_problem **problems, size_t *problem_count);

/* Then: copies the chunks that were kept, by all workers. From now on the streams have their events. */
void evd_index_copy_kept(struct evd_index *index, struct evd_pool *pool);

#endif
