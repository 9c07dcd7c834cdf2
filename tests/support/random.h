/* Random numbers for tests: seeded, the same everywhere. A test prints its seed when it fails. */
#ifndef EVD_TESTS_RANDOM_H
#define EVD_TESTS_RANDOM_H

#include <stdint.h>
#include <stdlib.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t x = random->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* 0 … limit - 1. */
static inline unsigned random_below(struct random *random, unsigned limit)
{
    return (unsigned)(random_next(random) % limit);
}

#endif
