/* Looking after saved indexes: whether one is whole; taking one away. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "log/saved_index.h"

enum evd_status evd_index_check(const char *log_path, const struct evd_rules *rules,
                                const char *directory, char *path, struct evd_error *error)
{
    struct evd_log *log;
    const struct evd_read_options options = {.index = EVD_INDEX_REQUIRE,
                                             .index_directory = directory};
    path[0] = '\0';
    enum evd_status status =
        evd_logs_open(&log_path, 1, rules, &options, &log, NULL, NULL, NULL, error);
    if (status != EVD_OK)
        return status;
    strcpy(path, log->saved->path);
    for (size_t i = 0; i < log->stream_count; i++)
        if (!evd_stream_verify(log, &log->streams[i], 0, log->streams[i].count, NULL))
            break;
    status = evd_log_check(log, false, error);
    evd_log_free(log);
    return status;
}

enum evd_status evd_index_remove(const char *path, bool *is_removed, struct evd_error *error)
{
    char magic[sizeof EVD_SAVED_MAGIC - 1];
    *is_removed = false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return EVD_OK;
    if (fd < 0)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
    const ssize_t count = read(fd, magic, sizeof magic);
    close(fd);
    if (count != (ssize_t)sizeof magic || memcmp(magic, EVD_SAVED_MAGIC, sizeof magic) != 0)
        return evd_fail_at(error, EVD_E_INDEX, path, 0, 0, "is no index; it is left alone");
    if (unlink(path) != 0)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
    *is_removed = true;
    return EVD_OK;
}
