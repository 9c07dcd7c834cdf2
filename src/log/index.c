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

/* A stream while it is laid out. What every segment needs comes first. */
struct layout {
    int64_t tid;
    int64_t last_idx;     /* tid_event_idx of the last event placed */
    struct evd_runs runs; /* of all events so far; where chunks are kept, their count only */
    uint64_t first;       /* where chunks are kept: index of its first event among the log's, in the end */
    uint64_t pairing_order;
    bool has_pairing_value;
    uint64_t pairing_value;
    uint64_t *counted;
};

/* Where the events of a segment go. */
struct target {
    uint64_t position; /* in its stream, of the first one */
    struct evd_event_room room;
};

/* Which layout a worker's facts of a tid are, by the index of the facts. */
struct layouts_of_worker {
    size_t *layouts; /* SIZE_MAX: not looked up yet */
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
    uint64_t placed;       /* events of chunks that have their place */
    struct evd_table tids; /* tid → index into layouts */
    struct layout *layouts;
    size_t count, capacity;
    struct layouts_of_worker *workers;
    struct target *
        *targets; /* of each chunk that has its place, one a segment; NULL: it has none yet, or all is done */
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
    index->targets = calloc(chunk_count + 1, sizeof *index->targets);
    if (index->scanned != NULL && index->workers != NULL && index->targets != NULL)
        return index;
    evd_index_destroy(index);
    return NULL;
}

void evd_index_destroy(struct evd_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < index->count; i++)
        free(index->layouts[i].runs.list);
    free(index->layouts);
    for (size_t c = 0; index->targets != NULL && c < index->chunk_count; c++)
        free(index->targets[c]);
    free(index->targets);
    for (unsigned i = 0; index->workers != NULL && i < index->worker_count; i++)
        free(index->workers[i].layouts);
    free(index->workers);
    free(index->scanned);
    free(index->problems);
    evd_table_release(&index->tids);
    free(index);
}

/* The number of a tid's layout, or SIZE_MAX when memory runs out. */
static size_t find_layout(struct evd_index *index, int64_t tid)
{
    bool is_new;
    const uint64_t *place = evd_table_put(&index->tids, (uint64_t)tid, index->count, &is_new);
    if (place == NULL)
        return SIZE_MAX;
    if (is_new) {
        if (!EVD_MAKE_ROOM(index->layouts, index->count, index->capacity))
            return SIZE_MAX;
        index->layouts[index->count++] = (struct layout){.tid = tid, .pairing_order = UINT64_MAX};
    }
    return *place;
}

/* The same of a segment; each worker's tids are looked up once: of segments there may be nearly as many as events. */
static size_t find_layout_of_segment(struct evd_index *index, unsigned worker, const struct evd_segment *segment)
{
    struct layouts_of_worker *seen = &index->workers[worker];
    if (segment->facts >= seen->count) {
        const size_t count = (size_t)segment->facts * 2 + 16;
        size_t *layouts = realloc(seen->layouts, count * sizeof *layouts);
        if (layouts == NULL)
            return SIZE_MAX;
        memset(layouts + seen->count, 0xff, (count - seen->count) * sizeof *layouts);
        *seen = (struct layouts_of_worker){layouts, count};
    }
    size_t *layout = &seen->layouts[segment->facts];
    if (*layout == SIZE_MAX)
        *layout = find_layout(index, segment->tid);
    return *layout;
}

static bool add_problem(struct evd_index *index, int64_t tid, uint64_t position)
{
    if (!EVD_MAKE_ROOM(index->problems, index->problem_count, index->problem_capacity))
        return false;
    index->problems[index->problem_count++] = (struct evd_order_problem){tid, position};
    return true;
}

