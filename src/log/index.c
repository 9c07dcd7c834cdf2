#include "log/index.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/merge_facts.h"

/* How many events or segments ahead what is known of their streams is fetched, and for how many streams: those of many tids are
 * seldom in a cache. */
enum { FETCHED_AHEAD = 8, FETCHED_FROM = 1000 };

/* A stream while it is laid out. */
struct layout {
    int64_t tid;
    union {
        int64_t last_idx; /* tid_event_idx of the last event placed */
        uint64_t run;     /* in the end: its next run to be told; where chunks are kept, index of its first event */
    };
    struct evd_runs runs; /* of all events so far; where chunks are kept, their count only */
};

_Static_assert(sizeof(struct layout) == 32, "two layouts are in a cache line");

/* Which layout a worker's tids have, by their numbers. */
struct layouts_of_worker {
    uint32_t *layouts; /* EVD_TIDS_NONE: not looked up yet */
    size_t count;
};

struct evd_index {
    struct evd_log *log;
    struct evd_chunk *chunks;
    size_t chunk_count;
    unsigned worker_count;
    struct evd_event_rooms *rooms;
    struct evd_spill *spill;
    atomic_bool *scanned;   /* one a chunk */
    atomic_size_t next;     /* the chunk that is to be placed */
    atomic_bool is_placing; /* someone does, whom all below belongs to */
    bool is_keeping;        /* chunks, until all are there: memory is bounded */
    bool failed;
    uint64_t placed;      /* events of chunks that have their place */
    struct evd_tids tids; /* their numbers are indexes into layouts */
    struct layout *layouts;
    size_t capacity;
    struct layouts_of_worker *workers;
    struct evd_order_problem *problems;
    size_t problem_count, problem_capacity;
};

struct evd_index *evd_index_create(struct evd_log *log, struct evd_chunk *chunks, size_t chunk_count, unsigned workers,
                                   struct evd_event_rooms *rooms, struct evd_spill *spill)
{
    struct evd_index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return NULL;
    index->log = log;
    index->chunks = chunks;
    index->chunk_count = chunk_count;
    index->worker_count = workers;
    index->rooms = rooms;
    index->spill = spill;
    index->is_keeping = spill != NULL;
    index->scanned = calloc(chunk_count + 1, sizeof *index->scanned);
    index->workers = calloc(workers, sizeof *index->workers);
    if (index->scanned != NULL && index->workers != NULL)
        return index;
    evd_index_destroy(index);
    return NULL;
}

static void release_layouts(struct evd_index *index)
{
    free(index->layouts);
    index->layouts = NULL;
    for (unsigned i = 0; index->workers != NULL && i < index->worker_count; i++) {
        free(index->workers[i].layouts);
        index->workers[i] = (struct layouts_of_worker){.layouts = NULL};
    }
    evd_tids_release(&index->tids);
}

void evd_index_destroy(struct evd_index *index)
{
    if (index == NULL)
        return;
    release_layouts(index);
    free(index->workers);
    free(index->scanned);
    free(index->problems);
    free(index);
}

/* The number of a tid's layout, or EVD_TIDS_NONE when memory runs out. */
static uint32_t find_layout(struct evd_index *index, int64_t tid)
{
    const uint32_t count = index->tids.count;
    if (!EVD_MAKE_ROOM(index->layouts, count, index->capacity))
        return EVD_TIDS_NONE;
    const uint32_t number = evd_tids_put(&index->tids, tid);
    if (number == count && index->tids.count > count)
        index->layouts[number] = (struct layout){.tid = tid};
    return number;
}

