#include "base/grow.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

void *evd_grow(void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    const size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    size_t bytes;
    if (wanted < *capacity || __builtin_mul_overflow(wanted, item_size, &bytes))
        return NULL;
    void *grown = realloc(items, bytes);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

bool evd_grow_at(void **items, size_t count, size_t *capacity, size_t item_size)
{
    void *grown = evd_grow(*items, count, capacity, item_size);
    if (grown == NULL)
        return false;
    *items = grown;
    return true;
}
