#include "log/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pages.h"

/* A stream while it is laid out. */
struct layout {
    int64_t tid;
    uint64_t count;   /* events laid out so far; in the end, all */
    uint64_t first;   /* index of its first event among the log's */
    int64_t last_idx; /* tid_event_idx of the last event laid out */
    uint64_t pairing_order;
    bool has_pairing_value;
    uint64_t pairing_value;
    uint64_t *counted;
};

struct index {
    struct evd_log *log;
    struct evd_chunk *chunks;
    size_t chunk_count;
    struct evd_table tids; /* tid → index into layouts, once they are sorted */
    struct layout *layouts;
    size_t count;
    size_t **layout_of; /* per worker, per tid that it has seen: index into layouts */
    size_t worker_count;
    uint64_t **positions; /* per chunk, per segment: the position of its first event in its stream */
    struct evd_order_problem *problems;
    size_t problem_count, problem_capacity;
};

static int by_tid(const void *a, const void *b)
{
    const struct layout *left = a, *right = b;
    return (left->tid > right->tid) - (left->tid < right->tid);
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

/* One layout a tid, in ascending order, with what the scanners have seen of it. */
static bool merge_tids(struct index *index, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    struct evd_log *log = index->log;
    size_t capacity = 0;
    uint64_t *zeros = new_counted(log);
    if (zeros == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++)
        capacity += scanners[i]->logs[log_index].count;
    index->layouts = calloc(capacity + 1, sizeof *index->layouts);
    if (index->layouts == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *seen = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < seen->count; j++) {
            const struct evd_tid_facts *facts = &seen->facts[j];
            bool is_new;
            const uint64_t *place = evd_table_put(&index->tids, (uint64_t)facts->tid, index->count, &is_new);
            if (place == NULL)
                return false;
            struct layout *layout = &index->layouts[*place];
            if (is_new) {
                *layout = (struct layout){.tid = facts->tid, .pairing_order = UINT64_MAX, .counted = zeros};
                index->count++;
            }
            if (!add_counted(log, layout, facts->counted, zeros))
                return false;
            if (facts->pairing_order < layout->pairing_order) {
                layout->pairing_order = facts->pairing_order;
                layout->has_pairing_value = facts->has_pairing_value;
                layout->pairing_value = facts->pairing_value;
            }
        }
    }
    qsort(index->layouts, index->count, sizeof *index->layouts, by_tid);
    for (size_t i = 0; i < index->count; i++)
        *evd_table_get(&index->tids, (uint64_t)index->layouts[i].tid) = i;
    return true;
}

static bool add_problem(struct index *index, int64_t tid, uint64_t position)
{
    void *problems = evd_grow(index->problems, index->problem_count, &index->problem_capacity, sizeof *index->problems);
    if (problems == NULL)
        return false;
    index->problems = problems;
    index->problems[index->problem_count++] = (struct evd_order_problem){tid, position};
    return true;
}

/* Looks every worker's tids up once: of segments there may be nearly as many as events. */
static bool find_layouts(struct index *index, struct evd_scanner **scanners, size_t log_index)
{
    for (size_t i = 0; i < index->worker_count; i++) {
        const struct evd_log_facts *seen = &scanners[i]->logs[log_index];
        index->layout_of[i] = malloc(seen->count * sizeof *index->layout_of[i] + 1);
        if (index->layout_of[i] == NULL)
            return false;
        for (size_t j = 0; j < seen->count; j++)
            index->layout_of[i][j] = *evd_table_get(&index->tids, (uint64_t)seen->facts[j].tid);
    }
    return true;
}

static struct layout *layout_of(const struct index *index, const struct evd_chunk *chunk, size_t segment)
{
    return &index->layouts[index->layout_of[chunk->worker][chunk->segments[segment].facts]];
}

