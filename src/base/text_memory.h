/* Memory that grows: a span of bytes of unknown final size, without copying it again and again; and the limit that
 * several such spans share.
 *
 * Ownership: the caller takes `pages` over with evd_text_memory_finish or frees it with
 * evd_text_memory_release. */
#ifndef EVD_BASE_TEXT_MEMORY_H
#define EVD_BASE_TEXT_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"

/* Why a limit is what it is. */
enum evd_limit_reason {
    EVD_LIMIT_ASKED,  /* someone asked for it */
    EVD_LIMIT_MEMORY, /* free memory has room for no more */
    EVD_LIMIT_SPILL,  /* neither a spill's memory nor its disk has room for more */
};

/* How many bytes of text several spans may hold together.
 * Threads: spans of several threads may share a limit. */
struct evd_text_limit {
    uint64_t most; /* in bytes */
    enum evd_limit_reason reason;
    atomic_uint_fast64_t held;
    struct evd_spill *spill; /* where spans are; NULL: in memory */
};

/* All zero is an empty span. */
struct evd_text_memory {
    char *pages;
    size_t length;                /* in bytes, in use */
    size_t size;                  /* in bytes, reserved */
    struct evd_text_limit *limit; /* or NULL */
    uint64_t added;               /* in bytes; more than `length` when the limit was met */
    bool is_file;                 /* `pages` are of a spill's file, and no memory */
    int fd;                       /* of that */
};

/* Makes room for at least `extra` more bytes; false when memory runs out. */
bool evd_text_memory_reserve(struct evd_text_memory *memory, size_t extra);

/* Counts `count` bytes that were written behind `length`, in what was reserved. Once all spans together are at their
 * limit bytes are only counted, not kept, so that which span is told to be too long does not depend on how far the
 * others were. False when this one alone is beyond the limit: no more is to be added. */
bool evd_text_memory_add(struct evd_text_memory *memory, size_t count);

/* True when all spans together may have `count` more bytes, which then are held for this one, before they are written: until
 * evd_text_memory_add_held, or evd_text_memory_give_back. A span that meets the limit meanwhile keeps no more, also when the bytes are
 * given back. */
bool evd_text_memory_hold(struct evd_text_memory *memory, size_t count);
void evd_text_memory_add_held(struct evd_text_memory *memory, size_t count);
void evd_text_memory_give_back(struct evd_text_memory *memory, size_t count);

/* Gives back what is not in use but `padding` zero bytes; false when memory runs out. */
bool evd_text_memory_finish(struct evd_text_memory *memory, size_t padding);

void evd_text_memory_release(struct evd_text_memory *memory);

#endif
