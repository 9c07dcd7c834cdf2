/* Reread: an event of an open log, read again from its text.
 *
 * Records hold a key and a place; whoever needs the values reads the line again: the first ones by the parser, from
 * then on by their shapes (log/shape.h) where they have one. What is read is held against the record, so that a log that
 * changed under its reader is never compared as if it had not.
 *
 * Ownership: what an event read holds belongs to the reader or the log and is good until the reader's next read.
 * Threads: one reader, one thread at a time. */
#ifndef EVD_LOG_REREAD_H
#define EVD_LOG_REREAD_H

#include "log/event.h"
#include "log/line.h"
#include "log/shape.h"

/* All zero is to be initialised. */
struct evd_reread {
    struct evd_line_reader lines;
    struct evd_json_parser *parser;
    struct evd_hasher hasher;
    struct evd_member_list members;
    struct evd_shapes *shapes; /* NULL until it has read as many lines as make shapes worth their while */
    struct evd_shape_tokens tokens;
    struct evd_shape_read_event event; /* the last one that was read by its shape */
    uint64_t lines_parsed;
    uint64_t bytes_read; /* of text, in all */
    bool is_plain;       /* every line by the parser, the slow twin; as the caller sets it once it is initialised */
};

/* An event read again. */
struct evd_reread_event {
    struct evd_string text; /* the line without its end; EVD_JSON_PADDING readable bytes after it */
    const struct evd_json_tape *tape;
    struct evd_event_fields fields;
    struct evd_event_summary summary;
};

enum { EVD_REREAD_LINES_PARSED = 64 }; /* before shapes are learnt */

/* False when memory runs out; release in either case. */
bool evd_reread_init(struct evd_reread *reread);
void evd_reread_release(struct evd_reread *reread);

/* Reads an event of a log again. Errors: EVD_E_IO when its text can't be had or is not what its record says (the log
 * changed), EVD_E_INDEX when so and the record is a saved index's, EVD_E_NO_MEMORY. `error` may be NULL. Cost: parses
 * one line, or looks at each of its bytes once. */
enum evd_status evd_reread_event(struct evd_reread *reread, const struct evd_log *log, const struct evd_event *event,
                                 struct evd_reread_event *read, struct evd_error *error);

/* True when the text of an event has the key and the tag of its record. */
static inline bool evd_event_is(const struct evd_event *event, uint64_t key, unsigned tag)
{
    return event->key == key && evd_event_tag(event) == tag;
}

#endif
