/* Two logs in one input, one after a line "====", as files in memory; without such a line each is all of it. */
#ifndef EVD_FUZZ_TWO_LOGS_H
#define EVD_FUZZ_TWO_LOGS_H

#include <string.h>
#include <unistd.h>

#include "memory_log.h"

struct two_logs {
    char names[EVD_SIDES][MEMORY_PATH_BYTES];
    int fds[EVD_SIDES];
};

/* Fills `paths`, which are good until the logs are closed. */
static inline void two_logs_open(struct two_logs *logs, const void *data, size_t size, const char *paths[EVD_SIDES])
{
    static const char SEPARATOR[] = "\n====\n";
    const char *text = data;
    const char *cut = size ? memmem(text, size, SEPARATOR, sizeof SEPARATOR - 1) : NULL;
    const size_t first = cut ? (size_t)(cut - text) + 1 : size;
    const char *second = cut ? cut + sizeof SEPARATOR - 1 : text;
    const size_t second_length = cut ? size - (size_t)(second - text) : size;
    logs->fds[EVD_CANARY] = memory_file(text, first, logs->names[EVD_CANARY]);
    logs->fds[EVD_OURS] = memory_file(second, second_length, logs->names[EVD_OURS]);
    for (int side = 0; side < EVD_SIDES; side++)
        paths[side] = logs->names[side];
}

static inline void two_logs_close(const struct two_logs *logs)
{
    for (int side = 0; side < EVD_SIDES; side++)
        close(logs->fds[side]);
}

#endif
