/* What can be asked of an open log. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/pages.h"
#include "log/reread.h"
#include "log/saved_index.h"
#include "log/shrink_guard.h"

void evd_log_free(struct evd_log *log)
{
    if (log == NULL)
        return;
    evd_source_close(&log->source);
    if (log->events != NULL)
        evd_pages_free(log->events, log->event_count * sizeof *log->events);
    evd_event_runs_release(&log->runs);
    evd_saved_index_close(log->saved);
    evd_arena_release(&log->arena);
    free(log->why_not_saved);
    free(log->path);
    free(log);
}

const char *evd_log_path(const struct evd_log *log)
{
    return log->path;
}

const char *evd_log_index(const struct evd_log *log, const char **why_not)
{
    if (why_not != NULL)
        *why_not = log->why_not_saved;
    return log->saved != NULL ? log->saved->path : NULL;
}

bool evd_log_content_hash(const struct evd_log *log, char digits[33])
{
    digits[0] = '\0';
    if (log->has_content_hash)
        evd_hash_spell(log->content_hash, digits);
    return log->has_content_hash;
}

uint64_t evd_log_bytes(const struct evd_log *log)
{
    return log->source.length;
}

uint64_t evd_log_event_count(const struct evd_log *log)
{
    return log->event_count;
}

size_t evd_log_thread_count(const struct evd_log *log)
{
    return log->stream_count;
}

int64_t evd_log_thread_tid(const struct evd_log *log, size_t index)
{
    return log->streams[index].tid;
}

uint64_t evd_log_thread_events(const struct evd_log *log, size_t index)
{
    return log->streams[index].count;
}

size_t evd_log_kind_count(const struct evd_log *log)
{
    return log->kind_count;
}

uint64_t evd_log_kind(const struct evd_log *log, size_t index, const char **name, size_t *name_length)
{
    *name = log->kinds[index].kind.bytes;
    *name_length = log->kinds[index].kind.length;
    return log->kinds[index].count;
}

bool evd_log_time_span(const struct evd_log *log, int64_t *first_ns, int64_t *last_ns)
{
    *first_ns = log->first_ns;
    *last_ns = log->last_ns;
    return log->has_time_span;
}

bool evd_log_gaps(const struct evd_log *log, uint64_t *count, uint64_t *missing)
{
    *count = log->gaps.count;
    *missing = log->gaps.missing;
    return log->saved == NULL;
}

enum evd_status evd_log_check(const struct evd_log *log, bool has_changed, struct evd_error *error)
{
    const enum evd_status status = evd_source_check(&log->source, error);
    if (status != EVD_OK)
        return status;
    if (log->saved != NULL &&
        (has_changed || atomic_load(&log->saved->is_damaged) || evd_shrink_guard_has_fired(log->saved->guard)))
        return evd_fail_at(error, EVD_E_INDEX, log->saved->path, 0, 0,
                           "the index is damaged, or the log has changed since it was made");
    return has_changed ? evd_fail_at(error, EVD_E_IO, log->path, 0, 0,
                                     "the log changed while it was read; wait until its writer is "
                                     "done")
                       : EVD_OK;
}

enum evd_status evd_logs_blame(const struct evd_log *const *logs, size_t count, struct evd_error *error)
{
    size_t blamed = 0;
    for (size_t i = 0; i < count; i++) {
        const enum evd_status status = evd_log_check(logs[i], false, error);
        if (status != EVD_OK)
            return status;
    }
    while (blamed < count && logs[blamed]->saved == NULL)
        blamed++;
    return evd_log_check(logs[blamed < count ? blamed : 0], true, error);
}

static int compare_tid(const void *key, const void *element)
{
    const int64_t tid = *(const int64_t *)key;
    const struct evd_stream *stream = element;
    return (tid > stream->tid) - (tid < stream->tid);
}

const struct evd_stream *evd_log_stream(const struct evd_log *log, int64_t tid)
{
    if (log->stream_count == 0)
        return NULL;
    return bsearch(&tid, log->streams, log->stream_count, sizeof *log->streams, compare_tid);
}

uint64_t evd_stream_piece(const struct evd_stream *stream, uint64_t from, uint64_t to)
{
    if (!stream->is_in_runs)
        return to - from;
    uint64_t offset;
    uint64_t run = evd_event_run_of(from, &offset), end = evd_event_run_start(run + 1);
    for (const struct evd_event *next = evd_stream_event(stream, from) + (end - from);
         end < to && evd_run_at(stream->stretches, stream->runs[run + 1]) == next; run++) {
        next += evd_event_run_start(run + 2) - end;
        end = evd_event_run_start(run + 2);
    }
    return (end < to ? end : to) - from;
}

static int compare_hash(const void *key, const void *element)
{
    const uint64_t left = *(const uint64_t *)key, right = *(const uint64_t *)element;
    return (left > right) - (left < right);
}

bool evd_log_floats(const struct evd_log *log, uint64_t sid_hash)
{
    const struct evd_sid_set *floating = &log->floating;
    return floating->count > 0 &&
           bsearch(&sid_hash, floating->hashes, floating->count, sizeof sid_hash, compare_hash) != NULL;
}

bool evd_stream_creation(const struct evd_log *log, const struct evd_stream *stream,
                         const struct evd_creation **creation)
{
    *creation = NULL;
    if (stream->count == 0)
        return true;
    if (!evd_stream_verify(log, stream, 0, 1, NULL))
        return false;
    const uint64_t first = evd_event_offset(evd_stream_event(stream, 0));
    size_t low = 0, high = log->creation_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (log->creations[middle].offset < first)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0)
        *creation = &log->creations[low - 1];
    return true;
}

struct evd_string evd_log_rest(const struct evd_log *log, uint64_t offset)
{
    const char *text = evd_source_text(&log->source);
    if (text == NULL || offset >= log->source.length)
        return (struct evd_string){NULL, 0};
    return (struct evd_string){text + offset, log->source.length - offset};
}

struct evd_string evd_log_text(const struct evd_log *log, uint64_t offset)
{
    const struct evd_string rest = evd_log_rest(log, offset);
    if (rest.bytes == NULL)
        return rest;
    const char *end = memchr(rest.bytes, '\n', rest.length);
    return evd_line_cut(rest.bytes, end == NULL ? rest.length : (size_t)(end - rest.bytes));
}

enum evd_status evd_log_line(const struct evd_log *log, int64_t tid, uint64_t position, const char **text,
                             size_t *length, struct evd_error *error)
{
    const struct evd_stream *stream = evd_log_stream(log, tid);
    if (stream == NULL || position >= stream->count)
        return evd_fail_at(error, EVD_E_ARGUMENT, log->path, 0, 0, "tid %lld has no event at position %llu",
                           (long long)tid, (unsigned long long)position);
    struct evd_string line = {NULL, 0};
    if (evd_stream_verify(log, stream, position, position + 1, NULL))
        line = evd_log_text(log, evd_event_offset(evd_stream_event(stream, position)));
    *text = line.bytes;
    *length = line.length;
    return line.bytes != NULL ? EVD_OK : evd_log_check(log, true, error);
}

/* Reads the tid_event_idx of events, one at a time. */
struct idx_reader {
    const struct evd_log *log;
    const struct evd_stream *stream;
    struct evd_reread reread;
    struct evd_verified verified;
};

