/* Files for the tests of sources, in a folder of their own, and what a source must be. */
#ifndef EVD_TESTS_SOURCE_FILES_H
#define EVD_TESTS_SOURCE_FILES_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/source.h"

enum { PADDING = 64, TEXT_BYTES = 3000000 };

static char folder[] = "/tmp/evdiff-source-XXXXXX";
static char path[sizeof folder + 16];
static struct evd_error error;
static struct evd_source source;

static inline void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
}

static inline void tear_down(void)
{
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "%s", strerror(errno));
}

/* Bytes that grow, for building files. */
struct bytes {
    char *data;
    size_t length;
};

static inline void add(struct bytes *bytes, const void *data, size_t length)
{
    bytes->data = realloc(bytes->data, bytes->length + length + 1);
    cr_assert_not_null(bytes->data);
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

/* Text that compresses, but not to nothing. */
static inline struct bytes make_text(size_t length, uint64_t seed)
{
    struct bytes text = {malloc(length + 1), length};
    cr_assert_not_null(text.data);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        text.data[i] = i % 80 == 79 ? '\n' : (char)('a' + (seed >> 60));
    }
    return text;
}

static inline void write_file(const void *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static inline void expect_padding(void)
{
    for (size_t i = 0; i < PADDING; i++)
        cr_assert_eq(source.bytes[source.length + i], 0, "at %zu", i);
}

static inline void expect_text(const void *text, size_t length)
{
    cr_assert_eq(source.length, length, "%zu, not %zu", (size_t)source.length, length);
    cr_assert_eq(memcmp(source.bytes, text, length), 0);
    expect_padding();
}

static inline int count_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* The number of mapped bytes of this process. */
static inline size_t count_mapped_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_not_null(file);
    size_t pages = 0;
    cr_assert_eq(fscanf(file, "%zu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static inline void expect_opens(const char *name, const void *text, size_t length)
{
    const int fds = count_fds();
    cr_assert_eq(evd_source_open(&source, name, &error), EVD_OK, "%s", error.message);
    expect_text(text, length);
    cr_assert_eq(evd_source_check(&source, &error), EVD_OK);
    evd_source_close(&source);
    cr_assert_eq(count_fds(), fds);
    evd_source_close(&source);
}

/* `part` is in the message. */
static inline void expect_refused(const char *name, enum evd_status status, const char *part)
{
    const int fds = count_fds();
    cr_assert_eq(evd_source_open(&source, name, &error), status);
    cr_assert_eq(error.status, status);
    cr_assert_not_null(strstr(error.message, part), "%s", error.message);
    cr_assert_eq(error.line, 0);
    if (status != EVD_E_NO_MEMORY)
        cr_assert_str_eq(error.path, name[0] == '\0' ? "''" : name);
    cr_assert_eq(count_fds(), fds);
    evd_source_close(&source);
    cr_assert_eq(evd_source_open(&source, name, NULL), status);
}

#endif
