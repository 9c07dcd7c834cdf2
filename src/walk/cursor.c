#include "walk/cursor.h"

#include <stdlib.h>
#include <string.h>

bool evd_cursor_init(struct evd_cursor *cursor, const struct evd_rules *rules)
{
    *cursor = (struct evd_cursor){.ordinals = calloc(rules->slot_count + 1, sizeof *cursor->ordinals)};
    return evd_reader_init(&cursor->reader) && cursor->ordinals != NULL;
}

void evd_cursor_release(struct evd_cursor *cursor)
{
    evd_reader_release(&cursor->reader);
    free(cursor->ordinals);
}

void evd_cursor_aim(struct evd_cursor *cursor, const struct evd_log *log, const struct evd_stream *stream,
                    uint64_t position)
{
    cursor->log = log;
    cursor->stream = stream;
    cursor->position = cursor->known_from = cursor->known_to = position;
    cursor->is_read = false;
    memset(cursor->ordinals, 0, log->rules->slot_count * sizeof *cursor->ordinals);
}

const struct evd_event *evd_cursor_event(struct evd_cursor *cursor, uint64_t position)
{
    if (position >= cursor->known_from && position < cursor->known_to)
        return evd_stream_event(cursor->stream, position);
    struct evd_verified known = {cursor->stream, cursor->known_from, cursor->known_to};
    if (!evd_stream_verify_at(cursor->log, cursor->stream, position, &known))
        return NULL;
    /* What is elsewhere is forgotten: the cursor's own place must stay known. */
    const bool has_joined = known.from <= cursor->known_from && known.to >= cursor->known_to;
    if (position == cursor->position || (cursor->known_from < cursor->known_to && has_joined)) {
        cursor->known_from = known.from;
        cursor->known_to = known.to;
    }
    return evd_stream_event(cursor->stream, position);
}

enum evd_status evd_cursor_fail(const struct evd_cursor *cursor, struct evd_error *error)
{
    return evd_log_check(cursor->log, true, error);
}

enum evd_status evd_cursor_read(struct evd_cursor *cursor, struct evd_error *error)
{
    if (cursor->is_read)
        return EVD_OK;
    const enum evd_status status = evd_reader_read(
        &cursor->reader, cursor->log, evd_cursor_current(cursor), cursor->ordinals, &cursor->view, error);
    cursor->is_read = status == EVD_OK;
    cursor->read_position = cursor->position;
    return status;
}

enum evd_status evd_cursor_ordinals(struct evd_cursor *cursor, uint64_t position, uint64_t *ordinals,
                                    struct evd_error *error)
{
    const struct evd_rules *rules = cursor->log->rules;
    const uint64_t from = position < cursor->position ? position : cursor->position;
    const uint64_t to = position < cursor->position ? cursor->position : position;
    memcpy(ordinals, cursor->ordinals, rules->slot_count * sizeof *ordinals);
    /* All of them: a forged index may put blocks between the two that nobody has looked at. */
    if ((from < cursor->known_from || to >= cursor->known_to) &&
        !evd_stream_verify(cursor->log, cursor->stream, from, to + 1, NULL))
        return evd_cursor_fail(cursor, error);
    for (uint64_t i = cursor->position; i < position; i++)
        evd_ordinals_add(rules, evd_event_tag(evd_stream_event(cursor->stream, i)), ordinals, 1);
    for (uint64_t i = position; i < cursor->position; i++)
        evd_ordinals_add(rules, evd_event_tag(evd_stream_event(cursor->stream, i)), ordinals, UINT64_MAX);
    return EVD_OK;
}

/* The position after the block that `position` is in; without blocks, the end. */
static uint64_t block_end(const struct evd_stream *stream, uint64_t position)
{
    if (!evd_stream_has_blocks(stream))
        return stream->count;
    const uint64_t block = evd_stream_block(stream, position);
    return block + 1 < stream->saved->count ? stream->saved->list[block + 1].first : stream->count;
}

enum evd_status evd_cursor_left_over(struct evd_cursor *cursor, uint64_t *count, struct evd_error *error)
{
    const struct evd_stream *stream = cursor->stream;
    *count = 0;
    if (evd_cursor_is_at_end(cursor))
        return EVD_OK;
    const uint64_t end = block_end(stream, cursor->position);
    if (evd_cursor_event(cursor, cursor->position) == NULL)
        return evd_cursor_fail(cursor, error);
    for (uint64_t i = cursor->position; i < end; i++)
        *count += evd_event_tag(evd_stream_event(stream, i)) != EVD_TAG_ENGINE_LOCAL;
    if (end < stream->count)
        *count += stream->saved->participating - stream->saved->list[evd_stream_block(stream, end)].participating;
    return EVD_OK;
}
