/* Table: rows of an answer, and the formats they are written in. It knows no database.
 *
 * Ownership: cells are in the table's arena. */
#ifndef EVD_HISTORY_TABLE_H
#define EVD_HISTORY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/output.h"
#include "evdiff/text.h"

enum evd_cell_kind {
    EVD_CELL_TEXT,
    EVD_CELL_SIGNATURE, /* 16 digits, of which people see the first 8 */
    EVD_CELL_COUNT,
    EVD_CELL_PERCENT,
    EVD_CELL_SECONDS, /* from centiseconds */
    EVD_CELL_FLAG,
};

struct evd_column {
    const char *key;   /* of programs */
    const char *title; /* of people */
    enum evd_cell_kind kind;
};

enum { EVD_COLUMNS_MAX = 12 };

/* A question: its SQL, and what the columns of the answer are. */
struct evd_question {
    const char *name;
    const char *none; /* what people are told where there are no rows */
    bool has_subject;
    const char *sql;                            /* ?1 the subject, ?2 nights, ?3 rows at most */
    struct evd_column columns[EVD_COLUMNS_MAX]; /* ends with a key that is NULL */
};

struct evd_cell {
    bool is_null;
    struct evd_text text;
    int64_t number; /* EVD_CELL_COUNT, EVD_CELL_SECONDS, EVD_CELL_FLAG */
    double real;    /* EVD_CELL_PERCENT */
};

struct evd_answer {
    struct evd_arena arena;
    const struct evd_question *question;
    struct evd_cell (*rows)[EVD_COLUMNS_MAX]; /* freed by evd_answer_release */
    size_t row_count, row_capacity;
};

void evd_answer_release(struct evd_answer *answer);

/* The writer of a format; NULL for an unknown one. `width` is for text: columns to keep lines within, 0: no limit. */
typedef void evd_answer_writer(const struct evd_answer *answer, unsigned width, struct evd_output *out);
evd_answer_writer *evd_find_answer_writer(const char *format);

#endif
