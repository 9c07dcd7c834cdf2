#include "history/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "base/file.h"
#include "history/schema.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

/* ── Errors ── */

/* SQLite says that it can't open a file, and not why. It may be the journal, which is made beside it; what the system said last may be of
 * another try, to read only. */
static enum evd_status cannot_open(const struct evd_history *history, struct evd_error *error)
{
    const char *slash = strrchr(history->path, '/');
    const int length = slash != NULL ? (int)(slash - history->path) + 1 : 0;
    struct evd_buffer folder = {0};
    evd_buffer_format(&folder, "%.*s.", length, history->path);
    evd_buffer_byte(&folder, '\0');
    const int reason = folder.failed                           ? ENOMEM
                       : access(folder.data, W_OK | X_OK) != 0 ? errno
                                                               : sqlite3_system_errno(history->sqlite);
    evd_buffer_release(&folder);
    return evd_fail_at(error, EVD_E_IO, history->path, 0, 0, "can't be opened, or made in its folder: %s",
                       reason != 0 ? strerror(reason) : sqlite3_errmsg(history->sqlite));
}

enum evd_status evd_database_fail(const struct evd_history *history, struct evd_error *error)
{
    const int code = history->sqlite != NULL ? sqlite3_errcode(history->sqlite) & 0xff : SQLITE_NOMEM;
    switch (code) {
    case SQLITE_NOMEM: return evd_fail_memory(error);
    case SQLITE_NOTADB: return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0, "is no SQLite database");
    case SQLITE_CORRUPT:
        return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                           "is damaged; make it anew with 'evdiff history import'");
    case SQLITE_BUSY:
        return evd_fail_at(error, EVD_E_IO, history->path, 0, 0, "another process writes to it; try again");
    case SQLITE_CANTOPEN: return cannot_open(history, error);
    case SQLITE_READONLY:
        if (sqlite3_extended_errcode(history->sqlite) == SQLITE_READONLY_DBMOVED)
            return evd_fail_at(error, EVD_E_IO, history->path, 0, 0, "was removed while it was open; try again");
        return evd_fail_at(error, EVD_E_IO, history->path, 0, 0, "%s", sqlite3_errmsg(history->sqlite));
    default: return evd_fail_at(error, EVD_E_IO, history->path, 0, 0, "%s", sqlite3_errmsg(history->sqlite));
    }
}

enum evd_status evd_database_refuse(const struct evd_history *history, struct evd_error *error)
{
    return evd_fail_at(error, EVD_E_INPUT, history->path, 0, 0,
                       "holds values that evdiff does not write; make it anew with 'evdiff history import'");
}

/* ── Statements ── */

static bool bind_values(sqlite3_stmt *statement, const char *types, va_list values)
{
    int code = SQLITE_OK;
    for (int i = 1; *types != '\0' && code == SQLITE_OK; i++, types++) {
        if (*types == 'i') {
            code = sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
        } else if (*types == 's') {
            code = sqlite3_bind_text(statement, i, va_arg(values, const char *), -1, SQLITE_STATIC);
        } else {
            const struct evd_text text = va_arg(values, struct evd_text);
            code = sqlite3_bind_text64(
                statement, i, text.length > 0 ? text.bytes : "", text.length, SQLITE_STATIC, SQLITE_UTF8);
        }
    }
    return code == SQLITE_OK;
}

static enum evd_status bind(struct evd_history *history, enum evd_sql which, sqlite3_stmt **statement,
                            struct evd_error *error, const char *types, va_list values)
{
    *statement = history->statements[which];
    if (*statement == NULL) {
        if (sqlite3_prepare_v3(history->sqlite, evd_sql_text(which), -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) !=
            SQLITE_OK)
            return evd_database_fail(history, error);
        history->statements[which] = *statement;
    }
    sqlite3_reset(*statement);
    return bind_values(*statement, types, values) ? EVD_OK : evd_database_fail(history, error);
}

enum evd_status evd_database_bind(struct evd_history *history, enum evd_sql which, sqlite3_stmt **statement,
                                  struct evd_error *error, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    const enum evd_status status = bind(history, which, statement, error, types, values);
    va_end(values);
    return status;
}

enum evd_status evd_database_do(struct evd_history *history, enum evd_sql which, struct evd_error *error,
                                const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list values;
    va_start(values, types);
    enum evd_status status = bind(history, which, &statement, error, types, values);
    va_end(values);
    if (status == EVD_OK && sqlite3_step(statement) != SQLITE_DONE)
        status = evd_database_fail(history, error);
    if (status == EVD_OK)
        sqlite3_reset(statement);
    return status;
}

enum evd_status evd_database_next(const struct evd_history *history, sqlite3_stmt *statement, int64_t *numbers,
                                  int count, bool *is_there, struct evd_error *error)
{
    const int code = sqlite3_step(statement);
    *is_there = code == SQLITE_ROW;
    if (code == SQLITE_DONE)
        return EVD_OK;
    if (code != SQLITE_ROW)
        return evd_database_fail(history, error);
    for (int i = 0; i < count; i++) {
        if (sqlite3_column_type(statement, i) != SQLITE_INTEGER)
            return evd_database_refuse(history, error);
        numbers[i] = sqlite3_column_int64(statement, i);
    }
    return EVD_OK;
}

