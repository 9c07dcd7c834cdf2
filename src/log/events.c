/* Walking a thread's events: what a user of the library sees of a stream. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "log/reread.h"

struct evd_events {
    const struct evd_log *log;
    const struct evd_stream *stream;
    struct evd_reread reread;
    struct evd_verified verified;
    uint64_t position; /* of the next event */
    uint64_t offset;   /* of the last event's line */
    /* How far lines are counted: */
    uint64_t counted_to; /* offset */
    uint64_t line_ends;  /* before it */
};

enum evd_status evd_events_open(const struct evd_log *log, int64_t tid, uint64_t position, struct evd_events **events,
                                struct evd_error *error)
{
    *events = NULL;
    const struct evd_stream *stream = evd_log_stream(log, tid);
    if (stream == NULL)
        return evd_fail_at(error, EVD_E_ARGUMENT, log->path, 0, 0, "the log has no tid %lld", (long long)tid);
    if (position > stream->count)
        return evd_fail_at(error, EVD_E_ARGUMENT, log->path, 0, 0, "tid %lld has no event at position %llu",
                           (long long)tid, (unsigned long long)position);
    struct evd_events *opened = calloc(1, sizeof *opened);
    if (opened == NULL || !evd_reread_init(&opened->reread)) {
        evd_events_close(opened);
        return evd_fail_memory(error);
    }
    opened->log = log;
    opened->stream = stream;
    opened->position = position;
    *events = opened;
    return EVD_OK;
}

void evd_events_close(struct evd_events *events)
{
    if (events == NULL)
        return;
    evd_reread_release(&events->reread);
    free(events);
}

enum evd_status evd_events_next(struct evd_events *events, struct evd_thread_event *event, bool *has_event,
                                struct evd_error *error)
{
    const struct evd_log *log = events->log;
    const struct evd_stream *stream = events->stream;
    const uint64_t position = events->position;
    struct evd_reread_event read;
    *has_event = false;
    if (position == stream->count)
        return EVD_OK;
    if (!evd_stream_verify_at(log, stream, position, &events->verified))
        return evd_log_check(log, true, error);
    const struct evd_event *record = evd_stream_event(stream, position);
    const enum evd_status status = evd_reread_event(&events->reread, log, record, &read, error);
    if (status != EVD_OK)
        return status;
    events->offset = evd_event_offset(record);
    events->position++;
    *has_event = true;
    *event = (struct evd_thread_event){
        .position = position,
        .tid_event_idx = read.fields.tid_event_idx,
        .kind = {read.fields.kind.bytes, read.fields.kind.length},
        .offset = events->offset,
        .text = read.text.bytes,
        .length = read.text.length};
    return EVD_OK;
}

enum evd_status evd_events_line(struct evd_events *events, uint64_t *line, struct evd_error *error)
{
    /* Events of a thread are in the order of their lines. */
    const struct evd_string rest = evd_log_rest(events->log, events->counted_to);
    if (rest.bytes == NULL)
        return evd_log_check(events->log, true, error);
    const char *from = rest.bytes, *end = rest.bytes + (events->offset - events->counted_to);
    const char *found;
    while (from < end && (found = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        from = found + 1;
        events->line_ends++;
    }
    events->counted_to = events->offset;
    *line = events->line_ends + 1;
    return EVD_OK;
}
