/* Random outcomes: rich in what reports must cope with, and sound as evd_diff's are: indexes are valid, causes
 * are earlier, families say what their divergences are. Texts may hold anything. */
#ifndef EVD_TESTS_RANDOM_OUTCOME_H
#define EVD_TESTS_RANDOM_OUTCOME_H

#include "base/arena.h"
#include "evdiff/outcome.h"

struct random_outcome {
    struct evd_outcome outcome;
    struct evd_arena arena;
};

/* The same seed, the same outcome. `divergences` is how many a pair has at most; 0 for no resync. The caller
 * releases it. Aborts when memory runs out. */
void random_outcome_make(struct random_outcome *made, uint64_t seed, unsigned divergences);

void random_outcome_release(struct random_outcome *made);

#endif
