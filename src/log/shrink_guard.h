/* Shrink guard: reading a mapped file beyond an end that moved is no crash.
 *
 * The system raises SIGBUS there. The handler, installed when the first guard is made, puts zero pages
 * over the rest of the guarded range and notes that it did; it passes on every SIGBUS elsewhere.
 *
 * Threads: all functions may be called from any thread. */
#ifndef EVD_LOG_SHRINK_GUARD_H
#define EVD_LOG_SHRINK_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct evd_shrink_guard;

/* Guards mapped memory; NULL when memory runs out. The caller releases it before it unmaps. */
struct evd_shrink_guard *evd_shrink_guard_create(void *start, size_t size);

/* True when some read met the moved end. */
bool evd_shrink_guard_has_shrunk(const struct evd_shrink_guard *guard);

/* Takes NULL too. */
void evd_shrink_guard_release(struct evd_shrink_guard *guard);

#endif
