/* json: the events around the places to look at. */
#ifndef EVD_REPORT_JSON_QUOTATIONS_H
#define EVD_REPORT_JSON_QUOTATIONS_H

#include "base/json_writer.h"
#include "evdiff/outcome.h"

/* "shown_as"; nothing where numbers are decimal. */
void evd_json_shown_as(struct evd_json_writer *json, enum evd_shown_as shown_as);

/* "quotations": of the places to look at alone, so that the report does not depend on which others are written beside it. */
void evd_json_quotations(struct evd_json_writer *json, const struct evd_outcome *outcome);

#endif
