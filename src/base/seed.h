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

/* A key's hash, whose low bits choose its place. The folded product of both halves alone is not enough: of keys at equal
 * distances, some seeds make a sequence that comes back to few places. So what was folded is mixed once more, as the
 * finaliser of MurmurHash3 does it. */
static inline uint64_t evd_seed_mix(struct evd_seed seed, uint64_t key)
{
    __extension__ const unsigned __int128 product = (unsigned __int128)(key ^ seed.mask) * seed.factor;
    uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
    folded = (folded ^ folded >> 32) * 0xff51afd7ed558ccdu;
    return folded ^ folded >> 32;
}

#endif
