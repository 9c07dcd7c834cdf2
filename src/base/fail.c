#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum evd_status fill(struct evd_error *error, enum evd_status status, const char *path, uint64_t line,
                            uint64_t column, const char *format, va_list args)
{
    if (error == NULL)
        return status;
    error->status = status;
    error->line = line;
    error->column = column;
    snprintf(error->path, sizeof error->path, "%s", path);
    vsnprintf(error->message, sizeof error->message, format, args);
    return status;
}

enum evd_status evd_fail(struct evd_error *error, enum evd_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, status, "", 0, 0, format, args);
    va_end(args);
    return status;
}

enum evd_status evd_fail_at(struct evd_error *error, enum evd_status status, const char *path, uint64_t line,
                            uint64_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* An empty name must be seen too: as a shell would take it. */
    fill(error, status, path[0] == '\0' ? "''" : path, line, column, format, args);
    va_end(args);
    return status;
}

enum evd_status evd_fail_memory(struct evd_error *error)
{
    return evd_fail(error, EVD_E_NO_MEMORY, "out of memory");
}

enum evd_status evd_fail_errno(struct evd_error *error, const char *path)
{
    return errno == ENOMEM ? evd_fail_memory(error) : evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
}

void evd_text_place(const char *text, size_t offset, uint64_t *line, uint64_t *column)
{
    const char *p = text;
    const char *const end = text + offset;
    *line = 1;
    for (const char *next; (next = memchr(p, '\n', (size_t)(end - p))) != NULL; p = next + 1)
        ++*line;
    *column = (uint64_t)(end - p) + 1;
}