/* The layout of a segment, or NULL; each worker's tids are looked up once: of segments there may be nearly as many as events. */
static struct layout *find_layout_of_segment(struct evd_index *index, unsigned worker, const union evd_segment *segment)
{
    struct layouts_of_worker *seen = &index->workers[worker];
    if (segment->number >= seen->count) {
        const size_t count = (size_t)segment->number * 2 + 16;
        uint32_t *layouts = realloc(seen->layouts, count * sizeof *layouts);
        if (layouts == NULL)
            return NULL;
        memset(layouts + seen->count, 0xff, (count - seen->count) * sizeof *layouts);
        *seen = (struct layouts_of_worker){layouts, count};
    }
    uint32_t *layout = &seen->layouts[segment->number];
    if (*layout == EVD_TIDS_NONE)
        *layout = find_layout(index, segment->tid);
    return *layout != EVD_TIDS_NONE ? &index->layouts[*layout] : NULL;
}

static bool add_problem(struct evd_index *index, int64_t tid, uint64_t position)
{
    if (!EVD_MAKE_ROOM(index->problems, index->problem_count, index->problem_capacity))
        return false;
    index->problems[index->problem_count++] = (struct evd_order_problem){tid, position};
    return true;
}

/* Adds a segment to its stream: its place there, and whether the order holds where they meet. */
static bool place_segment(struct evd_index *index, struct layout *layout, union evd_segment *segment)
{
    const bool is_disordered = layout->runs.count > 0 && segment->first_idx <= layout->last_idx &&
                               (segment->first_idx < 0 || (uint64_t)segment->first_idx != layout->runs.count);
    if (is_disordered && !add_problem(index, layout->tid, layout->runs.count))
        return false;
    const uint64_t step = (uint64_t)segment->first_idx - (uint64_t)layout->last_idx;
    if (layout->runs.count > 0 && segment->first_idx > layout->last_idx && step != 1)
        evd_idx_gaps_add(&index->log->gaps, 1, step - 1);
    layout->last_idx = segment->last_idx;
    if (!index->is_keeping) {
        struct evd_event_room room;
        const uint32_t number = (uint32_t)(layout - index->layouts);
        const bool is_done = evd_runs_extend(&layout->runs, &index->log->runs, number, segment->count, &room);
        segment->to = room;
        return is_done;
    }
    segment->first_idx = (int64_t)layout->runs.count;
    layout->runs.count += segment->count;
    return true;
}

/* The layout of a segment to come, or NULL where it is not known yet. */
static const struct layout *foresee_layout(const struct evd_index *index, const struct evd_chunk *chunk, size_t segment)
{
    const struct layouts_of_worker *seen = &index->workers[chunk->worker];
    if (segment >= chunk->segment_count || chunk->segments[segment].number >= seen->count)
        return NULL;
    const uint32_t layout = seen->layouts[chunk->segments[segment].number];
    return layout != EVD_TIDS_NONE ? &index->layouts[layout] : NULL;
}

/* Fetches what place_segment will look at. */
static void fetch_layouts(const struct evd_index *index, const struct evd_chunk *chunk, size_t segment)
{
    const struct layout *layout = foresee_layout(index, chunk, segment + FETCHED_AHEAD);
    if (layout != NULL)
        __builtin_prefetch(layout, 1);
}

/* Checks the order within the segments of a chunk, which has at most one a tid, so that each will be where its stream ends now. */
static bool check_disorders(struct evd_index *index, const struct evd_chunk *chunk)
{
    for (size_t d = 0; d < chunk->disorder_count; d++) {
        const struct evd_disorder *disorder = &chunk->disorders[d];
        const struct layout *layout = find_layout_of_segment(index, chunk->worker, &chunk->segments[disorder->segment]);
        if (layout == NULL)
            return false;
        const uint64_t position = layout->runs.count + disorder->position;
        const bool is_position = disorder->tid_event_idx >= 0 && (uint64_t)disorder->tid_event_idx == position;
        if (!is_position && !add_problem(index, layout->tid, position))
            return false;
    }
    return true;
}

/* Gives each segment of a chunk its place in its stream, and checks the order. */
static bool place_segments(struct evd_index *index, const struct evd_chunk *chunk)
{
    if (!check_disorders(index, chunk))
        return false;
    for (size_t s = 0; s < chunk->segment_count; s++) {
        fetch_layouts(index, chunk, s);
        struct layout *layout = find_layout_of_segment(index, chunk->worker, &chunk->segments[s]);
        if (layout == NULL || !place_segment(index, layout, &chunk->segments[s]))
            return false;
    }
    return true;
}

