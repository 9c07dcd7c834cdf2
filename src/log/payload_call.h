/* Payload call: what an event's call is called, of a payload that is decoded; log/call.h has the same of a line.
 *
 * Ownership: names are the payload's and the rules'. Threads: any. */
#ifndef EVD_LOG_PAYLOAD_CALL_H
#define EVD_LOG_PAYLOAD_CALL_H

#include "rules/rules.h"
#include "json/value.h"

/* The name that an event's call is told by, as log/call.h has it; empty when it has none. `rule`: of its kind, or NULL. */
struct evd_string evd_payload_call(const struct evd_kind_rule *rule, const struct evd_value *payload);

/* The field that holds that name, which *call is then; both are empty when the call has none. */
struct evd_string evd_payload_call_field(const struct evd_kind_rule *rule, const struct evd_value *payload,
                                         struct evd_string *call);

#endif
