/* Fingerprint: what a stored log is known by, so that an index can tell whether it was made from it.
 *
 * Size, times and a hash of samples cost a few system calls, and every diff compares them. An edit that leaves size
 * and samples alone and sets the time of the last change back is seen by the change time, which programs can't set.
 * A hash of all of it costs reading it: who asks for a whole check pays that.
 *
 * Threads: all functions may be called from any thread. */
#ifndef EVD_LOG_FINGERPRINT_H
#define EVD_LOG_FINGERPRINT_H

#include "log/source.h"

/* As a saved index has it; all members have natural alignment. */
struct evd_fingerprint {
    uint64_t file_size;   /* in bytes, as stored */
    int64_t mtime_ns;     /* of the last change of the content, as the file says, since 1970 */
    int64_t ctime_ns;     /* of the last change of content, name, owner or times, by the system's clock, since 1970 */
    uint64_t sample_hash; /* of blocks spread over the whole file */
};

/* The fingerprint of an open source of a file, without its samples: most logs are never held against an index. */
struct evd_fingerprint evd_fingerprint_take(const struct evd_source *source);

/* Adds them, of a source whose `fd` is open. Cost: 64 reads of 4 KiB, which are seldom in the processor's cache. */
void evd_fingerprint_sample(struct evd_fingerprint *fingerprint, const struct evd_source *source);

bool evd_fingerprint_is(const struct evd_fingerprint *left, const struct evd_fingerprint *right);

/* A hash of all that is stored, of a source whose `fd` is open. Errors: EVD_E_IO when it can't be read up to the size
 * that it had; EVD_E_NO_MEMORY. Cost: reads the file once. */
enum evd_status evd_fingerprint_hash_all(const struct evd_source *source, uint64_t *hash, struct evd_error *error);

#endif
