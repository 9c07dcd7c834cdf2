/* Scan facts: what one worker has seen of a log besides its events; log/index.c merges what all have seen.
 *
 * Ownership: the facts own their memory. Threads: one worker's belong to it. */
#ifndef EVD_LOG_SCAN_FACTS_H
#define EVD_LOG_SCAN_FACTS_H

#include "log/event.h"
#include "log/log.h"
#include "log/tids.h"

/* What one worker has seen of one thread of one log. */
struct evd_tid_facts {
    uint64_t pairing_order; /* of the event that pairs it: by its kind (evd_kind_rule::pairing), then by its offset;
                               UINT64_MAX: there is none */
    uint64_t pairing_value;
    uint64_t *counted; /* one a counted kind; NULL: no event of any */
    bool has_pairing_value;
};

/* What one worker has seen of one log. */
struct evd_log_facts {
    struct evd_arena arena;
    struct evd_tids tids; /* their numbers are indexes into facts and into segments */
    struct evd_tid_facts *facts;
    size_t facts_capacity;
    uint32_t *segments; /* of the chunk that is being scanned, if that one is of the tid; else any number */
    size_t segments_capacity;
    struct evd_table sid_users;     /* SID hash → the tid that was seen to use it first */
    struct evd_table floating;      /* SID hashes: by the recipe, or used by a second tid */
    struct evd_kind_use *kind_uses; /* as evd_log::kind_uses */
    struct evd_creation *creations;
    size_t creation_count, creation_capacity;
    struct evd_table kinds; /* kind hash → index into kind_counts */
    struct evd_kind_count *kind_counts;
    size_t kind_count, kind_capacity;
    bool has_time_span;
    int64_t first_ns, last_ns;
    struct evd_idx_gaps gaps; /* within segments */
};

/* Makes facts that are all zero ready; false when memory runs out. Release in either case. */
bool evd_log_facts_init(struct evd_log_facts *log, const struct evd_rules *rules);
void evd_log_facts_release(struct evd_log_facts *log); /* they are all zero again */

/* The number of a tid, whose facts may move with the next call; EVD_TIDS_NONE when memory runs out. Cost: amortised O(1). */
uint32_t evd_log_facts_of(struct evd_log_facts *log, int64_t tid);

/* The thread with this number has an event of a counted kind; `counted_count` as in the rules. False when memory runs out. */
bool evd_log_facts_count(struct evd_log_facts *log, uint32_t number, size_t index, size_t counted_count);

/* A thread uses a SID, by its hash; a SID that another one uses too floats. False when memory runs out. */
bool evd_log_facts_use_sid(struct evd_log_facts *log, int64_t tid, uint64_t sid_hash);

/* A SID floats. False when memory runs out. */
bool evd_log_facts_float(struct evd_log_facts *log, uint64_t sid_hash);

/* The event at `offset` creates a thread; `entry_hash`: of where that begins, or 0. False when memory runs out. */
bool evd_log_facts_add_creation(struct evd_log_facts *log, uint64_t offset, int64_t tid, uint64_t entry_hash);

/* An event is of this kind. False when memory runs out. */
bool evd_log_facts_add_kind(struct evd_log_facts *log, struct evd_string kind);

/* An event has this host_ns. */
void evd_log_facts_add_time(struct evd_log_facts *log, int64_t host_ns);

#endif
