#include "history/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/content_hash.h"
#include "history/database.h"

static int compare_sightings(const void *left, const void *right)
{
    const struct evd_sighting *a = left, *b = right;
    return a->signature != b->signature ? (a->signature < b->signature ? -1 : 1)
                                        : (a->recipe > b->recipe) - (a->recipe < b->recipe);
}

static uint64_t cap(uint64_t count)
{
    return count < (uint64_t)EVD_HISTORY_COUNT_MAX ? count : (uint64_t)EVD_HISTORY_COUNT_MAX;
}

static void add_number(struct evd_buffer *bytes, uint64_t number)
{
    evd_buffer_append(bytes, &number, sizeof number);
}

bool evd_job_facts_settle(struct evd_job_facts *job)
{
    struct evd_buffer bytes = {0};
    uint64_t *const counts[] = {&job->events, &job->matched, &job->absorbed, &job->centiseconds, &job->peak_mib};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i] = cap(*counts[i]);
    if (job->sighting_count > 0)
        qsort(job->sightings, job->sighting_count, sizeof *job->sightings, compare_sightings);
    job->roots = 0;
    add_number(&bytes, job->verdict);
    add_number(&bytes, job->events);
    add_number(&bytes, job->matched);
    add_number(&bytes, job->absorbed);
    for (size_t i = 0; i < job->sighting_count; i++) {
        struct evd_sighting *sighting = &job->sightings[i];
        sighting->count = cap(sighting->count);
        sighting->weight = cap(sighting->weight);
        job->roots += sighting->is_root;
        add_number(&bytes, sighting->signature);
        add_number(&bytes,
                   (uint64_t)sighting->recipe << 2 | (uint64_t)sighting->is_root << 1 | sighting->place.is_between);
        add_number(&bytes, sighting->count);
        add_number(&bytes, sighting->weight);
        add_number(&bytes, (uint64_t)sighting->place.tid);
        add_number(&bytes, (uint64_t)sighting->place.tid_event_idx);
    }
    if (!bytes.failed)
        job->digest = evd_hash_bytes(bytes.data, bytes.length).low & ((UINT64_C(1) << 15) - 1);
    const bool is_good = !bytes.failed;
    evd_buffer_release(&bytes);
    return is_good;
}

const struct evd_job_facts *evd_find_job_facts(const struct evd_night_facts *night, const char *name)
{
    size_t low = 0, high = night->job_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(night->jobs[middle].name, name);
        if (order == 0)
            return &night->jobs[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void evd_night_facts_release(struct evd_night_facts *night)
{
    evd_arena_release(&night->arena);
    *night = (struct evd_night_facts){.label = NULL};
}
