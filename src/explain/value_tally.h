/* Value tallies: in which other divergences the two values of each one are met again.
 *
 * They are counted before chains of causes are followed, since both take memory for every divergence, of which there may be
 * millions, and counting takes more on the way.
 *
 * Ownership: released by the caller. Threads: one outcome, one thread. */
#ifndef EVD_EXPLAIN_VALUE_TALLY_H
#define EVD_EXPLAIN_VALUE_TALLY_H

#include "evdiff/outcome.h"

/* What is counted of a divergence's two values. */
struct evd_value_tally {
    uint32_t again : 29;        /* divergences of other families with the same two values, as far as they count */
    uint32_t is_turned : 1;     /* the hash of canary's value and ours is the greater one of the two orders */
    uint32_t is_palindrome : 1; /* both orders have the same hash */
    uint32_t is_mirrored : 1;   /* another divergence has the same two values the other way round */
};

/* All zero is none. */
struct evd_value_tallies {
    struct evd_value_tally *of; /* one a divergence, by its number: evd_pair_outcome::divergence_begin and its index */
    uint64_t *distinct;         /* one a family: different pairs of values */
    uint64_t *fields;           /* one a family: hash of its kind, call and field */
};

/* Counts them; families and evd_divergence::fails are known. False when memory runs out; to be released in either case.
 * Cost: n log n for n divergences at most, 17 bytes for each on the way. */
bool evd_value_tallies_count(struct evd_value_tallies *tallies, const struct evd_outcome *outcome);

/* Whether two divergences that have values have the same two, in either order. */
bool evd_have_same_values(const struct evd_value_tallies *tallies, const struct evd_divergence *a,
                          const struct evd_divergence *b);

void evd_value_tallies_release(struct evd_value_tallies *tallies);

#endif
