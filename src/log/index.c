#include "log/index.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pages.h"
#include "log/merge_facts.h"

/* Where a chunk has fewer events a tid, streams would grow in many small steps: then chunks are kept. */
enum { EVENTS_OF_SEGMENT_MIN = 32 };

/* More events than this are in pages of their own, which grow without being copied. */
enum { HEAP_EVENTS_MAX = 4096 };

/* A stream while it is laid out. */
struct layout {
    int64_t tid;
    uint64_t count;           /* events so far; in the end, all */
    uint64_t placed;          /* of these, in `events` */
    struct evd_event *events; /* those that are not in chunks that are kept */
    uint64_t capacity;
    uint64_t first;   /* where chunks are kept: index of its first event among the log's, in the end */
    int64_t last_idx; /* tid_event_idx of the last event placed */
    uint64_t pairing_order;
    bool has_pairing_value;
    uint64_t pairing_value;
    uint64_t *counted;
};

/* Where the next event of a segment goes. */
union target {
    uint64_t position; /* in its stream, until that has its place */
    struct evd_event *event;
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
    bool is_keeping;        /* chunks, from the next one on, until all are there */
    bool failed;
    struct evd_table tids; /* tid → index into layouts */
    struct layout *layouts;
    size_t count, capacity;
    struct layouts_of_worker *workers;
    union target *targets; /* one a segment of the chunk that is placed */
    size_t target_capacity;
    union target **kept; /* the same of every chunk that is kept */
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
    index->kept = calloc(chunk_count + 1, sizeof *index->kept);
    if (index->scanned != NULL && index->workers != NULL && index->kept != NULL)
        return index;
    evd_index_destroy(index);
    return NULL;
}

void evd_index_free_events(const struct evd_event *events, uint64_t count)
{
    if (count > HEAP_EVENTS_MAX)
        evd_pages_free((void *)events, count * sizeof *events);
    else
        free((void *)events);
}

void evd_index_destroy(struct evd_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < index->count; i++)
        evd_index_free_events(index->layouts[i].events, index->layouts[i].capacity);
    free(index->layouts);
    for (size_t c = 0; index->kept != NULL && c < index->chunk_count; c++)
        free(index->kept[c]);
    free(index->kept);
    for (unsigned i = 0; index->workers != NULL && i < index->worker_count; i++)
        free(index->workers[i].layouts);
    free(index->workers);
    free(index->scanned);
    free(index->targets);
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

/* Adds a segment to its stream: its position there, and whether the order holds where they meet. */
static bool place_segment(struct evd_index *index, struct layout *layout, const struct evd_segment *segment,
                          uint64_t *position)
{
    *position = layout->count;
    const bool is_disordered = layout->count > 0 && segment->first_idx <= layout->last_idx &&
                               (segment->first_idx < 0 || (uint64_t)segment->first_idx != layout->count);
    if (is_disordered && !add_problem(index, layout->tid, layout->count))
        return false;
    const uint64_t step = (uint64_t)segment->first_idx - (uint64_t)layout->last_idx;
    if (layout->count > 0 && segment->first_idx > layout->last_idx && step != 1)
        evd_idx_gaps_add(&index->log->gaps, 1, step - 1);
    layout->count += segment->count;
    layout->last_idx = segment->last_idx;
    return true;
}