/* Gives each segment its position in its stream, and checks the order where segments meet. */
static bool place_segments(struct index *index)
{
    for (size_t c = 0; c < index->chunk_count; c++) {
        const struct evd_chunk *chunk = &index->chunks[c];
        uint64_t *positions = malloc(chunk->segment_count * sizeof *positions + 1);
        index->positions[c] = positions;
        if (positions == NULL)
            return false;
        for (size_t s = 0; s < chunk->segment_count; s++) {
            const struct evd_segment *segment = &chunk->segments[s];
            struct layout *layout = layout_of(index, chunk, s);
            positions[s] = layout->count;
            const bool is_disordered = layout->count > 0 && segment->first_idx <= layout->last_idx &&
                                       (segment->first_idx < 0 || (uint64_t)segment->first_idx != layout->count);
            if (is_disordered && !add_problem(index, layout->tid, layout->count))
                return false;
            const uint64_t step = (uint64_t)segment->first_idx - (uint64_t)layout->last_idx;
            if (layout->count > 0 && segment->first_idx > layout->last_idx && step != 1)
                evd_idx_gaps_add(&index->log->gaps, 1, step - 1);
            layout->count += segment->count;
            layout->last_idx = segment->last_idx;
        }
        for (size_t d = 0; d < chunk->disorder_count; d++) {
            const struct evd_disorder *disorder = &chunk->disorders[d];
            const uint64_t position = positions[disorder->segment] + disorder->position;
            const bool is_position = disorder->tid_event_idx >= 0 && (uint64_t)disorder->tid_event_idx == position;
            if (!is_position && !add_problem(index, layout_of(index, chunk, disorder->segment)->tid, position))
                return false;
        }
    }
    uint64_t first = 0;
    for (size_t i = 0; i < index->count; i++) {
        index->layouts[i].first = first;
        first += index->layouts[i].count;
    }
    index->log->event_count = first;
    return true;
}

static void copy_chunk(void *context, size_t task, unsigned worker)
{
    (void)worker;
    struct index *index = context;
    struct evd_chunk *chunk = &index->chunks[task];
    struct evd_event *events = index->log->events;
    uint64_t *next = index->positions[task]; /* of each segment: where its next event goes */
    for (size_t s = 0; s < chunk->segment_count; s++)
        next[s] += layout_of(index, chunk, s)->first;
    const uint64_t begin = chunk->begin << 16, mask = ((uint64_t)1 << EVD_CHUNK_SEGMENT_SHIFT) - 1;
    for (size_t i = 0; i < chunk->event_count; i++) {
        const struct evd_chunk_event *event = &chunk->events[i];
        struct evd_event *to = &events[next[event->place >> EVD_CHUNK_SEGMENT_SHIFT]++];
        to->key = event->key;
        to->place = begin + (event->place & mask);
    }
    evd_chunk_release(chunk);
}