/* Adds a segment to its stream: its place there, and whether the order holds where they meet. */
static bool place_segment(struct evd_index *index, struct layout *layout, const struct evd_segment *segment,
                          struct target *target)
{
    const bool is_disordered = layout->runs.count > 0 && segment->first_idx <= layout->last_idx &&
                               (segment->first_idx < 0 || (uint64_t)segment->first_idx != layout->runs.count);
    if (is_disordered && !add_problem(index, layout->tid, layout->runs.count))
        return false;
    const uint64_t step = (uint64_t)segment->first_idx - (uint64_t)layout->last_idx;
    if (layout->runs.count > 0 && segment->first_idx > layout->last_idx && step != 1)
        evd_idx_gaps_add(&index->log->gaps, 1, step - 1);
    target->position = layout->runs.count;
    if (index->is_keeping)
        layout->runs.count += segment->count;
    else if (!evd_runs_extend(&layout->runs, &index->log->runs, segment->count, &target->room))
        return false;
    layout->last_idx = segment->last_idx;
    return true;
}

/* The layout of a segment to come, or NULL where it is not known yet. */
static const struct layout *foresee_layout(const struct evd_index *index, const struct evd_chunk *chunk, size_t segment)
{
    const struct layouts_of_worker *seen = &index->workers[chunk->worker];
    if (segment >= chunk->segment_count || chunk->segments[segment].facts >= seen->count)
        return NULL;
    const size_t layout = seen->layouts[chunk->segments[segment].facts];
    return layout != SIZE_MAX ? &index->layouts[layout] : NULL;
}

/* Fetches what place_segment will look at. */
static void fetch_layouts(const struct evd_index *index, const struct evd_chunk *chunk, size_t segment)
{
    const struct layout *far = foresee_layout(index, chunk, segment + 2 * FETCHED_AHEAD);
    const struct layout *near = foresee_layout(index, chunk, segment + FETCHED_AHEAD);
    if (far != NULL) {
        __builtin_prefetch(far);
        __builtin_prefetch((const char *)(far + 1) - 1);
    }
    if (near != NULL)
        __builtin_prefetch(near->runs.list + near->runs.list_count);
}

/* Gives each segment of a chunk its place in its stream, and checks the order. */
static bool place_segments(struct evd_index *index, const struct evd_chunk *chunk, struct target *targets)
{
    for (size_t s = 0; s < chunk->segment_count; s++) {
        fetch_layouts(index, chunk, s);
        const size_t layout = find_layout_of_segment(index, chunk->worker, &chunk->segments[s]);
        if (layout == SIZE_MAX || !place_segment(index, &index->layouts[layout], &chunk->segments[s], &targets[s]))
            return false;
    }
    for (size_t d = 0; d < chunk->disorder_count; d++) {
        const struct evd_disorder *disorder = &chunk->disorders[d];
        const uint64_t position = targets[disorder->segment].position + disorder->position;
        const bool is_position = disorder->tid_event_idx >= 0 && (uint64_t)disorder->tid_event_idx == position;
        if (!is_position && !add_problem(index, chunk->segments[disorder->segment].tid, position))
            return false;
    }
    return true;
}

static struct layout *layout_of(const struct evd_index *index, const struct evd_chunk *chunk, size_t segment)
{
    return &index->layouts[index->workers[chunk->worker].layouts[chunk->segments[segment].facts]];
}

static struct target *target_of(const struct evd_chunk *chunk, struct target *targets, size_t event)
{
    return &targets[chunk->events[event].place >> EVD_CHUNK_SEGMENT_SHIFT];
}

/* Puts the events of a chunk where the targets of their segments say. */
static inline __attribute__((always_inline)) void copy_all(const struct evd_chunk *chunk, struct target *targets,
                                                           bool is_fetching)
{
    const uint64_t begin = chunk->begin << 16, mask = ((uint64_t)1 << EVD_CHUNK_SEGMENT_SHIFT) - 1;
    for (size_t i = 0; i < chunk->event_count; i++) {
        if (is_fetching && i + 2 * FETCHED_AHEAD < chunk->event_count) {
            __builtin_prefetch(target_of(chunk, targets, i + 2 * FETCHED_AHEAD), 1);
            __builtin_prefetch(target_of(chunk, targets, i + FETCHED_AHEAD)->room.next, 1);
        }
        const struct evd_chunk_event *event = &chunk->events[i];
        struct target *target = target_of(chunk, targets, i);
        struct evd_event *to = target->room.next;
        to->key = event->key;
        to->place = begin + (event->place & mask);
        target->room.next = to + 1 == target->room.end ? target->room.more : to + 1;
    }
}

