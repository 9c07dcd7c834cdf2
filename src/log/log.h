/* The log as the diff layer sees it: a stream of 16-byte event records a tid. */
#ifndef EVD_LOG_LOG_H
#define EVD_LOG_LOG_H

#include "base/content_hash.h"
#include "base/table.h"
#include "evdiff/log.h"
#include "log/event_runs.h"
#include "log/fingerprint.h"
#include "log/source.h"
#include "rules/rules.h"

struct evd_saved_index;

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

/* A stretch of a stream that ends with a participating event, after so many of them in all but the last. Where
 * it ends depends on the keys of the two before the end (log/block.c), so that two streams fall into the same
 * blocks again soon after one has more events than the other. */
enum { EVD_BLOCK_EVENTS_MIN = 32, EVD_BLOCK_EVENTS_MAX = 1024 };

struct evd_block {
    uint64_t first;         /* position of its first event in the stream */
    uint64_t participating; /* events before it in the stream that are not engine-local */
    uint64_t hash;          /* of keys and tags of its participating events, in order: where two blocks have the
                               same, their events compare equal one by one but for ordinals */
    uint64_t checksum;      /* of its records, all of them */
};

/* The blocks of a stream of a saved index, at least one. There may be millions of streams, most of which have none. */
struct evd_stream_blocks {
    const struct evd_block *list;
    uint64_t count;
    const uint16_t
        *ordinals; /* per block evd_block_stride numbers: by how much its participating events raise each slot */
    uint64_t participating; /* events of the stream that are not engine-local */
};

/* One thread's events, in file order. Those of a saved index are to be looked at only after
 * evd_stream_verify. */
struct evd_stream {
    int64_t tid;
    union {
        const struct evd_event *records; /* of the events, one after the other; or */
        const uint32_t *
            runs; /* with is_in_runs: the places of its runs, see log/event_runs.h. Both are reached by evd_stream_event */
    };
    union {
        const struct evd_event_stretch *stretches; /* with is_in_runs: of the log */
        const struct evd_stream_blocks
            *saved; /* else: of a saved index; NULL: none, or no events. See evd_stream_has_blocks */
    };
    uint64_t count : 62;
    uint64_t is_in_runs : 1;
    uint64_t has_pairing_value : 1; /* its first event of the pairing kind has a name */
    uint64_t pairing_value;         /* hash of that name */
    const uint64_t *counted;        /* events of each of evd_rules::counted_kinds */
};

/* The streams of a pair of threads as they were compared, which rules about order may have put in another order than the log
 * has: what its divergences have their positions in. */
typedef const struct evd_stream *evd_stream_pair[EVD_SIDES];

/* True for a stream of a saved index that has events. */
static inline bool evd_stream_has_blocks(const struct evd_stream *stream)
{
    return !stream->is_in_runs && stream->saved != NULL;
}

/* The event at a position below the stream's count. */
static inline const struct evd_event *evd_stream_event(const struct evd_stream *stream, uint64_t position)
{
    if (__builtin_expect(!stream->is_in_runs, 0))
        return &stream->records[position];
    uint64_t offset;
    const uint64_t run = evd_event_run_of(position, &offset);
    return evd_run_at(stream->stretches, stream->runs[run]) + offset;
}

/* How many events from a position on lie in the same run, or one after the other otherwise: at least 1, and maybe some beyond the
 * stream's end. */
static inline uint64_t evd_stream_rest_of_run(const struct evd_stream *stream, uint64_t position)
{
    return stream->is_in_runs ? evd_event_rest_of_run(position) : stream->count - position;
}

/* How many events from position `from` on lie one after the other in memory, at least 1; none from `to` on is counted, which
 * is above `from` and at most the stream's count. Cost: linear in what it returns. */
uint64_t evd_stream_piece(const struct evd_stream *stream, uint64_t from, uint64_t to);

/* The same stream but for its events, which are `count` records that the caller keeps for as long. */
static inline struct evd_stream evd_stream_with(const struct evd_stream *stream, const struct evd_event *records,
                                                uint64_t count)
{
    struct evd_stream other = *stream;
    other.records = records;
    if (stream->is_in_runs)
        other.saved = NULL;
    other.is_in_runs = false;
    other.count = count;
    return other;
}

/* An event that creates a thread. Which one it does not say: see evd_stream_creation. */
struct evd_creation {
    uint64_t offset; /* of its line */
    int64_t tid;     /* the creator */
    uint64_t entry;  /* hash of where the new thread begins; 0 when the event does not say */
};

struct evd_kind_count {
    struct evd_string kind;
    uint64_t count;
};

/* Places where tid_event_idx grows by more than one within a thread. */
struct evd_idx_gaps {
    uint64_t count;
    uint64_t missing; /* numbers that are left out, as many as 64 bits can count */
};

static inline void evd_idx_gaps_add(struct evd_idx_gaps *gaps, uint64_t count, uint64_t missing)
{
    gaps->count += count;
    if (__builtin_add_overflow(gaps->missing, missing, &gaps->missing))
        gaps->missing = UINT64_MAX;
}

/* How often the rules of one kind fired in a log, or one compare rule. */
struct evd_kind_use {
    uint64_t events; /* of the kind; or values, of a rule that passes over events those, that the rule was about */
    uint64_t skipped_fields; /* in those */
    uint64_t canonical;      /* events with a canonical value */
};

/* Hashes of SIDs, in ascending order. */
struct evd_sid_set {
    const uint64_t *hashes;
    size_t count;
};

