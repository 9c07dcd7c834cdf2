/* Opening logs: source → header → scan → index, all logs together, each phase on the pool. A log whose
 * saved index fits is done after its source is open. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/free_memory.h"
#include "base/pages.h"
#include "log/header.h"
#include "log/index.h"
#include "log/problems.h"
#include "log/reread.h"
#include "log/saved_index.h"
#include "log/skipped.h"

enum { CHUNK_BYTES_MIN = 1 << 20, CHUNK_BYTES_MAX = 32 << 20, CHUNKS_PER_THREAD = 16 };

struct stretch {
    size_t log;
    uint64_t begin, end;
};

/* All that one call works on. */
struct opening {
    const struct evd_rules *rules;
    const struct evd_read_options *options;
    const struct evd_string *texts; /* one a log, in memory; NULL: the logs are at their paths */
    struct evd_log **logs;
    size_t log_count;
    struct evd_text_limit text_limit;
    struct evd_pool *pool;
    enum evd_status *statuses; /* of opening each source */
    struct evd_error *errors;
    uint64_t *begins; /* where each log's events begin */
    struct evd_scanner **scanners;
    struct stretch *stretches; /* of all logs, in order */
    struct evd_chunk *chunks;  /* one a stretch */
    size_t chunk_count;
    uint64_t total_bytes;
    atomic_uint_fast64_t done_bytes;
    atomic_size_t problem_count; /* found so far in all logs */
    atomic_size_t problems_end;  /* all of those are in stretches before this one */
    size_t problems_max;
    struct evd_problem_list problems;
};

/* Opens a log by its saved index, when it is to be used and fits; else with its text at hand. */
static enum evd_status open_log(struct opening *opening, size_t task, struct evd_error *error)
{
    struct evd_log *log = opening->logs[task];
    const struct evd_read_options *options = opening->options;
    enum evd_status status = evd_source_open_stored(&log->source, log->path, &opening->text_limit, error);
    if (status != EVD_OK)
        return status;
    if (options->imports != NULL && options->imports[task] != NULL)
        status = evd_source_import(&log->source, options->imports[task], error);
    if (status != EVD_OK)
        return status;
    log->can_be_saved = log->source.stored != NULL;
    if (log->can_be_saved)
        log->stored = evd_fingerprint_take(&log->source);
    char reason[EVD_PATH_MAX + EVD_MESSAGE_MAX + 2] = "";
    if (options->index != EVD_INDEX_OFF && !options->has_statistics) {
        status = evd_saved_index_open(log, options->index_directory, error);
        if (status != EVD_E_INDEX || options->index == EVD_INDEX_REQUIRE)
            return status;
        snprintf(reason, sizeof reason, "%s: %s", error->path, error->message);
    }
    log->why_not_saved = strdup(reason);
    return log->why_not_saved == NULL ? evd_fail_memory(error)
                                      : evd_source_load(&log->source, &opening->text_limit, error);
}

static enum evd_status open_text(const struct evd_string *text, struct evd_log *log, struct evd_error *error)
{
    log->why_not_saved = strdup("");
    return log->why_not_saved == NULL ? evd_fail_memory(error)
                                      : evd_source_open_text(&log->source, log->path, text->bytes, text->length, error);
}

static void open_source(void *context, size_t task, unsigned worker)
{
    (void)worker;
    struct opening *opening = context;
    struct evd_log *log = opening->logs[task];
    struct evd_error *error = &opening->errors[task];
    opening->statuses[task] =
        opening->texts != NULL ? open_text(&opening->texts[task], log, error) : open_log(opening, task, error);
}

static bool create_logs(struct opening *opening, const char *const *paths)
{
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_log *log = calloc(1, sizeof *log);
        opening->logs[i] = log;
        if (log == NULL || (log->path = strdup(paths ? paths[i] : "")) == NULL)
            return false;
        log->rules = opening->rules;
    }
    return true;
}

/* Of 5 bytes that are free, 3 may become text: the rest is for the index, which takes at most 24 bytes a line of at
 * least 38 on the way. */
enum { FREE_PARTS = 5, TEXT_PARTS = 3 };

