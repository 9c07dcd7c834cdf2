/* Opening logs: source → header → scan → index, all logs together, each phase on the pool; log/opening.h has what they share. A
 * log whose saved index fits is done after its source is open. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "log/header.h"
#include "log/opening_index.h"
#include "log/opening_scan.h"
#include "log/opening_sources.h"
#include "log/skipped.h"

/* A log that is refused is looked through so far for a header behind stray lines, to say that --tolerant would skip them. */
enum { SEEK_BYTES_MAX = 1 << 20 };

static bool create_logs(struct evd_opening *opening, const char *const *paths)
{
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_log *log = calloc(1, sizeof *log);
        opening->logs[i] = log;
        if (log == NULL || (log->path = strdup(paths ? paths[i] : "")) == NULL)
            return false;
        log->rules = opening->rules;
        log->side = opening->options->sides != NULL ? opening->options->sides[i] : EVD_SIDES;
    }
    return true;
}

/* A file that is no log gets no word of what is wrong with it as one. */
static const char NO_LOG[] = "is neither a log, whose first line is a JSON object, nor a trace that its content tells; "
                             "--from FORMAT says what it is (evdiff import --help)";

/* Tells of a log without a header, or says at which later place it has one: behind lines that are skipped, if that is asked for. */
static enum evd_status seek_header(struct evd_opening *opening, size_t log, const struct evd_error *fault,
                                   struct evd_error *error)
{
    const bool is_tolerant = opening->options->is_tolerant;
    const struct evd_source *source = &opening->logs[log]->source;
    uint64_t begin;
    if (!evd_header_find(opening->scanners[0]->parser, source, is_tolerant ? UINT64_MAX : SEEK_BYTES_MAX, &begin))
        return evd_fail_memory(error);
    if (is_tolerant && begin > 0) {
        struct evd_event_rooms rooms;
        if (!evd_event_rooms_init(&rooms, 1, begin))
            return evd_fail_memory(error);
        const struct evd_scan_job job = {
            .rooms = &rooms,
            .rules = opening->rules,
            .side = opening->logs[log]->side,
            .source = source,
            .log = log,
            .end = begin,
            .problems_max = 1,
            .is_tolerant = true};
        struct evd_chunk chunk = {0};
        evd_scan(opening->scanners[0], &job, &chunk);
        evd_skipped_add(opening->logs[log], &chunk);
        const bool has_failed = chunk.failed || opening->scanners[0]->hasher.failed;
        evd_chunk_release(&chunk);
        evd_event_rooms_release(&rooms);
        if (has_failed)
            return evd_fail_memory(error);
        struct evd_error later;
        opening->begins[log] = begin;
        const enum evd_status status =
            evd_header_read(opening->scanners[0]->parser, source, &opening->begins[log], &later);
        opening->logs[log]->is_header_late = true;
        if (status == EVD_OK)
            return EVD_OK;
        if (status != EVD_E_INPUT ||
            !evd_problems_add(&opening->problems, log, opening->begins[log], false, later.message))
            return evd_fail_memory(error);
    } else if (begin == 0 && !is_tolerant && evd_header_is_no_object(source)) {
        if (!evd_problems_add(&opening->problems, log, 0, false, NO_LOG))
            return evd_fail_memory(error);
    } else if (!evd_problems_add(&opening->problems, log, opening->begins[log], begin > 0, fault->message)) {
        return evd_fail_memory(error);
    }
    /* Events of a log without a header mean nothing. */
    opening->begins[log] = source->length;
    return EVD_OK;
}

static enum evd_status read_headers(struct evd_opening *opening, struct evd_error *error)
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
        if (status != EVD_OK && status != EVD_E_INPUT)
            return evd_fail_memory(error);
        if (status != EVD_OK && seek_header(opening, i, &fault, error) != EVD_OK)
            return EVD_E_NO_MEMORY;
    }
    return EVD_OK;
}

/* `paths` or `texts` is NULL. */
static enum evd_status open_logs(const char *const *paths, const struct evd_string *texts, size_t count,
                                 const struct evd_rules *rules, const struct evd_read_options *options,
                                 struct evd_log **logs, struct evd_problem **problems, size_t *problem_count,
                                 struct evd_read_statistics *statistics, struct evd_error *error)
{
    static const struct evd_read_options DEFAULTS = {0};
    struct evd_opening opening = {
        .rules = rules, .options = options ? options : &DEFAULTS, .texts = texts, .logs = logs, .log_count = count};
    opening.problems_max = opening.options->problems_max ? opening.options->problems_max : 1;
    enum evd_status status = EVD_OK;
    struct evd_read_statistics spent = {0};
    memset(logs, 0, count * sizeof *logs);
    if (opening.options->threads > EVD_THREADS_MAX) {
        status = evd_fail(error, EVD_E_ARGUMENT, "at most %d threads", EVD_THREADS_MAX);
        goto out;
    }
    if ((unsigned)opening.options->index > EVD_INDEX_REQUIRE) {
        status = evd_fail(error, EVD_E_ARGUMENT,
                          "index is %d, which is no use of indexes; EVD_INDEX_OFF, EVD_INDEX_AUTO and "
                          "EVD_INDEX_REQUIRE are",
                          (int)opening.options->index);
        goto out;
    }
    opening.statuses = calloc(count + 1, sizeof *opening.statuses);
    opening.errors = calloc(count + 1, sizeof *opening.errors);
    opening.begins = calloc(count + 1, sizeof *opening.begins);
    opening.blocks = calloc(count + 1, sizeof *opening.blocks);
    opening.indexes = calloc(count + 1, sizeof(struct evd_index *));
    opening.built = calloc(count + 1, sizeof *opening.built);
    if (!evd_problems_init(&opening.problems, logs, count) || opening.statuses == NULL || opening.errors == NULL ||
        opening.begins == NULL || opening.blocks == NULL || opening.indexes == NULL || opening.built == NULL ||
        !create_logs(&opening, paths)) {
        status = evd_fail_memory(error);
        goto out;
    }
    if (!evd_opening_create_workers(&opening)) {
        status = evd_pool_fail_memory(opening.pool, error);
        goto out;
    }
    const double started = evd_seconds_now();
    status = evd_opening_open_sources(&opening, error);
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
    if (!evd_opening_cut(&opening)) {
        status = evd_fail_memory(error);
        goto out;
    }
    status = evd_opening_scan(&opening, error);
    if (status != EVD_OK)
        goto out;
    const double scanned = evd_seconds_now();
    status = evd_opening_index(&opening, error);
    if (status != EVD_OK)
        goto out;
    status = evd_opening_conclude(&opening, error);
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
    status = evd_spill_tell(&opening.spill, status, error);
    if (problems != NULL) {
        /* Memory that ran out, or an argument, is no log's problem. */
        const bool is_listed = opening.problems.count > 0 && opening.problems.problems[0].error.status == status;
        *problem_count = is_listed ? opening.problems.count : 0;
        *problems = is_listed ? evd_problems_take(&opening.problems) : NULL;
    }
    evd_opening_release(&opening);
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
