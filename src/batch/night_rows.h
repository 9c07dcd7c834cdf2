/* Rows: what a night tells of families and of lines of ledgers, each once for all jobs in which it is the same, the gravest sections
 * first.
 *
 * Ownership: rows borrow the night; the caller releases them. */
#ifndef EVD_BATCH_NIGHT_ROWS_H
#define EVD_BATCH_NIGHT_ROWS_H

#include "batch/night.h"

enum { EVD_ROW_JOBS_MAX = 3 }; /* that are named */

struct evd_night_row {
    const struct evd_night_job *job;       /* the first that has it */
    const struct evd_night_family *family; /* there; NULL where the row is a line's */
    const struct evd_night_line *line;
    const char *names[EVD_ROW_JOBS_MAX]; /* of the first jobs */
    size_t job_count;
    size_t folder_length; /* of the parts, with their last '/', that the names of all jobs begin with */
};

struct evd_night_rows {
    struct evd_night_row *list; /* in the order of jobs */
    size_t count, capacity;
};

/* Of which families or lines a section is. */
struct evd_night_section {
    const char *title; /* "New" */
    enum evd_standing standing;
    bool are_lines; /* else families */
    bool are_gone;  /* families of the night before */
};

/* All sections, the gravest first; a title of NULL ends them. */
extern const struct evd_night_section evd_night_sections[];

/* False when memory runs out; to be released in any case. Cost: linear in the families and lines of all jobs. */
bool evd_night_rows_make(const struct evd_night *night, const struct evd_night_section *section,
                         struct evd_night_rows *rows);
void evd_night_rows_release(struct evd_night_rows *rows);

/* Whether the night fails by what is in a section. */
bool evd_night_section_fails(const struct evd_night *night, const struct evd_night_section *section);

/* The command that makes a row's family known, in the jobs that have it and no others as far as a pattern can say so. What is in capitals is to be filled in. */
void evd_append_known_add(struct evd_buffer *out, const struct evd_night *night, const struct evd_night_row *row);

/* "bugs.known:12: known; https://bugs/812; passed in 2 nights in a row": of a row that is a line's. */
void evd_describe_night_line(struct evd_buffer *out, const struct evd_night_line *line);

#endif
