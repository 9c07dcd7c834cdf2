#include "names/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/failures.h"
#include "base/grow.h"
#include "names/merge.h"
#include "names/pair_reader.h"

enum { CHUNK_EVENTS = 1024, WINDOW_CHUNKS = 64, NAMELESS_MAX = 1 << 18 };

/* A matching pair of events. */
struct event {
    size_t pair;
    uint64_t position[EVD_SIDES];
    uint64_t rank;
    int64_t tid_event_idx; /* canary's */
    size_t use_end;        /* in the chunk's names: where its own end */
    bool is_nameless;      /* it was read and has no names */
};

struct checking {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_rules *rules;
    const struct evd_names_pair *pairs;
    const struct evd_names_options *options;
    struct evd_names_result *result;
    struct evd_merge merge;
    struct event *events; /* of the window */
    size_t event_count;
    struct evd_name_use_list chunks[WINDOW_CHUNKS]; /* what one task reads: names in consecutive events */
    struct evd_name_pair_reader *readers;           /* one a worker */
    unsigned reader_count;
    struct evd_table nameless; /* keys of events without names, which need not be read again; grows only
                                  between windows, so that what is read does not depend on the workers */
    bool *has_ended;           /* per pair */
    struct evd_known_names known;
    struct evd_failures failures; /* of the tasks that read */
};

/* What the observer is told; nothing without one. */
static bool tell_start(struct checking *checking)
{
    const struct evd_names_options *options = checking->options;
    return options->observer == NULL || options->observer->start(options->observer_context, &checking->known);
}

static bool tell_begin(const struct checking *checking, uint64_t offset)
{
    const struct evd_names_options *options = checking->options;
    return options->observer == NULL || options->observer->begin(options->observer_context, offset);
}

static bool tell_name(const struct checking *checking, size_t pair, const struct evd_name_use *use)
{
    const struct evd_names_options *options = checking->options;
    return options->observer == NULL || options->observer->name(options->observer_context, pair, use);
}

static bool tell_end(const struct checking *checking, bool is_broken)
{
    const struct evd_names_options *options = checking->options;
    return options->observer == NULL || options->observer->end(options->observer_context, is_broken);
}

static bool tell_finish(const struct checking *checking)
{
    const struct evd_names_options *options = checking->options;
    return options->observer == NULL || options->observer->finish(options->observer_context);
}

static void fill_window(struct checking *checking)
{
    struct evd_merged_event next;
    checking->event_count = 0;
    while (checking->event_count < (size_t)CHUNK_EVENTS * WINDOW_CHUNKS &&
           evd_merge_next(&checking->merge, checking->has_ended, &next))
        checking->events[checking->event_count++] =
            (struct event){.pair = next.pair, .position = {next.position[0], next.position[1]}, .rank = next.rank};
}

