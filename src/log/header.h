/* The header: line 1 of a log, {"kind": "schema_version", "schema_version": 1, …}. */
#ifndef EVD_LOG_HEADER_H
#define EVD_LOG_HEADER_H

#include "log/source.h"
#include "json/json.h"

/* Checks the header and finds where the events begin. On failure `offset` is of the byte that is wrong
 * and the message is without a place: EVD_E_INPUT, or EVD_E_NO_MEMORY. A byte-order mark is skipped. */
enum evd_status evd_header_read(struct evd_json_parser *parser, const struct evd_source *source, uint64_t *offset,
                                struct evd_error *error);

#endif