static void copy_events(const struct evd_chunk *chunk, struct target *targets)
{
    if (chunk->segment_count < FETCHED_FROM)
        copy_all(chunk, targets, false);
    else
        copy_all(chunk, targets, true);
}

/* Gives the next chunk its place. */
static bool place_chunk(struct evd_index *index, size_t number)
{
    const struct evd_chunk *chunk = &index->chunks[number];
    /* The chunks to come are likely as those that have come. */
    index->placed += chunk->event_count;
    index->log->runs.expected = chunk->event_count + index->placed / (number + 1) * (index->chunk_count - number - 1);
    index->targets[number] = malloc(chunk->segment_count * sizeof *index->targets[number] + 1);
    return index->targets[number] != NULL && place_segments(index, chunk, index->targets[number]);
}

/* Copies a chunk that has its place, which is nobody else's, and gives its memory back. */
static void finish_chunk(struct evd_index *index, size_t number)
{
    struct evd_chunk *chunk = &index->chunks[number];
    copy_events(chunk, index->targets[number]);
    evd_event_rooms_give(index->rooms, chunk->events);
    free(chunk->segments);
    free(chunk->disorders);
    free(index->targets[number]);
    chunk->events = NULL;
    chunk->segments = NULL;
    chunk->disorders = NULL;
    index->targets[number] = NULL;
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

void evd_index_add(struct evd_index *index, size_t chunk)
{
    atomic_store(&index->scanned[chunk], true);
    /* Whoever comes while another one places leaves it to that one, who looks again when it is done. What has its place is copied
     * while others place what comes next. */
    bool is_placed;
    for (size_t number; (number = place_next(index, &is_placed)) != SIZE_MAX;)
        if (is_placed && !index->is_keeping)
            finish_chunk(index, number);
}

static uint64_t *new_counted(struct evd_log *log)
{
    uint64_t *counted = evd_arena_array(&log->arena, log->rules->counted_count, sizeof *counted);
    if (counted != NULL)
        memset(counted, 0, log->rules->counted_count * sizeof *counted);
    return counted;
}

/* Threads without events of a counted kind share the zeros: there may be millions of them. */
static bool add_counted(struct evd_log *log, struct layout *layout, const uint64_t *counted, uint64_t *zeros)
{
    for (size_t k = 0; k < log->rules->counted_count; k++) {
        if (counted[k] == 0)
            continue;
        if (layout->counted == zeros && (layout->counted = new_counted(log)) == NULL)
            return false;
        layout->counted[k] += counted[k];
    }
    return true;
}

/* What the scanners have seen of each tid. */
static bool merge_tids(struct evd_index *index, struct evd_scanner **scanners, size_t log_index)
{
    uint64_t *zeros = new_counted(index->log);
    if (zeros == NULL)
        return false;
    for (size_t i = 0; i < index->count; i++)
        index->layouts[i].counted = zeros;
    for (unsigned i = 0; i < index->worker_count; i++) {
        const struct evd_log_facts *seen = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < seen->count; j++) {
            const struct evd_tid_facts *facts = &seen->facts[j];
            /* It has events, so it has a layout. */
            struct layout *layout = &index->layouts[*evd_table_get(&index->tids, (uint64_t)facts->tid)];
            if (!add_counted(index->log, layout, facts->counted, zeros))
                return false;
            if (facts->pairing_order < layout->pairing_order) {
                layout->pairing_order = facts->pairing_order;
                layout->has_pairing_value = facts->has_pairing_value;
                layout->pairing_value = facts->pairing_value;
            }
        }
    }
    return true;
}

