/* Keys: 64-bit hashes of what JSON values mean to Python: XXH3 of long texts, one step of it for short ones.
 *
 * Two values that evd_value_equal calls equal have the same hash, however they are spelled: key order,
 * white space, escapes, 1 and 1.0 and true. Two that differ have different hashes but for a chance of
 * 2^-64. Object hashes are sums over the members, so that order does not matter.
 *
 * Threads: one hasher, one thread at a time. */
#ifndef EVD_JSON_KEY_H
#define EVD_JSON_KEY_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/stable_hash.h"
#include "json/value.h"

/* One seed a type, so that "1", 1 and [1] differ. A hash of a short text sees only text and seed combined, by
 * exclusive or and sums, so seeds must be further apart than two texts can be: with neighbours, in XXH3, "121"
 * and 120 have one hash (digits of pi). */
#define EVD_SEED_STRING  UINT64_C(1)
#define EVD_SEED_INTEGER UINT64_C(0x13198a2e03707344)
#define EVD_SEED_REAL    UINT64_C(0xa4093822299f31d0)
#define EVD_SEED_ARRAY   UINT64_C(4)
#define EVD_SEED_OBJECT  UINT64_C(5)
#define EVD_SEED_PAIR    UINT64_C(6)

/* Scratch memory; all zero is ready for use. */
struct evd_hasher {
    struct evd_arena arena; /* strings that need unescaping */
    uint64_t *keys;         /* hashes of the keys of the objects that are being hashed, the innermost last: values nest
                               deeper than the stack may be */
    size_t key_count, key_capacity;
    bool failed; /* memory ran out: hashes since then mean nothing */
};

/* The hash of the value at `token`. Cost: linear in its tokens and bytes. */
uint64_t evd_hash_value(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token);

/* The hash of a decoded value: what evd_hash_value makes of its token. Of a value with a mark (evd_value::name): that of
 * the mark alone. Cost: linear. */
uint64_t evd_hash_tree(const struct evd_value *value);

/* The hash of a text of up to 16 bytes: its bytes, then zeros, as two little-endian numbers. It is what XXH3
 * makes of 9 to 16 bytes (https://github.com/Cyan4973/xxHash), but for its constants; for all that are that
 * short, so that no branch depends on the length. */
static inline uint64_t evd_hash_short(uint64_t low, uint64_t high, uint64_t length, uint64_t seed)
{
    low ^= seed + UINT64_C(0x452821e638d01377); /* digits of pi */
    high ^= UINT64_C(0xbe5466cf34e90c6c) - seed;
#if defined(__SIZEOF_INT128__)
    __extension__ const unsigned __int128 product = (unsigned __int128)low * high;
    const uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    const uint64_t folded = XXH3_mul128_fold64(low, high);
#endif
    uint64_t hash = length + XXH_swap64(low) + high + folded;
    hash = (hash ^ hash >> 37) * UINT64_C(0x165667919e3779f9);
    return hash ^ hash >> 32;
}

enum { EVD_HASH_SHORT_MAX = 16 };

/* The hash of a text. */
uint64_t evd_hash_text(const char *text, size_t length, uint64_t seed);

/* The hash of a string's content; equal to evd_hash_value of a token with that content. */
static inline uint64_t evd_hash_string(struct evd_string string)
{
    return evd_hash_text(string.bytes, string.length, EVD_SEED_STRING);
}

/* The hash of a number as JSON spells it; `is_real`: it has a fraction or an exponent. */
uint64_t evd_hash_number(struct evd_string digits, bool is_real);

/* The hash of a member of an object: of the value at `token`, seeded with its key's. */
uint64_t evd_hash_member(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint64_t key_hash,
                         uint32_t token);

/* The same of a decoded value, see evd_hash_tree. */
uint64_t evd_hash_tree_member(uint64_t key_hash, const struct evd_value *value);

/* The same for a string's content and for a number as JSON spells it. One hash does for key and value. */
static inline uint64_t evd_hash_string_member(uint64_t key_hash, struct evd_string string)
{
    return evd_hash_text(string.bytes, string.length, key_hash + EVD_SEED_STRING);
}

uint64_t evd_hash_number_member(uint64_t key_hash, struct evd_string digits, bool is_real);

/* Folds two hashes into one; not commutative. */
static inline uint64_t evd_hash_pair(uint64_t a, uint64_t b)
{
    return evd_hash_short(a, b, 2 * sizeof a, EVD_SEED_PAIR);
}

/* The hash of an object by the sum of evd_hash_member over its members. */
static inline uint64_t evd_hash_object(uint64_t sum)
{
    return evd_hash_pair(EVD_SEED_OBJECT, sum);
}

/* evd_stable_hash of a string. */
static inline uint64_t evd_stable_hash_string(struct evd_string string)
{
    return evd_stable_hash(string.bytes, string.length);
}

/* The content of the string at `token`: the text itself when it has no escapes, else unescaped into
 * the hasher's memory, where it stays until evd_hasher_reset. */
struct evd_string evd_hasher_string(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token);

void evd_hasher_reset(struct evd_hasher *hasher);
void evd_hasher_release(struct evd_hasher *hasher);

/* One member of an object: its key's hash, key and value. */
struct evd_member_token {
    uint64_t key_hash;
    uint32_t key;   /* token */
    uint32_t value; /* token; of the last member with this key */
};

/* Lists an object's members with duplicate keys merged: first place, last value. Returns how many, and
 * in *members an array that stays until the next call with the same `list`. */
struct evd_member_list {
    struct evd_member_token *members;
    size_t capacity;
};
size_t evd_member_list_read(struct evd_hasher *hasher, struct evd_member_list *list, const struct evd_json_tape *tape,
                            uint32_t object);
void evd_member_list_release(struct evd_member_list *list);

#endif
