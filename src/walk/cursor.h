/* Cursor: a place in one stream, what is known of the events around it, and the ordinals that its canonical values
 * have reached.
 *
 * Ownership: it owns its ordinals and its reader; log and stream are borrowed from evd_cursor_aim on.
 * Threads: one cursor, one thread at a time. */
#ifndef EVD_WALK_CURSOR_H
#define EVD_WALK_CURSOR_H

#include "walk/event_view.h"

struct evd_cursor {
    const struct evd_log *log;
    const struct evd_stream *stream;
    uint64_t position;             /* of the next event to align */
    uint64_t known_from, known_to; /* positions whose events are verified (evd_stream_verify) */
    uint64_t *ordinals;            /* what each slot stands at, before that event */
    struct evd_reader reader;
    struct evd_event_view view; /* the event at `position`, when it has been read */
    bool is_read;               /* it has, since the walk came to these two events */
    uint64_t read_position;     /* with is_read: where it was read, which the cursor may have passed since */
};

/* False when memory runs out; release in either case. */
bool evd_cursor_init(struct evd_cursor *cursor, const struct evd_rules *rules);
void evd_cursor_release(struct evd_cursor *cursor);

/* Puts it at a position of a stream, with ordinals that start anew. */
void evd_cursor_aim(struct evd_cursor *cursor, const struct evd_log *log, const struct evd_stream *stream,
                    uint64_t position);

/* The event at `position`, verified; NULL when the saved index is damaged there, see evd_cursor_fail. */
const struct evd_event *evd_cursor_event(struct evd_cursor *cursor, uint64_t position);

/* Why evd_cursor_event returned NULL: EVD_E_INDEX, or EVD_E_IO when the log itself has shrunk. */
enum evd_status evd_cursor_fail(const struct evd_cursor *cursor, struct evd_error *error);

/* Reads the event at the cursor into its view, unless that was done since the walk came to it. Errors: as
 * evd_reader_read. */
enum evd_status evd_cursor_read(struct evd_cursor *cursor, struct evd_error *error);

/* The ordinals as they stand before the event at `position`, at or after the cursor's or before it; counted from
 * the cursor's into `ordinals`, which has room for all slots. Errors: as evd_cursor_fail. Cost: linear in the
 * distance. */
enum evd_status evd_cursor_ordinals(struct evd_cursor *cursor, uint64_t position, uint64_t *ordinals,
                                    struct evd_error *error);

/* How many events from the cursor on take part in alignment. Errors: as evd_cursor_fail. Cost: linear in the rest
 * of the block, without a saved index in the rest of the stream. */
enum evd_status evd_cursor_left_over(struct evd_cursor *cursor, uint64_t *count, struct evd_error *error);

static inline bool evd_cursor_is_at_end(const struct evd_cursor *cursor)
{
    return cursor->position == cursor->stream->count;
}

/* True when the view has the event at `position`. */
static inline bool evd_cursor_has_read(const struct evd_cursor *cursor, uint64_t position)
{
    return cursor->is_read && cursor->read_position == position;
}

/* True when the event at the cursor is verified; there is one. */
static inline bool evd_cursor_is_known(const struct evd_cursor *cursor)
{
    return cursor->position < cursor->known_to;
}

/* The event at the cursor, which is known. */
static inline const struct evd_event *evd_cursor_current(const struct evd_cursor *cursor)
{
    return evd_stream_event(cursor->stream, cursor->position);
}

/* Adds `step` to each slot that an event with this tag numbers. */
static inline void evd_ordinals_add(const struct evd_rules *rules, unsigned tag, uint64_t *ordinals, uint64_t step)
{
    if (tag < EVD_TAG_ORDINALS)
        return;
    const struct evd_ordinal_tag *numbers = &rules->tags[tag];
    uint32_t bits = numbers->slot_bits;
    for (uint32_t slot = numbers->slot_first; bits != 0; slot++, bits >>= 1)
        if (bits & 1)
            ordinals[slot] += step;
}

/* Passes over one event: numbers its canonical values and moves on. */
static inline void evd_cursor_advance(const struct evd_rules *rules, struct evd_cursor *cursor)
{
    const struct evd_event *event = evd_stream_event(cursor->stream, cursor->position++);
    evd_ordinals_add(rules, evd_event_tag(event), cursor->ordinals, 1);
}

#endif
