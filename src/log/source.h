/* Source: any input as one read-only span of bytes.
 *
 * A regular file is mapped and never copied. What can't be mapped (a pipe, a device) or is
 * compressed (zstd or gzip, told by its first bytes, not its name) goes to anonymous memory; so does the log that a
 * trace in another format becomes.
 *
 * Ownership: evd_source_close frees what evd_source_open got; `bytes` is good until then.
 * Threads: different sources may be opened and closed at once; an open source is read-only, and
 * any number of threads may read and check it. Mapping a file installs a handler for SIGBUS,
 * once a process: see log/shrink_guard.h. */
#ifndef EVD_LOG_SOURCE_H
#define EVD_LOG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decompress.h"
#include "evdiff/error.h"

struct evd_import;
struct evd_import_summary;
struct evd_shrink_guard;
struct evd_deferred_text;

/* All zero is a closed source. */
struct evd_source {
    const char *bytes;                /* `length` bytes of text, then at least 64 readable zero
                                         bytes; behind a mapped file that grows they may change.
                                         NULL while the text is deferred */
    size_t length;                    /* in bytes, unpacked; of what is stored until it is loaded */
    const char *stored;               /* `file_size` bytes as stored, of a mapped file; NULL after
                                         they were unpacked */
    uint64_t file_size;               /* in bytes, as stored or as read from a pipe */
    int64_t mtime_ns;                 /* a regular file's last change, since 1970; else 0 */
    int64_t ctime_ns;                 /* the same, by the system's clock: programs can't set it back */
    enum evd_compression compression; /* of what was stored */
    unsigned threads;                 /* that may unpack it; 0: one */
    bool is_mapped;                   /* `bytes` is the file itself */
    const char *path;                 /* borrowed from the caller of evd_source_open */
    void *pages;                      /* the reserved memory behind `bytes` */
    size_t pages_size;
    uint64_t added;                  /* in bytes: what was unpacked or read from a pipe, also when that failed */
    int fd;                          /* of a regular file that was mapped, also when it is unpacked by now; else -1 */
    struct evd_shrink_guard *guard;  /* of a mapped file; else NULL */
    const struct evd_import *import; /* makes a log of what is stored; NULL: it is a log */
    struct evd_import_summary *imported; /* what that did, once there is text; with `import`, else NULL */
    struct evd_deferred_text *deferred;  /* text that is unpacked when someone asks; else NULL */
};

/* Opens `path`, which must outlive the source, and has its text at hand, however much it is. Errors: EVD_E_IO (the
 * system's reason, a directory, a damaged compressed stream or one that ends early),
 * EVD_E_NO_MEMORY; then there is nothing to close. Waits for the other end of a pipe. Cost: O(1)
 * for a mapped file, else linear in the unpacked bytes. */
enum evd_status evd_source_open(struct evd_source *source, const char *path, struct evd_error *error);

/* Opens a text in memory, which is copied; `path` is only for messages and must outlive the source. Errors:
 * EVD_E_NO_MEMORY. */
enum evd_status evd_source_open_text(struct evd_source *source, const char *path, const char *text, size_t length,
                                     struct evd_error *error);

/* The same in two steps, with a limit on what goes to memory, which `source` has its part of in `added`; `limit` may be
 * NULL and is not kept. Also EVD_E_LIMIT; when several sources share the limit, evd_source_refuse says which one is to
 * be named. After the first, `stored` is what a mapped file holds and no text has been
 * looked at; what can't be mapped has been read. The second, evd_source_load or evd_source_defer,
 * makes it text; when it fails, the source is still to be closed. */
enum evd_status evd_source_open_stored(struct evd_source *source, const char *path, struct evd_text_limit *limit,
                                       struct evd_error *error);
enum evd_status evd_source_load(struct evd_source *source, struct evd_text_limit *limit, struct evd_error *error);

/* What is stored is a trace in another format, of which `import`, which must outlive the source, makes a log; to be
 * called between the two steps. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_source_import(struct evd_source *source, const struct evd_import *import, struct evd_error *error);

/* Says that the log at `path` has more text than the limit, alone or with those before it. Returns EVD_E_LIMIT. */
enum evd_status evd_source_refuse(const char *path, const struct evd_text_limit *limit, bool is_with_others,
                                  struct evd_error *error);

/* For a text that is known to have `length` bytes: a compressed file is unpacked only when
 * evd_source_text first asks for it. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_source_defer(struct evd_source *source, uint64_t length, struct evd_error *error);

/* A deferred text goes to a file when it is unpacked (base/spill.h), not to memory. */
void evd_source_spill_deferred(struct evd_source *source);

/* There is no room for a deferred text: who asks for it gets EVD_E_LIMIT. */
void evd_source_refuse_deferred(struct evd_source *source, const struct evd_text_limit *limit);

/* All of a mapped file will be read from its beginning on, so the system is to fetch what lies ahead. */
void evd_source_read_ahead(const struct evd_source *source);

/* Refuses what may have no end: a device that is no terminal and has something to read. Returns EVD_OK or EVD_E_IO. */
enum evd_status evd_source_refuse_device(const char *path, int fd, struct evd_error *error);

/* The text: `bytes`, or what was deferred, unpacked now. NULL when that fails; evd_source_check
 * tells why. Any thread may call it. */
const char *evd_source_text(const struct evd_source *source);

/* EVD_E_IO when the mapped file became shorter since it was opened, or a part could not be read,
 * so that what was read from it means nothing. To be called when a phase of reading is over.
 * Cost: one fstat for a mapped file, else none. */
enum evd_status evd_source_check(const struct evd_source *source, struct evd_error *error);

/* Takes a closed source too. No thread may still read it. */
void evd_source_close(struct evd_source *source);

#endif
