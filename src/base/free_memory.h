/* How much memory may still be taken, before the system ends the process or refuses. */
#ifndef EVD_BASE_FREE_MEMORY_H
#define EVD_BASE_FREE_MEMORY_H

#include <stdint.h>

/* In bytes, the least of: MemAvailable of /proc/meminfo; what the process's control group (version 1 or 2) and each
 * one above it leaves, where files that are cached count as free; what RLIMIT_AS leaves. UINT64_MAX where the system
 * tells nothing. `root` goes before the paths of /proc and /sys; "" but in tests. Cost: some small files are read. */
uint64_t evd_free_memory(const char *root);

#endif
