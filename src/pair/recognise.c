#include "pair/recognise.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/failures.h"
#include "base/grow.h"
#include "log/canon.h"
#include "log/reread.h"

/* Which rules' events have a key, in a table that forgets. */
enum { MEMOS = 4096 };
struct memo {
    uint64_t key;
    uint64_t fits; /* a bit a rule */
    bool is_set;
};

/* What a worker needs, and what it found of creations. */
struct worker {
    struct evd_reread reread;
    struct evd_arena arena;
    struct memo *memos;
    struct evd_made_thread *made;
    size_t made_count, made_capacity;
};

struct search {
    const struct evd_log *log;
    const struct evd_rules *rules;
    enum evd_side side;
    bool is_plain; /* events are read also where their keys tell enough, and every line by the parser */
    struct evd_recognised *found;
    uint64_t firsts, all; /* rules that want the first event of a thread, and those that want all events; a bit each */
    struct worker *workers;
    struct evd_failures failures;
};

/* An event that is looked at. */
struct look {
    const struct search *search;
    struct worker *worker;
    size_t stream;
    const struct evd_event *event;
    struct evd_reread_event read; /* once has_read */
    bool has_read;
    struct evd_value payload; /* as it is in the log */
};

static enum evd_status read_event(struct look *look, struct evd_error *error)
{
    struct worker *worker = look->worker;
    if (look->has_read)
        return EVD_OK;
    evd_arena_reset(&worker->arena);
    const enum evd_status status =
        evd_reread_event(&worker->reread, look->search->log, look->event, &look->read, error);
    if (status != EVD_OK)
        return status;
    look->payload = (struct evd_value){.type = EVD_JSON_OBJECT};
    if (look->read.fields.payload != 0 &&
        !evd_value_build(&worker->arena, look->read.tape, look->read.fields.payload, &look->payload))
        return evd_fail_memory(error);
    look->has_read = true;
    return EVD_OK;
}

/* Which rules the event is one of. */
static enum evd_status ask(struct look *look, uint64_t *fits, struct evd_error *error)
{
    const struct evd_rules *rules = look->search->rules;
    struct memo *memo = &look->worker->memos[(look->event->key ^ look->event->key >> 32) % MEMOS];
    const bool takes_part = evd_event_tag(look->event) != EVD_TAG_ENGINE_LOCAL;
    if (takes_part && memo->is_set && memo->key == look->event->key && !look->search->is_plain) {
        *fits = memo->fits;
        return EVD_OK;
    }
    const enum evd_status status = read_event(look, error);
    if (status != EVD_OK)
        return status;
    const struct evd_event_fields *fields = &look->read.fields;
    const struct evd_string call = evd_payload_call(fields->rule, &look->payload);
    bool failed = false, is_told = takes_part;
    *fits = 0;
    for (size_t i = 0; i < rules->thread_count; i++) {
        const struct evd_when *when = &rules->threads[i].when;
        if (!rules->threads[i].has_when)
            continue;
        is_told = is_told && evd_when_is_told_by_key(when, fields->rule, fields->compare->count);
        if (evd_when_holds(&look->worker->arena, when, fields->kind, call, &look->payload, &failed))
            *fits |= (uint64_t)1 << i;
    }
    if (failed)
        return evd_fail_memory(error);
    if (is_told)
        *memo = (struct memo){look->event->key, *fits, true};
    return EVD_OK;
}

/* What is at the rule's paths, by what it counts as. */
static enum evd_status take_value(struct look *look, const struct evd_thread_rule *rule, bool *has_value,
                                  uint64_t *value, struct evd_error *error)
{
    struct evd_canon canon;
    *has_value = false;
    *value = 0;
    if (rule->path_count == 0)
        return EVD_OK;
    const enum evd_status status = read_event(look, error);
    if (status != EVD_OK)
        return status;
    if (!evd_canon_make(&look->worker->arena, look->read.tape, &look->read.fields, &canon))
        return evd_fail_memory(error);
    for (size_t i = 0; i < rule->path_count; i++) {
        const uint64_t hash = evd_path_hash(&rule->paths[i], &canon.payload);
        *has_value |= hash != 0;
        *value = evd_hash_pair(*value, hash);
    }
    return EVD_OK;
}

static enum evd_status mark(struct look *look, size_t index, struct evd_error *error)
{
    const struct search *search = look->search;
    struct evd_thread_mark *mark = &search->found->marks[look->stream * search->rules->thread_count + index];
    mark->is_there = true;
    mark->offset = evd_event_offset(look->event);
    return take_value(look, &search->rules->threads[index], &mark->has_value, &mark->value, error);
}

