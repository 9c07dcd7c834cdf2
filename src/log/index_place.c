/* Where saved indexes are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "log/saved_index.h"

static bool is_whole(int length)
{
    return length > 0 && length < EVD_PATH_MAX;
}

enum { NAME_MAX_BYTES = 255 - sizeof "-0123456789abcdef.evx" + 1 }; /* 255: of a file's name, on most file systems */

/* A name that can be followed by a hash, cut between letters of UTF-8. */
static int kept_of_name(const char *name)
{
    size_t length = strlen(name);
    if (length > NAME_MAX_BYTES)
        for (length = NAME_MAX_BYTES; length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80;)
            length--;
    return (int)length;
}

/* DIRECTORY/NAME-HASH.evx: logs of one name from several folders share a directory. */
static bool place_in(const char *directory, const char *log_path, char *path)
{
    char *real = realpath(log_path, NULL);
    const char *whole = real != NULL ? real : log_path;
    const char *slash = strrchr(whole, '/');
    const char *name = slash != NULL ? slash + 1 : whole;
    const int length = snprintf(path, EVD_PATH_MAX, "%s/%.*s-%016llx.evx", directory, kept_of_name(name), name,
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
