/* Operators: what may make two values equal that differ from run to run, the sharpest first. They are those of compare
 * rules (rules/compare.h), tried as a diff would apply them. */
#ifndef EVD_LEARN_OPERATORS_H
#define EVD_LEARN_OPERATORS_H

#include "json/value.h"

enum { EVD_LEARN_OPERATORS = 11 };

/* Bits of the operators that make two values equal. False when memory runs out. */
bool evd_operators_that_fit(struct evd_arena *arena, const struct evd_value *a, const struct evd_value *b,
                            unsigned *fitting);

/* True for an operator that takes so much out of a value that what is left says little. */
bool evd_learn_operator_is_blunt(size_t index);

/* An operator as a rule spells it, and what it says in a few words. */
const char *evd_learn_operator_json(size_t index);
const char *evd_learn_operator_summary(size_t index);

#endif