static void set_text_limit(struct opening *opening)
{
    const uint64_t wanted = opening->options->max_unpacked_bytes;
    opening->text_limit.most = wanted ? wanted : evd_free_memory("") / FREE_PARTS * TEXT_PARTS;
    opening->text_limit.is_default = wanted == 0;
}

/* The first log that is beyond the limit with all before it is named, whichever was refused when they were read side
 * by side. */
static enum evd_status hold_text_limit(struct opening *opening, size_t log, uint64_t *held, struct evd_error *error)
{
    const struct evd_text_limit *limit = &opening->text_limit;
    const uint64_t added = opening->logs[log]->source.added;
    if (added > limit->most - *held)
        return evd_source_refuse(opening->logs[log]->path, limit, added <= limit->most, error);
    *held += added;
    return EVD_OK;
}

/* Texts of saved indexes come last: they are unpacked only if they must be. */
static void hold_deferred_limit(struct opening *opening, uint64_t held)
{
    const struct evd_text_limit *limit = &opening->text_limit;
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_source *source = &opening->logs[i]->source;
        if (source->deferred == NULL)
            continue;
        if (source->length > limit->most - held)
            evd_source_refuse_deferred(source, limit);
        else
            held += source->length;
    }
}

static enum evd_status conclude(struct opening *opening, struct evd_error *error)
{
    return evd_problems_conclude(&opening->problems, opening->problems_max, error);
}

static enum evd_status open_sources(struct opening *opening, struct evd_error *error)
{
    uint64_t held = 0;
    bool has_room = true;
    set_text_limit(opening);
    evd_pool_run(opening->pool, opening->log_count, open_source, opening);
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_error *fault = &opening->errors[i];
        enum evd_status status = opening->statuses[i];
        /* Of several that had no room side by side one is named. */
        if (status == EVD_OK || status == EVD_E_LIMIT) {
            status = has_room ? hold_text_limit(opening, i, &held, fault) : EVD_OK;
            has_room = has_room && status == EVD_OK;
        }
        if (status != EVD_OK && (status = evd_problems_add_fault(&opening->problems, i, fault, error)) != EVD_OK)
            return status;
    }
    hold_deferred_limit(opening, held);
    return conclude(opening, error);
}

static enum evd_status read_headers(struct opening *opening, struct evd_error *error)
{
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_error fault;
        const struct evd_source *source = &opening->logs[i]->source;
        if (opening->logs[i]->saved != NULL) {
            opening->begins[i] = source->length;
            continue;
        }
        const enum evd_status status =
            evd_header_read(opening->scanners[0]->parser, source, &opening->begins[i], &fault);
        if (status == EVD_OK)
            continue;
        if (status != EVD_E_INPUT)
            return evd_fail_memory(error);
        if (!evd_problems_add(&opening->problems, i, opening->begins[i], false, fault.message))
            return evd_fail_memory(error);
        /* Events of a log without a header mean nothing. */
        opening->begins[i] = source->length;
    }
    return EVD_OK;
}

/* Of `bytes` to scan in all logs. */
static uint64_t choose_chunk_bytes(const struct opening *opening, uint64_t bytes)
{
    uint64_t chosen = opening->options->chunk_bytes;
    if (chosen == 0) {
        const uint64_t share = bytes / (evd_pool_size(opening->pool) * CHUNKS_PER_THREAD);
        chosen = share < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : share < CHUNK_BYTES_MAX ? share : CHUNK_BYTES_MAX;
    }
    /* A chunk has pages of its own, however little it holds. */
    const uint64_t least = bytes / EVD_CHUNKS_MAX + (bytes % EVD_CHUNKS_MAX != 0);
    if (chosen < least)
        chosen = least;
    /* It numbers its segments in 32 bits (evd_scanner::segment_of). */
    return chosen < UINT32_MAX ? chosen : UINT32_MAX;
}

