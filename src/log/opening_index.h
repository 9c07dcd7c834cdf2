/* Opening index: chunks become tables of events by tid, whose order is checked. */
#ifndef EVD_LOG_OPENING_INDEX_H
#define EVD_LOG_OPENING_INDEX_H

#include "log/opening.h"

/* Makes a log's tables of its chunks, all of which have been scanned.
 * Thread-safe for different logs. Memory that runs out is told by evd_opening_index. */
void evd_opening_build(struct evd_opening *opening, size_t log);

/* Makes the tables that are not made yet, and lists events that are out of order. */
enum evd_status evd_opening_index(struct evd_opening *opening, struct evd_error *error);

#endif
