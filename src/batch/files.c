#include "batch/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

enum { READ_BYTES = 64 << 10 };

enum evd_status evd_read_descriptor(int fd, const char *path, size_t most, size_t padding, struct evd_buffer *bytes,
                                    struct evd_error *error)
{
    evd_buffer_clear(bytes);
    for (;;) {
        if (!evd_buffer_reserve(bytes, READ_BYTES + padding))
            return evd_fail_memory(error);
        const ssize_t count = read(fd, bytes->data + bytes->length, READ_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
        if (count == 0)
            break;
        bytes->length += (size_t)count;
        if (bytes->length > most)
            return evd_fail_at(error, EVD_E_IO, path, 0, 0, "is larger than %zu bytes, which no such file is", most);
    }
    memset(bytes->data + bytes->length, 0, padding);
    return EVD_OK;
}

enum evd_status evd_read_file(const char *path, size_t most, size_t padding, struct evd_buffer *bytes, bool *is_absent,
                              struct evd_error *error)
{
    struct stat status;
    evd_buffer_clear(bytes);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (is_absent != NULL) {
        *is_absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
        if (*is_absent)
            return EVD_OK;
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        const int failure = errno;
        if (fd >= 0)
            close(fd);
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(failure));
    }
    const enum evd_status read_status =
        S_ISDIR(status.st_mode) ? evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(EISDIR))
                                : evd_read_descriptor(fd, path, most, padding, bytes, error);
    close(fd);
    return read_status;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* A new file, whatever had its name: a link is not followed, and nobody waits for the reader of a pipe. -1 with errno. */
static int open_new(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return -1;
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

enum evd_status evd_write_file(const char *path, const void *bytes, size_t length, struct evd_error *error)
{
    /* One writer a folder, so one name is enough, and what a writer that was killed has left is taken away. */
    struct evd_buffer beside = {0};
    evd_buffer_string(&beside, path);
    evd_buffer_append(&beside, ".tmp", sizeof ".tmp");
    if (beside.failed) {
        evd_buffer_release(&beside);
        return evd_fail_memory(error);
    }
    enum evd_status status = EVD_OK;
    const int fd = open_new(beside.data);
    if (fd < 0) {
        status = evd_fail_at(error, EVD_E_IO, beside.data, 0, 0, "%s", strerror(errno));
        evd_buffer_release(&beside);
        return status;
    }
    bool is_written = write_all(fd, bytes, length);
    int failure = errno;
    if (close(fd) != 0 && is_written) {
        is_written = false;
        failure = errno;
    }
    if (is_written && rename(beside.data, path) != 0) {
        is_written = false;
        failure = errno;
    }
    if (!is_written) {
        unlink(beside.data);
        status = evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(failure));
    }
    evd_buffer_release(&beside);
    return status;
}

enum evd_status evd_expect_file(const char *path, struct evd_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "is no regular file; remove it, and run the batch again");
    return EVD_OK;
}

enum evd_status evd_make_folders(const char *path, struct evd_error *error)
{
    struct evd_buffer copy = {0};
    enum evd_status status = EVD_OK;
    /* Mostly all but the last of them are there. */
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return EVD_OK;
    evd_buffer_append(&copy, path, strlen(path) + 1);
    if (copy.failed)
        return evd_fail_memory(error);
    for (char *p = copy.data + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        const char end = *p;
        *p = '\0';
        if (mkdir(copy.data, 0777) != 0 && errno != EEXIST) {
            status = evd_fail_at(error, EVD_E_IO, copy.data, 0, 0, "%s", strerror(errno));
            break;
        }
        *p = end;
        if (end == '\0')
            break;
    }
    evd_buffer_release(&copy);
    return status;
}

bool evd_join(struct evd_buffer *path, const char *folder, const char *middle, const char *name)
{
    evd_buffer_clear(path);
    evd_buffer_string(path, folder);
    evd_buffer_byte(path, '/');
    if (middle != NULL) {
        evd_buffer_string(path, middle);
        evd_buffer_byte(path, '/');
    }
    evd_buffer_append(path, name, strlen(name) + 1);
    return !path->failed;
}

bool evd_path_from(struct evd_buffer *path, const char *folder, const char *name)
{
    if (name[0] != '/')
        return evd_join(path, folder, NULL, name);
    evd_buffer_clear(path);
    evd_buffer_append(path, name, strlen(name) + 1);
    return !path->failed;
}