static bool make_streams(struct index *index)
{
    struct evd_log *log = index->log;
    log->streams = evd_arena_array(&log->arena, index->count, sizeof *log->streams);
    if (log->streams == NULL)
        return false;
    log->stream_count = index->count;
    for (size_t i = 0; i < index->count; i++) {
        const struct layout *layout = &index->layouts[i];
        log->streams[i] = (struct evd_stream){
            .tid = layout->tid,
            .records = log->events + layout->first,
            .count = layout->count,
            .has_pairing_value = layout->has_pairing_value,
            .pairing_value = layout->pairing_value,
            .counted = layout->counted,
        };
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool keep_sids(struct evd_log *log, const struct evd_table *floating)
{
    uint64_t *hashes = evd_arena_array(&log->arena, floating->count + floating->has_zero, sizeof *hashes);
    if (hashes == NULL)
        return false;
    size_t count = 0;
    const struct evd_table_entry *entry;
    for (size_t cursor = 0; (entry = evd_table_next(floating, &cursor)) != NULL;)
        hashes[count++] = entry->key;
    qsort(hashes, count, sizeof *hashes, by_number);
    log->floating = (struct evd_sid_set){hashes, count};
    return true;
}

/* SIDs float when the recipe yields them or when two tids use them, also two that different workers
 * have seen. */
static bool merge_sids(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    struct evd_table users = {0}, floating = {0};
    bool is_done = false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        const struct evd_table_entry *entry;
        for (size_t cursor = 0; (entry = evd_table_next(&facts->floating, &cursor)) != NULL;)
            if (evd_table_put(&floating, entry->key, 1, NULL) == NULL)
                goto out;
        for (size_t cursor = 0; (entry = evd_table_next(&facts->sid_users, &cursor)) != NULL;) {
            const uint64_t *user = evd_table_put(&users, entry->key, entry->value, NULL);
            if (user == NULL || (*user != entry->value && evd_table_put(&floating, entry->key, 1, NULL) == NULL))
                goto out;
        }
    }
    is_done = keep_sids(log, &floating);
out:
    evd_table_release(&users);
    evd_table_release(&floating);
    return is_done;
}

static int by_offset(const void *a, const void *b)
{
    const struct evd_creation *left = a, *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool merge_creations(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    size_t count = 0;
    for (size_t i = 0; i < scanner_count; i++)
        count += scanners[i]->logs[log_index].creation_count;
    struct evd_creation *creations = evd_arena_array(&log->arena, count, sizeof *creations);
    if (creations == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < facts->creation_count; j++)
            creations[log->creation_count++] = facts->creations[j];
    }
    qsort(creations, count, sizeof *creations, by_offset);
    log->creations = creations;
    return true;
}

static int by_kind(const void *a, const void *b)
{
    return evd_string_compare(((const struct evd_kind_count *)a)->kind, ((const struct evd_kind_count *)b)->kind);
}

static bool merge_statistics(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    size_t capacity = 0;
    for (size_t i = 0; i < scanner_count; i++)
        capacity += scanners[i]->logs[log_index].kind_count;
    const size_t rule_count = evd_rules_use_count(log->rules);
    log->kind_uses = evd_arena_array(&log->arena, rule_count, sizeof *log->kind_uses);
    if (log->kind_uses == NULL)
        return false;
    memset(log->kind_uses, 0, rule_count * sizeof *log->kind_uses);
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_kind_use *uses = scanners[i]->logs[log_index].kind_uses;
        const struct evd_idx_gaps *gaps = &scanners[i]->logs[log_index].gaps;
        evd_idx_gaps_add(&log->gaps, gaps->count, gaps->missing);
        for (size_t j = 0; j < rule_count; j++) {
            log->kind_uses[j].events += uses[j].events;
            log->kind_uses[j].skipped_fields += uses[j].skipped_fields;
            log->kind_uses[j].canonical += uses[j].canonical;
        }
    }
    log->kinds = evd_arena_array(&log->arena, capacity, sizeof *log->kinds);
    if (log->kinds == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < facts->kind_count; j++) {
            struct evd_kind_count *kind = &log->kinds[log->kind_count++];
            *kind = facts->kind_counts[j];
            char *copy = evd_arena_alloc(&log->arena, kind->kind.length + 1);
            if (copy == NULL)
                return false;
            memcpy(copy, kind->kind.bytes, kind->kind.length);
            kind->kind.bytes = copy;
        }
        if (!facts->has_time_span)
            continue;
        if (!log->has_time_span || facts->first_ns < log->first_ns)
            log->first_ns = facts->first_ns;
        if (!log->has_time_span || facts->last_ns > log->last_ns)
            log->last_ns = facts->last_ns;
        log->has_time_span = true;
    }
    qsort(log->kinds, log->kind_count, sizeof *log->kinds, by_kind);
    size_t kept = 0;
    for (size_t i = 0; i < log->kind_count; i++) {
        if (kept > 0 && by_kind(&log->kinds[kept - 1], &log->kinds[i]) == 0)
            log->kinds[kept - 1].count += log->kinds[i].count;
        else
            log->kinds[kept++] = log->kinds[i];
    }
    log->kind_count = kept;
    return true;
}

bool evd_index_build(struct evd_log *log, size_t log_index, struct evd_chunk *chunks, size_t chunk_count,
                     struct evd_scanner **scanners, size_t scanner_count, struct evd_pool *pool,
                     struct evd_spill *spill, struct evd_order_problem **problems, size_t *problem_count)
{
    struct index index = {.log = log, .chunks = chunks, .chunk_count = chunk_count, .worker_count = scanner_count};
    bool is_done = false;
    index.positions = calloc(chunk_count + 1, sizeof *index.positions);
    index.layout_of = calloc(scanner_count + 1, sizeof *index.layout_of);
    if (index.positions == NULL || index.layout_of == NULL || !merge_tids(&index, scanners, scanner_count, log_index) ||
        !find_layouts(&index, scanners, log_index) || !place_segments(&index) ||
        !merge_sids(log, scanners, scanner_count, log_index) ||
        !merge_statistics(log, scanners, scanner_count, log_index) ||
        !merge_creations(log, scanners, scanner_count, log_index))
        goto out;
    const size_t size = log->event_count * sizeof *log->events;
    log->events = evd_spill_hold(spill, size) ? evd_pages_alloc(size) : evd_spill_map_file(spill, size, NULL);
    if (log->events == NULL)
        goto out;
    evd_pool_run(pool, chunk_count, copy_chunk, &index);
    is_done = make_streams(&index);
out:
    for (size_t c = 0; index.positions != NULL && c < chunk_count; c++)
        free(index.positions[c]);
    free(index.positions);
    for (size_t i = 0; index.layout_of != NULL && i < scanner_count; i++)
        free(index.layout_of[i]);
    free(index.layout_of);
    evd_table_release(&index.tids);
    free(index.layouts);
    *problems = index.problems;
    *problem_count = index.problem_count;
    return is_done;
}
