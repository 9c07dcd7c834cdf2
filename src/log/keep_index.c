/* Looking after saved indexes: whether one is whole; taking one away. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "log/saved_index.h"

/* The log between the samples that its fingerprint has. */
static enum evd_status check_stored(const struct evd_log *log, struct evd_error *error)
{
    const struct evd_saved_header *header = (const void *)log->saved->tables;
    uint64_t hash = 0;
    const enum evd_status status = evd_fingerprint_hash_all(&log->source, &hash, error);
    if (status != EVD_OK || hash == header->stored_hash)
        return status;
    return evd_fail_at(error, EVD_E_INDEX, log->saved->path, 0, 0,
                       "the log has changed since it was made, though its size and times are the same");
}

enum evd_status evd_index_check(const char *log_path, const struct evd_import *import, const struct evd_rules *rules,
                                const char *directory, bool is_quick, char *path, struct evd_error *error)
{
    struct evd_log *log;
    const struct evd_read_options options = {
        .index = EVD_INDEX_REQUIRE, .index_directory = directory, .imports = &import};
    path[0] = '\0';
    enum evd_status status = evd_logs_open(&log_path, 1, rules, &options, &log, NULL, NULL, NULL, error);
    if (status != EVD_OK)
        return status;
    strcpy(path, log->saved->path);
    for (size_t i = 0; i < log->stream_count; i++)
        if (!evd_stream_verify(log, &log->streams[i], 0, log->streams[i].count, NULL))
            break;
    status = evd_log_check(log, false, error);
    if (status == EVD_OK && !is_quick)
        status = check_stored(log, error);
    evd_log_free(log);
    return status;
}

/* What is at a path. */
enum content { CONTENT_NONE, CONTENT_EMPTY, CONTENT_INDEX, CONTENT_OTHER, CONTENT_NO_FILE, CONTENT_UNKNOWN };

/* With CONTENT_UNKNOWN errno says why. A pipe or a device is not read: it would give away what is for others. */
static enum content content_at(const char *path)
{
    char magic[sizeof EVD_SAVED_MAGIC - 1];
    struct stat facts;
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return CONTENT_NO_FILE;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? CONTENT_NONE : CONTENT_UNKNOWN;
    if (fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        close(fd);
        return CONTENT_NO_FILE;
    }
    const ssize_t count = read(fd, magic, sizeof magic);
    const int failure = errno;
    close(fd);
    errno = failure;
    if (count <= 0)
        return count == 0 ? CONTENT_EMPTY : CONTENT_UNKNOWN;
    return count == (ssize_t)sizeof magic && memcmp(magic, EVD_SAVED_MAGIC, sizeof magic) == 0
               ? CONTENT_INDEX
               : CONTENT_OTHER;
}

static enum evd_status leave_alone(const char *path, enum content content, struct evd_error *error)
{
    return content == CONTENT_UNKNOWN ? evd_fail_errno(error, path)
                                      : evd_fail_at(error, EVD_E_INDEX, path, 0, 0, "is no index; it is left alone");
}

enum evd_status evd_index_may_replace(const char *path, struct evd_error *error)
{
    const enum content content = content_at(path);
    if (content == CONTENT_NO_FILE)
        return evd_fail_at(error, EVD_E_INDEX, path, 0, 0,
                           "is no regular file, so no index can take its place; remove it, or name another folder with "
                           "--index-dir");
    return content == CONTENT_NONE || content == CONTENT_EMPTY || content == CONTENT_INDEX
               ? EVD_OK
               : leave_alone(path, content, error);
}

enum evd_status evd_index_remove(const char *path, bool *is_removed, struct evd_error *error)
{
    *is_removed = false;
    const enum content content = content_at(path);
    if (content == CONTENT_NONE)
        return EVD_OK;
    if (content != CONTENT_INDEX)
        return leave_alone(path, content, error);
    if (unlink(path) != 0)
        return evd_fail_errno(error, path);
    *is_removed = true;
    return EVD_OK;
}
