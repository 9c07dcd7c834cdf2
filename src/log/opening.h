/* Opening: what one call that opens logs works on, from phase to phase; log/open.c has their order. */
#ifndef EVD_LOG_OPENING_H
#define EVD_LOG_OPENING_H

#include <stdatomic.h>

#include "base/pool.h"
#include "log/index.h"
#include "log/problems.h"

/* A part of a log, which one worker scans at once. */
struct evd_stretch {
    size_t log;
    size_t number; /* among the log's */
    uint64_t begin, end;
};

/* What building a log's index has come to. */
struct evd_built_index {
    bool is_tried, is_done;
    const struct evd_order_problem *problems;
    size_t problem_count;
};

/* All that one call works on. */
struct evd_opening {
    const struct evd_rules *rules;
    const struct evd_read_options *options;
    const struct evd_string *texts; /* one a log, in memory; NULL: the logs are at their paths */
    struct evd_log **logs;
    size_t log_count;
    struct evd_text_limit text_limit;
    struct evd_spill spill; /* with evd_read_options::memory_bytes */
    struct evd_pool *pool;
    enum evd_status *statuses; /* of opening each source */
    struct evd_error *errors;
    uint64_t *begins;            /* where each log's events begin */
    struct evd_hash128 **blocks; /* of each log whose content is hashed, one a block; NULL: of the others */
    struct evd_scanner **scanners;
    struct evd_stretch *stretches; /* of all logs, in order */
    struct evd_chunk *chunks;      /* one a stretch */
    size_t chunk_count;
    struct evd_event_rooms rooms; /* for the chunks' events */
    struct evd_index **indexes;   /* of each log whose text is read; NULL: of the others */
    struct evd_built_index *built;
    uint64_t total_bytes;
    atomic_uint_fast64_t done_bytes;
    atomic_size_t problem_count; /* found so far in all logs */
    atomic_size_t problems_end;  /* all of those are in stretches before this one */
    size_t problems_max;
    struct evd_problem_list problems;
};

/* What the problems so far come to; see evd_problems_conclude. */
enum evd_status evd_opening_conclude(struct evd_opening *opening, struct evd_error *error);

/* Makes the pool and a scanner a thread. False when memory runs out; release in either case. */
bool evd_opening_create_workers(struct evd_opening *opening);

/* Releases all but the logs. */
void evd_opening_release(struct evd_opening *opening);

#endif
