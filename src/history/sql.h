/* SQL: the statements that take a night in, by number. */
#ifndef EVD_HISTORY_SQL_H
#define EVD_HISTORY_SQL_H

enum evd_sql {
    EVD_SQL_BEGIN,
    EVD_SQL_COMMIT,
    EVD_SQL_ROLLBACK,
    EVD_SQL_NIGHTS,
    EVD_SQL_NIGHT_INSERT,
    EVD_SQL_NIGHT_MOVE,
    EVD_SQL_SHIFT_NIGHT,      /* the first of those that make room for a night; each takes its rank */
    EVD_SQL_SHIFT_NIGHT_BACK, /* numbers are unique at any time: they go by way of those below zero */
    EVD_SQL_SHIFT_JOB,
    EVD_SQL_SHIFT_RUN,
    EVD_SQL_SHIFT_RUN_BACK,
    EVD_SQL_SHIFT_STRAND,
    EVD_SQL_SHIFT_SPAN_LAST,
    EVD_SQL_SHIFT_SPAN_FIRST,
    EVD_SQL_SHIFT_SPAN_FIRST_BACK, /* the last of them */
    EVD_SQL_JOB,
    EVD_SQL_JOB_INSERT,
    EVD_SQL_JOB_SEEN,
    EVD_SQL_RUN,
    EVD_SQL_RUN_PUT,
    EVD_SQL_RUN_DELETE,
    EVD_SQL_RUNS_OF_NIGHT,
    EVD_SQL_RUNS_OF_JOB,
    EVD_SQL_FAMILY,
    EVD_SQL_FAMILY_INSERT,
    EVD_SQL_STRAND,
    EVD_SQL_STRAND_INSERT,
    EVD_SQL_STRAND_UPDATE,
    EVD_SQL_SPAN_EXTEND,
    EVD_SQL_SPAN_INSERT,
    EVD_SQL_JOB_CLEAR_SPANS, /* the first of those that make a job one without nights */
    EVD_SQL_JOB_CLEAR_STRANDS,
    EVD_SQL_JOB_CLEAR,
    EVD_SQL_FIRST_NIGHT,
    EVD_SQL_JOB_NIGHTS,
    EVD_SQL_DROP_FAMILIES, /* what nothing has any more */
    EVD_SQL_DROP_JOBS,
    EVD_SQL_PACK,
    EVD_SQL_COUNT,
};

const char *evd_sql_text(enum evd_sql which);

#endif
