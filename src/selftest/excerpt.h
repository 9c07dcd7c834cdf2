/* Excerpt: the parts of an event's line that are compared, as they are spelled.
 *
 * Ownership: what a reader read is good until its next read. Threads: one reader, one thread at a time. */
#ifndef EVD_SELFTEST_EXCERPT_H
#define EVD_SELFTEST_EXCERPT_H

#include "log/reread.h"

struct evd_excerpt {
    struct evd_string kind;           /* decoded */
    struct evd_string payload;        /* the object's text; empty when absent or null */
    const struct evd_json_tape *tape; /* of the whole line */
    uint32_t payload_token;           /* 0 when absent or null */
};

struct evd_excerpt_reader {
    struct evd_reread reread;
    bool has_changed; /* an event's text is not what its record says */
};

/* False when memory runs out; release in either case. */
bool evd_excerpt_reader_init(struct evd_excerpt_reader *reader);
void evd_excerpt_reader_release(struct evd_excerpt_reader *reader);

/* False when memory runs out or, then reader->has_changed is set, the log changed. Cost: parses one line. */
bool evd_excerpt_read(struct evd_excerpt_reader *reader, const struct evd_log *log, const struct evd_event *event,
                      struct evd_excerpt *excerpt);

/* Appends a string as JSON spells it in ASCII, without the quotes: printable, and fit to stand in JSON. */
void evd_append_spelled(struct evd_buffer *out, struct evd_string string);

#endif
