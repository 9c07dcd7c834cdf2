/* The header: line 1 of a log, {"kind": "schema_version", "schema_version": 1, …}. */
#ifndef EVD_LOG_HEADER_H
#define EVD_LOG_HEADER_H

#include "log/source.h"
#include "json/json.h"

/* Checks the header, which begins at *offset, and finds where the events begin. On failure *offset is of the byte that is wrong
 * and the message is without a place: EVD_E_INPUT, or EVD_E_NO_MEMORY. A byte-order mark is skipped. */
enum evd_status evd_header_read(struct evd_json_parser *parser, const struct evd_source *source, uint64_t *offset,
                                struct evd_error *error);

/* True when a text begins with something else than a JSON object, and is nothing else that can be told: no log, nor one that was
 * encoded or compressed otherwise. */
bool evd_header_is_no_object(const struct evd_source *source);

/* Looks for a header behind lines that are none and no events, within the first `most` bytes: *begin is where it begins, 0 when
 * there is none, as where an event comes before it. A text that can be no log at all has none. False when memory runs out. */
bool evd_header_find(struct evd_json_parser *parser, const struct evd_source *source, uint64_t most, uint64_t *begin);

#endif
