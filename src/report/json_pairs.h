/* json: pairs of threads and their divergences, and threads that no pair has. */
#ifndef EVD_REPORT_JSON_PAIRS_H
#define EVD_REPORT_JSON_PAIRS_H

#include "base/json_writer.h"
#include "evdiff/outcome.h"

/* `threads`: as evd_report_options has it. */
void evd_json_pairs(struct evd_json_writer *json, const struct evd_outcome *outcome, unsigned threads);
void evd_json_unpaired(struct evd_json_writer *json, const struct evd_outcome *outcome);

#endif