static struct evd_event_room *room_of(const struct evd_chunk *chunk, size_t event)
{
    return &chunk->segments[chunk->events[event].place >> EVD_CHUNK_SEGMENT_SHIFT].to;
}

/* Puts the events of a chunk where their segments say. */
static inline __attribute__((always_inline)) void copy_all(const struct evd_chunk *chunk, bool is_fetching)
{
    const uint64_t begin = chunk->begin << 16, mask = ((uint64_t)1 << EVD_CHUNK_SEGMENT_SHIFT) - 1;
    for (size_t i = 0; i < chunk->event_count; i++) {
        if (is_fetching && i + 2 * FETCHED_AHEAD < chunk->event_count) {
            __builtin_prefetch(room_of(chunk, i + 2 * FETCHED_AHEAD), 1);
            __builtin_prefetch(room_of(chunk, i + FETCHED_AHEAD)->next, 1);
        }
        const struct evd_chunk_event *event = &chunk->events[i];
        struct evd_event_room *room = room_of(chunk, i);
        struct evd_event *to = room->next;
        to->key = event->key;
        to->place = begin + (event->place & mask);
        room->next = to + 1 == room->end ? room->more : to + 1;
    }
}

static void copy_events(const struct evd_chunk *chunk)
{
    if (chunk->segment_count < FETCHED_FROM)
        copy_all(chunk, false);
    else
        copy_all(chunk, true);
}

/* Gives the next chunk its place. */
static bool place_chunk(struct evd_index *index, size_t number)
{
    const struct evd_chunk *chunk = &index->chunks[number];
    /* The chunks to come are likely as those that have come. */
    index->placed += chunk->event_count;
    index->log->runs.expected = chunk->event_count + index->placed / (number + 1) * (index->chunk_count - number - 1);
    return place_segments(index, chunk);
}

/* Copies a chunk that has its place, which is nobody else's, and gives its memory back. */
static void finish_chunk(struct evd_index *index, size_t number)
{
    struct evd_chunk *chunk = &index->chunks[number];
    copy_events(chunk);
    evd_event_rooms_give(index->rooms, EVD_ROOM_EVENTS, chunk->events);
    evd_event_rooms_give(index->rooms, EVD_ROOM_SEGMENTS, chunk->segments);
    free(chunk->disorders);
    chunk->events = NULL;
    chunk->segments = NULL;
    chunk->segment_room = 0;
    chunk->disorders = NULL;
}

/* Places the next chunk if it is there, and nobody else does: its number, or SIZE_MAX. */
static size_t place_next(struct evd_index *index, bool *is_placed)
{
    const size_t next = atomic_load(&index->next);
    *is_placed = false;
    if (next == index->chunk_count || !atomic_load(&index->scanned[next]) || atomic_exchange(&index->is_placing, true))
        return SIZE_MAX;
    /* Someone may have placed it before this one held index->is_placing. */
    const size_t number = atomic_load(&index->next);
    if (number < index->chunk_count && atomic_load(&index->scanned[number])) {
        index->failed |= index->chunks[number].failed || (!index->failed && !place_chunk(index, number));
        *is_placed = !index->failed;
        atomic_store(&index->next, number + 1);
    }
    atomic_store(&index->is_placing, false);
    return number;
}

bool evd_index_add(struct evd_index *index, size_t chunk)
{
    bool is_whole = false;
    atomic_store(&index->scanned[chunk], true);
    /* Whoever comes while another one places leaves it to that one, who looks again when it is done. What has its place is copied
     * while others place what comes next. */
    bool is_placed;
    for (size_t number; (number = place_next(index, &is_placed)) != SIZE_MAX;) {
        if (is_placed && !index->is_keeping)
            finish_chunk(index, number);
        is_whole |= is_placed && number + 1 == index->chunk_count;
    }
    return is_whole;
}