/* The thread that an event says it creates; SIZE_MAX where it is not there. */
static enum evd_status find_child(struct look *look, const struct evd_thread_rule *rule, size_t *stream,
                                  struct evd_error *error)
{
    struct evd_quantity tid;
    bool is_one = false;
    *stream = SIZE_MAX;
    const enum evd_status status = read_event(look, error);
    if (status != EVD_OK)
        return status;
    const struct evd_value *value = evd_path_first(&rule->child, &look->payload);
    if (value != NULL && !evd_quantity_read(&look->worker->arena, value, EVD_BARE_DECIMAL, &tid, &is_one))
        return evd_fail_memory(error);
    if (!is_one || tid.digits.length > 16)
        return EVD_OK;
    /* What does not fit in 64 bits with its sign is no tid. */
    const int64_t number = (int64_t)evd_quantity_low64(&tid);
    if (number != 0 && (number < 0) != tid.is_negative)
        return EVD_OK;
    const struct evd_log *log = look->search->log;
    const struct evd_stream *child = evd_log_stream(log, number);
    *stream = child == NULL ? SIZE_MAX : (size_t)(child - log->streams);
    return EVD_OK;
}

static enum evd_status add_made(struct look *look, size_t index, struct evd_error *error)
{
    struct worker *worker = look->worker;
    const struct evd_thread_rule *rule = &look->search->rules->threads[index];
    struct evd_made_thread made = {
        .rule = index, .creator = look->stream, .stream = SIZE_MAX, .offset = evd_event_offset(look->event)};
    bool has_value;
    enum evd_status status = take_value(look, rule, &has_value, &made.value, error);
    if (status == EVD_OK && rule->has_child)
        status = find_child(look, rule, &made.stream, error);
    void *room = evd_grow(worker->made, worker->made_count, &worker->made_capacity, sizeof *worker->made);
    if (status != EVD_OK || room == NULL)
        return status != EVD_OK ? status : evd_fail_memory(error);
    worker->made = room;
    worker->made[worker->made_count++] = made;
    return EVD_OK;
}

/* Looks at the events of one stream. */
static enum evd_status look_at(const struct search *search, struct worker *worker, size_t index,
                               struct evd_error *error)
{
    const struct evd_stream *stream = &search->log->streams[index];
    uint64_t firsts = search->firsts;
    enum evd_status status = EVD_OK;
    if (!evd_stream_verify(search->log, stream, 0, stream->count, NULL))
        return evd_log_check(search->log, true, error);
    search->found->starts[index] = stream->count == 0 ? UINT64_MAX : evd_event_offset(evd_stream_event(stream, 0));
    for (uint64_t i = 0; status == EVD_OK && i < stream->count && (firsts | search->all) != 0; i++) {
        struct look look = {.search = search, .worker = worker, .stream = index, .event = evd_stream_event(stream, i)};
        uint64_t fits;
        status = ask(&look, &fits, error);
        for (size_t rule = 0; status == EVD_OK && rule < search->rules->thread_count; rule++) {
            const uint64_t bit = (uint64_t)1 << rule;
            if (search->rules->threads[rule].has_when && !(fits & bit))
                continue;
            if (search->all & bit)
                status = add_made(&look, rule, error);
            else if (firsts & bit)
                status = mark(&look, rule, error);
            firsts &= ~bit;
        }
    }
    return status;
}

static void look_task(void *context, size_t task, unsigned worker)
{
    struct search *search = context;
    struct evd_error error;
    const enum evd_status status = look_at(search, &search->workers[worker], task, &error);
    evd_failures_add(&search->failures, worker, task, status, &error);
}

/* ---- creations ---- */

static int by_rule_and_offset(const void *a, const void *b)
{
    const struct evd_made_thread *l = a, *r = b;
    if (l->rule != r->rule)
        return l->rule < r->rule ? -1 : 1;
    return (l->offset > r->offset) - (l->offset < r->offset);
}

