/* Log facts: what an outcome tells of the logs beside their pairs of threads. */
#ifndef EVD_DIFF_LOG_FACTS_H
#define EVD_DIFF_LOG_FACTS_H

#include "evdiff/diff.h"
#include "log/log.h"
#include "pair/chosen.h"

/* Fills outcome->counted, unpaired, absorbers, rule_uses, unfired_rules, path, format, rules, rules_hash and event_count; the pairs are complete.
 * What is found goes to `arena`. `chosen`: what the pairs were chosen as. `name_uses`: names compared, one count a class of names; NULL when the rules have
 * none. False when memory runs out. Cost: linear in the pairs, threads and rules, but for sorting the pairs. */
bool evd_tell_log_facts(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                        const struct evd_chosen_pairs *chosen, const uint64_t *name_uses, struct evd_arena *arena);

/* Fills outcome->asked. False when memory runs out. */
bool evd_tell_asked(struct evd_outcome *outcome, const struct evd_asked_option *asked, size_t count,
                    struct evd_arena *arena);

/* Fills outcome->controls. `unmatched`: evd_control_run::unmatched of each. False when memory runs out. */
bool evd_tell_controls(struct evd_outcome *outcome, const struct evd_control *controls, size_t count,
                       const uint64_t *unmatched, struct evd_arena *arena);

#endif
