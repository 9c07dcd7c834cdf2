#include "explain/creator.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/grow.h"
#include "base/table.h"
#include "json/key.h"

/* All that is looked at for one side. */
struct search {
    struct evd_outcome *outcome;
    const struct evd_log *log;
    evd_stream_pair *streams; /* one a pair */
    int side;
    struct evd_table pairs; /* tid → index of its pair */
    struct evd_table ends;  /* hash of a divergence's indexes → offset of its last event */
    struct parted *parted;  /* one a pair; NULL: divergences are in the order of the log */
};

/* An event that is part of a divergence, or where one is that has none on the side. */
struct parted_event {
    uint64_t offset;
    size_t divergence;
};

/* Those of a pair, by their offsets. */
struct parted {
    struct parted_event *events;
    size_t count, capacity;
    bool is_listed;
};

static bool has_moved(const struct evd_divergence *divergence)
{
    return divergence->class_ == EVD_CLASS_REORDERED;
}

/* The last of a pair's divergences that begins at an offset of that side's log or before it, or SIZE_MAX. They are in
 * order, but for what has moved, which may stand before others although it comes after them. */
static size_t last_until(const struct evd_pair_outcome *pair, int side, uint64_t offset)
{
    const struct evd_divergence *divergences = pair->divergences;
    size_t low = 0, high = pair->divergence_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        size_t i = middle;
        while (i < high && has_moved(&divergences[i]))
            i++;
        if (i < high && evd_run_of(&divergences[i], side).offset <= offset)
            low = i + 1;
        else
            high = middle;
    }
    size_t last = low > 0 ? low - 1 : SIZE_MAX;
    for (size_t i = low; i < pair->divergence_count && has_moved(&divergences[i]); i++)
        if (evd_run_of(&divergences[i], side).offset <= offset)
            last = i;
    return last;
}

/* Which pair each thread of the side is in. */
static bool list_pairs_by_tid(struct search *search)
{
    const struct evd_outcome *outcome = search->outcome;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_table_put(&search->pairs, (uint64_t)outcome->pairs[i].tid[search->side], i, NULL) == NULL)
            return false;
    return true;
}

/* The greatest offset of a run's events; 0 when it has none. */
static enum evd_status find_end(const struct search *search, const struct evd_stream *stream, struct evd_run run,
                                uint64_t *end, struct evd_error *error)
{
    *end = 0;
    uint64_t left = run.count, verified = run.position;
    for (uint64_t i = run.position; left > 0 && i < stream->count; i++) {
        if (i >= verified && !evd_stream_verify(search->log, stream, i, i + 1, &verified))
            return evd_log_check(search->log, true, error);
        if (evd_event_tag(evd_stream_event(stream, i)) == EVD_TAG_ENGINE_LOCAL)
            continue;
        const uint64_t offset = evd_event_offset(evd_stream_event(stream, i));
        *end = offset > *end ? offset : *end;
        left--;
    }
    return EVD_OK;
}

/* Whether a divergence's events go on until an offset, at or before which they begin. */
static enum evd_status reaches(struct search *search, size_t pair, size_t divergence, uint64_t offset, bool *does,
                               struct evd_error *error)
{
    const struct evd_pair_outcome *p = &search->outcome->pairs[pair];
    const uint64_t key = evd_hash_pair(pair, divergence);
    const uint64_t *known = evd_table_get(&search->ends, key);
    uint64_t end;
    if (known != NULL) {
        *does = *known >= offset;
        return EVD_OK;
    }
    const enum evd_status status = find_end(search, search->streams[pair][search->side],
                                            evd_run_of(&p->divergences[divergence], search->side), &end, error);
    if (status != EVD_OK)
        return status;
    *does = end >= offset;
    return evd_table_put(&search->ends, key, end, NULL) != NULL ? EVD_OK : evd_fail_memory(error);
}

/* ── Where rules put events in another order than the log's ── */

static int by_offset(const void *a, const void *b)
{
    const struct parted_event *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return (left->divergence > right->divergence) - (left->divergence < right->divergence);
}

static bool add_parted(struct parted *parted, uint64_t offset, size_t divergence)
{
    if (!EVD_MAKE_ROOM(parted->events, parted->count, parted->capacity))
        return false;
    parted->events[parted->count++] = (struct parted_event){offset, divergence};
    return true;
}

