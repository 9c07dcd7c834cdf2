/* Importer: what the formats share. It cuts a trace into lines, numbers threads and events, tells errors by their places
 * in the trace and counts what is skipped.
 *
 * The same begins and ends every event's line: a format puts the payload between evd_event_begin and evd_event_end. */
#ifndef EVD_IMPORT_IMPORTER_H
#define EVD_IMPORT_IMPORTER_H

#include "base/buffer.h"
#include "base/spill.h"
#include "base/table.h"
#include "import/emit.h"
#include "import/formats.h"

struct evd_mapping;

enum { EVD_IMPORT_MEMORY_BYTES = 64 << 20 }; /* unless evd_import_options::memory_bytes says otherwise */

struct evd_import {
    const struct evd_import_format *format;
    char *engine;
    struct evd_mapping *mapping; /* or NULL */
    bool has_places, is_tolerant;
    uint64_t memory_bytes;
    uint64_t hash; /* of all that the log depends on but the trace */
};

/* A thread of the trace. */
struct evd_import_thread {
    int64_t tid;
    int64_t next_idx;
    uint64_t name_start, name_length;     /* of what the trace calls it, in names; 0: its number */
    uint64_t member_start, member_length; /* of what tells that in an event, in names */
    char digits[EVD_DIGITS_MAX];          /* of the tid */
    unsigned digit_count;
};

/* Threads by a key of the format's choice. */
struct evd_import_threads {
    struct evd_table by_key; /* to an index in `list` */
    struct evd_import_thread *list;
    size_t count, capacity;
    struct evd_buffer names;
    uint64_t last_key, last; /* the thread looked up last; it is there when count > 0 */
};

/* Where a format that goes back in a trace finds what it needs. All zero: in memory of its own. */
struct evd_import_memory {
    const char *
        text; /* all of the trace, which stays until the importer is freed; else NULL. Bytes that are pushed are of it */
    size_t text_length;
    struct evd_spill *spill; /* what it has no memory for goes to a file; NULL: it has for all */
};

struct evd_importer {
    const struct evd_import *import;
    char *path;
    struct evd_import_sink *sink;
    struct evd_import_memory memory;
    void *state; /* of the format */
    struct evd_import_summary summary;
    struct evd_error *error;        /* of the call that is under way */
    struct evd_import_damage fault; /* the last one */
    struct evd_import_threads threads;
    const char *line;         /* of a format that takes lines: the one under way */
    const char *ahead;        /* how far what stands behind it may be looked at; padding is behind that */
    uint64_t push_number;     /* of the bytes that it is in: looking ahead ends with them */
    struct evd_buffer carry;  /* the beginning of a line whose end has not come */
    struct evd_buffer before; /* what the event's line begins with, a kind after the other */
    size_t *before_ends;      /* one a kind */
    char clock[96];           /* members of the envelope that tell the time: `,"host_ns":1`; may be empty */
    size_t clock_length;
    uint64_t clock_upper;            /* all but the last 8 digits of the time there; 0: not known */
    struct evd_spill own_spill;      /* of evd_import::memory_bytes */
    struct evd_import_sink own_sink; /* of an importer that hands the text to a function: */
    evd_import_write *write;
    void *write_context;
    struct evd_buffer room;
    uint64_t event_number; /* of the event that is under way in a trace that is a list of them, from 1; else 0 */
    bool has_begun;        /* the header is written, a byte-order mark is gone */
    bool is_log;           /* the first line is a log's header */
};

/* Of all that the log depends on but the trace. */
static inline uint64_t evd_import_hash(const struct evd_import *import)
{
    return import->hash;
}

/* Opens an importer that writes to a sink, which must outlive it, as what `memory` names must; NULL: to its own sink, which is to be
 * made, with its own spill. See evd_importer_open. */
enum evd_status evd_importer_create(const struct evd_import *import, const char *path, struct evd_import_sink *sink,
                                    const struct evd_import_memory *memory, struct evd_importer **importer,
                                    struct evd_error *error);

/* The same that hands the log's text to a function. `text` as of evd_import_memory, or NULL. */
enum evd_status evd_importer_open_text(const struct evd_import *import, const char *path, const char *text,
                                       size_t length, evd_import_write *write, void *context,
                                       struct evd_importer **importer, struct evd_error *error);

/* The thread that the format knows by `key`; a new one gets `tid`, or when that is negative, its number from 1 in the
 * order of first events, and the trace's `name` for it (may be NULL: no name). NULL when memory runs out; good until the
 * next call. */
struct evd_import_thread *evd_import_thread(struct evd_importer *importer, uint64_t key, int64_t tid, const char *name,
                                            size_t name_length);

/* Makes a thread without a name that is not known to the importer: of a format that goes back to none. */
void evd_import_thread_init(struct evd_import_thread *thread, int64_t tid);

/* The thread of that name, numbered from 1 in the order of first events; the name may be empty, not NULL. NULL as above. Not
 * to be mixed with evd_import_thread in one trace. */
struct evd_import_thread *evd_import_thread_named(struct evd_importer *importer, const char *name, size_t length);

/* Sets the clock: host_ns. Without it events have none. */
void evd_import_clock(struct evd_importer *importer, int64_t host_ns);

/* The same in seconds: `whole`, 1 to 10 digits without a zero before them, at most INT64_MAX / 10^9 - 1, and a fraction of at
 * most EVD_CLOCK_FRACTION_MAX digits. */
enum { EVD_CLOCK_FRACTION_MAX = 9 };
void evd_import_clock_digits(struct evd_importer *importer, const char *whole, size_t whole_length,
                             const char *fraction, size_t fraction_length);

/* Begins the line of an event of the format's kind number `kind`, up to its payload, which may have `size` bytes. */
enum evd_status evd_event_begin(struct evd_importer *importer, unsigned kind, struct evd_import_thread *thread,
                                size_t size);

/* The same for a kind that the trace names, spelled as between the quotes of a JSON string. */
enum evd_status evd_event_begin_as(struct evd_importer *importer, const char *kind, size_t kind_length,
                                   struct evd_import_thread *thread, size_t size);

/* Ends it. The room for that is part of evd_event_begin's. */
static inline void evd_event_end(struct evd_importer *importer)
{
    EVD_PUT(importer->sink, "}\n");
    importer->summary.events++;
}

/* Skips what is in the line: `what` is static, of at most EVD_IMPORT_SKIPS_MAX texts a format. */
enum evd_status evd_import_skip(struct evd_importer *importer, const char *what);

/* Ends a line that evd_import_fault refused: an error unless damage is tolerated, in which case the line is skipped as
 * `what` (see evd_import_skip) and listed. */
enum evd_status evd_import_damaged(struct evd_importer *importer, const char *what);

/* Refuses the line; the column is in bytes, from 1. Returns EVD_E_INPUT. */
enum evd_status evd_import_fault(struct evd_importer *importer, uint64_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory ran out. Returns EVD_E_NO_MEMORY. */
enum evd_status evd_import_no_memory(struct evd_importer *importer);

#endif
