/* Plan: which mutations are planted where. */
#ifndef EVD_SELFTEST_PLAN_H
#define EVD_SELFTEST_PLAN_H

#include "evdiff/selftest.h"
#include "selftest/candidates.h"

struct evd_place {
    size_t stretch;
    uint64_t position; /* in the stream of ours */
};

struct evd_mutant {
    enum evd_mutation mutation;
    size_t kind; /* index in evd_candidates::kinds, of the event at `at` */
    struct evd_place at;
    struct evd_place other;  /* EVD_MUTATION_SWAP: the other event; EVD_MUTATION_SWAP_THREADS: where the
                               other thread is swapped from; else as `at` */
    struct evd_text field;   /* EVD_MUTATION_CHANGE: what is changed */
    struct evd_text payload; /* EVD_MUTATION_CHANGE: the text of the whole payload then */
    bool is_planted;         /* the excerpt that it is tried in matches without it */
    bool is_detected;
};

/* All that a selftest has tried; all zero is none. */
struct evd_selftest_plan {
    struct evd_stretch_list stretches;
    struct evd_candidates candidates;
    struct evd_mutant *mutants; /* by mutation */
    size_t mutant_count, mutant_capacity;
    struct evd_missing_tid *missing_tids; /* of the diff */
    size_t missing_tid_count;
    struct evd_arena arena; /* fields, payloads and missing tids */
    uint64_t broken_events; /* in stretches: they match but for a name */
};

/* For each thread that is lost all others are paired anew: of many threads fewer are lost, so that not more than so many are
 * paired in all, but so many are lost at least. */
enum { EVD_PAIRED_ANEW_MAX = 400000, EVD_LOST_LEAST = 8 };

/* How many threads of a log of so many are lost at most. */
static inline uint64_t evd_lost_most(size_t threads)
{
    const uint64_t most = threads == 0 ? 0 : EVD_PAIRED_ANEW_MAX / threads;
    return most > EVD_LOST_LEAST ? most : EVD_LOST_LEAST;
}

/* Chooses up to `samples` places for each mutation, kind by kind in turn, so that rare kinds are tried as often
 * as common ones; of threads that are lost up to evd_lost_most. False when memory runs out or, then *has_changed, the log changed. */
bool evd_plan_mutants(struct evd_selftest_plan *plan, const struct evd_log *ours, uint64_t samples, bool *has_changed);

/* Makes a plan and carries it out: evd_selftest without the sums. The caller releases the plan in any case. */
enum evd_status evd_selftest_try(const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_selftest_options *options, struct evd_selftest_plan *plan,
                                 struct evd_error *error);
void evd_selftest_plan_release(struct evd_selftest_plan *plan);

#endif
