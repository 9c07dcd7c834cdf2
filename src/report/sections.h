/* A section of Markdown about one family, for the reports that have one a root: full, and the summary for GitHub. */
#ifndef EVD_REPORT_SECTIONS_H
#define EVD_REPORT_SECTIONS_H

#include "evdiff/report.h"
#include "report/spans.h"

enum { EVD_SECTION_NAME_MAX = 200 }; /* letters of what a family is about, and of its notes */

/* Writes sections; all zero but for `columns` at the beginning. */
struct evd_section_writer {
    unsigned columns;       /* to keep lines within; 0: no limit. Commands to copy are never cut */
    struct evd_buffer text; /* what is about to be a code span, or a paragraph */
    struct evd_span_writer spans;
};

/* Appends what is in `text` as a code span that takes at most so many columns, and empties it. */
void evd_section_span(struct evd_section_writer *writer, struct evd_buffer *out, bool is_cell, size_t columns);

/* Appends what is in `text`, words of our own, as lines of a paragraph, and empties it. */
void evd_section_words(struct evd_section_writer *writer, struct evd_buffer *out);

/* Appends the section of a family at one of its places: what it is, both sides as a diff, how often it is, why it is one to
 * look at, and the command that shows the place. */
void evd_section_family(struct evd_section_writer *writer, struct evd_buffer *out, const struct evd_outcome *outcome,
                        size_t number, const struct evd_family *family, size_t pair, size_t divergence);

/* Appends what a ledger says of a family, a line of its section; nothing when it is NULL. */
void evd_section_known(struct evd_section_writer *writer, struct evd_buffer *out,
                       const struct evd_listed_family *known);

void evd_section_writer_release(struct evd_section_writer *writer);

#endif
