/* Outcome facts: what a record tells of an outcome that a diff has written. */
#ifndef EVD_BATCH_OUTCOME_FACTS_H
#define EVD_BATCH_OUTCOME_FACTS_H

#include "base/buffer.h"
#include "batch/record.h"

/* Fills the verdict, and how many lines were skipped in both logs and in the control runs; false when it is no outcome. The
 * text has padding behind it. Cost: a parse. */
bool evd_outcome_facts(struct evd_arena *arena, const struct evd_buffer *text, struct evd_record *record);

#endif
