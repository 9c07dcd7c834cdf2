/* Logs: event logs of schema v1, read, validated in full and indexed per tid.
 *
 * Ownership: the caller frees a log with evd_log_free, before the rules it was read with. What a
 * function returns a pointer to belongs to the log.
 * Threads: a log is read-only once it is open; any number of threads may use it. A mapped file that
 * shrinks while it is read would raise SIGBUS: the first map of a file installs a handler for it, which
 * passes on every SIGBUS that is not about a log. */
#ifndef EVDIFF_LOG_H
#define EVDIFF_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"
#include "evdiff/import.h"
#include "evdiff/rules.h"
#include "evdiff/side.h"
#include "evdiff/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct evd_log;

/* How far reading has come: bytes of text done, of all that is known so far. Called now and then, on
 * the thread that called evd_logs_open. */
typedef void evd_progress(void *context, uint64_t done_bytes, uint64_t total_bytes);

/* Whether saved indexes (evdiff/index.h) are used. */
enum evd_index_mode {
    EVD_INDEX_OFF,     /* read the text */
    EVD_INDEX_AUTO,    /* read the text of the logs that have no index that fits */
    EVD_INDEX_REQUIRE, /* EVD_E_INDEX when a log has no index that fits */
};

/* Into how many tasks logs of up to 1 TiB together are cut at most, and one more a log. */
enum { EVD_CHUNKS_MAX = 16384 };

struct evd_read_options {
    unsigned threads;    /* 1 to 1024; 0: one for each core the process may run on */
    size_t chunk_bytes;  /* how much text one task scans, at most 64 MiB; 0: chosen by size. More, up to that, where it
                                    would make more than EVD_CHUNKS_MAX tasks, since each has memory of its own. The
                                    results are the same */
    size_t problems_max; /* how many problems to list in all logs together; 0 and 1: stop at the first */
    uint64_t max_unpacked_bytes; /* of text that may be unpacked or read from pipes, all logs together, before the
                                    call fails with EVD_E_LIMIT; what comes from a pipe packed counts too.
                                    0: three fifths of the memory that is free (MemAvailable, the limits of
                                    control groups and RLIMIT_AS) */
    uint64_t memory_bytes; /* how much of unpacked texts and of tables of events is in memory; the rest is in unnamed
                              files in $TMPDIR, or in /var/tmp, whose pages the system drops when it needs the memory.
                              Then 0 for max_unpacked_bytes is three fifths of this and of what is free there. 0: all is
                              in memory */
    bool is_tolerant;      /* skip lines that are no events, as a crashed engine leaves them, and lines before the
                              header; see evd_log_skipped_count. The header must be there, before the first event, and
                              tid_event_idx must increase */
    bool has_statistics;   /* count kinds and find the time span (evd_log_kind, evd_log_time_span) */
    bool is_plain;         /* parse every line in full, without shapes: slower, the results are the same */
    const struct evd_import *const *imports; /* one a log, which makes a log of a trace in another format
                                                (evdiff/import.h), or NULL for what is a log; NULL: all are. To be
                                                kept as long as the logs. An importer that skips lines does so
                                                whatever is_tolerant says */
    const enum evd_side *sides;  /* one a log, the side that it is on: rules of "compare" and "passed_over" may be
                                                about one side alone. EVD_SIDES: on neither, so that none of these holds;
                                                NULL: all are */
    bool has_content_hash;       /* hash the bytes of logs that are plain files and whose text is read; see
                              evd_log_content_hash. Costs a twentieth of reading them */
    enum evd_index_mode index;   /* with has_statistics no index is used: it has none */
    const char *index_directory; /* where indexes are; NULL: see evd_index_place */
    evd_progress *progress;      /* or NULL */
    void *progress_context;
};

/* One thing that is wrong with a log. */
struct evd_problem {
    size_t log;   /* which of the logs, from 0 */
    bool is_line; /* it is about a line alone: is_tolerant skips it, of how logs or traces are read */
    struct evd_error error;
};