static enum evd_status read_idx(struct idx_reader *reader, uint64_t position, int64_t *idx, struct evd_error *error)
{
    struct evd_reread_event read;
    if (!evd_stream_verify_at(reader->log, reader->stream, position, &reader->verified))
        return evd_log_check(reader->log, true, error);
    const enum evd_status status =
        evd_reread_event(&reader->reread, reader->log, evd_stream_event(reader->stream, position), &read, error);
    if (status == EVD_OK)
        *idx = read.fields.tid_event_idx;
    return status;
}

/* tid_event_idx increases strictly but where it equals the position, so it is searched by halves and,
 * where that misses, event by event. */
static enum evd_status search(struct idx_reader *reader, int64_t wanted, uint64_t *position, struct evd_error *error)
{
    const uint64_t count = reader->stream->count;
    enum evd_status status;
    int64_t idx = 0;
    if (wanted >= 0 && (uint64_t)wanted < count) {
        if ((status = read_idx(reader, (uint64_t)wanted, &idx, error)) != EVD_OK)
            return status;
        if (idx == wanted) {
            *position = (uint64_t)wanted;
            return EVD_OK;
        }
    }
    uint64_t low = 0, high = count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if ((status = read_idx(reader, middle, &idx, error)) != EVD_OK)
            return status;
        if (idx == wanted) {
            *position = middle;
            return EVD_OK;
        }
        if (idx < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t first = 0, last = 0;
    for (uint64_t i = 0; i < count; i++) {
        if ((status = read_idx(reader, i, &idx, error)) != EVD_OK)
            return status;
        if (idx == wanted) {
            *position = i;
            return EVD_OK;
        }
        if (i == 0)
            first = idx;
        last = idx;
    }
    return evd_fail_at(error, EVD_E_ARGUMENT, reader->log->path, 0, 0,
                       "tid %lld has no event with tid_event_idx %lld; its first is %lld, its last "
                       "%lld",
                       (long long)reader->stream->tid, (long long)wanted, (long long)first, (long long)last);
}

enum evd_status evd_log_find(const struct evd_log *log, int64_t tid, int64_t tid_event_idx, uint64_t *position,
                             struct evd_error *error)
{
    struct idx_reader reader = {.log = log, .stream = evd_log_stream(log, tid)};
    if (reader.stream == NULL)
        return evd_fail_at(error, EVD_E_ARGUMENT, log->path, 0, 0, "the log has no tid %lld", (long long)tid);
    const enum evd_status status =
        evd_reread_init(&reader.reread) ? search(&reader, tid_event_idx, position, error) : evd_fail_memory(error);
    evd_reread_release(&reader.reread);
    return status;
}
