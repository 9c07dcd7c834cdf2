/* Spill: pages that are memory up to a number of bytes, and beyond it files without a name in the folder for temporary
 * files. The system writes such pages out when it needs the memory, and reads them again when they are asked for, so what
 * is larger than memory can be worked on as if it were not.
 *
 * Room on the disk is taken when pages are made, so that writing to them never fails. It goes back when they are freed, and
 * when the process ends in whichever way.
 * Ownership: the caller frees pages with evd_pages_free. Threads: any number may share a spill. */
#ifndef EVD_BASE_SPILL_H
#define EVD_BASE_SPILL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"

struct evd_spill {
    uint64_t most; /* in bytes, in memory */
    atomic_uint_fast64_t held;
    /* Why a file could not be made or grow, but for memory: errno of the first time; 0: it did not happen. */
    atomic_int fault;
};

/* $TMPDIR, or /var/tmp: /tmp is memory on many systems. Borrowed from the environment. */
const char *evd_spill_folder(void);

/* The bytes that are free there; 0 when the system does not tell. */
uint64_t evd_spill_free(void);

/* True when `size` more bytes may be held in memory, which then are; `spill` NULL: always. To be given back. */
bool evd_spill_hold(struct evd_spill *spill, uint64_t size);
void evd_spill_give_back(struct evd_spill *spill, uint64_t size);

/* What a failure is told as that may be due to the spill: `status` is returned as it is, and *error left alone, unless it is
 * EVD_E_NO_MEMORY and a file could not be made or grow. Then that is EVD_E_IO, at the folder. */
enum evd_status evd_spill_tell(const struct evd_spill *spill, enum evd_status status, struct evd_error *error);

/* Zeroed pages in a file, at least one byte; *fd (may be NULL: it is closed) becomes the file's, to be grown by
 * evd_spill_resize_file and closed. NULL when there is no room, with spill->fault, or no memory. */
void *evd_spill_map_file(struct evd_spill *spill, size_t size, int *fd);

/* Makes a file of evd_spill_map_file longer or shorter; the pages move. NULL, and then they are as they were, when there is
 * no room, with spill->fault, or no memory. */
void *evd_spill_resize_file(struct evd_spill *spill, int fd, void *pages, size_t size, size_t new_size);

/* An empty file, for who writes it himself: to be closed. -1, with spill->fault, when there is none. */
int evd_spill_open(struct evd_spill *spill);

/* Notes an errno of such a file: what evd_spill_tell tells. */
void evd_spill_note(struct evd_spill *spill, int fault);

#endif
