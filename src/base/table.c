#include "base/table.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static struct evd_table_entry *find_place(struct evd_table_entry *entries, size_t capacity, struct evd_seed seed,
                                          uint64_t key)
{
    size_t place = evd_seed_mix(seed, key) & (capacity - 1);
    while (entries[place].key != 0 && entries[place].key != key)
        place = (place + 1) & (capacity - 1);
    return &entries[place];
}

/* Writes to every page. A page that is read first becomes one that all share, and gets its own when it is written to, which
 * interrupts all threads. A table's pages are all used soon: places are random. */
static void touch(struct evd_table_entry *entries, size_t capacity)
{
    enum { PAGE_BYTES = 4096 };
    for (size_t i = 0; i < capacity; i += PAGE_BYTES / sizeof *entries)
        *(volatile uint64_t *)&entries[i].key = 0;
}

static bool grow(struct evd_table *table)
{
    const size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    struct evd_table_entry *entries = calloc(capacity, sizeof *entries);
    if (entries == NULL)
        return false;
    touch(entries, capacity);
    if (table->capacity == 0)
        table->seed = evd_seed_of_process();
    for (size_t i = 0; i < table->capacity; i++)
        if (table->entries[i].key != 0)
            *find_place(entries, capacity, table->seed, table->entries[i].key) = table->entries[i];
    free(table->entries);
    table->entries = entries;
    table->capacity = capacity;
    return true;
}

uint64_t *evd_table_get(const struct evd_table *table, uint64_t key)
{
    if (key == 0)
        return table->has_zero ? (uint64_t *)&table->zero.value : NULL;
    if (table->capacity == 0)
        return NULL;
    struct evd_table_entry *entry = find_place(table->entries, table->capacity, table->seed, key);
    return entry->key == key ? &entry->value : NULL;
}

uint64_t *evd_table_put(struct evd_table *table, uint64_t key, uint64_t initial, bool *is_new)
{
    struct evd_table_entry *entry = NULL;
    bool unused;
    is_new = is_new != NULL ? is_new : &unused;
    *is_new = key == 0 ? !table->has_zero : true;
    if (key == 0) {
        if (*is_new)
            table->zero = (struct evd_table_entry){0, initial};
        table->has_zero = true;
        return &table->zero.value;
    }
    if (table->capacity > 0) {
        entry = find_place(table->entries, table->capacity, table->seed, key);
        *is_new = entry->key != key;
        if (!*is_new)
            return &entry->value;
    }
    if ((table->count + 1) * 2 > table->capacity) {
        if (!grow(table))
            return NULL;
        entry = find_place(table->entries, table->capacity, table->seed, key);
    }
    *entry = (struct evd_table_entry){key, initial};
    table->count++;
    return &entry->value;
}

struct evd_table_entry *evd_table_next(const struct evd_table *table, size_t *cursor)
{
    while (*cursor < table->capacity) {
        struct evd_table_entry *entry = &table->entries[(*cursor)++];
        if (entry->key != 0)
            return entry;
    }
    if (*cursor == table->capacity && table->has_zero) {
        (*cursor)++;
        return (struct evd_table_entry *)&table->zero;
    }
    return NULL;
}

void evd_table_release(struct evd_table *table)
{
    free(table->entries);
    *table = (struct evd_table){0};
}
