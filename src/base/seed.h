/* Seed: what whoever writes an input can't know, so that nobody can choose keys that fall together in a table.
 *
 * It comes from the random bytes that the system gives each process as it starts. Places in tables come from it, and
 * nothing that is written or saved may depend on them. Threads: any. */
#ifndef EVD_BASE_SEED_H
#define EVD_BASE_SEED_H

#include <stdint.h>

struct evd_seed {
    uint64_t mask, factor; /* the factor is odd */
};

/* The seed of this process; the same at every call. Cost: no system call. */
struct evd_seed evd_seed_of_process(void);

/* A key's hash, whose low bits choose its place: the folded product of both halves, in which each bit of the key moves
 * all by what the seed says. */
static inline uint64_t evd_seed_mix(struct evd_seed seed, uint64_t key)
{
    __extension__ const unsigned __int128 product = (unsigned __int128)(key ^ seed.mask) * seed.factor;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
