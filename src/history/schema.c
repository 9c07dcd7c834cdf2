#include "history/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/fail.h"

/* What columns hold, which quick_check looks at. Numbers of nights are below zero while they are shifted. */
#define COUNT(name) name " INTEGER NOT NULL CHECK (" name " BETWEEN 0 AND 1099511627776)"
#define ID(name)    name " INTEGER NOT NULL CHECK (" name " BETWEEN 1 AND 1000000000)"
#define NIGHT(name) name " INTEGER NOT NULL CHECK (" name " BETWEEN -1000000 AND 1000000)"
#define FLAG(name)  name " INTEGER NOT NULL CHECK (" name " BETWEEN 0 AND 1)"
#define TEXT(name)  name " TEXT NOT NULL CHECK (length(" name ") <= 4096)"

/* One step a version: it makes of a file of the version before one of its own. A step that was released is never edited. */
/* clang-format off */
static const char *const STEPS[EVD_HISTORY_VERSION] = {
    "CREATE TABLE verdict(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "INSERT INTO verdict VALUES (0, 'diverged'), (1, 'equal'), (2, 'nothing_new'), (3, 'ends_early'), (4, 'unpaired'),"
    " (5, 'inconclusive'), (6, 'nothing_compared'), (7, 'not_run'), (8, 'trouble');"
    "CREATE TABLE night(id INTEGER PRIMARY KEY, " TEXT("label") " UNIQUE, " TEXT("folder") ") STRICT;"
    "CREATE TABLE job(id INTEGER PRIMARY KEY, " TEXT("name") " UNIQUE, " NIGHT("last_night") ", " COUNT("peak_mib")
    ") STRICT;"
    "CREATE TABLE family(id INTEGER PRIMARY KEY, signature INTEGER NOT NULL, " COUNT("recipe") ", " TEXT("class") ", "
    TEXT("kind") ", " TEXT("call") ", " TEXT("field") ", " TEXT("after") ", UNIQUE (signature, recipe)) STRICT;"
    "CREATE TABLE run(" NIGHT("night") ", " ID("job") ","
    " verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 8), digest INTEGER NOT NULL, " COUNT("events") ", "
    COUNT("matched") ", " COUNT("absorbed") ", " COUNT("families") ", " COUNT("roots") ", " COUNT("centiseconds")
    ", PRIMARY KEY (night, job)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE strand(id INTEGER PRIMARY KEY, " ID("job") ", " ID("family") ", " NIGHT("first_night") ", "
    NIGHT("span_first") ", " COUNT("count_last") ", " COUNT("weight_last") ", canary_tid INTEGER NOT NULL,"
    " canary_idx INTEGER NOT NULL, " FLAG("is_between") ", " COUNT("root_streak") ", UNIQUE (job, family)) STRICT;"
    "CREATE TABLE span(" NIGHT("first_night") ", " ID("strand") ", " NIGHT("last_night") ", " COUNT("nights") ", "
    COUNT("root_nights") ", " COUNT("count_min") ", " COUNT("count_max") ", PRIMARY KEY (first_night, strand)) STRICT,"
    " WITHOUT ROWID;",
};
/* clang-format on */