static enum evd_status read_event(const struct checking *checking, struct evd_name_pair_reader *reader,
                                  struct event *event, struct evd_name_use_list *chunk, struct evd_error *error)
{
    const struct evd_names_pair *pair = &checking->pairs[event->pair];
    const struct evd_event *record[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        record[side] = evd_stream_event(pair->stream[side], event->position[side]);
    if (evd_table_get(&checking->nameless, record[EVD_CANARY]->key) != NULL)
        return EVD_OK;
    const enum evd_status status =
        evd_name_pair_reader_read(reader, checking->log, record, chunk, &event->is_nameless, error);
    event->tid_event_idx = reader->tid_event_idx;
    return status;
}

static void read_chunk(void *context, size_t task, unsigned worker)
{
    struct checking *checking = context;
    struct evd_name_use_list *chunk = &checking->chunks[task];
    struct evd_error error;
    enum evd_status status = EVD_OK;
    chunk->count = 0;
    size_t end = (task + 1) * CHUNK_EVENTS;
    if (end > checking->event_count)
        end = checking->event_count;
    for (size_t i = task * CHUNK_EVENTS; status == EVD_OK && i < end; i++) {
        struct event *event = &checking->events[i];
        if (!checking->has_ended[event->pair])
            status = read_event(checking, &checking->readers[worker], event, chunk, &error);
        event->use_end = chunk->count;
    }
    evd_failures_add(&checking->failures, worker, task, status, &error);
}

static bool apply(struct checking *checking, const struct event *event, const struct evd_name_use *use, bool *is_broken)
{
    const struct evd_names_pair *pair = &checking->pairs[event->pair];
    const struct evd_name_rule *rule = use->rule;
    const struct evd_learnt_at at = {pair->stream[EVD_CANARY]->tid, event->tid_event_idx};
    static const struct evd_name_size NO_SIZE;
    struct evd_name_size *size = NULL;
    *is_broken = false;
    if (!tell_name(checking, event->pair, use))
        return false;
    if (rule->size_index != 0 && (size = evd_known_size(&checking->known, event->pair, rule->size_index)) == NULL)
        return false;
    if (rule->form == EVD_NAME_SIZE) {
        memcpy(size->value, use->value, sizeof size->value);
        return true;
    }
    checking->result->uses[rule->class_index]++;
    struct evd_renaming *renaming = evd_known_renaming(&checking->known, rule->class_index, event->pair, NULL);
    if (renaming == NULL)
        return false;
    if (rule->form == EVD_NAME_BIRTH) {
        const bool is_born = evd_renaming_birth(renaming, use->value, size ? size->value : NO_SIZE.value, at);
        if (size != NULL)
            *size = NO_SIZE;
        return is_born;
    }
    struct evd_name_break break_ = {
        .rank = event->rank,
        .position = {event->position[0], event->position[1]},
        .path = use->path,
        .class_index = rule->class_index};
    if (!evd_renaming_use(renaming, use->value, at, is_broken, &break_.earlier))
        return false;
    if (rule->form == EVD_NAME_END && !evd_renaming_end(renaming, use->value))
        return false;
    struct evd_name_break_list *breaks = pair->breaks;
    const bool is_first = breaks->count == 0 || breaks->breaks[breaks->count - 1].rank != event->rank;
    if (*is_broken && !is_first)
        evd_name_break_also(&breaks->breaks[breaks->count - 1], use->path);
    return !*is_broken || !is_first || evd_name_break_add(breaks, &break_);
}

/* Goes through the names of one event; where a pair ends with its first break, up to that. */
static bool apply_event(struct checking *checking, const struct event *event, const struct evd_name_use *uses,
                        size_t count)
{
    const struct evd_stream *canary = checking->pairs[event->pair].stream[EVD_CANARY];
    const struct evd_event *record = evd_stream_event(canary, event->position[EVD_CANARY]);
    bool has_broken = false;
    if (event->is_nameless && checking->nameless.count < NAMELESS_MAX &&
        evd_table_put(&checking->nameless, record->key, 0, NULL) == NULL)
        return false;
    if (!tell_begin(checking, evd_event_offset(record)))
        return false;
    for (size_t i = 0; i < count && !checking->has_ended[event->pair]; i++) {
        bool is_broken;
        if (!apply(checking, event, &uses[i], &is_broken))
            return false;
        has_broken |= is_broken;
        checking->has_ended[event->pair] = is_broken && checking->options->stops_at_breaks;
    }
    return tell_end(checking, has_broken);
}

static bool apply_window(struct checking *checking)
{
    size_t use = 0;
    for (size_t i = 0; i < checking->event_count; i++) {
        const struct event *event = &checking->events[i];
        const struct evd_name_use_list *chunk = &checking->chunks[i / CHUNK_EVENTS];
        if (i % CHUNK_EVENTS == 0)
            use = 0;
        if (!apply_event(checking, event, chunk->uses == NULL ? NULL : chunk->uses + use, event->use_end - use))
            return false;
        use = event->use_end;
    }
    return true;
}

static bool init(struct checking *checking, struct evd_pool *pool, size_t pair_count)
{
    const bool is_merging = evd_merge_init(&checking->merge, checking->pairs, pair_count);
    checking->events = malloc(sizeof *checking->events * CHUNK_EVENTS * WINDOW_CHUNKS);
    checking->has_ended = calloc(pair_count + 1, sizeof *checking->has_ended);
    checking->result->uses = calloc(checking->rules->name_class_count + 1, sizeof *checking->result->uses);
    const unsigned workers = evd_pool_size(pool);
    checking->readers = calloc(workers, sizeof *checking->readers);
    if (!is_merging || checking->events == NULL || checking->has_ended == NULL || checking->result->uses == NULL ||
        checking->readers == NULL)
        return false;
    bool is_done = true;
    for (; checking->reader_count < workers; checking->reader_count++)
        is_done = evd_name_pair_reader_init(
                      &checking->readers[checking->reader_count], checking->rules, checking->options->is_plain) &&
                  is_done;
    is_done = evd_failures_init(&checking->failures, workers) && is_done;
    return is_done && tell_start(checking);
}

static void release(struct checking *checking)
{
    for (unsigned i = 0; i < checking->reader_count; i++) {
        struct evd_name_pair_reader *reader = &checking->readers[i];
        checking->result->bytes_read += reader->reader.reread.bytes_read;
        evd_name_pair_reader_release(reader);
    }
    for (size_t i = 0; i < WINDOW_CHUNKS; i++)
        free(checking->chunks[i].uses);
    evd_known_names_release(&checking->known);
    evd_table_release(&checking->nameless);
    evd_failures_release(&checking->failures);
    evd_merge_release(&checking->merge);
    free(checking->events);
    free(checking->has_ended);
    free(checking->readers);
}

static void begin_step(const struct checking *checking, size_t pair_count)
{
    uint64_t events = 0;
    for (size_t i = 0; i < pair_count; i++)
        for (size_t j = 0; j < checking->pairs[i].matched->count; j++)
            events += checking->pairs[i].matched->runs[j].count;
    evd_steps_begin(checking->options->steps, EVD_STEP_NAMES, events);
}

/* Goes through all matching events, window by window. */
static enum evd_status check(struct checking *checking, struct evd_pool *pool, struct evd_error *error)
{
    while (checking->merge.count > 0) {
        fill_window(checking);
        const size_t chunks = (checking->event_count + CHUNK_EVENTS - 1) / CHUNK_EVENTS;
        evd_pool_run(pool, chunks, read_chunk, checking);
        const enum evd_status status = evd_failures_tell(&checking->failures, error);
        if (status != EVD_OK)
            return status;
        if (!apply_window(checking))
            return evd_fail_memory(error);
        evd_steps_advance(checking->options->steps, checking->event_count);
    }
    return tell_finish(checking) ? EVD_OK : evd_fail_memory(error);
}

enum evd_status evd_names_check_pairs(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                                      const struct evd_names_pair *pairs, size_t pair_count,
                                      const struct evd_names_options *options, struct evd_names_result *result,
                                      struct evd_error *error)
{
    struct checking checking = {
        .log = {log[EVD_CANARY], log[EVD_OURS]},
        .rules = log[EVD_CANARY]->rules,
        .known.rules = log[EVD_CANARY]->rules,
        .pairs = pairs,
        .options = options,
        .result = result};
    *result = (struct evd_names_result){0};
    const bool is_ready = init(&checking, pool, pair_count);
    if (is_ready)
        begin_step(&checking, pair_count);
    const enum evd_status status = is_ready ? check(&checking, pool, error) : evd_fail_memory(error);
    release(&checking);
    return status;
}
