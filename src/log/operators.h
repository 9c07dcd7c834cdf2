/* Operators of compare rules: what they make of one value. What may take it away or puts lists in order is in log/canon.h.
 *
 * Ownership: what is made is in the arena that was given. Threads: one arena, one thread at a time. */
#ifndef EVD_LOG_OPERATORS_H
#define EVD_LOG_OPERATORS_H

#include "rules/rules.h"

/* Makes of a value what it counts as by one operator. Returns whether the operator was about it. *failed: memory ran out.
 * Cost: linear in the value, but for removing parts of a text. */
bool evd_operate(struct evd_arena *arena, const struct evd_operation *operation, struct evd_value *value, bool *failed);

/* Whether what the operator is about becomes the spelling of a number. */
bool evd_makes_number(const struct evd_operation *operation);

/* True when the rule may say of the value that it is equal to another one. *failed: memory ran out. */
bool evd_may_be_sided(struct evd_arena *arena, const struct evd_compare_rule *rule, const struct evd_value *value,
                      bool *failed);

/* True when a value is what an operator EVD_AS_RENAMED takes for a name. *failed: memory ran out. */
bool evd_operator_is_name(struct evd_arena *arena, const struct evd_operation *operation, const struct evd_value *value,
                          bool *failed);

/* Makes of a text that spells an object or a list that, and leaves others as they are. *parser: made when there is none; the
 * caller destroys it. *failed: memory ran out, or the text would take more than is free: what it spells is not known then. Cost:
 * parses the text. */
void evd_text_to_json(struct evd_arena *arena, struct evd_json_parser **parser, struct evd_value *value, bool *failed);

#endif
