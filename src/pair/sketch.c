#include "pair/sketch.h"

#include <stdlib.h>

#include "base/fail.h"

static int by_key(const void *a, const void *b)
{
    const struct evd_sketch_key *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Leaves only the keys of the next levels, until few enough are left. */
static bool rise(struct evd_table *counts, unsigned *level)
{
    while (counts->count + counts->has_zero > EVD_SKETCH_KEYS) {
        struct evd_table kept = {0};
        const struct evd_table_entry *entry;
        ++*level;
        for (size_t cursor = 0; (entry = evd_table_next(counts, &cursor)) != NULL;)
            if (evd_sketch_samples(entry->key, *level) &&
                evd_table_put(&kept, entry->key, entry->value, NULL) == NULL) {
                evd_table_release(&kept);
                return false;
            }
        evd_table_release(counts);
        *counts = kept;
    }
    return true;
}

static bool keep_keys(const struct evd_table *counts, struct evd_sketch *sketch)
{
    const struct evd_table_entry *entry;
    sketch->keys = malloc((counts->count + counts->has_zero + 1) * sizeof *sketch->keys);
    if (sketch->keys == NULL)
        return false;
    for (size_t cursor = 0; (entry = evd_table_next(counts, &cursor)) != NULL;)
        sketch->keys[sketch->key_count++] =
            (struct evd_sketch_key){entry->key, (uint32_t)entry->value, (uint32_t)(entry->value >> 32)};
    qsort(sketch->keys, sketch->key_count, sizeof *sketch->keys, by_key);
    return true;
}

enum evd_status evd_sketch_make(const struct evd_log *log, const struct evd_stream *stream, struct evd_sketch *sketch,
                                struct evd_error *error)
{
    struct evd_table counts = {0}; /* key → where it is first, and in the lower half how often it is */
    const struct evd_creation *creation;
    bool is_done = false;
    *sketch = (struct evd_sketch){.start = UINT64_MAX};
    if (!evd_stream_verify(log, stream, 0, stream->count, NULL) || !evd_stream_creation(log, stream, &creation))
        return evd_log_check(log, true, error);
    if (stream->count > 0)
        sketch->start = evd_event_offset(evd_stream_event(stream, 0));
    const struct evd_stream *creator = creation == NULL ? NULL : evd_log_stream(log, creation->tid);
    if (creator != NULL) { /* a hostile index may name a thread that is not there */
        sketch->has_creation = true;
        sketch->entry = creation->entry;
        sketch->creator = (size_t)(creator - log->streams);
    }
    for (uint64_t i = 0; i < stream->count; i++) {
        const struct evd_event *event = evd_stream_event(stream, i);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        sketch->participating++;
        if (sketch->first_count < EVD_SKETCH_FIRST)
            sketch->first[sketch->first_count++] = event->key;
        if (!evd_sketch_samples(event->key, sketch->level))
            continue;
        bool is_new;
        const uint64_t first = sketch->participating - 1 < UINT32_MAX ? sketch->participating - 1 : UINT32_MAX;
        uint64_t *seen = evd_table_put(&counts, event->key, first << 32, &is_new);
        if (seen == NULL)
            goto out;
        *seen += (uint32_t)*seen < UINT32_MAX;
        if (is_new && !rise(&counts, &sketch->level))
            goto out;
    }
    qsort(sketch->first, sketch->first_count, sizeof *sketch->first, by_number);
    is_done = keep_keys(&counts, sketch);
out:
    evd_table_release(&counts);
    return is_done ? EVD_OK : evd_fail_memory(error);
}

void evd_sketch_release(struct evd_sketch *sketch)
{
    free(sketch->keys);
    sketch->keys = NULL;
}