/* A line that tolerant reading skipped, both from 1. */
struct evd_skipped_place {
    uint64_t line, column;
    const char *reason; /* static, or the import summary's */
};

struct evd_skipped_places {
    uint64_t count;
    struct evd_skipped_place lines[EVD_SKIPPED_LISTED_MAX]; /* the first ones, in file order */
    size_t listed;
    uint64_t line_start, line_ends; /* offset of the last listed line, and how many lines end before it */
};

struct evd_log {
    char *path;
    struct evd_source source;
    const struct evd_rules *rules;
    enum evd_side side;       /* EVD_SIDES: on neither */
    struct evd_arena arena;   /* owns the streams and their counts */
    struct evd_event *events; /* all streams' events, one stream after the other; or NULL: they are in runs, or
                                      in the saved index */
    struct evd_event_runs runs;
    bool can_be_saved;             /* the source is a mapped file */
    struct evd_fingerprint stored; /* with can_be_saved: of the source, when it was opened; without samples */
    struct evd_saved_index *saved; /* or NULL: the text was read */
    char *why_not_saved;           /* when no saved index was used: why; "" when none was asked for */
    uint64_t event_count;
    struct evd_stream *streams; /* in ascending order of tids */
    size_t stream_count;
    const struct evd_creation *creations; /* in file order */
    size_t creation_count;
    struct evd_sid_set floating;    /* the SIDs that float by this log alone */
    struct evd_kind_use *kind_uses; /* evd_rules_use_count: one a kind of the rules, then one a compare rule */
    struct evd_kind_count *kinds;
    size_t kind_count;
    bool has_time_span;
    int64_t first_ns, last_ns;
    struct evd_idx_gaps gaps; /* of a log whose text was read */
    struct evd_skipped_places skipped;
    bool is_header_late; /* the header is not the first line, be those before it empty */
    bool has_content_hash;
    struct evd_hash128 content_hash; /* of the file, base/content_hash.h */
};

/* As evd_logs_open, of texts in memory, which are copied; the logs' paths are "". */
enum evd_status evd_logs_open_texts(const struct evd_string *texts, size_t count, const struct evd_rules *rules,
                                    const struct evd_read_options *options, struct evd_log **logs,
                                    struct evd_error *error);

/* How many numbers a block has in evd_stream_blocks::ordinals: one a slot, and zeros up to a multiple of 8
 * bytes. */
static inline uint64_t evd_block_stride(uint64_t slot_count)
{
    return (slot_count + 3) / 4 * 4;
}

/* The stream of a tid, or NULL. Cost: O(log n). */
const struct evd_stream *evd_log_stream(const struct evd_log *log, int64_t tid);

/* True when the SID with this hash floats by the log alone. Cost: O(log n). */
bool evd_log_floats(const struct evd_log *log, uint64_t sid_hash);

/* A line without the carriage return that it may end with. */
static inline struct evd_string evd_line_cut(const char *text, size_t length)
{
    return (struct evd_string){text, length - (length > 0 && text[length - 1] == '\r')};
}

/* The text from an offset to the log's end, then EVD_JSON_PADDING readable bytes; NULL as below. */
struct evd_string evd_log_rest(const struct evd_log *log, uint64_t offset);

/* The text of the line at an offset, without its line end; its bytes are NULL when there is no such
 * place or the text can't be unpacked. */
struct evd_string evd_log_text(const struct evd_log *log, uint64_t offset);

/* Makes sure that the events at positions `from` to `to` - 1, at most the stream's count, are those that
 * were saved; *end (may be NULL) becomes the position up to which they are now known to be, at least
 * `to`. False when they are not. Always true for a log whose text was read. Cost: a hash of the
 * blocks around them. */
bool evd_stream_verify(const struct evd_log *log, const struct evd_stream *stream, uint64_t from, uint64_t to,
                       uint64_t *end);

/* A stretch of a stream whose events are verified; all zero: none. */
struct evd_verified {
    const struct evd_stream *stream;
    uint64_t from, to; /* positions */
};

/* As evd_stream_verify of the one event at `position`, which costs nothing where the stretch has it. Else the stretch becomes the
 * block that the event is in, with what it had where that joins: to go event by event, in either direction, costs a hash of each
 * block once, however large a block is. */
bool evd_stream_verify_at(const struct evd_log *log, const struct evd_stream *stream, uint64_t position,
                          struct evd_verified *verified);

/* The block that the event at `position` is in; the stream has blocks. Cost: O(log n). */
uint64_t evd_stream_block(const struct evd_stream *stream, uint64_t position);

/* The event that created a stream's thread: the last creation before the stream's first event in file order,
 * NULL when there is none before it. A guess, but a log that is written as things happen leaves little else.
 * False when a saved index is damaged. Cost: O(log n). */
bool evd_stream_creation(const struct evd_log *log, const struct evd_stream *stream,
                         const struct evd_creation **creation);

/* When a phase of reading is over: EVD_E_IO, EVD_E_NO_MEMORY or EVD_E_INDEX when the text or the
 * saved index turned out not to be what it was. `has_changed`: an event's text was found not to be
 * what its record says. */
enum evd_status evd_log_check(const struct evd_log *log, bool has_changed, struct evd_error *error);

/* One of these logs is not what it was, and nobody knows which: as evd_log_check of one that is found to have changed,
 * else of the first that was opened by a saved index, since those are in doubt first, else of the first. */
enum evd_status evd_logs_blame(const struct evd_log *const *logs, size_t count, struct evd_error *error);

#endif
