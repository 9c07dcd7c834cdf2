/* Opening index: chunks become tables of events by tid, whose order is checked. */
#ifndef EVD_LOG_OPENING_INDEX_H
#define EVD_LOG_OPENING_INDEX_H

#include "log/opening.h"

/* Makes each log's tables of its chunks, and lists events that are out of order. */
enum evd_status evd_opening_index(struct evd_opening *opening, struct evd_error *error);

#endif
