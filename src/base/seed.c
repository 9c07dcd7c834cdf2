#define XXH_INLINE_ALL
#include <sys/auxv.h>
#include <xxhash.h>

#include "base/seed.h"

struct evd_seed evd_seed_of_process(void)
{
    /* 16 bytes; without them, where the program lies in memory, which is hard to know too. The C library uses them
     * for secrets of its own, so only hashes of them go into tables. */
    const void *random = (const void *)getauxval(AT_RANDOM);
    const uintptr_t place = (uintptr_t)&evd_seed_of_process;
    const XXH128_hash_t hash = random != NULL ? XXH3_128bits(random, 16) : XXH3_128bits(&place, sizeof place);
    return (struct evd_seed){hash.low64, hash.high64 | 1};
}
