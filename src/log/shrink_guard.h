/* Shrink guard: reading a mapped file beyond an end that moved is no crash.
 *
 * The system raises SIGBUS there, and without a handler that ends the process: a log that is
 * truncated or rotated while it is read would take the caller's program down. So the library
 * installs a handler for SIGBUS when the first guard is made, and keeps it. The handler puts
 * zero pages over the rest of the guarded range and notes that it did; every SIGBUS elsewhere
 * goes to the handler that was there before. A program that installs its own later loses this
 * protection, unless it passes on what is not its own.
 *
 * Ownership: the caller releases a guard, before it unmaps the range.
 * Threads: all functions may be called from any thread; the handler takes no lock. */
#ifndef EVD_LOG_SHRINK_GUARD_H
#define EVD_LOG_SHRINK_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct evd_shrink_guard;

/* Guards `size` bytes of mapped memory, whole pages both; NULL when memory runs out. Cost:
 * O(guards). */
struct evd_shrink_guard *evd_shrink_guard_create(void *start, size_t size);

/* True when some read met the moved end, or a part that its device could not deliver. */
bool evd_shrink_guard_has_fired(const struct evd_shrink_guard *guard);

/* Takes NULL too. No thread may still read the range. */
void evd_shrink_guard_release(struct evd_shrink_guard *guard);

#endif
