/* Saved index: the streams of a log, mapped from a file instead of made from its text.
 *
 * The file is sections of plain records, the numbers as the machine has them:
 *
 *     header · streams · counts of counted kinds · uses of kind rules · floating SIDs · blocks ·
 *     ordinals at each block · events
 *
 * Opening copies everything but the events, some 4 % of the file, and checks the copy: all sizes and a
 * checksum, so that what was checked is what is used, whatever becomes of the file. The events stay mapped and
 * are checked block by block, when somebody looks at them, so what a diff skips is never touched; what it
 * skips it skips by hashes that are under the first checksum.
 *
 * Threads: a saved index is read-only but for the note that it is damaged, which is atomic. */
#ifndef EVD_LOG_SAVED_INDEX_H
#define EVD_LOG_SAVED_INDEX_H

#include <stdatomic.h>

#include "evdiff/index.h"
#include "log/log.h"

#define EVD_SAVED_MAGIC "evdindex"

enum {
    EVD_SAVED_VERSION = 12, /* of the format, and of what keys are hashes of */
    EVD_SAVED_BYTE_ORDER = 0x01020304,
};

/* All members have natural alignment and there is no padding. */
struct evd_saved_header {
    char magic[8];
    uint32_t version;
    uint32_t byte_order;
    uint64_t rules_hash; /* evd_saved_rules_hash */
    /* The log that it was made from: */
    struct evd_fingerprint stored;
    uint64_t stored_hash; /* of all that is stored */
    uint64_t text_length;
    /* Sizes of the sections: */
    uint64_t stream_count;
    uint64_t counted_count;
    uint64_t use_count;      /* evd_rules_use_count */
    uint64_t floating_count; /* their hashes, in ascending order */
    uint64_t creation_count;
    uint64_t block_count;
    uint64_t slot_count;
    uint64_t event_count;
    uint64_t tables_hash; /* of all sections between header and events */
    uint64_t header_hash; /* of all above */
};

struct evd_saved_stream {
    int64_t tid;
    uint64_t count;
    uint64_t participating;
    uint64_t block_count;
    uint64_t has_pairing_value; /* 0 or 1 */
    uint64_t pairing_value;
};

struct evd_saved_index {
    char *path;
    int fd;       /* of the file while it is opened; then -1 */
    char *tables; /* the file up to the events, copied */
    size_t tables_size;
    const char *pages; /* the mapped file; only its events are used */
    size_t size;       /* of the file, in bytes */
    struct evd_shrink_guard *guard;
    uint64_t text_length;
    atomic_bool is_damaged; /* some block was not what was saved */
};

/* The checksum of header and sections. */
uint64_t evd_saved_hash(const void *bytes, size_t size);

/* Of the rules, and of how the trace becomes a log where it is one in another format. */
uint64_t evd_saved_rules_hash(const struct evd_log *log);

/* Gives `log`, whose source is open as stored, the streams of an index that fits it, found in
 * `directory` or where evd_index_place says. EVD_E_INDEX when there is none, and the log is as it
 * was; EVD_E_NO_MEMORY. */
enum evd_status evd_saved_index_open(struct evd_log *log, const char *directory, struct evd_error *error);

/* Takes NULL too. */
void evd_saved_index_close(struct evd_saved_index *saved);

/* The blocks of a stream of events, into `blocks` and `ordinals` (evd_block_stride a block), which have room
 * for evd_blocks_most(count). Returns how many; *participating is how many events are not
 * engine-local. */
uint64_t evd_blocks_most(uint64_t event_count);
uint64_t evd_blocks_make(const struct evd_rules *rules, const struct evd_stream *stream, struct evd_block *blocks,
                         uint16_t *ordinals, uint64_t *participating);

#endif