/* What reading cost. */
struct evd_read_statistics {
    double open_seconds; /* opening, and unpacking or reading what can't be mapped */
    double scan_seconds; /* validating every line, one record an event */
    double index_seconds;
    uint64_t bytes;          /* of text, unpacked, all logs together */
    uint64_t scanned_bytes;  /* of those, what was read: the text of logs without a saved index */
    uint64_t events;         /* all logs together */
    uint64_t scanned_events; /* of those, what was read */
    uint64_t idx_gaps;       /* in what was read: see evd_log_gaps */
    uint64_t idx_missing;
};

/* Reads `count` logs in one parallel phase.
 *
 * `paths` name files, pipes or devices; .zst and .gz are told by their content. On success logs[0 …
 * count - 1] are open. On failure all are NULL, `error` has the first problem of the first log that has
 * one, and *problems (unless `problems` is NULL) lists up to problems_max, to be freed by the caller
 * with evd_problems_free: one for each log that can't be opened or changes meanwhile; when there is none of these, what
 * is wrong in the text. `options` may be NULL, `statistics` too. Errors: EVD_E_ARGUMENT (threads, index) and EVD_E_NO_MEMORY,
 * which list no problem; EVD_E_IO, EVD_E_LIMIT, EVD_E_INPUT, EVD_E_INDEX (with EVD_INDEX_REQUIRE). Cost: linear in the text; 16
 * bytes an event stay, at most 24 on the way; with a saved index linear in its tables, some 4 % of it. */
enum evd_status evd_logs_open(const char *const *paths, size_t count, const struct evd_rules *rules,
                              const struct evd_read_options *options, struct evd_log **logs,
                              struct evd_problem **problems, size_t *problem_count,
                              struct evd_read_statistics *statistics, struct evd_error *error);

void evd_problems_free(struct evd_problem *problems);

/* Takes NULL too. */
void evd_log_free(struct evd_log *log);

/* The path it was opened by. */
const char *evd_log_path(const struct evd_log *log);

/* The saved index that the log was opened by, or NULL when its text was read; then *why_not (unless
 * `why_not` is NULL) says why, in one line, "" when no index was asked for. */
const char *evd_log_index(const struct evd_log *log, const char **why_not);

/* The content hash of the file: 128 bits, as 32 digits and a zero byte. False, and an empty text, when it was not asked for, or
 * the log is not such a file. Of the bytes alone: copies have the same. */
bool evd_log_content_hash(const struct evd_log *log, char digits[33]);

/* Bytes of text (unpacked), events, threads. */
uint64_t evd_log_bytes(const struct evd_log *log);
uint64_t evd_log_event_count(const struct evd_log *log);
size_t evd_log_thread_count(const struct evd_log *log);

/* The tid of thread `index`, below evd_log_thread_count, in ascending order of tids, and how many events
 * it has. */
int64_t evd_log_thread_tid(const struct evd_log *log, size_t index);
uint64_t evd_log_thread_events(const struct evd_log *log, size_t index);

/* How many lines is_tolerant skipped, and of a trace in another format evd_import_options::is_tolerant. Of the first ones
 * of them, up to EVD_SKIPPED_LISTED_MAX, by index from 0: the reason, one line that belongs to the log, and the place in the
 * log or trace of what is wrong, from 1, the column in bytes; NULL past the last
 * one. A log with such lines gets no saved index (evdiff/index.h). */
enum { EVD_SKIPPED_LISTED_MAX = 20 };
uint64_t evd_log_skipped_count(const struct evd_log *log);
const char *evd_log_skipped_line(const struct evd_log *log, size_t index, uint64_t *line, uint64_t *column);

/* What importing a trace did; NULL for a log that was none, or whose text was not read because its saved index fits. */
const struct evd_import_summary *evd_log_import(const struct evd_log *log);