static void copy_kept_chunk(void *context, size_t task, unsigned worker)
{
    (void)worker;
    struct evd_index *index = context;
    struct evd_chunk *chunk = &index->chunks[task];
    struct target *targets = index->targets[task];
    for (size_t s = 0; s < chunk->segment_count; s++)
        targets[s] =
            (struct target){.room.next = index->log->events + layout_of(index, chunk, s)->first + targets[s].position};
    copy_events(chunk, targets);
    evd_chunk_release(chunk);
    free(targets);
    index->targets[task] = NULL;
}

/* Makes the streams one piece of memory or of a file. */
static bool make_one_piece(struct evd_index *index, struct layout *const *sorted)
{
    struct evd_log *log = index->log;
    const size_t size = log->event_count * sizeof *log->events;
    log->events =
        evd_spill_hold(index->spill, size) ? evd_pages_alloc(size) : evd_spill_map_file(index->spill, size, NULL);
    if (log->events == NULL)
        return false;
    uint64_t first = 0;
    for (size_t i = 0; i < index->count; i++) {
        sorted[i]->first = first;
        first += sorted[i]->runs.count;
    }
    return true;
}

/* Gives a stream its events, and what tells its runs a place in a table. */
static void hand_over(struct evd_stream *stream, struct evd_runs *runs, struct evd_event ***table)
{
    stream->is_in_runs = runs->is_split;
    if (stream->is_in_runs) {
        stream->runs = memcpy(*table, runs->list, runs->list_count * sizeof **table);
        *table += runs->list_count;
    } else {
        stream->records = runs->list[0];
    }
    free(runs->list);
    runs->list = NULL;
}

/* The streams, in ascending order of their tids; the log has their events from now on. */
static bool make_streams(struct evd_index *index, struct layout *const *sorted)
{
    struct evd_log *log = index->log;
    size_t runs = 0;
    for (size_t i = 0; i < index->count; i++)
        runs += sorted[i]->runs.is_split ? sorted[i]->runs.list_count : 0;
    struct evd_event **table = evd_arena_array(&log->arena, runs, sizeof *table);
    log->streams = evd_arena_array(&log->arena, index->count, sizeof *log->streams);
    if (log->streams == NULL || table == NULL)
        return false;
    log->stream_count = index->count;
    for (size_t i = 0; i < index->count; i++) {
        struct layout *layout = sorted[i];
        struct evd_stream *stream = &log->streams[i];
        *stream = (struct evd_stream){
            .tid = layout->tid,
            .count = layout->runs.count,
            .has_pairing_value = layout->has_pairing_value,
            .pairing_value = layout->pairing_value,
            .counted = layout->counted,
        };
        if (index->is_keeping)
            stream->records = log->events + layout->first;
        else
            hand_over(stream, &layout->runs, &table);
    }
    return true;
}

static int by_tid(const void *a, const void *b)
{
    const struct layout *left = *(struct layout *const *)a, *right = *(struct layout *const *)b;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

bool evd_index_build(struct evd_index *index, size_t log_index, struct evd_scanner **scanners,
                     const struct evd_order_problem **problems, size_t *problem_count)
{
    struct evd_log *log = index->log;
    struct layout **sorted = NULL;
    bool is_done = false;
    if (index->failed || !merge_tids(index, scanners, log_index) ||
        !evd_merge_facts(log, scanners, index->worker_count, log_index))
        goto out;
    sorted = malloc(index->count * sizeof(struct layout *) + 1);
    if (sorted == NULL)
        goto out;
    for (size_t i = 0; i < index->count; i++) {
        sorted[i] = &index->layouts[i];
        log->event_count += index->layouts[i].runs.count;
    }
    qsort(sorted, index->count, sizeof(struct layout *), by_tid);
    if (index->is_keeping && !make_one_piece(index, sorted))
        goto out;
    is_done = make_streams(index, sorted);
out:
    free(sorted);
    *problems = index->problems;
    *problem_count = index->problem_count;
    return is_done;
}

void evd_index_copy_kept(struct evd_index *index, struct evd_pool *pool)
{
    if (index->is_keeping)
        evd_pool_run(pool, index->chunk_count, copy_kept_chunk, index);
}