static bool cut_into_stretches(struct opening *opening)
{
    uint64_t bytes = 0;
    size_t count = 0;
    for (size_t i = 0; i < opening->log_count; i++)
        bytes += opening->logs[i]->source.length - opening->begins[i];
    const uint64_t chunk_bytes = choose_chunk_bytes(opening, bytes);
    for (size_t i = 0; i < opening->log_count; i++) {
        const uint64_t rest = opening->logs[i]->source.length - opening->begins[i];
        count += rest / chunk_bytes + (rest % chunk_bytes != 0);
    }
    opening->stretches = calloc(count + 1, sizeof *opening->stretches);
    opening->chunks = calloc(count + 1, sizeof *opening->chunks);
    if (opening->stretches == NULL || opening->chunks == NULL)
        return false;
    for (size_t i = 0; i < opening->log_count; i++) {
        const uint64_t length = opening->logs[i]->source.length;
        for (uint64_t begin = opening->begins[i]; begin < length;) {
            const uint64_t end = length - begin > chunk_bytes ? begin + chunk_bytes : length;
            opening->stretches[opening->chunk_count++] = (struct stretch){i, begin, end};
            begin = end;
        }
    }
    return true;
}

/* The end first: who sees the count must see how far it reaches. */
static void count_problems(struct opening *opening, size_t task, size_t count)
{
    size_t end = atomic_load(&opening->problems_end);
    while (end <= task && !atomic_compare_exchange_weak(&opening->problems_end, &end, task + 1))
        continue;
    atomic_fetch_add(&opening->problem_count, count);
}

static void scan_stretch(void *context, size_t task, unsigned worker)
{
    struct opening *opening = context;
    const struct stretch *stretch = &opening->stretches[task];
    /* With enough problems before this stretch, its own are not asked for. */
    if (atomic_load(&opening->problem_count) >= opening->problems_max && atomic_load(&opening->problems_end) <= task)
        return;
    const struct evd_scan_job job = {
        .rules = opening->rules,
        .source = &opening->logs[stretch->log]->source,
        .worker = worker,
        .log = stretch->log,
        .begin = stretch->begin,
        .end = stretch->end,
        .problems_max = opening->problems_max,
        .has_statistics = opening->options->has_statistics,
        .is_plain = opening->options->is_plain,
        .is_tolerant = opening->options->is_tolerant,
    };
    struct evd_chunk *chunk = &opening->chunks[task];
    evd_scan(opening->scanners[worker], &job, chunk);
    if (chunk->problem_count > 0 && !job.is_tolerant)
        count_problems(opening, task, chunk->problem_count);
    const uint64_t bytes = stretch->end - stretch->begin;
    const uint64_t done = atomic_fetch_add(&opening->done_bytes, bytes) + bytes;
    if (worker == 0 && opening->options->progress != NULL)
        opening->options->progress(opening->options->progress_context, done, opening->total_bytes);
}

/* What was read of a log that was cut meanwhile means nothing: then only that is listed. */
static enum evd_status check_sources(struct opening *opening, struct evd_error *error)
{
    bool has_fault = false;
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_error fault;
        if (evd_source_check(&opening->logs[i]->source, &fault) == EVD_OK)
            continue;
        if (!has_fault)
            opening->problems.count = 0;
        has_fault = true;
        const enum evd_status status = evd_problems_add_fault(&opening->problems, i, &fault, error);
        if (status != EVD_OK)
            return status;
    }
    return has_fault ? conclude(opening, error) : EVD_OK;
}

static enum evd_status scan(struct opening *opening, struct evd_error *error)
{
    const unsigned workers = evd_pool_size(opening->pool);
    evd_pool_run(opening->pool, opening->chunk_count, scan_stretch, opening);
    for (size_t i = 0; i < opening->chunk_count; i++)
        if (opening->chunks[i].failed)
            return evd_fail_memory(error);
    for (size_t i = 0; i < workers; i++)
        if (opening->scanners[i]->hasher.failed)
            return evd_fail_memory(error);
    enum evd_status status = check_sources(opening, error);
    for (size_t i = 0; i < opening->chunk_count && status == EVD_OK; i++) {
        const struct evd_chunk *chunk = &opening->chunks[i];
        if (opening->options->is_tolerant) {
            evd_skipped_add(opening->logs[opening->stretches[i].log], chunk);
            continue;
        }
        for (size_t j = 0; j < chunk->problem_count && j < opening->problems_max; j++) {
            if (!evd_problems_add(&opening->problems, opening->stretches[i].log, chunk->problems[j].offset, true,
                                  chunk->problems[j].reason))
                return evd_fail_memory(error);
        }
    }
    return status;
}

