/* Database: the SQLite file of a history, its version, and statements with their values.
 *
 * A statement is prepared when it is first used and kept; by its number in sql.h. Whatever a file holds, a value comes out as
 * a number in its range or as an error.
 *
 * Threads: one at a time. */
#ifndef EVD_HISTORY_DATABASE_H
#define EVD_HISTORY_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "evdiff/history.h"
#include "evdiff/text.h"
#include "history/sql.h"

struct evd_history {
    sqlite3 *sqlite;
    char *path;   /* as it was given */
    bool is_made; /* the file was not there before; it goes again when no night has come into it */
    sqlite3_stmt *statements[EVD_SQL_COUNT];
};

/* Counts of the file are at most this, so that sums of them are numbers still. */
#define EVD_HISTORY_COUNT_MAX (INT64_C(1) << 40)

/* How long one process waits for another. */
enum { EVD_HISTORY_BUSY_MS = 10000 };

/* What SQLite said last, as an error about the file. */
enum evd_status evd_database_fail(const struct evd_history *history, struct evd_error *error);

/* The file holds what evdiff does not write. */
enum evd_status evd_database_refuse(const struct evd_history *history, struct evd_error *error);

/* A statement with its values bound, one for each letter of `types`: 'i' int64_t, 't' struct evd_text, 's' const char *. *statement is good
 * until the next use of the same. Texts are borrowed until it was stepped. */
enum evd_status evd_database_bind(struct evd_history *history, enum evd_sql which, sqlite3_stmt **statement,
                                  struct evd_error *error, const char *types, ...);

/* Runs a statement without rows. */
enum evd_status evd_database_do(struct evd_history *history, enum evd_sql which, struct evd_error *error,
                                const char *types, ...);

/* Takes the next row of a statement, whose columns are `count` whole numbers; *is_there is false behind the last one. */
enum evd_status evd_database_next(const struct evd_history *history, sqlite3_stmt *statement, int64_t *numbers,
                                  int count, bool *is_there, struct evd_error *error);

/* Takes the one row that there is, or none. */
enum evd_status evd_database_ask(struct evd_history *history, enum evd_sql which, int64_t *numbers, int count,
                                 bool *is_there, struct evd_error *error, const char *types, ...);

#endif
