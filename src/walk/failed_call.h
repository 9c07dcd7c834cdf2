/* Failed call: of events that differ in several fields, the one that says that the call failed on one side only. */
#ifndef EVD_WALK_FAILED_CALL_H
#define EVD_WALK_FAILED_CALL_H

#include "rules/rules.h"
#include "walk/compare.h"

/* Gives *difference, which evd_compare found between the two events, the first field that the rules of failures are about and
 * that says of one event alone that its call failed, where there is such a field, which may be the one that it has: what
 * a call is given may differ from run to run, that it fails seldom does. `scratch` is used on the way. False when memory
 * runs out. Cost: linear in the kind's rules of failures, times the members of the payload. */
bool evd_tell_failed_call(const struct evd_rules *rules, const struct evd_event_view *canary,
                          const struct evd_event_view *ours, struct evd_buffer *scratch,
                          struct evd_difference *difference);

#endif
