/* The full report: what its parts share. */
#ifndef EVD_REPORT_FULL_H
#define EVD_REPORT_FULL_H

#include "report/report.h"
#include "report/sections.h"

enum {
    FULL_COLUMNS = 120, /* no line is wider, but for commands to copy */
    FULL_CELL_MIN = 10, /* columns of a cell's code span, however wide the others of its row are */
    FULL_SECTIONS = 40, /* without a limit of the options: sections of roots, and rows of the tables of threads */
    FULL_ROWS = 10,     /* the same: rows below a section */
};

struct evd_full {
    const struct evd_outcome *outcome;
    struct evd_output *out;
    const struct evd_known *known; /* or NULL */
    uint64_t sections, rows;       /* at most */
    struct evd_section_writer writer;
    struct evd_buffer row; /* a row, without what is in its widest cells */
};

/* A table's row whose widest cells are code spans: each of `cells` is put where `row` has a tab, and takes what the others
 * leave of the columns. Empties `row`. */
void evd_full_row(struct evd_full *full, const struct evd_buffer *cells, size_t count);

/* Says how many items are not told, and how to have them; nothing when there are none. */
void evd_full_rest(struct evd_full *full, uint64_t count, const char *one, const char *many);

/* A section for each family that has divergences which follow from none, with what follows from them below it; then what is
 * noise (full_roots.c). */
void evd_full_render_roots(struct evd_full *full);

/* The threads, worst first, those without a counterpart, and how all events came out (full_threads.c). */
void evd_full_render_threads(struct evd_full *full);

#endif