static uint64_t *new_counted(struct evd_log *log)
{
    uint64_t *counted = evd_arena_array(&log->arena, log->rules->counted_count, sizeof *counted);
    if (counted != NULL)
        memset(counted, 0, log->rules->counted_count * sizeof *counted);
    return counted;
}

/* Threads without events of a counted kind share the zeros: there may be millions of them. */
static bool add_counted(struct evd_log *log, struct evd_stream *stream, const uint64_t *counted, const uint64_t *zeros)
{
    uint64_t *sums = stream->counted != zeros ? (uint64_t *)stream->counted : new_counted(log);
    if (sums == NULL)
        return false;
    for (size_t k = 0; k < log->rules->counted_count; k++)
        sums[k] += counted[k];
    stream->counted = sums;
    return true;
}

/* What the scanners have seen of each tid, to its stream; `ranks`: which that is, by the number of the layout. */
static bool merge_tids(struct evd_index *index, struct evd_scanner **scanners, size_t log_index, const uint32_t *ranks)
{
    struct evd_log *log = index->log;
    const uint64_t *zeros = new_counted(log);
    uint64_t *orders = malloc(log->stream_count * sizeof *orders + 1);
    bool is_done = zeros != NULL && orders != NULL;
    for (size_t i = 0; is_done && i < log->stream_count; i++) {
        log->streams[i].counted = zeros;
        orders[i] = UINT64_MAX;
    }
    for (unsigned i = 0; i < index->worker_count; i++) {
        const struct evd_log_facts *seen = &scanners[i]->logs[log_index];
        const struct layouts_of_worker *layouts = &index->workers[i];
        for (size_t j = 0; is_done && j < seen->tids.count && j < layouts->count; j++) {
            if (layouts->layouts[j] == EVD_TIDS_NONE)
                continue;
            const struct evd_tid_facts *facts = &seen->facts[j];
            const uint32_t rank = ranks[layouts->layouts[j]];
            struct evd_stream *stream = &log->streams[rank];
            if (facts->pairing_order < orders[rank]) {
                orders[rank] = facts->pairing_order;
                stream->has_pairing_value = facts->has_pairing_value;
                stream->pairing_value = facts->pairing_value;
            }
            is_done = facts->counted == NULL || add_counted(log, stream, facts->counted, zeros);
        }
    }
    free(orders);
    return is_done;
}

static void copy_kept_chunk(void *context, size_t task, unsigned worker)
{
    (void)worker;
    struct evd_index *index = context;
    struct evd_chunk *chunk = &index->chunks[task];
    for (size_t s = 0; s < chunk->segment_count; s++) {
        union evd_segment *segment = &chunk->segments[s];
        const struct layout *layout = &index->layouts[index->workers[chunk->worker].layouts[segment->number]];
        segment->to = (struct evd_event_room){.next = index->log->events + layout->run + (uint64_t)segment->first_idx};
    }
    copy_events(chunk);
    evd_chunk_release(chunk);
}

/* Makes the streams one piece of memory or of a file. */
static bool make_one_piece(struct evd_index *index, const struct evd_numbered_tid *ordered)
{
    struct evd_log *log = index->log;
    const size_t size = log->event_count * sizeof *log->events;
    log->events =
        evd_spill_hold(index->spill, size) ? evd_pages_alloc(size) : evd_spill_map_file(index->spill, size, NULL);
    if (log->events == NULL)
        return false;
    uint64_t first = 0;
    for (size_t i = 0; i < index->tids.count; i++) {
        struct layout *layout = &index->layouts[ordered[i].number];
        layout->run = first;
        first += layout->runs.count;
    }
    return true;
}

/* Which stream each layout is, by its number; NULL when memory runs out. */
static uint32_t *rank_layouts(const struct evd_index *index, const struct evd_numbered_tid *ordered)
{
    uint32_t *ranks = malloc(index->tids.count * sizeof *ranks + 1);
    for (uint32_t i = 0; ranks != NULL && i < index->tids.count; i++)
        ranks[ordered[i].number] = i;
    return ranks;
}

