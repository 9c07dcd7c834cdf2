/* Scan: a stretch of a log's text to event records, each with the tid's segment that it belongs to.
 *
 * Every line is validated in full. A chunk is the lines that begin in its stretch, so that any cut into
 * stretches gives the same events. What the whole log is asked for later (which value pairs a thread,
 * which SIDs several threads use, counts) is gathered per worker and merged by log/index.c.
 *
 * Threads: a scanner belongs to one worker; chunks are independent. */
#ifndef EVD_LOG_SCAN_H
#define EVD_LOG_SCAN_H

#include "base/content_hash.h"
#include "base/spill.h"
#include "log/event_rooms.h"
#include "log/scan_facts.h"

/* An event whose tid_event_idx is not above its predecessor's. Whether that is an error depends on its
 * position in the whole stream. */
struct evd_disorder {
    size_t segment;
    uint64_t position; /* in the segment */
    int64_t tid_event_idx;
};

/* A line that is no event. */
struct evd_scan_problem {
    uint64_t offset; /* of the byte that is wrong, from the start of the text */
    const char *reason;
};

/* The text that one chunk begins in is at most so much: what a chunk event packs has room for it. */
enum { EVD_CHUNK_BYTES_MAX = 64 << 20 };

/* Offsets in a stretch have 26 bits, tags 16; a line has more than 16 bytes, so that segments have fewer than 22. */
enum { EVD_CHUNK_SEGMENT_SHIFT = 16 + 26 };

struct evd_chunk {
    unsigned worker;                /* that scanned it */
    uint64_t begin;                 /* of its stretch in the text */
    struct evd_chunk_event *events; /* in pages, in file order; NULL: they are in their streams */
    size_t event_count, event_room;
    struct evd_spill *spill; /* whose budget the events are held in; NULL: they are in a file, or there is no budget */
    union evd_segment *segments; /* in the order of their first events */
    size_t segment_count;
    size_t segment_room; /* in pages for so many; 0: they are from malloc */
    struct evd_disorder *disorders;
    size_t disorder_count, disorder_capacity;
    struct evd_scan_problem *problems; /* in file order; of a tolerant scan the first of the lines that it skipped */
    size_t problem_count, problem_capacity;
    uint64_t skipped_count; /* by a tolerant scan */
    bool failed;            /* memory ran out */
};

struct evd_scanner {
    struct evd_json_parser *parser;
    struct evd_shapes *shapes;
    struct evd_hasher hasher;
    struct evd_member_list members;
    struct evd_log_facts *logs; /* one a log */
    size_t log_count;
};

struct evd_scan_job {
    const struct evd_rules *rules;
    enum evd_side side; /* of the log */
    const struct evd_source *source;
    size_t log;
    unsigned worker;               /* whose scanner it is */
    uint64_t begin, end;           /* the stretch, in bytes; the header is before the first one */
    size_t problems_max;           /* stop at so many problems; at least 1 */
    struct evd_event_rooms *rooms; /* where events are read to */
    struct evd_spill *spill;    /* where they go when they have been read; NULL: they stay there, and so do segments */
    struct evd_hash128 *blocks; /* of the log: those from `first_block` to the last that begins in the stretch are
                                   hashed; or NULL. Each just before its lines are read, while it is near */
    uint64_t first_block;
    bool has_statistics;
    bool is_plain;    /* without shapes: the slow twin */
    bool is_tolerant; /* lines that are no events are skipped, all of them */
};

/* A scanner for `log_count` logs under these rules; NULL when memory runs out. Free with evd_scanner_destroy. */
struct evd_scanner *evd_scanner_create(const struct evd_rules *rules, size_t log_count);
void evd_scanner_destroy(struct evd_scanner *scanner);

/* Scans one stretch into `chunk`, which is all zero before and released with evd_chunk_release. */
void evd_scan(struct evd_scanner *scanner, const struct evd_scan_job *job, struct evd_chunk *chunk);
void evd_chunk_release(struct evd_chunk *chunk);

#endif
