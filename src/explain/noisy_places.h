/* Noisy places: where a log was not in step with a control run.
 *
 * The log is the same in the diff that is to be told, so its events are the same places there. What differs at such a
 * place is hardly told by its family: where two paths cross again and again, each run has others.
 *
 * Ownership: the places own their memory. Threads: one writer, or any number of readers. */
#ifndef EVD_EXPLAIN_NOISY_PLACES_H
#define EVD_EXPLAIN_NOISY_PLACES_H

#include "align/divergences.h"

/* A stretch of a thread. */
struct evd_noisy_stretch {
    uint64_t thread;      /* hash of its side and tid */
    uint64_t first, last; /* positions in its stream */
    bool is_parted;       /* one of the two took another path; else values differ and no more */
};

/* All zero is no place. */
struct evd_noisy_places {
    struct evd_noisy_stretch *stretches;
    size_t count, capacity;
};

/* Adds the stretches in which canary's streams were not in step (explain/in_step.h) with ours, where canary is the log of
 * `side`. evd_divergence::fails is known. `natures`: one a pair. False when memory runs out. Cost: linear. */
bool evd_noisy_places_add(struct evd_noisy_places *places, enum evd_side side, const struct evd_outcome *outcome,
                          const struct evd_nature_list *natures);

/* Makes the places ready to be asked for, once all are added. Cost: n log n. */
void evd_noisy_places_seal(struct evd_noisy_places *places);

/* True when a run of a thread's events, or the place where it would be, touches one of the places where paths parted, or one
 * of those where values differ and no more. */
bool evd_is_noisy_place(const struct evd_noisy_places *places, enum evd_side side, int64_t tid, struct evd_run run,
                        bool is_parted);

void evd_noisy_places_release(struct evd_noisy_places *places);

#endif
