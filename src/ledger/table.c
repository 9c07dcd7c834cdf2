#include "ledger/table.h"

#include <stdlib.h>

#include "base/grow.h"

bool evd_ledger_table_add(struct evd_ledger_table *table, const struct evd_ledger_key *key, size_t index)
{
    return evd_ledger_table_add_hash(table, evd_ledger_signature(key), index);
}

bool evd_ledger_table_add_hash(struct evd_ledger_table *table, uint64_t hash, size_t index)
{
    void *next = evd_grow(table->next, index, &table->capacity, sizeof *table->next);
    if (next == NULL)
        return false;
    table->next = next;
    uint64_t *head = evd_table_put(&table->heads, hash, 0, NULL);
    if (head == NULL)
        return false;
    table->next[index] = (size_t)*head;
    *head = index + 1;
    return true;
}

size_t evd_ledger_table_begin(const struct evd_ledger_table *table, const struct evd_ledger_key *key)
{
    return evd_ledger_table_begin_hash(table, evd_ledger_signature(key));
}

size_t evd_ledger_table_begin_hash(const struct evd_ledger_table *table, uint64_t hash)
{
    const uint64_t *head = evd_table_get(&table->heads, hash);
    return head != NULL ? (size_t)*head : 0;
}

bool evd_ledger_table_next(const struct evd_ledger_table *table, size_t *cursor, size_t *index)
{
    if (*cursor == 0)
        return false;
    *index = *cursor - 1;
    *cursor = table->next[*index];
    return true;
}

void evd_ledger_table_release(struct evd_ledger_table *table)
{
    evd_table_release(&table->heads);
    free(table->next);
    *table = (struct evd_ledger_table){0};
}
