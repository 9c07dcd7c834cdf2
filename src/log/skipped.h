/* Lines that tolerant reading skipped: how many, and the first of them by their places. */
#ifndef EVD_LOG_SKIPPED_H
#define EVD_LOG_SKIPPED_H

#include "log/scan.h"

/* Adds what one chunk's scan skipped to its log, chunk after chunk. Cost: linear in the text before the last line that
 * is listed. */
void evd_skipped_add(struct evd_log *log, const struct evd_chunk *chunk);

/* Adds the damaged lines of the trace that a log was made of, by their places there; before what a scan skips. */
void evd_skipped_add_damages(struct evd_log *log);

#endif
