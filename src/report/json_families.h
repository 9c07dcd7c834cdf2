/* json: families, and what speaks for each as the place to look at. */
#ifndef EVD_REPORT_JSON_FAMILIES_H
#define EVD_REPORT_JSON_FAMILIES_H

#include "base/json_writer.h"
#include "evdiff/report.h"

/* `known` may be NULL. */
void evd_json_families(struct evd_json_writer *json, const struct evd_outcome *outcome, const struct evd_known *known);

#endif
