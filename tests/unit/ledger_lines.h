/* Files of known differences for tests: lines whose signatures are right, what reads a file and what holds it against a text. */
#ifndef LEDGER_LINES_H
#define LEDGER_LINES_H

#include <criterion/criterion.h>
#include <string.h>

#include <evdiff/ledger.h>

#include "memory_log.h"

#define HEADER "#evdiff known 1\n"

static inline struct evd_text text(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

static inline struct evd_ledger_file *read_file(const char *content)
{
    struct evd_ledger_file *file;
    struct evd_error error = {0};
    cr_assert_eq(evd_ledger_file_read_text("a.known", content, strlen(content), &file, &error), EVD_OK, "%s",
                 error.message);
    return file;
}

static inline void expect_text(const struct evd_ledger_file *file, const char *expected)
{
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write(file, append_bytes, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    cr_assert_str_eq(out.data, expected);
    evd_buffer_release(&out);
}

static inline void expect_changes(const struct evd_ledger_file *file, const char *expected)
{
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write_changes(file, append_bytes, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    cr_assert_str_eq(out.data, expected);
    evd_buffer_release(&out);
}

/* The lines of the documentation are what the words hash to. */
#define TICKS \
    "067993480bfeb799 noise value kernel.return NtGetTickCount return_value after=import.call,kernel.call # clock"
#define STRDUP \
    "426aed03b068ee9a noise value kernel.return _strdup return_value after=kernel.call,kernel.return job=boot/*"
#define READ                                                                                                       \
    "71fe4af319cb22c7 known value kernel.return NtReadFile return_value after=import.call,kernel.call job=boot/* " \
    "bug=https://bugs/812 owner=mk until=2027-02-01 # overlapped reads complete at once"

static inline bool are_equal(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

#endif