/* Lists the places where events are out of order, each at its tid_event_idx. */
static enum evd_status list_disorder(struct opening *opening, size_t log, const struct evd_order_problem *problems,
                                     size_t count, struct evd_error *error)
{
    struct evd_reread reread;
    struct evd_reread_event read;
    struct evd_error fault;
    enum evd_status status = evd_reread_init(&reread) ? EVD_OK : evd_fail_memory(&fault);
    for (size_t i = 0; i < count && status == EVD_OK; i++) {
        const struct evd_stream *stream = evd_log_stream(opening->logs[log], problems[i].tid);
        const struct evd_event *event = &stream->records[problems[i].position];
        char message[EVD_MESSAGE_MAX];
        int64_t before = 0;
        /* The first event of a thread is never out of order. */
        status = evd_reread_event(&reread, opening->logs[log], event - 1, &read, &fault);
        if (status == EVD_OK) {
            before = read.fields.tid_event_idx;
            status = evd_reread_event(&reread, opening->logs[log], event, &read, &fault);
        }
        if (status == EVD_OK)
            snprintf(message, sizeof message,
                     "tid=%lld events out of order at index %llu: tid_event_idx is %lld, and %lld in the event before",
                     (long long)problems[i].tid, (unsigned long long)problems[i].position,
                     (long long)read.fields.tid_event_idx, (long long)before);
        if (status == EVD_OK &&
            !evd_problems_add(&opening->problems, log,
                              evd_event_offset(event) + read.tape->tokens[read.fields.idx].start, false, message))
            status = evd_fail_memory(&fault);
    }
    evd_reread_release(&reread);
    if (status == EVD_OK)
        return EVD_OK;
    /* As in check_sources. */
    opening->problems.count = 0;
    status = evd_problems_add_fault(&opening->problems, log, &fault, error);
    return status == EVD_OK ? conclude(opening, error) : status;
}

static enum evd_status build_indexes(struct opening *opening, struct evd_error *error)
{
    size_t first = 0;
    for (size_t i = 0; i < opening->log_count; i++) {
        size_t count = 0;
        while (first + count < opening->chunk_count && opening->stretches[first + count].log == i)
            count++;
        if (opening->logs[i]->saved != NULL)
            continue;
        struct evd_order_problem *problems;
        size_t problem_count;
        enum evd_status status = EVD_OK;
        if (!evd_index_build(opening->logs[i], i, opening->chunks + first, count, opening->scanners,
                             evd_pool_size(opening->pool), opening->pool, &problems, &problem_count))
            status = evd_fail_memory(error);
        else if (problem_count > 0)
            status = list_disorder(opening, i, problems, problem_count, error);
        free(problems);
        if (status != EVD_OK)
            return status;
        first += count;
    }
    return EVD_OK;
}

static bool create_workers(struct opening *opening)
{
    opening->pool = evd_pool_create(opening->options->threads);
    if (opening->pool == NULL)
        return false;
    const unsigned workers = evd_pool_size(opening->pool);
    opening->scanners = calloc(workers, sizeof *opening->scanners);
    if (opening->scanners == NULL)
        return false;
    for (unsigned i = 0; i < workers; i++)
        if ((opening->scanners[i] = evd_scanner_create(opening->rules, opening->log_count)) == NULL)
            return false;
    return true;
}

static void release(struct opening *opening)
{
    for (size_t i = 0; opening->chunks != NULL && i < opening->chunk_count; i++)
        evd_chunk_release(&opening->chunks[i]);
    free(opening->chunks);
    free(opening->stretches);
    for (unsigned i = 0; opening->scanners != NULL && i < evd_pool_size(opening->pool); i++)
        evd_scanner_destroy(opening->scanners[i]);
    free(opening->scanners);
    evd_pool_destroy(opening->pool);
    free(opening->statuses);
    free(opening->errors);
    free(opening->begins);
    evd_problems_release(&opening->problems);
}

