#include "walk/matched.h"

#include <stdlib.h>

#include "base/grow.h"

void evd_matched_add(struct evd_matched *matched, uint64_t canary, uint64_t ours, uint64_t count)
{
    if (count == 0 || matched->failed)
        return;
    struct evd_matched_run *last = matched->count > 0 ? &matched->runs[matched->count - 1] : NULL;
    if (last != NULL && last->first[EVD_CANARY] + last->count == canary &&
        last->first[EVD_OURS] + last->count == ours) {
        last->count += count;
        return;
    }
    struct evd_matched_run *runs = evd_grow(matched->runs, matched->count, &matched->capacity, sizeof *runs);
    matched->failed = runs == NULL;
    if (runs == NULL)
        return;
    matched->runs = runs;
    runs[matched->count++] = (struct evd_matched_run){{canary, ours}, count};
}

void evd_matched_clear(struct evd_matched *matched)
{
    matched->count = 0;
}

void evd_matched_release(struct evd_matched *matched)
{
    free(matched->runs);
    *matched = (struct evd_matched){0};
}

void evd_matched_free(struct evd_matched *array, size_t count)
{
    for (size_t i = 0; array != NULL && i < count; i++)
        evd_matched_release(&array[i]);
    free(array);
}
