/* Where saved indexes are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "log/saved_index.h"

static bool is_whole(int length)
{
    return length > 0 && length < EVD_PATH_MAX;
}

/* DIRECTORY/NAME-HASH.evx: logs of one name from several folders share a directory. */
static bool place_in(const char *directory, const char *log_path, char *path)
{
    char *real = realpath(log_path, NULL);
    const char *whole = real != NULL ? real : log_path;
    const char *slash = strrchr(whole, '/');
    const char *name = slash != NULL ? slash + 1 : whole;
    const int length = snprintf(path, EVD_PATH_MAX, "%s/%s-%016llx.evx", directory, name,
                                (unsigned long long)XXH3_64bits(whole, strlen(whole)));
    free(real);
    return is_whole(length);
}

bool evd_index_place(const char *log_path, const char *directory, size_t which, char *path)
{
    if (directory != NULL)
        return which == 0 && place_in(directory, log_path, path);
    if (which == 0)
        return is_whole(snprintf(path, EVD_PATH_MAX, "%s.evx", log_path));
    if (which > 1)
        return false;
    char cache[EVD_PATH_MAX];
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    /* The XDG base directory specification has relative paths ignored. */
    if (base != NULL && base[0] == '/')
        length = snprintf(cache, sizeof cache, "%s/evdiff", base);
    else if (home != NULL && home[0] == '/')
        length = snprintf(cache, sizeof cache, "%s/.cache/evdiff", home);
    return is_whole(length) && place_in(cache, log_path, path);
}

/* What is at a path. */
enum content { CONTENT_NONE, CONTENT_EMPTY, CONTENT_INDEX, CONTENT_OTHER, CONTENT_UNKNOWN };

/* With CONTENT_UNKNOWN errno says why. */
static enum content content_at(const char *path)
{
    char magic[sizeof EVD_SAVED_MAGIC - 1];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? CONTENT_NONE : CONTENT_UNKNOWN;
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
    return content == CONTENT_UNKNOWN
               ? evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno))
               : evd_fail_at(error, EVD_E_INDEX, path, 0, 0, "is no index; it is left alone");
}

enum evd_status evd_index_may_replace(const char *path, struct evd_error *error)
{
    const enum content content = content_at(path);
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
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
    *is_removed = true;
    return EVD_OK;
}
