#include "batch/outcome_facts.h"

void evd_outcome_facts(const struct evd_outcome *outcome, struct evd_record *record)
{
    record->verdict = evd_verdict_name(outcome->verdict);
    record->skipped_lines = outcome->skipped[EVD_CANARY].count + outcome->skipped[EVD_OURS].count;
    for (size_t i = 0; i < outcome->control_count; i++)
        record->skipped_lines += outcome->controls[i].skipped.count;
}
