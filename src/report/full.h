/* The full report: what its parts share. */
#ifndef EVD_REPORT_FULL_H
#define EVD_REPORT_FULL_H

#include "report/report.h"
#include "report/spans.h"

enum {
    FULL_SUBJECT_MAX = 200,    /* characters of what a family is about, in a table */
    FULL_FAMILIES_MAX = 200,   /* rows of the table of families */
    FULL_PAIRS_MAX = 500,      /* pairs with a section of their own */
    FULL_ROWS_MAX = 200,       /* rows of a pair's table */
    FULL_CONSEQUENCES_MAX = 5, /* rows under one divergence */
    FULL_UNPAIRED_MAX = 200,   /* rows of a table of threads without counterpart */
};

struct evd_full {
    const struct evd_outcome *outcome;
    struct evd_output *out;
    struct evd_span_writer spans;
    struct evd_buffer text; /* what is about to be a code span */
};

/* What a family is about, as a code span; in the cell of a table it is cut. */
void evd_full_subject(struct evd_full *full, const struct evd_family *family, bool is_cell);

/* A value in Python's spelling, as a code span. */
void evd_full_value(struct evd_full *full, const struct evd_field_value *value, bool is_cell);

/* What a name contradicts, as a code span. */
void evd_full_notes(struct evd_full *full, const struct evd_divergence *divergence, bool is_cell);

/* What differs first, as a code span. */
void evd_full_first(struct evd_full *full, const struct evd_first_divergence *first);

/* Says how many items are not told, and where in the JSON report they are; nothing when there are none. */
void evd_full_rest(struct evd_full *full, size_t count, const char *one, const char *many, const char *jq_path);

/* A section for each pair that has something to tell (full_pairs.c). */
void evd_full_render_pairs(struct evd_full *full);

#endif
