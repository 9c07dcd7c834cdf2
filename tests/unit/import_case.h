/* What tests of importers share: pushing a trace, and what becomes of it. */
#ifndef EVD_TESTS_IMPORT_CASE_H
#define EVD_TESTS_IMPORT_CASE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "evdiff/evdiff.h"
#include "log/log.h"

static struct evd_error error;
static struct evd_import_summary summary;

static inline bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static inline struct evd_import *open_format(const char *format, bool is_tolerant)
{
    const struct evd_import_options options = {.is_tolerant = is_tolerant, .has_places = true};
    struct evd_import *import;
    cr_assert_eq(evd_import_open(format, &options, &import, &error), EVD_OK, "%s", error.message);
    return import;
}

/* Writes what a mapping's file holds, and opens it; the import's mapping is read already when this returns. */
static inline enum evd_status open_mapped(const char *mapping, struct evd_import **import)
{
    char path[] = "/tmp/evdiff-mapping-XXXXXX";
    const int fd = mkstemp(path);
    const struct evd_import_options options = {.mapping = path, .has_places = true};
    cr_assert(fd >= 0 && write(fd, mapping, strlen(mapping)) == (ssize_t)strlen(mapping));
    close(fd);
    const enum evd_status status = evd_import_open("ndjson", &options, import, &error);
    unlink(path);
    return status;
}

/* Pushes a text in pieces of `step` bytes, each in memory of its own, so that a sanitizer sees a read beyond it. */
static inline enum evd_status push(const struct evd_import *import, const char *text, size_t length, size_t step,
                                   struct evd_buffer *out)
{
    struct evd_importer *importer;
    cr_assert_eq(evd_importer_open(import, "trace", keep, out, &importer, &error), EVD_OK);
    enum evd_status status = EVD_OK;
    for (size_t done = 0; status == EVD_OK && done < length; done += step) {
        const size_t size = length - done < step ? length - done : step;
        char *piece = malloc(size);
        memcpy(piece, text + done, size);
        status = evd_importer_push(importer, piece, size, &error);
        free(piece);
    }
    if (status == EVD_OK)
        status = evd_importer_finish(importer, &error);
    summary = *evd_importer_summary(importer);
    evd_importer_free(importer);
    return status;
}

/* The log that a trace becomes; to be freed. */
static inline char *import_text(const char *format, const char *text)
{
    struct evd_import *import = open_format(format, false);
    struct evd_buffer out = {0};
    cr_assert_eq(push(import, text, strlen(text), 1 << 20, &out), EVD_OK, "%s", error.message);
    evd_buffer_byte(&out, '\0');
    evd_import_free(import);
    return out.data;
}

static inline void expect_fault(const char *format, const char *text, size_t length, uint64_t line, uint64_t column,
                                const char *words)
{
    struct evd_import *import = open_format(format, false);
    struct evd_buffer out = {0};
    cr_assert_eq(push(import, text, length, 1 << 20, &out), EVD_E_INPUT);
    cr_expect_str_eq(error.path, "trace");
    cr_expect_eq(error.line, line, "line %llu", (unsigned long long)error.line);
    cr_expect_eq(error.column, column, "column %llu", (unsigned long long)error.column);
    cr_expect(strstr(error.message, words) != NULL, "%s", error.message);
    evd_buffer_release(&out);
    evd_import_free(import);
}

/* What an importer makes is a log, with as many events as it says. */
static inline void expect_log(const struct evd_rules *rules, const struct evd_buffer *out, uint64_t seed)
{
    const struct evd_string text = {out->data, out->length};
    const struct evd_read_options options = {.threads = 1};
    struct evd_log *log;
    cr_assert_eq(evd_logs_open_texts(&text, 1, rules, &options, &log, &error), EVD_OK, "seed %llu: %llu:%llu: %s",
                 (unsigned long long)seed, (unsigned long long)error.line, (unsigned long long)error.column,
                 error.message);
    cr_assert_eq(evd_log_event_count(log), summary.events, "seed %llu", (unsigned long long)seed);
    evd_log_free(log);
}

static inline void expect_payload(const char *format, const char *line, const char *payload)
{
    char *log = import_text(format, line);
    const char *found = strstr(log, "\"payload\":");
    cr_assert_not_null(found, "%s", log);
    found += strlen("\"payload\":");
    char expected[2048];
    snprintf(expected, sizeof expected, "%s}\n", payload);
    cr_expect_str_eq(found, expected);
    free(log);
}

#endif