static bool gather(struct search *search, unsigned workers)
{
    struct evd_recognised *found = search->found;
    size_t count = 0;
    for (unsigned i = 0; i < workers; i++)
        count += search->workers[i].made_count;
    found->made = malloc((count + 1) * sizeof *found->made);
    if (found->made == NULL)
        return false;
    for (unsigned i = 0; i < workers; i++) {
        if (search->workers[i].made_count > 0)
            memcpy(&found->made[found->made_count], search->workers[i].made,
                   search->workers[i].made_count * sizeof *found->made);
        found->made_count += search->workers[i].made_count;
    }
    qsort(found->made, count, sizeof *found->made, by_rule_and_offset);
    return true;
}

/* A stream and where it starts. */
struct start {
    uint64_t offset;
    size_t stream;
};

static int by_start(const void *a, const void *b)
{
    const struct start *l = a, *r = b;
    return (l->offset > r->offset) - (l->offset < r->offset);
}

/* Where events do not say which thread they create: the next one to start is created by the earliest event before it that
 * has created none yet. */
static void guess_children(struct evd_made_thread *made, size_t count, const struct start *starts, size_t start_count)
{
    size_t next = 0;
    for (size_t i = 0; i < start_count && next < count; i++)
        if (made[next].offset < starts[i].offset)
            made[next++].stream = starts[i].stream;
}

static bool find_children(const struct search *search)
{
    const struct evd_recognised *found = search->found;
    const size_t streams = search->log->stream_count;
    struct start *starts = malloc((streams + 1) * sizeof *starts);
    if (starts == NULL)
        return false;
    for (size_t i = 0; i < streams; i++)
        starts[i] = (struct start){found->starts[i], i};
    qsort(starts, streams, sizeof *starts, by_start);
    for (size_t from = 0, to; from < found->made_count; from = to) {
        for (to = from; to < found->made_count && found->made[to].rule == found->made[from].rule;)
            to++;
        if (!search->rules->threads[found->made[from].rule].has_child)
            guess_children(&found->made[from], to - from, starts, streams);
    }
    free(starts);
    return true;
}

/* ---- all ---- */

static bool init(struct search *search, unsigned workers)
{
    const struct evd_rules *rules = search->rules;
    const size_t streams = search->log->stream_count;
    struct evd_recognised *found = search->found;
    found->marks = calloc(streams * rules->thread_count + 1, sizeof *found->marks);
    found->starts = calloc(streams + 1, sizeof *found->starts);
    search->workers = calloc(workers, sizeof *search->workers);
    bool is_done = evd_failures_init(&search->failures, workers) && found->marks != NULL && found->starts != NULL &&
                   search->workers != NULL;
    for (unsigned i = 0; is_done && i < workers; i++) {
        search->workers[i].memos = calloc(MEMOS, sizeof *search->workers[i].memos);
        is_done = evd_reread_init(&search->workers[i].reread) && search->workers[i].memos != NULL;
        search->workers[i].reread.is_plain = search->is_plain;
    }
    for (size_t i = 0; i < rules->thread_count; i++) {
        const struct evd_thread_rule *rule = &rules->threads[i];
        if (rule->pairing == EVD_THREADS_BY_CREATION)
            search->all |= (uint64_t)1 << i;
        else if (!rule->when.has_side || rule->when.side == search->side)
            search->firsts |= (uint64_t)1 << i;
    }
    return is_done;
}

static void release(struct search *search, unsigned workers)
{
    for (unsigned i = 0; search->workers != NULL && i < workers; i++) {
        evd_reread_release(&search->workers[i].reread);
        evd_arena_release(&search->workers[i].arena);
        free(search->workers[i].memos);
        free(search->workers[i].made);
    }
    free(search->workers);
    evd_failures_release(&search->failures);
}

enum evd_status evd_recognise(const struct evd_log *log, enum evd_side side, bool is_plain, struct evd_pool *pool,
                              struct evd_recognised *recognised, struct evd_error *error)
{
    const unsigned workers = evd_pool_size(pool);
    struct search search = {.log = log, .rules = log->rules, .side = side, .is_plain = is_plain, .found = recognised};
    enum evd_status status = EVD_OK;
    *recognised = (struct evd_recognised){.marks = NULL};
    if (!init(&search, workers)) {
        status = evd_fail_memory(error);
    } else {
        evd_pool_run(pool, log->stream_count, look_task, &search);
        status = evd_failures_tell(&search.failures, error);
    }
    if (status == EVD_OK && (!gather(&search, workers) || !find_children(&search)))
        status = evd_fail_memory(error);
    release(&search, workers);
    return status;
}

void evd_recognised_release(struct evd_recognised *recognised)
{
    free(recognised->marks);
    free(recognised->made);
    free(recognised->starts);
}
