/* Feed: a trace in another format as it is stored, packed or not, into an importer. */
#ifndef EVD_LOG_FEED_H
#define EVD_LOG_FEED_H

#include "base/decompress.h"
#include "evdiff/import.h"

/* Imports all of a trace, which has `length` bytes as stored, into `memory`, which is empty but may have a limit; it is to
 * be released in either case. `summary` is filled in either case. Errors, with a place in the trace: EVD_E_INPUT; EVD_E_IO
 * for damaged packed data; EVD_E_LIMIT; EVD_E_NO_MEMORY. */
enum evd_status evd_feed_memory(const struct evd_import *import, const char *path, enum evd_compression compression,
                                const char *bytes, size_t length, struct evd_text_memory *memory,
                                struct evd_import_summary *summary, struct evd_error *error);

#endif
