/* The log as the diff layer sees it: a stream of 16-byte event records a tid. */
#ifndef EVD_LOG_LOG_H
#define EVD_LOG_LOG_H

#include "base/table.h"
#include "evdiff/log.h"
#include "log/source.h"
#include "rules/rules.h"

/* One event. Its text is read again only where someone looks. */
struct evd_event {
    uint64_t key;   /* of kind and payload as the rules compare them; see log/event.h */
    uint64_t place; /* offset of its line << 16 | tag */
};

/* Tags below this mean what the names say; from here on, what evd_rules::tags says. */
enum { EVD_TAG_ORDINARY = 0, EVD_TAG_ENGINE_LOCAL = 1, EVD_TAG_ORDINALS = 2 };

static inline uint64_t evd_event_offset(const struct evd_event *event)
{
    return event->place >> 16;
}

static inline unsigned evd_event_tag(const struct evd_event *event)
{
    return (unsigned)(event->place & 0xffff);
}

/* One thread's events, in file order. */
struct evd_stream {
    int64_t tid;
    const struct evd_event *events;
    uint64_t count;
    bool has_pairing_value;  /* its first event of the pairing kind has a name */
    uint64_t pairing_value;  /* hash of that name */
    const uint64_t *counted; /* events of each of evd_rules::counted_kinds */
};

struct evd_kind_count {
    struct evd_string kind;
    uint64_t count;
};

/* How often the rules of one kind fired in a log. */
struct evd_kind_use {
    uint64_t events;         /* of the kind */
    uint64_t skipped_fields; /* in those */
    uint64_t canonical;      /* events with a canonical value */
};

struct evd_log {
    char *path;
    struct evd_source source;
    const struct evd_rules *rules;
    struct evd_arena arena;     /* owns the streams and their counts */
    struct evd_event *events;   /* all streams' events, one stream after the other */
    uint64_t event_count;
    struct evd_stream *streams; /* in ascending order of tids */
    size_t stream_count;
    struct evd_table floating;  /* hashes of the SIDs that float by this log alone */
    struct evd_kind_use *kind_uses; /* one a kind of the rules */
    struct evd_kind_count *kinds;
    size_t kind_count;
    bool has_time_span;
    int64_t first_ns, last_ns;
};

/* The stream of a tid, or NULL. Cost: O(log n). */
const struct evd_stream *evd_log_stream(const struct evd_log *log, int64_t tid);

/* The text of the line at an offset, without its line end. */
struct evd_string evd_log_text(const struct evd_log *log, uint64_t offset);

#endif
