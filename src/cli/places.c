#include "places.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as many as Linux follows */

size_t cli_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* What a link's target is relative to the link; NULL with errno. */
static char *follow(const char *link, const char *target)
{
    const size_t folder = *target == '/' ? 0 : cli_folder_length(link);
    char *path = malloc(folder + strlen(target) + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, link, folder);
    strcpy(path + folder, target);
    return path;
}

char *cli_resolve(const char *path)
{
    char *place = realpath(path, NULL);
    if (place != NULL || errno != ENOENT)
        return place;
    place = strdup(path);
    for (int links = 0; place != NULL; links++) {
        char target[PATH_MAX];
        const ssize_t length = readlink(place, target, sizeof target - 1);
        if (length < 0)
            return place;
        target[length] = '\0';
        char *next = links < LINKS_MAX ? follow(place, target) : NULL;
        if (links == LINKS_MAX)
            errno = ELOOP;
        free(place);
        place = next;
    }
    return NULL;
}

bool cli_is_standard_output(const char *path)
{
    struct stat named, output;
    if (stat(path, &named) != 0 || fstat(STDOUT_FILENO, &output) != 0 || named.st_dev != output.st_dev ||
        named.st_ino != output.st_ino)
        return false;
    /* Two outputs may go to a device such as /dev/null, and do not mix there. */
    return !S_ISCHR(output.st_mode) || isatty(STDOUT_FILENO);
}

/* True when both paths name one file of a type (S_IFMT). */
static bool is_same(const char *a, const char *b, mode_t type)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && (left.st_mode & S_IFMT) == type &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

bool cli_is_same_file(const char *a, const char *b)
{
    return is_same(a, b, S_IFREG);
}

bool cli_is_same_pipe(const char *a, const char *b)
{
    return is_same(a, b, S_IFIFO);
}

/* The folder that a path is in; its device and inode. */
static bool folder_of(const char *path, struct stat *status)
{
    const size_t length = cli_folder_length(path);
    if (length == 0)
        return stat(".", status) == 0;
    char *folder = strndup(path, length);
    const bool is_there = folder != NULL && stat(folder, status) == 0;
    free(folder);
    return is_there;
}

bool cli_is_same_place(const char *a, const char *b)
{
    struct stat left, right;
    if (strcmp(a, b) == 0 || cli_is_same_file(a, b))
        return true;
    char *first = cli_resolve(a), *second = cli_resolve(b);
    const bool is_same_place =
        first != NULL && second != NULL &&
        strcmp(first + cli_folder_length(first), second + cli_folder_length(second)) == 0 && folder_of(first, &left) &&
        folder_of(second, &right) && left.st_dev == right.st_dev && left.st_ino == right.st_ino;
    free(first);
    free(second);
    return is_same_place;
}
