/* What a history knows of the time before a night: which night that was, which one had a family first, and how a job came out in the last
 * ones. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "history/database.h"
#include "history/order.h"

/* A text of the row at hand, to be freed; NULL when memory runs out or it is none. */
static char *copy_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text == NULL ? NULL : strdup((const char *)text);
}

enum evd_status evd_history_night_before(struct evd_history *history, const char *night, char **folder,
                                         struct evd_error *error)
{
    sqlite3_stmt *statement;
    bool is_there = true;
    *folder = NULL;
    enum evd_status status = evd_database_bind(history, EVD_SQL_NIGHTS, &statement, error, "");
    while (status == EVD_OK) {
        int64_t number;
        status = evd_database_next(history, statement, &number, 1, &is_there, error);
        if (status != EVD_OK || !is_there)
            break;
        const unsigned char *label = sqlite3_column_text(statement, 1);
        if (label == NULL) {
            status = evd_fail_memory(error);
        } else if (evd_compare_labels((const char *)label, night) < 0) {
            free(*folder);
            *folder = copy_text(statement, 2);
            if (*folder == NULL)
                status = evd_fail_memory(error);
        }
    }
    sqlite3_reset(statement);
    if (status != EVD_OK) {
        free(*folder);
        *folder = NULL;
    }
    return status;
}

/* The first night that the row at hand has, where it is before another. */
static enum evd_status take_first(sqlite3_stmt *statement, const char *night, char **first, struct evd_error *error)
{
    const unsigned char *label = sqlite3_column_text(statement, 1);
    if (label != NULL && evd_compare_labels((const char *)label, night) >= 0)
        return EVD_OK;
    *first = copy_text(statement, 1);
    return *first != NULL ? EVD_OK : evd_fail_memory(error);
}

enum evd_status evd_history_first_night(struct evd_history *history, const char *job, uint64_t signature,
                                        const char *night, char **first, struct evd_error *error)
{
    sqlite3_stmt *statement;
    int64_t number;
    bool is_there = false;
    *first = NULL;
    enum evd_status status =
        evd_database_bind(history, EVD_SQL_FIRST_NIGHT, &statement, error, "si", job, (int64_t)signature);
    if (status == EVD_OK)
        status = evd_database_next(history, statement, &number, 1, &is_there, error);
    if (status == EVD_OK && is_there)
        status = take_first(statement, night, first, error);
    /* Else the file stays locked against who writes. */
    sqlite3_reset(statement);
    return status;
}

enum { CONCLUSIVE_BELOW = 5 }; /* of verdicts, as the table of them has it */

/* The night of the row at hand. */
static enum evd_status tell_job_night(sqlite3_stmt *statement, const int64_t *numbers, evd_take_job_night *take,
                                      void *taken, struct evd_error *error)
{
    const struct evd_job_night told = {
        .name = (const char *)sqlite3_column_text(statement, 5),
        .number = numbers[0],
        .is_conclusive = numbers[1] < CONCLUSIVE_BELOW,
        .events = (uint64_t)numbers[2],
        .matched = (uint64_t)numbers[3],
        .roots = (uint64_t)numbers[4],
    };
    if (told.name == NULL)
        return evd_fail_memory(error);
    return take(taken, &told) ? EVD_OK : evd_fail(error, EVD_E_IO, "the nights of a job could not be taken");
}

enum evd_status evd_history_job_nights(void *history, const char *job, const char *night, evd_take_job_night *take,
                                       void *taken, struct evd_error *error)
{
    sqlite3_stmt *statement;
    bool is_there = true;
    enum evd_status status = evd_database_bind(
        history, EVD_SQL_JOB_NIGHTS, &statement, error, "ssi", job, night, (int64_t)EVD_JOB_NIGHTS_MAX);
    while (status == EVD_OK) {
        int64_t numbers[5];
        status = evd_database_next(history, statement, numbers, 5, &is_there, error);
        if (status != EVD_OK || !is_there)
            break;
        status = tell_job_night(statement, numbers, take, taken, error);
    }
    sqlite3_reset(statement);
    return status;
}