/* The streams, in ascending order of their tids. */
static bool make_streams(struct evd_index *index, const struct evd_numbered_tid *ordered)
{
    struct evd_log *log = index->log;
    const size_t count = index->tids.count;
    log->streams = evd_arena_array(&log->arena, count, sizeof *log->streams);
    if (log->streams == NULL)
        return false;
    log->stream_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct layout *layout = &index->layouts[ordered[i].number];
        log->streams[i] = (struct evd_stream){.tid = layout->tid, .count = layout->runs.count};
        if (index->is_keeping)
            log->streams[i].records = log->events + layout->run;
    }
    return true;
}

/* Tells each stream where its runs are, or where the first one is if they are one piece. */
static bool tell_runs(struct evd_index *index, const uint32_t *ranks)
{
    struct evd_log *log = index->log;
    struct evd_event_runs *runs = &log->runs;
    size_t count = 0;
    for (size_t i = 0; i < index->tids.count; i++)
        count += index->layouts[i].runs.is_split ? evd_event_run_count(index->layouts[i].runs.count) : 0;
    uint32_t *table = evd_arena_array(&log->arena, count, sizeof *table);
    if (table == NULL)
        return false;
    size_t told = 0;
    for (size_t i = 0; i < index->tids.count; i++) {
        struct layout *layout = &index->layouts[i];
        layout->run = 0;
        if (!layout->runs.is_split)
            continue;
        struct evd_stream *stream = &log->streams[ranks[i]];
        stream->is_in_runs = true;
        stream->stretches = runs->stretches;
        stream->runs = table + told;
        told += evd_event_run_count(stream->count);
    }
    struct evd_run_walk walk = {.run = 0};
    for (uint32_t number; evd_run_walk_owner(runs, &walk, &number);) {
        struct evd_stream *stream = &log->streams[ranks[number]];
        const uint64_t run = index->layouts[number].run++;
        const uint32_t place = evd_run_walk_next(runs, &walk, evd_event_run_start(run + 1) - evd_event_run_start(run));
        if (stream->is_in_runs)
            table[(size_t)(stream->runs - table) + run] = place;
        else if (run == 0)
            stream->records = evd_run_at(runs->stretches, place);
    }
    evd_event_runs_seal(runs);
    return true;
}

bool evd_index_build(struct evd_index *index, size_t log_index, struct evd_scanner **scanners,
                     const struct evd_order_problem **problems, size_t *problem_count)
{
    struct evd_log *log = index->log;
    struct evd_numbered_tid *ordered = NULL;
    uint32_t *ranks = NULL;
    bool is_done = false;
    if (index->failed || !evd_merge_facts(log, scanners, index->worker_count, log_index) ||
        (ordered = malloc(index->tids.count * sizeof *ordered + 1)) == NULL)
        goto out;
    evd_tids_list(&index->tids, ordered);
    if ((ranks = rank_layouts(index, ordered)) == NULL)
        goto out;
    for (size_t i = 0; i < index->tids.count; i++)
        log->event_count += index->layouts[i].runs.count;
    is_done = (!index->is_keeping || make_one_piece(index, ordered)) && make_streams(index, ordered) &&
              merge_tids(index, scanners, log_index, ranks);
    /* Before the tables of runs, which take as much. */
    for (unsigned i = 0; i < index->worker_count; i++)
        evd_log_facts_release(&scanners[i]->logs[log_index]);
    is_done = is_done && (index->is_keeping || tell_runs(index, ranks));
out:
    free(ordered);
    free(ranks);
    if (!index->is_keeping)
        release_layouts(index);
    *problems = index->problems;
    *problem_count = index->problem_count;
    return is_done;
}

void evd_index_copy_kept(struct evd_index *index, struct evd_pool *pool)
{
    if (index->is_keeping)
        evd_pool_run(pool, index->chunk_count, copy_kept_chunk, index);
}
