/* Stand-ins: names of any sort that stand for each other, one to one, as the operators "renamed" and "renamed_parts" learn
 * them.
 *
 * Ownership: the caller releases them. Threads: one caller at a time. */
#ifndef EVD_NAMES_STAND_IN_H
#define EVD_NAMES_STAND_IN_H

#include "base/table.h"
#include "evdiff/side.h"
#include "rules/compare.h"

/* All zero: nothing is known. */
struct evd_stand_ins {
    struct evd_table
        names[EVD_SIDES]; /* a rule, scope and name of one side → the hash of the other's; 0: none any more */
    bool failed;          /* memory ran out */
};

void evd_stand_ins_release(struct evd_stand_ins *known);

/* What a value of a scope is in the tables; not 0. */
uint64_t evd_stand_in_name(uint64_t scope, const struct evd_value *value);

/* What a side's name, as evd_stand_in_name makes it, stands for; 0: nothing. Cost: a look-up. */
uint64_t evd_stand_in_of(const struct evd_stand_ins *known, const struct evd_compare_rule *rule, int side,
                         uint64_t name);

/* True when two names have stood for each other, or neither was seen; from here on they do. `scope`: a hash of what each
 * side's names belong to, or zeros. */
bool evd_stand_in_are(struct evd_stand_ins *known, const struct evd_compare_rule *rule, const uint64_t scope[EVD_SIDES],
                      const struct evd_value *canary, const struct evd_value *ours);

/* True when two texts are equal but for the operation's parts, and these stand for each other; `known` may be NULL: whatever
 * they stand for. */
bool evd_stand_in_have_parts(struct evd_stand_ins *known, const struct evd_compare_rule *rule,
                             const uint64_t scope[EVD_SIDES], const struct evd_operation *operation,
                             const struct evd_value *canary, const struct evd_value *ours);

#endif
