/* Content hash: what tells one file from another by its bytes.
 *
 * It is the XXH3 (128 bits) of the XXH3 of each of its blocks, so that several threads may hash a file, in any order, and
 * whoever reads a file for something else may hash each block while it is in the processor's cache.
 *
 * Threads: all functions may be called from any thread. */
#ifndef EVD_BASE_CONTENT_HASH_H
#define EVD_BASE_CONTENT_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_hash128 {
    uint64_t high, low;
};

enum { EVD_CONTENT_BLOCK_BYTES = 256 << 10 };

/* The hash of a block: EVD_CONTENT_BLOCK_BYTES, or fewer at the end of a file. */
struct evd_hash128 evd_content_block(const char *bytes, size_t length);

/* How many blocks a file of so many bytes has. */
static inline uint64_t evd_content_block_count(uint64_t bytes)
{
    return bytes / EVD_CONTENT_BLOCK_BYTES + (bytes % EVD_CONTENT_BLOCK_BYTES != 0);
}

/* The hash of a file by those of its blocks, in order; of an empty file by none. */
struct evd_hash128 evd_content_hash(const struct evd_hash128 *blocks, size_t count);

/* XXH3 (128 bits) of some bytes as they are. */
struct evd_hash128 evd_hash_bytes(const void *bytes, size_t length);

/* 32 digits and a zero byte; and back, false when the text is none. */
enum { EVD_HASH_DIGITS = 32 };
void evd_hash_spell(struct evd_hash128 hash, char digits[EVD_HASH_DIGITS + 1]);
bool evd_hash_read(const char *digits, size_t length, struct evd_hash128 *hash);
bool evd_hash_equal(struct evd_hash128 a, struct evd_hash128 b);

#endif
