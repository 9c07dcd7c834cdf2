/* Relation: how the two values of a family's divergences relate, told from their facts. */
#ifndef EVD_EXPLAIN_RELATION_H
#define EVD_EXPLAIN_RELATION_H

#include "evdiff/outcome.h"

/* True for numbers that are likely a handle or an address: not one of the small ones that everything uses. */
bool evd_is_telling_number(int64_t number);

/* True for numbers that may be an address, of which there are so many that two are hardly equal by chance. */
bool evd_may_be_address(int64_t number);

/* What was seen of a family's values so far; all zero before the first. */
struct evd_relation_evidence {
    uint64_t count;
    bool has_other; /* a value that is no number */
    bool has_decrease, has_other_offset, has_small, has_other_values;
    bool has_decimal, has_unaligned_decimal;
    uint64_t increases[EVD_SIDES]; /* from one value of a pair to the next */
    size_t last_pair;              /* that a value was seen in */
    int64_t last[EVD_SIDES];
    int64_t offset;
    struct evd_field_value first[EVD_SIDES];
};

/* Takes the values of one more divergence; those of a pair come in the order of its streams. */
void evd_relation_add(struct evd_relation_evidence *evidence, size_t pair,
                      const struct evd_field_value value[EVD_SIDES]);

/* The plainest relation that holds for all of them. */
enum evd_value_relation evd_relation_of(const struct evd_relation_evidence *evidence);

#endif