enum evd_status evd_database_ask(struct evd_history *history, enum evd_sql which, int64_t *numbers, int count,
                                 bool *is_there, struct evd_error *error, const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list values;
    *is_there = false;
    va_start(values, types);
    enum evd_status status = bind(history, which, &statement, error, types, values);
    va_end(values);
    if (status == EVD_OK)
        status = evd_database_next(history, statement, numbers, count, is_there, error);
    if (status == EVD_OK)
        sqlite3_reset(statement);
    return status;
}

/* ── The file ── */

/* Opening a pipe would wait for its writer. *is_absent: there is nothing, which then is to be made. */
static enum evd_status look_at(const char *path, bool is_made, bool *is_absent, struct evd_error *error)
{
    struct stat status;
    *is_absent = false;
    if (path[0] == '\0')
        return evd_fail(error, EVD_E_ARGUMENT, "an empty path names no history");
    if (stat(path, &status) != 0) {
        *is_absent = is_made && errno == ENOENT;
        return *is_absent ? EVD_OK : evd_fail_errno(error, path);
    }
    return S_ISREG(status.st_mode) ? EVD_OK : evd_fail_at(error, EVD_E_IO, path, 0, 0, "is no file, and no history");
}

/* With a folder in front, ":memory:" and "file:…" are names like others. */
static enum evd_status open_file(struct evd_history *history, bool is_made, struct evd_error *error)
{
    struct evd_buffer name = {0};
    if (history->path[0] != '/')
        evd_buffer_string(&name, "./");
    evd_buffer_append(&name, history->path, strlen(history->path) + 1);
    if (name.failed)
        return evd_fail_memory(error);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (is_made ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(name.data, &history->sqlite, flags, NULL);
    evd_buffer_release(&name);
    return code == SQLITE_OK ? EVD_OK : evd_database_fail(history, error);
}

/* Nothing that a hostile file brings along is run, and who writes waits for others. */
static enum evd_status settle(struct evd_history *history, bool is_made, struct evd_error *error)
{
    sqlite3 *sqlite = history->sqlite;
    sqlite3_busy_timeout(sqlite, EVD_HISTORY_BUSY_MS);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX);
    if (sqlite3_exec(sqlite, "PRAGMA cell_size_check = ON", NULL, NULL, NULL) != SQLITE_OK ||
        (is_made && sqlite3_exec(sqlite, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK))
        return evd_database_fail(history, error);
    return evd_schema_settle(history, is_made, error);
}

enum evd_status evd_history_open(const char *path, bool is_made, struct evd_history **history, struct evd_error *error)
{
    *history = NULL;
    bool is_absent;
    enum evd_status status = look_at(path, is_made, &is_absent, error);
    if (status != EVD_OK)
        return status;
    struct evd_history *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->is_made = is_absent;
    if (made == NULL || (made->path = strdup(path)) == NULL)
        status = evd_fail_memory(error);
    else
        status = open_file(made, is_made, error);
    if (status == EVD_OK)
        status = settle(made, is_made, error);
    if (status != EVD_OK) {
        evd_history_close(made);
        return status;
    }
    *history = made;
    return EVD_OK;
}

/* Whether no night is in it, or not even a table. */
static bool is_empty(sqlite3 *sqlite)
{
    sqlite3_stmt *statement = NULL;
    const int code = sqlite3_prepare_v2(sqlite, "SELECT 1 FROM night LIMIT 1", -1, &statement, NULL);
    const bool is_empty = code == SQLITE_ERROR || (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_finalize(statement);
    return is_empty;
}

/* A history that nothing came into is absent, as it was. It is locked: another process that fills it is waited for, and one that
 * opened it before it went is told so by SQLite. */
static void remove_empty(const struct evd_history *history)
{
    if (sqlite3_exec(history->sqlite, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK)
        return;
    char *file = is_empty(history->sqlite) ? realpath(history->path, NULL) : NULL; /* SQLite follows links */
    if (file != NULL)
        unlink(file);
    free(file);
    sqlite3_exec(history->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

void evd_history_close(struct evd_history *history)
{
    if (history == NULL)
        return;
    for (int i = 0; i < EVD_SQL_COUNT; i++)
        sqlite3_finalize(history->statements[i]);
    if (history->is_made && history->sqlite != NULL)
        remove_empty(history);
    sqlite3_close(history->sqlite);
    free(history->path);
    free(history);
}

bool evd_history_is_built(void)
{
    return true;
}

bool evd_history_is_there(const char *path)
{
    static const char MAGIC[16] = "SQLite format 3";
    char first[sizeof MAGIC];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    const bool is_database =
        evd_file_read(fd, 0, first, sizeof first) == sizeof first && memcmp(first, MAGIC, sizeof MAGIC) == 0;
    close(fd);
    return is_database;
}
