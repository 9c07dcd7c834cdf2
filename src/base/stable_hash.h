/* XXH3 hashes that stay the same whatever becomes of others: for ids that reports print, and for draws. */
#ifndef EVD_BASE_STABLE_HASH_H
#define EVD_BASE_STABLE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* `bytes` may be NULL when there are none. */
static inline uint64_t evd_stable_hash(const char *bytes, size_t length)
{
    return XXH3_64bits_withSeed(length > 0 ? bytes : "", length, 1);
}

/* Not commutative. */
static inline uint64_t evd_stable_hash_pair(uint64_t a, uint64_t b)
{
    const uint64_t pair[2] = {a, b};
    return XXH3_64bits_withSeed(pair, sizeof pair, 6);
}

#endif
