/* Table: entries by their words, in chains of those whose hash is the same. */
#ifndef EVD_LEDGER_TABLE_H
#define EVD_LEDGER_TABLE_H

#include "base/table.h"
#include "evdiff/ledger.h"

/* All zero is an empty one. */
struct evd_ledger_table {
    struct evd_table heads; /* hash → index of the last that came in, + 1 */
    size_t *next;           /* by index: that of the one before it in its chain, + 1; 0: none */
    size_t capacity;
};

/* Takes in the entry with that index, the next after all that are in; false when memory runs out. */
bool evd_ledger_table_add(struct evd_ledger_table *table, const struct evd_ledger_key *key, size_t index);

/* The same by a hash of the caller's, as of words and jobs. */
bool evd_ledger_table_add_hash(struct evd_ledger_table *table, uint64_t hash, size_t index);
size_t evd_ledger_table_begin_hash(const struct evd_ledger_table *table, uint64_t hash);

/* Walks the indexes of entries whose words may be those of `key`, the last that came in first: begin with *cursor as
 * evd_ledger_table_begin returns it; false at the end. */
size_t evd_ledger_table_begin(const struct evd_ledger_table *table, const struct evd_ledger_key *key);
bool evd_ledger_table_next(const struct evd_ledger_table *table, size_t *cursor, size_t *index);

void evd_ledger_table_release(struct evd_ledger_table *table);

#endif