/* Gives each segment of a chunk its position in its stream, and checks the order. */
static bool place_segments(struct evd_index *index, const struct evd_chunk *chunk, union target *targets)
{
    for (size_t s = 0; s < chunk->segment_count; s++) {
        const size_t layout = find_layout_of_segment(index, chunk->worker, &chunk->segments[s]);
        if (layout == SIZE_MAX ||
            !place_segment(index, &index->layouts[layout], &chunk->segments[s], &targets[s].position))
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

/* Makes room for all events that a stream has; half as much again where it was too little. */
static bool make_room(struct layout *layout)
{
    if (layout->count <= layout->capacity)
        return true;
    const uint64_t half_more = layout->capacity + layout->capacity / 2;
    uint64_t capacity = layout->count > half_more ? layout->count : half_more;
    struct evd_event *events;
    if (layout->count <= HEAP_EVENTS_MAX) {
        capacity = capacity < HEAP_EVENTS_MAX ? capacity : HEAP_EVENTS_MAX;
        events = realloc(layout->events, capacity * sizeof *events);
    } else if (layout->capacity > HEAP_EVENTS_MAX) {
        events = evd_pages_resize(layout->events, layout->capacity * sizeof *events, capacity * sizeof *events);
    } else {
        events = evd_pages_alloc(capacity * sizeof *events);
        if (events != NULL && layout->capacity > 0)
            memcpy(events, layout->events, layout->capacity * sizeof *events);
        if (events != NULL)
            free(layout->events);
    }
    if (events == NULL)
        return false;
    layout->events = events;
    layout->capacity = capacity;
    return true;
}

/* Puts the events of a chunk where the targets of their segments say. */
static void copy_events(const struct evd_chunk *chunk, union target *targets)
{
    const uint64_t begin = chunk->begin << 16, mask = ((uint64_t)1 << EVD_CHUNK_SEGMENT_SHIFT) - 1;
    for (size_t i = 0; i < chunk->event_count; i++) {
        const struct evd_chunk_event *event = &chunk->events[i];
        struct evd_event *to = targets[event->place >> EVD_CHUNK_SEGMENT_SHIFT].event++;
        to->key = event->key;
        to->place = begin + (event->place & mask);
    }
}

/* Places the next chunk, for good or until all are there. */
static bool place_chunk(struct evd_index *index, size_t number)
{
    struct evd_chunk *chunk = &index->chunks[number];
    index->is_keeping |= chunk->event_count / EVENTS_OF_SEGMENT_MIN < chunk->segment_count;
    if (index->is_keeping) {
        index->kept[number] = malloc(chunk->segment_count * sizeof *index->kept[number] + 1);
        return index->kept[number] != NULL && place_segments(index, chunk, index->kept[number]);
    }
    if (chunk->segment_count > index->target_capacity) {
        free(index->targets);
        index->target_capacity = chunk->segment_count;
        index->targets = malloc(index->target_capacity * sizeof *index->targets);
        if (index->targets == NULL)
            return false;
    }
    if (!place_segments(index, chunk, index->targets))
        return false;
    for (size_t s = 0; s < chunk->segment_count; s++) {
        struct layout *layout = layout_of(index, chunk, s);
        if (!make_room(layout))
            return false;
        layout->placed = layout->count;
        index->targets[s].event = layout->events + index->targets[s].position;
    }
    copy_events(chunk, index->targets);
    evd_event_rooms_give(index->rooms, chunk->events);
    free(chunk->segments);
    free(chunk->disorders);
    chunk->events = NULL;
    chunk->segments = NULL;
    chunk->disorders = NULL;
    return true;
}

/* Places what can be placed. The one who does holds index->is_placing. */
static void place_chunks(struct evd_index *index)
{
    for (size_t next; (next = atomic_load(&index->next)) < index->chunk_count && atomic_load(&index->scanned[next]);) {
        index->failed |= index->chunks[next].failed || (!index->failed && !place_chunk(index, next));
        atomic_store(&index->next, next + 1);
    }
}

void evd_index_add(struct evd_index *index, size_t chunk)
{
    atomic_store(&index->scanned[chunk], true);
    /* Whoever comes while another one places leaves it to that one, who looks again when it is done. */
    for (;;) {
        const size_t next = atomic_load(&index->next);
        if (next == index->chunk_count || !atomic_load(&index->scanned[next]) ||
            atomic_exchange(&index->is_placing, true))
            return;
        place_chunks(index);
        atomic_store(&index->is_placing, false);
    }
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
    union target *targets = index->kept[task];
    if (targets == NULL)
        return; /* it was placed */
    for (size_t s = 0; s < chunk->segment_count; s++)
        targets[s].event = index->log->events + layout_of(index, chunk, s)->first + targets[s].position;
    copy_events(chunk, targets);
    evd_chunk_release(chunk);
    free(targets);
    index->kept[task] = NULL;
}

/* Makes the streams one piece of memory or of a file, and places the chunks there that were kept. */
static bool place_kept_chunks(struct evd_index *index, struct layout *const *sorted, struct evd_pool *pool)
{
    struct evd_log *log = index->log;
    const size_t size = log->event_count * sizeof *log->events;
    log->events =
        evd_spill_hold(index->spill, size) ? evd_pages_alloc(size) : evd_spill_map_file(index->spill, size, NULL);
    if (log->events == NULL)
        return false;
    uint64_t first = 0;
    for (size_t i = 0; i < index->count; i++) {
        struct layout *layout = sorted[i];
        layout->first = first;
        first += layout->count;
        if (layout->placed > 0)
            memcpy(log->events + layout->first, layout->events, layout->placed * sizeof *layout->events);
        evd_index_free_events(layout->events, layout->capacity);
        layout->events = NULL;
        layout->capacity = 0;
    }
    evd_pool_run(pool, index->chunk_count, copy_kept_chunk, index);
    return true;
}

/* Gives back what a stream in pages has room for and does not need. */
static void trim(struct layout *layout)
{
    const size_t size = sizeof *layout->events;
    if (layout->capacity <= HEAP_EVENTS_MAX || layout->capacity == layout->count)
        return;
    struct evd_event *events = evd_pages_resize(layout->events, layout->capacity * size, layout->count * size);
    layout->events = events != NULL ? events : layout->events;
    layout->capacity = layout->count;
}

/* The streams, in ascending order of their tids; the log has their events from now on. */
static bool make_streams(struct evd_index *index, struct layout *const *sorted)
{
    struct evd_log *log = index->log;
    log->streams = evd_arena_array(&log->arena, index->count, sizeof *log->streams);
    if (log->streams == NULL)
        return false;
    log->stream_count = index->count;
    for (size_t i = 0; i < index->count; i++) {
        struct layout *layout = sorted[i];
        trim(layout);
        log->streams[i] = (struct evd_stream){
            .tid = layout->tid,
            .records = log->events != NULL ? log->events + layout->first : layout->events,
            .count = layout->count,
            .has_pairing_value = layout->has_pairing_value,
            .pairing_value = layout->pairing_value,
            .counted = layout->counted,
        };
        layout->events = NULL;
        layout->capacity = 0;
    }
    return true;
}

static int by_tid(const void *a, const void *b)
{
    const struct layout *left = *(struct layout *const *)a, *right = *(struct layout *const *)b;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

bool evd_index_build(struct evd_index *index, size_t log_index, struct evd_scanner **scanners, struct evd_pool *pool,
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
        log->event_count += index->layouts[i].count;
    }
    qsort(sorted, index->count, sizeof(struct layout *), by_tid);
    if (index->is_keeping && !place_kept_chunks(index, sorted, pool))
        goto out;
    is_done = make_streams(index, sorted);
out:
    free(sorted);
    *problems = index->problems;
    *problem_count = index->problem_count;
    return is_done;
}
