/* The build makes this file twice (src/meson.build); XXH3 is the same function on all processors. */
#define XXH_INLINE_ALL
#include "base/content_hash_block.h"

#include <xxhash.h>

#ifndef EVD_CONTENT_BLOCK
#define EVD_CONTENT_BLOCK evd_content_block_baseline
#endif

struct evd_hash128 EVD_CONTENT_BLOCK(const char *bytes, size_t length) {
    const XXH128_hash_t hash = XXH3_128bits(length > 0 ? bytes : "", length);
    return (struct evd_hash128){hash.high64, hash.low64};
}
