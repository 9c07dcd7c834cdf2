/* Held: how much of something is held at once, under a limit that all who hold of it share.
 *
 * Threads: any number. */
#ifndef EVD_BASE_HELD_H
#define EVD_BASE_HELD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Adds `count` to what is held, unless that would be more than `most`: false, and nothing is added. */
static inline bool evd_held_add(atomic_uint_fast64_t *held, uint64_t most, uint64_t count)
{
    uint64_t before = atomic_load(held);
    do
        if (before > most || count > most - before)
            return false;
    while (!atomic_compare_exchange_weak(held, &before, before + count));
    return true;
}

#endif
