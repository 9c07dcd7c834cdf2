/* Value pair: which two values a divergence has, as one hash. Numbers are compared as numbers, however they are
 * spelled; where one of the two is none, both by their hashes. */
#ifndef EVD_EXPLAIN_VALUE_PAIR_H
#define EVD_EXPLAIN_VALUE_PAIR_H

#include "evdiff/outcome.h"
#include "json/key.h"

static inline bool evd_are_numbers(const struct evd_field_value value[EVD_SIDES])
{
    return value[EVD_CANARY].form != EVD_NUMBER_NONE && value[EVD_OURS].form != EVD_NUMBER_NONE;
}

static inline uint64_t evd_value_identity(const struct evd_field_value *value, bool are_numbers)
{
    return are_numbers ? (uint64_t)value->number : value->hash;
}

/* The hash of both, that of side `first` first. */
static inline uint64_t evd_hash_values(const struct evd_field_value value[EVD_SIDES], enum evd_side first)
{
    const bool are_numbers = evd_are_numbers(value);
    return evd_hash_pair(evd_value_identity(&value[first], are_numbers),
                         evd_value_identity(&value[!first], are_numbers));
}

#endif