static enum evd_status list_parted(const struct search *search, size_t pair, struct evd_error *error)
{
    const struct evd_pair_outcome *p = &search->outcome->pairs[pair];
    const struct evd_stream *stream = search->streams[pair][search->side];
    struct parted *parted = &search->parted[pair];
    for (size_t i = 0; i < p->divergence_count; i++) {
        const struct evd_run run = evd_run_of(&p->divergences[i], search->side);
        uint64_t left = run.count, verified = run.position;
        if (left == 0 && !add_parted(parted, run.offset, i))
            return evd_fail_memory(error);
        for (uint64_t j = run.position; left > 0 && j < stream->count; j++) {
            if (j >= verified && !evd_stream_verify(search->log, stream, j, j + 1, &verified))
                return evd_log_check(search->log, true, error);
            const struct evd_event *event = evd_stream_event(stream, j);
            if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
                continue;
            if (!add_parted(parted, evd_event_offset(event), i))
                return evd_fail_memory(error);
            left--;
        }
    }
    if (parted->count > 0)
        qsort(parted->events, parted->count, sizeof *parted->events, by_offset);
    parted->is_listed = true;
    return EVD_OK;
}

/* The divergence that the last event at an offset or before it is part of, or SIZE_MAX; *is_there: the one at the offset is. */
static enum evd_status last_parted(const struct search *search, size_t pair, uint64_t offset, size_t *divergence,
                                   bool *is_there, struct evd_error *error)
{
    const struct parted *parted = &search->parted[pair];
    const enum evd_status status = parted->is_listed ? EVD_OK : list_parted(search, pair, error);
    size_t low = 0, high = status == EVD_OK ? parted->count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (parted->events[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    *divergence = low == 0 ? SIZE_MAX : parted->events[low - 1].divergence;
    *is_there = low > 0 && parted->events[low - 1].offset == offset;
    return status;
}

/* ── Threads ── */

static enum evd_status find_creator(struct search *search, struct evd_unpaired *unpaired, struct evd_error *error)
{
    const struct evd_stream *stream = evd_log_stream(search->log, unpaired->tid);
    const struct evd_creation *creation;
    if (!evd_stream_creation(search->log, stream, &creation))
        return evd_log_check(search->log, true, error);
    const uint64_t *pair = creation == NULL ? NULL : evd_table_get(&search->pairs, (uint64_t)creation->tid);
    if (pair == NULL)
        return EVD_OK;
    size_t divergence;
    bool is_there = false;
    enum evd_status status = EVD_OK;
    if (search->parted != NULL)
        status = last_parted(search, *pair, creation->offset, &divergence, &is_there, error);
    else
        divergence = last_until(&search->outcome->pairs[*pair], search->side, creation->offset);
    if (status != EVD_OK || divergence == SIZE_MAX)
        return status;
    if (search->parted == NULL && unpaired->is_never_created)
        status = reaches(search, *pair, divergence, creation->offset, &is_there, error);
    unpaired->cause = EVD_CAUSE_CREATOR;
    unpaired->cause_pair = *pair;
    unpaired->cause_divergence = divergence;
    unpaired->is_cause_creation = unpaired->is_never_created && is_there;
    return status;
}

enum evd_status evd_find_creators(struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES],
                                  evd_stream_pair *streams, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        struct search search = {.outcome = outcome, .log = logs[side], .streams = streams, .side = side};
        if (outcome->unpaired_count[side] == 0)
            continue;
        if (logs[side]->rules->arranges)
            search.parted = calloc(outcome->pair_count + 1, sizeof *search.parted);
        if ((logs[side]->rules->arranges && search.parted == NULL) || !list_pairs_by_tid(&search))
            status = evd_fail_memory(error);
        for (size_t i = 0; status == EVD_OK && i < outcome->unpaired_count[side]; i++)
            status = find_creator(&search, &outcome->unpaired[side][i], error);
        for (size_t i = 0; search.parted != NULL && i < outcome->pair_count; i++)
            free(search.parted[i].events);
        free(search.parted);
        evd_table_release(&search.pairs);
        evd_table_release(&search.ends);
    }
    return status;
}