static bool run_sql(const struct evd_history *history, const char *sql)
{
    return sqlite3_exec(history->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* A whole number that a PRAGMA tells. */
static enum evd_status read_pragma(const struct evd_history *history, const char *sql, int64_t *number,
                                   struct evd_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool is_there = false;
    enum evd_status status =
        sqlite3_prepare_v2(history->sqlite, sql, -1, &statement, NULL) == SQLITE_OK
            ? evd_database_next(history, statement, number, 1, &is_there, error)
            : evd_database_fail(history, error);
    if (status == EVD_OK && !is_there)
        status = evd_database_refuse(history, error);
    sqlite3_finalize(statement);
    return status;
}

/* All that a database has in its schema, as one text. */
static bool list_schema(sqlite3 *sqlite, struct evd_buffer *list)
{
    static const char SQL[] = "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '-') || char(10)"
                              " FROM sqlite_schema ORDER BY type, name";
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite, SQL, -1, &statement, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            evd_buffer_append(list, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE && !list->failed;
}

/* What a new file of a version has. */
static bool list_expected(int64_t version, struct evd_buffer *list)
{
    sqlite3 *memory = NULL;
    bool is_good = sqlite3_open_v2(":memory:", &memory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK;
    for (int64_t step = 0; is_good && step < version; step++)
        is_good = sqlite3_exec(memory, STEPS[step], NULL, NULL, NULL) == SQLITE_OK;
    is_good = is_good && list_schema(memory, list);
    sqlite3_close(memory);
    return is_good;
}

/* The tables are those of the version, and there is nothing beside them: no trigger, no view, no column that is computed. */
static enum evd_status compare_schema(const struct evd_history *history, int64_t version, struct evd_error *error)
{
    struct evd_buffer found = {0}, expected = {0};
    enum evd_status status = EVD_OK;
    if (!list_expected(version, &expected))
        status = evd_fail_memory(error);
    else if (!list_schema(history->sqlite, &found))
        status = evd_database_fail(history, error);
    else if (found.length != expected.length || memcmp(found.data, expected.data, found.length) != 0)
        status = evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                             "its tables are not those that evdiff makes; make it anew with 'evdiff history import'");
    evd_buffer_release(&found);
    evd_buffer_release(&expected);
    return status;
}

/* Also the types of the values, which the tables are strict about. */
static enum evd_status check_pages(const struct evd_history *history, struct evd_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum evd_status status = EVD_OK;
    if (sqlite3_prepare_v2(history->sqlite, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = evd_database_fail(history, error);
    else if (sqlite3_column_bytes(statement, 0) != 2)
        status = evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                             "is damaged; make it anew with 'evdiff history import'");
    sqlite3_finalize(statement);
    return status;
}

/* With the file locked: another process may have been faster, which *is_late tells. */
static enum evd_status upgrade(struct evd_history *history, int64_t version, bool *is_late, struct evd_error *error)
{
    int64_t present = 0;
    struct evd_buffer sql = {0};
    if (!run_sql(history, "BEGIN IMMEDIATE"))
        return evd_database_fail(history, error);
    enum evd_status status = read_pragma(history, "PRAGMA user_version", &present, error);
    *is_late = status == EVD_OK && present != version;
    for (int64_t step = version; step < EVD_HISTORY_VERSION; step++)
        evd_buffer_string(&sql, STEPS[step]);
    evd_buffer_format(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", EVD_HISTORY_APPLICATION,
                      EVD_HISTORY_VERSION);
    evd_buffer_byte(&sql, '\0');
    if (status == EVD_OK && sql.failed)
        status = evd_fail_memory(error);
    else if (status == EVD_OK && !*is_late && !run_sql(history, sql.data))
        status = evd_database_fail(history, error);
    evd_buffer_release(&sql);
    if (status != EVD_OK || *is_late)
        run_sql(history, "ROLLBACK");
    return status;
}

/* What the head of the file says it is: *version is 0 of a file that is empty. */
static enum evd_status read_version(const struct evd_history *history, int64_t *version, struct evd_error *error)
{
    int64_t application = 0, objects = 0;
    enum evd_status status = read_pragma(history, "PRAGMA application_id", &application, error);
    if (status == EVD_OK)
        status = read_pragma(history, "PRAGMA user_version", version, error);
    if (status == EVD_OK)
        status = read_pragma(history, "SELECT count(*) FROM sqlite_schema", &objects, error);
    if (status != EVD_OK || (application == 0 && *version == 0 && objects == 0))
        return status;
    if (application != EVD_HISTORY_APPLICATION || *version < 1)
        return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                           "is a database of another program, no history of evdiff");
    if (*version > EVD_HISTORY_VERSION)
        return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                           "is of version %lld, and this evdiff knows histories up to version %d; use a newer one",
                           (long long)*version, EVD_HISTORY_VERSION);
    return EVD_OK;
}

enum evd_status evd_schema_settle(struct evd_history *history, bool is_made, struct evd_error *error)
{
    int64_t version = 0;
    bool is_late = false;
    enum evd_status status = read_version(history, &version, error);
    if (status == EVD_OK && version == 0 && !is_made)
        return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0, "is empty, no history yet");
    if (status == EVD_OK && version > 0)
        status = compare_schema(history, version, error);
    if (status == EVD_OK && version > 0)
        status = check_pages(history, error);
    if (status == EVD_OK && version < EVD_HISTORY_VERSION)
        status = upgrade(history, version, &is_late, error);
    return is_late ? evd_schema_settle(history, is_made, error) : status;
}
