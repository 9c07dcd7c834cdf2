/* Places: where the divergences of each family are.
 *
 * An outcome lists divergences by pairs; who goes over all families would otherwise look through a pair's divergences once for
 * each of them. Threads: read-only once made. */
#ifndef EVD_OUTCOME_PLACES_H
#define EVD_OUTCOME_PLACES_H

#include "evdiff/outcome.h"

struct evd_place {
    size_t pair, divergence; /* indexes in evd_outcome::pairs and evd_pair_outcome::divergences */
};

/* Ownership: released by the caller. */
struct evd_places {
    size_t *first; /* of each family: where its places begin in `list`; one more at the end */
    struct evd_place *list;
};

/* False when memory runs out; to be released in either case. Cost: linear in the divergences and the families. */
bool evd_places_find(struct evd_places *places, const struct evd_outcome *outcome);

/* The places of a family, in the order of pairs and of divergences. */
const struct evd_place *evd_places_of(const struct evd_places *places, size_t family, size_t *count);

void evd_places_release(struct evd_places *places);

#endif