/* How often tid_event_idx grows by more than one within a thread, and how many numbers that leaves out, in all threads
 * together. False when that is not known: the log was opened by its saved index. */
bool evd_log_gaps(const struct evd_log *log, uint64_t *count, uint64_t *missing);

/* With has_statistics: how many kinds the log has, and by index below that, in byte order, how many events
 * are of one; else there are none. *name belongs to the log: *name_length bytes of UTF-8, which may hold
 * lone surrogates, not terminated. */
size_t evd_log_kind_count(const struct evd_log *log);
uint64_t evd_log_kind(const struct evd_log *log, size_t index, const char **name, size_t *name_length);

/* With has_statistics: the smallest and largest integer host_ns that fits in 64 bits, in nanoseconds;
 * false when no event has one. */
bool evd_log_time_span(const struct evd_log *log, int64_t *first_ns, int64_t *last_ns);

/* Finds an event by its tid and tid_event_idx: *position is its place in the thread, from 0. Errors:
 * EVD_E_ARGUMENT when the log has no such tid or the thread no such event, EVD_E_INDEX when the log's
 * saved index is damaged, EVD_E_IO when the log changed, EVD_E_NO_MEMORY. Cost: parses a few dozen events; every
 * event of the thread when there is none such, or when the thread's tid_event_idx does not only grow. */
enum evd_status evd_log_find(const struct evd_log *log, int64_t tid, int64_t tid_event_idx, uint64_t *position,
                             struct evd_error *error);

/* The line of the event at `position` of a thread, without its line end: *length bytes that belong to the
 * log and are not terminated. Errors: EVD_E_ARGUMENT when there is none; EVD_E_INDEX, EVD_E_IO and
 * EVD_E_NO_MEMORY as above. */
enum evd_status evd_log_line(const struct evd_log *log, int64_t tid, uint64_t position, const char **text,
                             size_t *length, struct evd_error *error);

/* An event of a thread, as evd_events_next finds it. */
struct evd_thread_event {
    uint64_t position;     /* in the thread, from 0 */
    int64_t tid_event_idx; /* as its line says */
    struct evd_text kind;  /* which may hold lone surrogates; good as long as `text` */
    uint64_t offset;       /* of its line in the log's text (unpacked), in bytes from 0 */
    const char *text;      /* the line without its end, not terminated; good until the next call with the same walk */
    size_t length;         /* in bytes */
};

/* A walk over the events of one thread, in their order. */
struct evd_events;

/* Begins a walk at an event's place in its thread, from 0 (see evd_log_find); at the thread's number of events it is
 * over at once. On success the caller closes *events, before the log is freed; on failure it is NULL. Errors:
 * EVD_E_ARGUMENT when the log has no such tid or `position` is beyond, EVD_E_NO_MEMORY. Threads: one walk, one thread
 * at a time; any number of walks over a log at once. */
enum evd_status evd_events_open(const struct evd_log *log, int64_t tid, uint64_t position, struct evd_events **events,
                                struct evd_error *error);

/* The next event; *has_event is false, and *event as it was, when there is none. What is told was read from the text
 * just now, and is what it was when the log was opened. Errors: EVD_E_INDEX when the log's saved index is damaged,
 * EVD_E_IO when the log changed, EVD_E_NO_MEMORY; then *has_event is false too, and the walk stays where it is. Cost:
 * parses a line. */
enum evd_status evd_events_next(struct evd_events *events, struct evd_thread_event *event, bool *has_event,
                                struct evd_error *error);

/* The number of the line, from 1, that the last event was in; of a walk that had none yet, 1. Errors: as
 * evd_events_next. Cost: linear in the text since the line that was asked for before. */
enum evd_status evd_events_line(struct evd_events *events, uint64_t *line, struct evd_error *error);

/* Takes NULL too. */
void evd_events_close(struct evd_events *events);

#ifdef __cplusplus
}
#endif

#endif
