/* Memory that grows: a span of bytes of unknown final size, without copying it again and again.
 *
 * Ownership: the caller takes `pages` over with evd_memory_finish or frees it with
 * evd_memory_release. */
#ifndef EVD_LOG_MEMORY_H
#define EVD_LOG_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty span. */
struct evd_memory {
    char *pages;
    size_t length; /* in bytes, in use */
    size_t size;   /* in bytes, reserved */
};

/* Makes room for at least `extra` more bytes; false when memory runs out. */
bool evd_memory_reserve(struct evd_memory *memory, size_t extra);

/* Gives back what is not in use but `padding` zero bytes; false when memory runs out. */
bool evd_memory_finish(struct evd_memory *memory, size_t padding);

void evd_memory_release(struct evd_memory *memory);

#endif
