/* Random divergences for outcomes: pairs, their first divergences, families and all that is told of them. */
#ifndef EVD_TESTS_RANDOM_DIVERGENCES_H
#define EVD_TESTS_RANDOM_DIVERGENCES_H

#include "random.h"
#include "random_outcome.h"

enum { RANDOM_ABSORBERS = 3 };

struct evd_event_counts random_counts(struct random *random);

/* A pair of threads without its divergences. */
void random_pair(struct random_outcome *made, struct random *random, struct evd_pair_outcome *pair);

/* The divergences of all pairs, at most so many a pair, their families, looks and quotations. */
void random_resync(struct random_outcome *made, struct random *random, unsigned divergences);

/* The divergences before the n-th of a pair, and all of earlier pairs, may be its cause. */
void random_cause(const struct evd_outcome *outcome, struct random *random, size_t pair, size_t n,
                  enum evd_cause *cause, size_t *cause_pair, size_t *cause_divergence);

#endif
