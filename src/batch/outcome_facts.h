/* Outcome facts: what a record tells of an outcome that a diff has written. */
#ifndef EVD_BATCH_OUTCOME_FACTS_H
#define EVD_BATCH_OUTCOME_FACTS_H

#include "batch/record.h"
#include "evdiff/outcome.h"

/* Fills the verdict, and how many lines were skipped in both logs and in the control runs. */
void evd_outcome_facts(const struct evd_outcome *outcome, struct evd_record *record);

#endif
