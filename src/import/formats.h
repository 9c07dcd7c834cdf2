/* Formats: one row for each format of traces; an importer is a file with one of them.
 *
 * A format takes a trace line by line, or as bytes. What it writes goes through emit.h, what it refuses or skips through
 * importer.h. */
#ifndef EVD_IMPORT_FORMATS_H
#define EVD_IMPORT_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

#include "evdiff/import.h"

struct evd_import_format {
    const char *name;
    const char *summary;      /* one line */
    const char *rules;        /* the name of the rules that suit it; NULL: none do */
    const char *const *kinds; /* of its events, which it begins by their index; ends with NULL */
    bool needs_mapping;
    bool writes_from_text; /* less is held of a trace whose text stays (struct evd_import_memory) */
    unsigned version; /* to be raised when the same trace becomes another log, so that saved indexes are made anew */

    /* True when a line is plainly of this format. */
    bool (*is_like)(const char *line, size_t length);

    /* Makes what the format keeps for one trace, importer->state; NULL: it keeps nothing. */
    enum evd_status (*open)(struct evd_importer *importer);

    /* Takes one line, not empty, without its end; at least EVD_JSON_PADDING readable bytes follow. It must have written
     * nothing of the line when it returns EVD_E_INPUT. */
    enum evd_status (*take_line)(struct evd_importer *importer, const char *line, size_t length);

    /* Instead of lines: takes the next bytes, and keeps importer->summary.lines itself. */
    enum evd_status (*take_bytes)(struct evd_importer *importer, const char *bytes, size_t length);

    /* The trace has ended; NULL: nothing is left to do. */
    enum evd_status (*finish)(struct evd_importer *importer);

    /* Frees the state. */
    void (*close)(struct evd_importer *importer);
};

extern const struct evd_import_format evd_format_chrome_trace;
extern const struct evd_import_format evd_format_eip3155;
extern const struct evd_import_format evd_format_gem5;
extern const struct evd_import_format evd_format_ndjson;
extern const struct evd_import_format evd_format_spike;
extern const struct evd_import_format evd_format_strace;
extern const struct evd_import_format evd_format_wine_relay;

/* All of them, in the order in which they are listed; ends with NULL. */
extern const struct evd_import_format *const evd_import_formats[];

/* By its name, or NULL. */
const struct evd_import_format *evd_import_format_named(const char *name);

/* The one that the lines of a text are plainly of; NULL: none or several. The text may be cut within a line. */
const struct evd_import_format *evd_import_format_of(const char *text, size_t length);

#endif
