/* Steps: counts how far work is that several threads do, and tells it to whoever wants to show it.
 *
 * Threads: a step is begun by one thread while no other works on it; any number of them add to it. */
#ifndef EVD_BASE_STEPS_H
#define EVD_BASE_STEPS_H

#include <stdatomic.h>
#include <stddef.h>

#include "evdiff/progress.h"

/* All zero: nobody is told. */
struct evd_steps {
    evd_step_progress *tell; /* or NULL */
    void *context;
    enum evd_step step;
    uint64_t total;
    atomic_uint_fast64_t done;
    atomic_flag is_telling; /* who finds another one telling goes on: its count is told with the next */
};

/* Begins a step of so much work. `steps` may be NULL, here and below. */
void evd_steps_begin(struct evd_steps *steps, enum evd_step step, uint64_t total);

/* So much more of it is done. Cost: some nanoseconds, and those of telling. */
void evd_steps_advance(struct evd_steps *steps, uint64_t count);

#endif
