/* Candidates: the events that mutations may be planted at, by kind.
 *
 * Each event draws a number from its place and the seed; of each kind the events with the lowest numbers are
 * kept, in their order: a random sample that does not depend on how the work was shared. */
#ifndef EVD_SELFTEST_CANDIDATES_H
#define EVD_SELFTEST_CANDIDATES_H

#include "base/pool.h"
#include "selftest/stretch.h"

struct evd_candidate {
    uint64_t draw;
    size_t stretch;
    uint64_t position; /* in the stream of ours */
};

struct evd_candidate_kind {
    uint64_t hash;
    struct evd_string name; /* spelled (evd_append_spelled) */
    struct evd_candidate *items;
    size_t count, capacity;
};

struct evd_candidates {
    struct evd_candidate_kind *kinds; /* in byte order of names */
    size_t kind_count, kind_capacity;
    struct evd_table by_hash; /* while they are gathered: evd_candidate_kind::hash → index */
    struct evd_arena arena;   /* names */
};

/* Gathers at most `most` candidates a kind from the stretches of `ours`. The caller releases them, also after
 * false: memory ran out or, then *has_changed, the log changed. Cost: parses the stretches once. */
bool evd_candidates_find(struct evd_pool *pool, const struct evd_log *ours, const struct evd_stretch_list *stretches,
                         uint64_t seed, size_t most, struct evd_candidates *candidates, bool *has_changed);

void evd_candidates_release(struct evd_candidates *candidates);

#endif
