#include "diff/names.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "diff/name_reader.h"

enum { CHUNK_EVENTS = 1024, WINDOW_CHUNKS = 64, NAMELESS_MAX = 1 << 18 };

/* A matching pair of events. */
struct event {
    size_t pair;
    uint64_t position[EVD_SIDES];
    uint64_t rank;
    int64_t tid_event_idx; /* canary's */
    size_t record_end;     /* in the chunk's records: where its own end */
    bool is_nameless;      /* it was read and has no names */
};

/* A name of both sides, or a size. */
struct record {
    const struct evd_name_rule *rule;
    uint64_t path;
    uint64_t value[EVD_SIDES];
};

/* What one task reads: the names in some consecutive events. */
struct chunk {
    struct record *records;
    size_t count, capacity;
};

/* What one worker reads with. */
struct reading {
    struct evd_name_reader reader;
    struct evd_name_list names[EVD_SIDES];
};

/* A pair's next matching events, in the merge of all pairs. */
struct feed {
    size_t pair;
    size_t run;
    uint64_t within; /* the run */
    uint64_t rank;
    uint64_t offset; /* of canary's line of the next event */
};

struct checking {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_rules *rules;
    const struct evd_names_pair *pairs;
    const struct evd_names_options *options;
    struct evd_names_result *result;
    struct feed *heap; /* the pair with the earliest next event first */
    size_t heap_count;
    struct event *events; /* of the window */
    size_t event_count;
    struct chunk chunks[WINDOW_CHUNKS];
    struct reading *readings; /* one a worker */
    unsigned reading_count;
    struct evd_table nameless; /* keys of events without names, which need not be read again; grows only
                                  between windows, so that what is read does not depend on the workers */
    bool *has_ended; /* per pair */
    struct evd_renaming *renamings;
    size_t renaming_count, renaming_capacity;
    struct evd_table renaming_indexes; /* class and scope → index */
    uint64_t (*sizes)[EVD_SIDES];
    size_t size_count, size_capacity;
    struct evd_table size_indexes; /* pair and evd_name_rule::size_index → index */
    atomic_bool failed;
};

/* The merge: a binary heap of the pairs by their next event's offset in canary's log. */
static bool is_before(const struct feed *a, const struct feed *b)
{
    return a->offset != b->offset ? a->offset < b->offset : a->pair < b->pair;
}

static void sift_down(struct checking *checking, size_t i)
{
    struct feed *heap = checking->heap;
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < checking->heap_count && is_before(&heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        const struct feed moved = heap[i];
        heap[i] = heap[least];
        heap[least] = moved;
        i = least;
    }
}

static void set_offset(const struct checking *checking, struct feed *feed)
{
    const struct evd_names_pair *pair = &checking->pairs[feed->pair];
    const uint64_t position = pair->matched->runs[feed->run].first[EVD_CANARY] + feed->within;
    feed->offset = evd_event_offset(&pair->stream[EVD_CANARY]->events[position]);
}

static void start_heap(struct checking *checking, size_t pair_count)
{
    for (size_t i = 0; i < pair_count; i++)
        if (checking->pairs[i].matched->count > 0) {
            struct feed *feed = &checking->heap[checking->heap_count++];
            *feed = (struct feed){.pair = i};
            set_offset(checking, feed);
        }
    for (size_t i = checking->heap_count / 2; i-- > 0;)
        sift_down(checking, i);
}

/* Takes the first feed's event and moves it on; false when it has no more. */
static bool take(struct checking *checking)
{
    struct feed *feed = &checking->heap[0];
    const struct evd_matched *matched = checking->pairs[feed->pair].matched;
    const struct evd_matched_run *run = &matched->runs[feed->run];
    checking->events[checking->event_count++] = (struct event){
        .pair = feed->pair,
        .position = {run->first[EVD_CANARY] + feed->within, run->first[EVD_OURS] + feed->within},
        .rank = feed->rank++,
    };
    if (++feed->within == run->count) {
        feed->within = 0;
        feed->run++;
    }
    if (feed->run == matched->count)
        return false;
    set_offset(checking, feed);
    return true;
}

static void fill_window(struct checking *checking)
{
    checking->event_count = 0;
    while (checking->heap_count > 0 &&
           checking->event_count < (size_t)CHUNK_EVENTS * WINDOW_CHUNKS) {
        if (checking->has_ended[checking->heap[0].pair] || !take(checking))
            checking->heap[0] = checking->heap[--checking->heap_count];
        sift_down(checking, 0);
    }
}

/* Pairs the names of both sides by their paths. A path that only one side has names no value: 65536 and
 * 65536.0 are equal, and one of them is no name. */
