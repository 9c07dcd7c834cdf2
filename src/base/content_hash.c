#define XXH_INLINE_ALL
#include "base/content_hash.h"

#include <stdio.h>
#include <xxhash.h>

#include "base/content_hash_block.h"
#include "base/hash_digits.h"

static struct evd_hash128 hash_of(XXH128_hash_t hash)
{
    return (struct evd_hash128){hash.high64, hash.low64};
}

struct evd_hash128 evd_content_block(const char *bytes, size_t length)
{
#if defined(EVD_HAS_X86_64_V3)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
        return evd_content_block_v3(bytes, length);
#endif
    return evd_content_block_baseline(bytes, length);
}

struct evd_hash128 evd_content_hash(const struct evd_hash128 *blocks, size_t count)
{
    XXH3_state_t state; /* some 600 bytes */
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    for (size_t done = 0; done < count;) {
        XXH128_canonical_t bytes[64]; /* the same on machines of either byte order, which may share a night */
        size_t filled = 0;
        for (; filled < 64 && done < count; filled++, done++)
            XXH128_canonicalFromHash(
                &bytes[filled], (XXH128_hash_t){.low64 = blocks[done].low, .high64 = blocks[done].high});
        XXH3_128bits_update(&state, bytes, filled * sizeof bytes[0]);
    }
    return hash_of(XXH3_128bits_digest(&state));
}

struct evd_hash128 evd_hash_bytes(const void *bytes, size_t length)
{
    return hash_of(XXH3_128bits(length > 0 ? bytes : "", length));
}

void evd_hash_spell(struct evd_hash128 hash, char digits[EVD_HASH_DIGITS + 1])
{
    snprintf(digits, EVD_HASH_DIGITS + 1, "%016llx%016llx", (unsigned long long)hash.high,
             (unsigned long long)hash.low);
}

bool evd_hash_read(const char *digits, size_t length, struct evd_hash128 *hash)
{
    return length == EVD_HASH_DIGITS && evd_hash_digits_read(digits, EVD_HASH64_DIGITS, &hash->high) &&
           evd_hash_digits_read(digits + EVD_HASH64_DIGITS, EVD_HASH64_DIGITS, &hash->low);
}

bool evd_hash_equal(struct evd_hash128 a, struct evd_hash128 b)
{
    return a.high == b.high && a.low == b.low;
}
