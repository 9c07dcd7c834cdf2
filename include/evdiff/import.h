/* Importers: traces that other programs write, made logs of schema v1.
 *
 * A trace in another format is read like a log: struct evd_import says how, evd_read_options::imports takes one for each
 * log. evd_import_file makes a log of a trace that is kept; an importer (evd_importer_open) takes the bytes of a trace as
 * they come. docs/importing.md says what becomes of each format.
 *
 * Ownership: the caller frees what it opened. Threads: a struct evd_import is read-only once it is open, any number of
 * threads may use it; an importer is used by one thread at a time. */
#ifndef EVDIFF_IMPORT_H
#define EVDIFF_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"
#include "evdiff/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The formats, by index from 0: the name and one line about it, or NULL past the last one. */
const char *evd_import_format_name(size_t index);
const char *evd_import_format_summary(size_t index);

/* The rules that suit a format, by their name (docs/rules.md); NULL for an unknown format, or when none do. */
const char *evd_import_format_rules(const char *format);

enum {
    EVD_IMPORT_LINE_MAX = 16 << 20, /* bytes of a line of a trace; a longer one is refused */
    EVD_IMPORT_SKIPS_MAX = 16,      /* sorts of lines that an importer tells apart when it skips them */
    EVD_IMPORT_DAMAGES_MAX = 20,    /* damaged lines that it lists */
    EVD_IMPORT_REASON_MAX = 160,    /* bytes of the reason of one, with the zero */
};

/* How a trace is read. */
struct evd_import;

struct evd_import_options {
    const char *engine;  /* what the events' "engine" is; NULL: the format's name */
    const char *mapping; /* path of a mapping, which "ndjson" needs and no other format takes; else NULL */
    bool
        has_places; /* give each event "source_line", its line in the trace, and "source_event", its number in a list */
    bool is_tolerant; /* skip damaged lines; else the first one is an error */
    uint64_t
        memory_bytes; /* that are held of a trace which is in no order, as of "chrome-trace", in memory; what is more is in a file
                              in $TMPDIR, or /var/tmp, without a name. 0: 64 MiB. Not of traces that are read like logs */
};

/* Opens a format by its name. `options` may be NULL: no member is set; nothing in it is kept. On success the caller frees
 * *import, after the logs that it reads; on failure it is NULL. Errors: EVD_E_ARGUMENT for an unknown format, or a mapping
 * that is missing or not wanted; EVD_E_RULES for a mapping that is malformed; EVD_E_IO; EVD_E_NO_MEMORY. */
enum evd_status evd_import_open(const char *format, const struct evd_import_options *options,
                                struct evd_import **import, struct evd_error *error);

/* Takes NULL too. */
void evd_import_free(struct evd_import *import);

/* The name of its format. */
const char *evd_import_format(const struct evd_import *import);

/* Which format a trace has by its first bytes, packed or not: *format is NULL when it is a log, of no format known here,
 * or not plainly of one, and for what is no regular file, of which nothing is read. Errors: EVD_E_IO, EVD_E_NO_MEMORY.
 * Cost: reads at most 64 KiB. */
enum evd_status evd_import_detect(const char *path, const char **format, struct evd_error *error);

/* Which format a log was made of: the one that its header names as the engine, as evd_import_file has it unless
 * evd_import_options::engine says otherwise. *format is NULL for what is no such log. Errors and cost: the same. */
enum evd_status evd_import_detect_made(const char *path, const char **format, struct evd_error *error);

/* The same of a log whose header names "canary" or "ours" as its engine: *side is that, else NULL. Errors and cost: as
 * evd_import_detect_made. */
enum evd_status evd_import_detect_side(const char *path, const char **side, struct evd_error *error);

/* Lines that an importer skipped, of one sort. */
struct evd_import_skip {
    const char *what; /* such as "lines that are no system calls"; static */
    uint64_t count;
    uint64_t first_line;  /* from 1 */
    uint64_t first_event; /* its number in the list that the trace is, from 1; 0: it is none */
};

/* What is wrong with a line that is_tolerant skipped. */
struct evd_import_damage {
    uint64_t line, column; /* in the trace, from 1; the column in bytes */
    char reason[EVD_IMPORT_REASON_MAX];
};

/* What an importer made of a trace. */
struct evd_import_summary {
    uint64_t lines;  /* of the trace, so far */
    uint64_t events; /* of the log */
    size_t skip_count;
    struct evd_import_skip skips[EVD_IMPORT_SKIPS_MAX]; /* in the order of their first lines */
    uint64_t damage_count;                              /* of all skips those for is_tolerant */
    size_t listed_damage_count;
    struct evd_import_damage damages[EVD_IMPORT_DAMAGES_MAX]; /* the first of them, in file order */
    bool is_stopped_by_damage; /* the error that it ended with is one that is_tolerant skips */
};

/* Takes the next `length` bytes of the log's text; false stops the importer. */
typedef bool evd_import_write(void *context, const char *bytes, size_t length);

struct evd_importer;

/* Opens an importer for a trace whose errors are told as of `path`; `import` must outlive it. On success the caller frees
 * *importer; on failure it is NULL. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_importer_open(const struct evd_import *import, const char *path, evd_import_write *write,
                                  void *context, struct evd_importer **importer, struct evd_error *error);

/* Takes the next bytes of a trace, unpacked, cut anywhere; what the log gets does not depend on the cuts. Errors, after
 * which the importer is only to be freed: EVD_E_INPUT with the line and column in the trace, EVD_E_IO when `write` returned
 * false or a file for what memory_bytes has no room for could not be written, EVD_E_NO_MEMORY. Cost: linear; it holds a line of the trace, some 256 KiB of the log and what the format needs
 * for each thread; "chrome-trace", whose files are in no order, holds something of every event, memory_bytes of it in memory. */
enum evd_status evd_importer_push(struct evd_importer *importer, const char *bytes, size_t length,
                                  struct evd_error *error);

/* Ends the trace and writes what is left. Errors as above; EVD_E_INPUT also for a trace without a single event. */
enum evd_status evd_importer_finish(struct evd_importer *importer, struct evd_error *error);

/* What it did so far; belongs to the importer. */
const struct evd_import_summary *evd_importer_summary(const struct evd_importer *importer);

/* Takes NULL too. */
void evd_importer_free(struct evd_importer *importer);

/* Reads the trace at `path`, a file or a pipe, packed or not, and writes the log's text, packed with zstd when `is_packed`.
 * *summary (may be NULL) is filled in any case. Errors as above, and EVD_E_IO for a trace that can't be read. Cost: linear,
 * in bounded memory as above. */
enum evd_status evd_import_file(const struct evd_import *import, const char *path, bool is_packed,
                                evd_import_write *write, void *context, struct evd_import_summary *summary,
                                struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