/* `paths` or `texts` is NULL. */
static enum evd_status open_logs(const char *const *paths, const struct evd_string *texts, size_t count,
                                 const struct evd_rules *rules, const struct evd_read_options *options,
                                 struct evd_log **logs, struct evd_problem **problems, size_t *problem_count,
                                 struct evd_read_statistics *statistics, struct evd_error *error)
{
    static const struct evd_read_options DEFAULTS = {0};
    struct opening opening = {
        .rules = rules, .options = options ? options : &DEFAULTS, .texts = texts, .logs = logs, .log_count = count};
    opening.problems_max = opening.options->problems_max ? opening.options->problems_max : 1;
    enum evd_status status = EVD_OK;
    struct evd_read_statistics spent = {0};
    memset(logs, 0, count * sizeof *logs);
    if (opening.options->threads > EVD_THREADS_MAX) {
        status = evd_fail(error, EVD_E_ARGUMENT, "at most %d threads", EVD_THREADS_MAX);
        goto out;
    }
    opening.statuses = calloc(count + 1, sizeof *opening.statuses);
    opening.errors = calloc(count + 1, sizeof *opening.errors);
    opening.begins = calloc(count + 1, sizeof *opening.begins);
    if (!evd_problems_init(&opening.problems, logs, count) || opening.statuses == NULL || opening.errors == NULL ||
        opening.begins == NULL || !create_logs(&opening, paths)) {
        status = evd_fail_memory(error);
        goto out;
    }
    if (!create_workers(&opening)) {
        status = evd_pool_fail_memory(opening.pool, error);
        goto out;
    }
    const double started = evd_seconds_now();
    status = open_sources(&opening, error);
    if (status != EVD_OK)
        goto out;
    const double opened = evd_seconds_now();
    status = read_headers(&opening, error);
    if (status != EVD_OK)
        goto out;
    for (size_t i = 0; i < count; i++) {
        spent.bytes += logs[i]->source.length;
        if (logs[i]->saved == NULL)
            opening.total_bytes += logs[i]->source.length;
    }
    if (!cut_into_stretches(&opening)) {
        status = evd_fail_memory(error);
        goto out;
    }
    status = scan(&opening, error);
    if (status != EVD_OK)
        goto out;
    const double scanned = evd_seconds_now();
    status = build_indexes(&opening, error);
    if (status != EVD_OK)
        goto out;
    status = conclude(&opening, error);
    spent.open_seconds = opened - started;
    spent.scan_seconds = scanned - opened;
    spent.index_seconds = evd_seconds_now() - scanned;
    spent.scanned_bytes = opening.total_bytes;
    for (size_t i = 0; i < count; i++) {
        spent.events += logs[i]->event_count;
        if (logs[i]->saved != NULL)
            continue;
        spent.scanned_events += logs[i]->event_count;
        spent.idx_gaps += logs[i]->gaps.count;
        if (__builtin_add_overflow(spent.idx_missing, logs[i]->gaps.missing, &spent.idx_missing))
            spent.idx_missing = UINT64_MAX;
    }
out:
    if (problems != NULL) {
        /* Memory that ran out, or an argument, is no log's problem. */
        const bool is_listed = opening.problems.count > 0 && opening.problems.problems[0].error.status == status;
        *problem_count = is_listed ? opening.problems.count : 0;
        *problems = is_listed ? evd_problems_take(&opening.problems) : NULL;
    }
    release(&opening);
    if (status != EVD_OK) {
        for (size_t i = 0; i < count; i++) {
            evd_log_free(logs[i]);
            logs[i] = NULL;
        }
    }
    if (statistics != NULL)
        *statistics = spent;
    return status;
}

enum evd_status evd_logs_open(const char *const *paths, size_t count, const struct evd_rules *rules,
                              const struct evd_read_options *options, struct evd_log **logs,
                              struct evd_problem **problems, size_t *problem_count,
                              struct evd_read_statistics *statistics, struct evd_error *error)
{
    return open_logs(paths, NULL, count, rules, options, logs, problems, problem_count, statistics, error);
}

enum evd_status evd_logs_open_texts(const struct evd_string *texts, size_t count, const struct evd_rules *rules,
                                    const struct evd_read_options *options, struct evd_log **logs,
                                    struct evd_error *error)
{
    return open_logs(NULL, texts, count, rules, options, logs, NULL, NULL, NULL, error);
}
