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
