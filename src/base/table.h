/* Table: 64-bit keys to 64-bit values, open addressing.
 *
 * Any number is a good key: a secret seed (base/seed.h) chooses its place, so no input can choose keys that fall
 * together, and entries lie in another order in every run. Power of two, at most half full, linear probing.
 * Ownership: the table owns its memory. Threads: one writer, or any number of readers. */
#ifndef EVD_BASE_TABLE_H
#define EVD_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/seed.h"

struct evd_table_entry {
    uint64_t key; /* 0 marks an empty place */
    uint64_t value;
};

/* All zero is an empty table. */
struct evd_table {
    struct evd_table_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    struct evd_seed seed;        /* once there are entries */
    struct evd_table_entry zero; /* the entry whose key is 0, in force when has_zero */
    bool has_zero;
};

/* The value of `key`, or NULL when it is absent; good until the next put. Cost: O(1) whatever the keys are. */
uint64_t *evd_table_get(const struct evd_table *table, uint64_t key);

/* The value of `key`, put in as `initial` when it was absent; NULL when memory runs out. `is_new`
 * (may be NULL) tells which. Cost: amortised O(1). */
uint64_t *evd_table_put(struct evd_table *table, uint64_t key, uint64_t initial, bool *is_new);

/* Walks all entries, in an order that nothing may depend on: start with *cursor = 0; NULL at the end. */
struct evd_table_entry *evd_table_next(const struct evd_table *table, size_t *cursor);

/* Frees the memory; the table is empty again. */
void evd_table_release(struct evd_table *table);

/* Fetches what a later evd_table_get or evd_table_put of `key` looks at first; changes nothing. */
static inline void evd_table_prefetch(const struct evd_table *table, uint64_t key)
{
    if (table->capacity > 0)
        __builtin_prefetch(&table->entries[evd_seed_mix(table->seed, key) & (table->capacity - 1)]);
}

#endif