static bool pair_names(const struct reading *reading, struct chunk *chunk)
{
    const struct evd_name_list *canary = &reading->names[EVD_CANARY];
    const struct evd_name_list *ours = &reading->names[EVD_OURS];
    for (size_t i = 0; i < canary->count; i++) {
        const struct evd_name *name = &canary->names[i];
        size_t j = i;
        if (j >= ours->count || ours->names[j].path != name->path)
            for (j = 0; j < ours->count && ours->names[j].path != name->path;)
                j++;
        if (j == ours->count)
            continue;
        struct record *records =
            evd_grow(chunk->records, chunk->count, &chunk->capacity, sizeof *records);
        if (records == NULL)
            return false;
        chunk->records = records;
        records[chunk->count++] =
            (struct record){name->rule, name->path, {name->value, ours->names[j].value}};
    }
    return true;
}

static bool read_event(const struct checking *checking, struct reading *reading, struct event *event,
                       struct chunk *chunk)
{
    const struct evd_names_pair *pair = &checking->pairs[event->pair];
    const struct evd_event *record[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        record[side] = &pair->stream[side]->events[event->position[side]];
    if (evd_table_get(&checking->nameless, record[EVD_CANARY]->key) != NULL)
        return true;
    int64_t unused;
    if (!evd_name_reader_read(&reading->reader, checking->log[EVD_CANARY], record[EVD_CANARY],
                              &reading->names[EVD_CANARY], &event->tid_event_idx))
        return false;
    event->is_nameless = reading->names[EVD_CANARY].count == 0;
    if (event->is_nameless)
        return true;
    return evd_name_reader_read(&reading->reader, checking->log[EVD_OURS], record[EVD_OURS],
                                &reading->names[EVD_OURS], &unused) &&
           pair_names(reading, chunk);
}

static void read_chunk(void *context, size_t task, unsigned worker)
{
    struct checking *checking = context;
    struct chunk *chunk = &checking->chunks[task];
    chunk->count = 0;
    size_t end = (task + 1) * CHUNK_EVENTS;
    if (end > checking->event_count)
        end = checking->event_count;
    for (size_t i = task * CHUNK_EVENTS; i < end; i++) {
        struct event *event = &checking->events[i];
        if (!checking->has_ended[event->pair] &&
            !read_event(checking, &checking->readings[worker], event, chunk)) {
            atomic_store(&checking->failed, true);
            return;
        }
        event->record_end = chunk->count;
    }
}

/* The renaming of a class as a pair of threads sees it; NULL when memory runs out. */
static struct evd_renaming *find_renaming(struct checking *checking, uint32_t class_index, size_t pair)
{
    const uint64_t scope = checking->rules->name_classes[class_index].is_per_thread ? pair + 1 : 0;
    bool is_new;
    const uint64_t *index = evd_table_put(&checking->renaming_indexes,
                                          evd_hash_pair(class_index, scope),
                                          checking->renaming_count, &is_new);
    if (index == NULL)
        return NULL;
    if (is_new) {
        struct evd_renaming *renamings =
            evd_grow(checking->renamings, checking->renaming_count, &checking->renaming_capacity,
                     sizeof *renamings);
        if (renamings == NULL)
            return NULL;
        checking->renamings = renamings;
        checking->renamings[checking->renaming_count++] = (struct evd_renaming){0};
    }
    return &checking->renamings[*index];
}

/* Where a pair keeps the size for the next birth by a rule; NULL when memory runs out. */
static uint64_t *find_size(struct checking *checking, size_t pair, uint32_t size_index)
{
    bool is_new;
    const uint64_t *index = evd_table_put(&checking->size_indexes, evd_hash_pair(pair, size_index),
                                          checking->size_count, &is_new);
    if (index == NULL)
        return NULL;
    if (is_new) {
        uint64_t(*sizes)[EVD_SIDES] = evd_grow(checking->sizes, checking->size_count,
                                               &checking->size_capacity, sizeof *sizes);
        if (sizes == NULL)
            return NULL;
        checking->sizes = sizes;
        memset(checking->sizes[checking->size_count++], 0, sizeof *checking->sizes);
    }
    return checking->sizes[*index];
}

static bool apply(struct checking *checking, const struct event *event, const struct record *record,
                  bool *is_broken)
{
    const struct evd_names_pair *pair = &checking->pairs[event->pair];
    const struct evd_name_rule *rule = record->rule;
    const struct evd_learnt_at at = {pair->stream[EVD_CANARY]->tid, event->tid_event_idx};
    static const uint64_t NO_SIZE[EVD_SIDES];
    uint64_t *size = NULL;
    *is_broken = false;
    if (rule->size_index != 0 && (size = find_size(checking, event->pair, rule->size_index)) == NULL)
        return false;
    if (rule->form == EVD_NAME_SIZE) {
        memcpy(size, record->value, sizeof record->value);
        return true;
    }
    checking->result->uses[rule->class_index]++;
    struct evd_renaming *renaming = find_renaming(checking, rule->class_index, event->pair);
    if (renaming == NULL)
        return false;
    if (rule->form == EVD_NAME_BIRTH) {
        const bool is_born = evd_renaming_birth(renaming, record->value, size ? size : NO_SIZE, at);
        if (size != NULL)
            memset(size, 0, sizeof NO_SIZE);
        return is_born;
    }
    struct evd_name_break break_ = {.rank = event->rank,
                                    .position = {event->position[0], event->position[1]},
                                    .path = record->path,
                                    .class_index = rule->class_index};
    if (!evd_renaming_use(renaming, record->value, at, is_broken, &break_.earlier))
        return false;
    if (rule->form == EVD_NAME_END && !evd_renaming_end(renaming, record->value))
        return false;
    struct evd_name_break_list *breaks = pair->breaks;
    const bool is_first = breaks->count == 0 || breaks->breaks[breaks->count - 1].rank != event->rank;
    return !*is_broken || !is_first || evd_name_break_add(breaks, &break_);
}

static bool apply_window(struct checking *checking)
{
    size_t record = 0;
    for (size_t i = 0; i < checking->event_count; i++) {
        const struct event *event = &checking->events[i];
        const struct chunk *chunk = &checking->chunks[i / CHUNK_EVENTS];
        const struct evd_stream *canary = checking->pairs[event->pair].stream[EVD_CANARY];
        if (i % CHUNK_EVENTS == 0)
            record = 0;
        if (event->is_nameless && checking->nameless.count < NAMELESS_MAX &&
            evd_table_put(&checking->nameless, canary->events[event->position[EVD_CANARY]].key, 0,
                          NULL) == NULL)
            return false;
        for (; record < event->record_end; record++) {
            bool is_broken;
            if (checking->has_ended[event->pair])
                continue;
            if (!apply(checking, event, &chunk->records[record], &is_broken))
                return false;
            checking->has_ended[event->pair] = is_broken && checking->options->stops_at_breaks;
        }
    }
    return true;
}

static bool init(struct checking *checking, struct evd_pool *pool, size_t pair_count)
{
    checking->heap = malloc((pair_count + 1) * sizeof *checking->heap);
    checking->events = malloc(sizeof *checking->events * CHUNK_EVENTS * WINDOW_CHUNKS);
    checking->has_ended = calloc(pair_count + 1, sizeof *checking->has_ended);
    checking->result->uses =
        calloc(checking->rules->name_class_count + 1, sizeof *checking->result->uses);
    checking->readings = calloc(evd_pool_size(pool), sizeof *checking->readings);
    if (checking->heap == NULL || checking->events == NULL || checking->has_ended == NULL ||
        checking->result->uses == NULL || checking->readings == NULL)
        return false;
    checking->reading_count = evd_pool_size(pool);
    for (unsigned i = 0; i < checking->reading_count; i++) {
        struct evd_name_reader *reader = &checking->readings[i].reader;
        reader->is_plain = checking->options->is_plain;
        if (!evd_name_reader_init(reader, checking->rules))
            return false;
    }
    return true;
}

static void release(struct checking *checking)
{
    for (unsigned i = 0; i < checking->reading_count; i++) {
        struct reading *reading = &checking->readings[i];
        checking->result->bytes_read += reading->reader.bytes_read;
        for (int side = 0; side < EVD_SIDES; side++) {
            checking->result->saw_change[side] |= reading->reader.changed_log == checking->log[side];
            evd_name_list_release(&reading->names[side]);
        }
        evd_name_reader_release(&reading->reader);
    }
    for (size_t i = 0; i < checking->renaming_count; i++)
        evd_renaming_release(&checking->renamings[i]);
    for (size_t i = 0; i < WINDOW_CHUNKS; i++)
        free(checking->chunks[i].records);
    evd_table_release(&checking->renaming_indexes);
    evd_table_release(&checking->size_indexes);
    evd_table_release(&checking->nameless);
    free(checking->heap);
    free(checking->events);
    free(checking->has_ended);
    free(checking->readings);
    free(checking->renamings);
    free(checking->sizes);
}

bool evd_names_check_pairs(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                           const struct evd_names_pair *pairs, size_t pair_count,
                           const struct evd_names_options *options, struct evd_names_result *result)
{
    struct checking checking = {.log = {log[EVD_CANARY], log[EVD_OURS]},
                                .rules = log[EVD_CANARY]->rules,
                                .pairs = pairs,
                                .options = options,
                                .result = result};
    *result = (struct evd_names_result){0};
    bool is_done = init(&checking, pool, pair_count);
    for (size_t i = 0; i < pair_count; i++)
        is_done = is_done && !pairs[i].matched->failed;
    if (is_done)
        start_heap(&checking, pair_count);
    while (is_done && checking.heap_count > 0) {
        fill_window(&checking);
        const size_t chunks = (checking.event_count + CHUNK_EVENTS - 1) / CHUNK_EVENTS;
        evd_pool_run(pool, chunks, read_chunk, &checking);
        is_done = !atomic_load(&checking.failed) && apply_window(&checking);
    }
    release(&checking);
    return is_done;
}
