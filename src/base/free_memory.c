#include "base/free_memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NAME_BYTES = 4096, LINE_BYTES = 8192 };

/* A control group's folder, and the names of its files: they differ between the two versions. */
struct group_files {
    const char *controller; /* as a line of /proc/self/cgroup has it; "": version 2 */
    const char *mount;
    const char *most, *used;
};

static const struct group_files GROUP_FILES[] = {
    {"", "/sys/fs/cgroup", "memory.max", "memory.current"},
    {"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"},
};

static FILE *open_below(const char *root, const char *folder, const char *name)
{
    char path[3 * NAME_BYTES];
    const int length = snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    return length < 0 || (size_t)length >= sizeof path ? NULL : fopen(path, "re");
}

/* The number of the line that begins with `name`, or of the first line when that is NULL; false when there is none. */
static bool read_number(FILE *file, const char *name, uint64_t *number)
{
    char line[LINE_BYTES];
    bool is_found = false;
    const size_t length = name == NULL ? 0 : strlen(name);
    while (file != NULL && !is_found && fgets(line, sizeof line, file) != NULL) {
        is_found =
            strncmp(line, name == NULL ? "" : name, length) == 0 && sscanf(line + length, "%" SCNu64, number) == 1;
        if (name == NULL)
            break;
    }
    return is_found;
}

static bool number_in(const char *root, const char *folder, const char *file_name, const char *name, uint64_t *number)
{
    FILE *file = open_below(root, folder, file_name);
    const bool is_found = read_number(file, name, number);
    if (file != NULL)
        fclose(file);
    return is_found;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t without(uint64_t most, uint64_t used)
{
    return used < most ? most - used : 0;
}

/* What one group leaves. Pages of files that it holds can be had back. */
static uint64_t free_in_group(const char *root, const struct group_files *files, const char *folder)
{
    uint64_t most, used, cached, free_bytes = UINT64_MAX;
    if (number_in(root, folder, files->most, NULL, &most) && number_in(root, folder, files->used, NULL, &used)) {
        const bool is_version_1 = files->controller[0] != '\0';
        static const char *const CACHED[][2] = {
            {"inactive_file ", "active_file "}, {"total_inactive_file ", "total_active_file "}};
        for (int i = 0; i < 2; i++)
            if (number_in(root, folder, "memory.stat", CACHED[is_version_1][i], &cached))
                used = without(used, cached);
        free_bytes = without(most, used);
    }
    return free_bytes;
}

/* What the group at `path` and those above it leave. */
static uint64_t free_in_groups(const char *root, const struct group_files *files, char *path)
{
    uint64_t free_bytes = UINT64_MAX;
    char folder[2 * NAME_BYTES];
    for (;;) {
        const int length = snprintf(folder, sizeof folder, "%s%s", files->mount, path);
        if (length > 0 && (size_t)length < sizeof folder)
            free_bytes = least(free_bytes, free_in_group(root, files, folder));
        char *end = strrchr(path, '/');
        if (end == NULL || path[0] == '\0')
            return free_bytes;
        *end = '\0';
    }
}

static bool has_controller(const char *list, const char *controller)
{
    const size_t length = strlen(controller);
    if (length == 0)
        return list[0] == '\0';
    for (const char *p = list;; p++) {
        if (strncmp(p, controller, length) == 0 && (p[length] == ',' || p[length] == '\0'))
            return true;
        p = strchr(p, ',');
        if (p == NULL)
            return false;
    }
}

/* Lines are "number:controllers:path". In a container the path may be one of the host's, which is not to be seen here:
 * then the groups above it that are, at the last the mount itself, tell. */
static uint64_t free_in_all_groups(const char *root)
{
    uint64_t free_bytes = UINT64_MAX;
    char line[LINE_BYTES];
    FILE *file = open_below(root, "/proc/self", "cgroup");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':');
        char *path = list == NULL ? NULL : strchr(list + 1, ':');
        if (path == NULL)
            continue;
        *path++ = '\0';
        for (size_t i = 0; i < sizeof GROUP_FILES / sizeof GROUP_FILES[0]; i++)
            if (has_controller(list + 1, GROUP_FILES[i].controller) && strlen(path) < NAME_BYTES)
                free_bytes = least(free_bytes, free_in_groups(root, &GROUP_FILES[i], path));
    }
    if (file != NULL)
        fclose(file);
    return free_bytes;
}

static uint64_t free_in_address_space(const char *root)
{
    struct rlimit limit;
    uint64_t pages;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        !number_in(root, "/proc/self", "statm", NULL, &pages))
        return UINT64_MAX;
    return without(limit.rlim_cur, pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

uint64_t evd_free_memory(const char *root)
{
    uint64_t kib;
    uint64_t free_bytes = free_in_address_space(root);
    if (number_in(root, "/proc", "meminfo", "MemAvailable:", &kib) && kib < UINT64_MAX / 1024)
        free_bytes = least(free_bytes, kib * 1024);
    return least(free_bytes, free_in_all_groups(root));
}
