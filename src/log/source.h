/* Source: any input as one read-only span of bytes.
 *
 * A regular file is mapped and never copied. What can't be mapped (a pipe, a device) or is compressed
 * (zstd or gzip, told by its first bytes) goes to anonymous memory.
 *
 * Ownership: evd_source_close frees what evd_source_open got; `bytes` is good until then.
 * Threads: an open source is read-only; any number of threads may read it. */
#ifndef EVD_LOG_SOURCE_H
#define EVD_LOG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"

struct evd_shrink_guard;

/* All zero is a closed source. */
struct evd_source {
    const char *bytes;              /* `length` bytes of text, then at least 64 readable zero bytes */
    uint64_t length;                /* in bytes, unpacked */
    const char *path;               /* borrowed from the caller of evd_source_open */
    void *pages;                    /* the reserved memory behind `bytes` */
    size_t pages_size;
    int fd;                         /* of a mapped file; else -1. Only valid while pages != NULL */
    struct evd_shrink_guard *guard; /* of a mapped file; else NULL */
};

/* Opens `path`, which must outlive the source. Errors: EVD_E_IO (the system's reason, a damaged
 * compressed stream), EVD_E_NO_MEMORY; then there is nothing to close. Cost: O(1) for a mapped file,
 * else linear. */
enum evd_status evd_source_open(struct evd_source *source, const char *path,
                                struct evd_error *error);

/* EVD_E_IO when the mapped file became shorter since it was opened, so that what was read from it means
 * nothing. */
enum evd_status evd_source_check(const struct evd_source *source, struct evd_error *error);

void evd_source_close(struct evd_source *source);

#endif
