/* Beginning: what a thread's keys weigh as far as another one goes, so that a thread that is cut short is like the
 * one that goes on.
 *
 * Each sampled key counts once, where it is first: of a thread that stops early, all keys are among the first ones of
 * its counterpart, whatever that does later.
 *
 * Ownership: evd_beginning_release frees what evd_beginning_init got. Threads: one writer, or any number of readers. */
#ifndef EVD_PAIR_BEGINNING_H
#define EVD_PAIR_BEGINNING_H

#include "pair/sketch.h"

enum {
    EVD_BEGINNING_EVENTS = 64
}; /* a beginning of fewer events tells nothing, as for meeting points (align/resync.c) */

struct evd_first_key;

struct evd_beginning {
    uint64_t all[EVD_SKETCH_LEVELS]; /* weight of the keys from each level on */
    struct evd_first_key *keys;      /* once it is sealed, in the order in which they are first */
    size_t key_count;
};

/* Makes room for the keys of a sketch; false when memory runs out. */
bool evd_beginning_init(struct evd_beginning *beginning, const struct evd_sketch *sketch);

/* Adds a key of the sketch; each is added once. `first`: as in evd_sketch_key. */
void evd_beginning_add(struct evd_beginning *beginning, const struct evd_sketch *sketch, uint64_t key, uint32_t first,
                       uint64_t weight);

/* Once all keys are added. Cost: n log n in the keys. */
void evd_beginning_seal(struct evd_beginning *beginning);

/* What the keys of both threads weigh that are first within as many events as the shorter has; 0 when that is too few
 * to tell, or the shorter's sketch samples less. Cost: logarithmic in the keys. */
uint64_t evd_beginnings_weight(const struct evd_beginning *const beginnings[EVD_SIDES],
                               const struct evd_sketch *const sketches[EVD_SIDES]);

void evd_beginning_release(struct evd_beginning *beginning);

#endif
