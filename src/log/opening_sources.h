/* Opening sources: a log is opened by its saved index when that fits, else with its text at hand. */
#ifndef EVD_LOG_OPENING_SOURCES_H
#define EVD_LOG_OPENING_SOURCES_H

#include "log/opening.h"

/* Opens the source of each log, on the pool: by its saved index, or with its text in memory, up to the limit of text.
 * Errors: of the first log that cannot be opened, as a problem. */
enum evd_status evd_opening_open_sources(struct evd_opening *opening, struct evd_error *error);

#endif
