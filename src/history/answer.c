/* Answers: a question's SQL run on a history, its values looked at one by one, and written. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "history/database.h"
#include "history/questions.h"

enum { NIGHTS_DEFAULT = 30 };

/* Larger ones no history has; sums of counts stay below. */
#define NUMBER_MAX (INT64_C(1) << 60)

static bool take_cell(struct evd_arena *arena, sqlite3_stmt *statement, int index, enum evd_cell_kind kind,
                      struct evd_cell *cell, bool *is_good)
{
    const int type = sqlite3_column_type(statement, index);
    *cell = (struct evd_cell){.is_null = type == SQLITE_NULL};
    *is_good = true;
    if (kind == EVD_CELL_TEXT || kind == EVD_CELL_SIGNATURE) {
        const char *text = (const char *)sqlite3_column_text(statement, index);
        const size_t length = (size_t)sqlite3_column_bytes(statement, index);
        char *copy = evd_arena_alloc(arena, length + 1);
        *is_good = type == SQLITE_TEXT;
        if (copy != NULL && length > 0)
            memcpy(copy, text, length);
        cell->text = (struct evd_text){copy, length};
        return copy != NULL;
    }
    if (kind == EVD_CELL_PERCENT) {
        cell->real = sqlite3_column_double(statement, index);
        *is_good = cell->is_null || (type == SQLITE_FLOAT && isfinite(cell->real) && cell->real >= 0);
        return true;
    }
    cell->number = sqlite3_column_int64(statement, index);
    *is_good = type == SQLITE_INTEGER && cell->number >= 0 && cell->number <= NUMBER_MAX;
    return true;
}

static enum evd_status take_row(const struct evd_history *history, sqlite3_stmt *statement, struct evd_answer *answer,
                                struct evd_error *error)
{
    struct evd_cell(*rows)[EVD_COLUMNS_MAX] =
        evd_grow(answer->rows, answer->row_count, &answer->row_capacity, sizeof *rows);
    if (rows == NULL)
        return evd_fail_memory(error);
    answer->rows = rows;
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        bool is_good;
        if (!take_cell(&answer->arena, statement, i, answer->question->columns[i].kind, &rows[answer->row_count][i],
                       &is_good))
            return evd_fail_memory(error);
        if (!is_good)
            return evd_database_refuse(history, error);
    }
    answer->row_count++;
    return EVD_OK;
}

static bool bind(sqlite3_stmt *statement, const struct evd_history_request *request)
{
    const int64_t most = INT64_MAX;
    const uint64_t nights = request->nights == 0 ? NIGHTS_DEFAULT : request->nights;
    const int64_t numbers[] = {nights > (uint64_t)NUMBER_MAX ? NUMBER_MAX : (int64_t)nights,
                               request->limit > (uint64_t)most ? most : (int64_t)request->limit};
    const int count = sqlite3_bind_parameter_count(statement);
    int code = SQLITE_OK;
    if (count >= 1 && request->subject != NULL)
        code = sqlite3_bind_text(statement, 1, request->subject, -1, SQLITE_STATIC);
    for (int i = 2; i <= count && code == SQLITE_OK; i++)
        code = sqlite3_bind_int64(statement, i, numbers[i - 2]);
    return code == SQLITE_OK;
}

static enum evd_status ask(struct evd_history *history, const struct evd_history_request *request, const char *sql,
                           struct evd_answer *answer, struct evd_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum evd_status status = EVD_OK;
    if (sqlite3_prepare_v2(history->sqlite, sql, -1, &statement, NULL) != SQLITE_OK || !bind(statement, request))
        status = evd_database_fail(history, error);
    while (status == EVD_OK) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_DONE)
            break;
        status = code == SQLITE_ROW ? take_row(history, statement, answer, error) : evd_database_fail(history, error);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Where no row is about a subject, whether there is one. */
static enum evd_status check_subject(struct evd_history *history, const struct evd_history_request *request,
                                     struct evd_error *error)
{
    static const struct evd_question IS_NIGHT = {.name = "night", .columns = {{"n", "n", EVD_CELL_COUNT}}};
    struct evd_answer found = {.question = &IS_NIGHT};
    const bool is_night = strcmp(request->question, "new") == 0;
    enum evd_status status = EVD_OK;
    if (is_night)
        status = ask(history, request, "SELECT 1 FROM night WHERE label = ?1", &found, error);
    if (status == EVD_OK && found.row_count == 0)
        status = evd_fail_at(error, EVD_E_ARGUMENT, history->path, 0, 0, "has no %s '%.200s'",
                             is_night ? "night" : request->question, request->subject);
    evd_answer_release(&found);
    return status;
}

static enum evd_status write_answer(const struct evd_answer *answer, evd_answer_writer *writer, unsigned width,
                                    evd_write *write, void *context, struct evd_error *error)
{
    struct evd_output out = {.write = write, .context = context};
    writer(answer, width, &out);
    return evd_output_close(&out, "the answer could not be written", error);
}

enum evd_status evd_history_answer(struct evd_history *history, const struct evd_history_request *request,
                                   const char *format, evd_write *write, void *context, struct evd_error *error)
{
    evd_answer_writer *writer = evd_find_answer_writer(format);
    const bool has_subject = request->subject != NULL;
    struct evd_answer answer = {.question = evd_find_question(request->question, has_subject)};
    if (writer == NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "'%s' is no format of an answer", format);
    if (answer.question == NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "'%s' is no question", request->question);
    if (has_subject && !answer.question->has_subject)
        return evd_fail(error, EVD_E_ARGUMENT, "%s is asked of all nights, not of '%s'", request->question,
                        request->subject);
    if (has_subject && strcmp(request->question, "family") == 0 &&
        (request->subject[0] == '\0' || strlen(request->subject) > 16 ||
         request->subject[strspn(request->subject, "0123456789abcdef")] != '\0'))
        return evd_fail(error, EVD_E_ARGUMENT, "'%.100s' is no beginning of a signature, 1 to 16 digits of 0-9 and a-f",
                        request->subject);
    enum evd_status status = ask(history, request, answer.question->sql, &answer, error);
    if (status == EVD_OK && has_subject && answer.row_count == 0)
        status = check_subject(history, request, error);
    if (status == EVD_OK)
        status = write_answer(&answer, writer, request->width, write, context, error);
    evd_answer_release(&answer);
    return status;
}
