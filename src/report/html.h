/* The report in HTML: what its parts share. */
#ifndef EVD_REPORT_HTML_H
#define EVD_REPORT_HTML_H

#include "report/report.h"

enum {
    HTML_BYTES_MAX = 4 * 1000 * 1000, /* of a page */
    HTML_TABLES_MAX = 1500 * 1000,    /* of them, up to the end of its tables */
    HTML_FRAME_MAX = 100 * 1000,      /* kept for what every page has: style, script, heads, totals */
    HTML_ROWS_MAX = 1000,             /* of each table */
    HTML_NAME_MAX = 200,              /* letters of a name, in a table */
    HTML_VALUE_MAX = 120,             /* letters of a value, in a table */
    HTML_LANE_RUNS_MAX = 4000,        /* runs of one thread in the picture; with more, neighbours are one */
};

/* The page (html/page.html), cut where the report has something to say: title, head, looks, families, threads, rest,
 * data. */
enum { EVD_PAGE_PARTS = 8 };
extern const struct evd_text evd_page_parts[EVD_PAGE_PARTS];

struct evd_html {
    const struct evd_outcome *outcome;
    const struct evd_report_options *options;
    struct evd_output *out;
    struct evd_buffer piece;   /* a row or a paragraph, which is written whole or not at all */
    struct evd_buffer text[2]; /* foreign text on its way into it */
    uint64_t written;          /* bytes */
};

/* Writes the piece. */
void evd_html_put(struct evd_html *html);

/* Writes the piece if there is room for it in the tables. */
bool evd_html_put_row(struct evd_html *html);

/* Appends what is in text[0] to the piece, escaped, cut to `most` letters (0: not cut), and clears it. */
void evd_html_text(struct evd_html *html, size_t most);

/* Appends both texts as code, canary's and ours, the part in which they differ marked, and clears them. */
void evd_html_sides(struct evd_html *html, size_t most);

/* The same of any buffers, onto `out`. */
void evd_html_append_sides(struct evd_buffer *out, struct evd_buffer text[EVD_SIDES], size_t most);

/* How both sides of a divergence differ, as evd_html_sides. */
void evd_html_difference(struct evd_html *html, const struct evd_divergence *divergence, size_t most);

/* What a ledger says of a family (html_known.c): a cell of the table, nothing without a ledger; a paragraph, nothing where no
 * line speaks of it. */
void evd_html_known_cell(struct evd_html *html, size_t family);
void evd_html_known_line(struct evd_html *html, size_t family);

/* The indexes of all families in the order in which they are told: those that a ledger leaves to be looked at, then the others. To
 * be freed with free; NULL when memory runs out. */
size_t *evd_html_family_order(const struct evd_html *html);

/* The tables (html_tables.c). */
void evd_html_families(struct evd_html *html);
void evd_html_threads(struct evd_html *html);
void evd_html_rest(struct evd_html *html);

/* What the script needs beside the tables: pictures and events (html_data.c), in at most `most` bytes. */
void evd_html_data(struct evd_html *html, uint64_t most);

#endif
