/* Estimates: how much memory the diff of some logs may take, by what is known without reading them. */
#ifndef EVD_BATCH_ESTIMATE_H
#define EVD_BATCH_ESTIMATE_H

#include <stdint.h>

/* Bytes for one log: the tables of its events and, when it is compressed, its text, which is held in memory then. 0 when it
 * is not there. Cost: opening it, and reading its first and last bytes. */
uint64_t evd_estimate_log(const char *path);

/* What one diff takes beside its logs. */
#define EVD_ESTIMATE_PROGRAM_BYTES ((uint64_t)32 << 20)

#endif
