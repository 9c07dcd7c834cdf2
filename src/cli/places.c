#include "places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, PROC_MAGIC = 0x9fa0 }; /* as many as Linux follows; statfs(2) */

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

bool cli_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What a path leads to at whose end nothing is: the last of the links, whose target is not there, or the path itself. NULL with
 * errno. */
static char *resolve_absent(const char *path)
{
    char *place = strdup(path);
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

char *cli_resolve(const char *path)
{
    char *place = realpath(path, NULL);
    return place != NULL || errno != ENOENT ? place : resolve_absent(path);
}

/* What the path of a folder leads to once it is made: of what is there links are followed. NULL when memory runs out or no folder
 * can be there; freed by the caller. */
static char *find_future(const char *folder)
{
    char *there = strdup(*folder == '\0' ? "." : folder), *found = NULL, *future = NULL;
    size_t length = there == NULL ? 0 : strlen(there);
    while (there != NULL && (found = realpath(there, NULL)) == NULL && errno == ENOENT && length > 0) {
        while (length > 0 && there[length - 1] == '/')
            length--;
        while (length > 0 && there[length - 1] != '/')
            length--;
        strcpy(there + length, length == 0 ? "." : "");
    }
    const char *rest = folder + length + strspn(folder + length, "/");
    if (found != NULL)
        future = malloc(strlen(found) + strlen(rest) + 2);
    if (future != NULL)
        sprintf(future, "%s/%s", strcmp(found, "/") == 0 ? "" : found, rest);
    for (size_t end = future == NULL ? 0 : strlen(future); end > 1 && future[end - 1] == '/'; end--)
        future[end - 1] = '\0';
    free(there);
    free(found);
    return future;
}

bool cli_is_made_with(const char *path, const char *folder)
{
    char *around = strndup(path, cli_folder_length(path));
    char *needed = around == NULL || cli_is_folder(*around == '\0' ? "." : around) ? NULL : find_future(around);
    char *made = find_future(folder);
    const size_t length = needed == NULL ? 0 : strlen(needed);
    const bool is_made = needed != NULL && made != NULL && strncmp(made, needed, length) == 0 &&
                         (made[length] == '\0' || made[length] == '/');
    free(around);
    free(needed);
    free(made);
    return is_made;
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

/* The folder that a path is in, and whether it is one of /proc. */
static bool stat_folder(const char *path, struct stat *facts, bool *is_proc)
{
    const size_t length = cli_folder_length(path);
    char *folder = length == 0 ? strdup(".") : strndup(path, length);
    struct statfs system;
    const bool is_there = folder != NULL && stat(folder, facts) == 0;
    *is_proc = is_there && statfs(folder, &system) == 0 && system.f_type == PROC_MAGIC;
    free(folder);
    return is_there;
}

static struct cli_place place_by(const struct stat *facts)
{
    const mode_t mode = facts->st_mode;
    const enum cli_place_kind kind =
        S_ISFIFO(mode)                    ? CLI_PLACE_PIPE
        : S_ISCHR(mode) || S_ISSOCK(mode) ? CLI_PLACE_DEVICE
                                          : CLI_PLACE_FILE;
    return (struct cli_place){.kind = kind, .device = facts->st_dev, .inode = facts->st_ino};
}

struct cli_place cli_place_of_descriptor(int descriptor)
{
    struct stat facts;
    return fstat(descriptor, &facts) == 0 ? place_by(&facts) : (struct cli_place){.kind = CLI_PLACE_NONE};
}

bool cli_place_of(const char *path, struct cli_place *place)
{
    struct stat facts;
    *place = (struct cli_place){.kind = CLI_PLACE_NONE};
    if (stat(path, &facts) == 0) {
        *place = place_by(&facts);
        return true;
    }
    if (errno != ENOENT || *path == '\0')
        return true;
    char *file = resolve_absent(path);
    if (file == NULL)
        return errno != ENOMEM;
    bool is_proc;
    if (stat_folder(file, &facts, &is_proc)) {
        *place = place_by(&facts);
        place->kind = CLI_PLACE_FREE;
        place->is_closed_descriptor = is_proc;
        place->name = strdup(file + cli_folder_length(file));
    }
    free(file);
    return place->kind == CLI_PLACE_NONE || place->name != NULL;
}

bool cli_place_copy(struct cli_place *copy, const struct cli_place *place)
{
    *copy = *place;
    copy->name = place->name != NULL ? strdup(place->name) : NULL;
    return place->name == NULL || copy->name != NULL;
}

void cli_place_release(struct cli_place *place)
{
    free(place->name);
    *place = (struct cli_place){.kind = CLI_PLACE_NONE};
}

int cli_place_compare(const struct cli_place *a, const struct cli_place *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->name != NULL && b->name != NULL ? strcmp(a->name, b->name) : (a->name != NULL) - (b->name != NULL);
}
