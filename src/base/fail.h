/* Filling struct evd_error. Each function returns the status it was given, so that a caller can
 * write `return evd_fail(...)`. `error` may be NULL: then only the status is kept. */
#ifndef EVD_BASE_FAIL_H
#define EVD_BASE_FAIL_H

#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"

/* An error without a place in a file. */
enum evd_status evd_fail(struct evd_error *error, enum evd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An error about a file; line and column are 0 when it has no place in the text. */
enum evd_status evd_fail_at(struct evd_error *error, enum evd_status status, const char *path, uint64_t line,
                            uint64_t column, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Memory ran out. */
enum evd_status evd_fail_memory(struct evd_error *error);

/* What errno says of a call on a file: EVD_E_IO with its text, or that memory ran out. */
enum evd_status evd_fail_errno(struct evd_error *error, const char *path);

/* The place of an offset in a text: line and column, in bytes, both from 1. */
void evd_text_place(const char *text, size_t offset, uint64_t *line, uint64_t *column);

#endif
