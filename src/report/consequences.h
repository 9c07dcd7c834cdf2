/* Which divergences follow from which, over all pairs. */
#ifndef EVD_REPORT_CONSEQUENCES_H
#define EVD_REPORT_CONSEQUENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "evdiff/outcome.h"

/* Divergences are numbered through: those of pair i from first[i] on. What has a cause hangs, however long
 * the chain, on the divergence at its beginning, its root.
 * Ownership: released by the caller. */
struct evd_consequences {
    size_t *first;  /* one a pair */
    size_t *pairs;  /* number → index of its pair */
    size_t *heads;  /* number → the first that follows from it, in order; EVD_NO_DIVERGENCE: none */
    size_t *nexts;  /* number → the next that follows from the same root */
    size_t *counts; /* number → how many follow from it */
};

#define EVD_NO_DIVERGENCE ((size_t)-1)

/* False when memory runs out; to be released in either case. Cost: linear in the divergences. */
bool evd_consequences_find(struct evd_consequences *consequences, const struct evd_outcome *outcome);

void evd_consequences_release(struct evd_consequences *consequences);

#endif
