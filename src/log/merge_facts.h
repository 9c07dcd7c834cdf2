/* Merging facts: what all workers have seen of a log, as the log has it. None of it depends on which worker saw what. */
#ifndef EVD_LOG_MERGE_FACTS_H
#define EVD_LOG_MERGE_FACTS_H

#include "log/scan.h"

/* SIDs that float, kinds, uses of the rules, times, and threads that are created, of the facts of `log_index`. False when memory
 * runs out. */
bool evd_merge_facts(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index);

#endif
