#include "batch/kept.h"

#include <stdlib.h>

#include "base/grow.h"

static uint64_t key_of(size_t job, size_t run)
{
    return (uint64_t)job << 16 | run;
}

/* Whether it is in the list now. */
static bool put(struct evd_kept *kept, uint64_t key, struct evd_outcome *outcome)
{
    uint64_t *place = EVD_MAKE_ROOM(kept->list, kept->count, kept->capacity)
                          ? evd_table_put(&kept->places, key, kept->count, NULL)
                          : NULL;
    if (place == NULL)
        return false;
    /* One that was there before is freed with the list. */
    *place = kept->count;
    kept->list[kept->count++] = outcome;
    return true;
}

void evd_kept_add(struct evd_kept *kept, size_t job, size_t run, struct evd_outcome *outcome, size_t text_bytes)
{
    const bool has_room = text_bytes <= EVD_KEPT_TEXT_BYTES_MAX - kept->text_bytes;
    if (!has_room || !put(kept, key_of(job, run), outcome))
        evd_outcome_free(outcome);
    else
        kept->text_bytes += text_bytes;
}

struct evd_outcome *evd_kept_take(struct evd_kept *kept, size_t job, size_t run)
{
    const uint64_t *place = evd_table_get(&kept->places, key_of(job, run));
    struct evd_outcome *taken = NULL;
    if (place != NULL) {
        taken = kept->list[*place];
        kept->list[*place] = NULL;
    }
    return taken;
}

void evd_kept_release(struct evd_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        evd_outcome_free(kept->list[i]);
    free(kept->list);
    evd_table_release(&kept->places);
    *kept = (struct evd_kept){.list = NULL};
}
