/* What the peers share: files mapped with room to read past their ends, cut at line ends into
 * pieces that threads claim. C and C++. */
#ifndef EVDIFF_BENCH_MAPPED_FILES_H
#define EVDIFF_BENCH_MAPPED_FILES_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct piece {
    const char *bytes;
    size_t length;
};

struct pieces {
    struct piece *items;
    size_t count;
    size_t bytes; /* of all files */
};

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline void die(const char *path, const char *what)
{
    fprintf(stderr, "%s: ", path);
    perror(what);
    exit(2);
}

/* Maps `path` and adds its pieces of about `piece_bytes`, each ending with a line. At least a page
 * of readable zero bytes follows the file. Exits on failure; the mapping lives as long as the
 * process. */
static inline void add_file(struct pieces *pieces, const char *path, size_t piece_bytes)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        die(path, "cannot open");
    const size_t length = (size_t)status.st_size;
    if (length == 0)
        return;
    /* The file is laid over the start of an anonymous reservation, whose last page stays zero. */
    char *bytes = (char *)mmap(NULL, length + 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED || mmap(bytes, length, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED)
        die(path, "cannot map");
    close(file);
    pieces->bytes += length;
    const size_t most = pieces->count + length / piece_bytes + 1;
    pieces->items = (struct piece *)realloc(pieces->items, most * sizeof *pieces->items);
    if (pieces->items == NULL)
        die(path, "cannot cut");
    for (size_t from = 0, to; from < length; from = to) {
        to = length;
        if (length - from > piece_bytes) {
            const char *end = (const char *)memchr(bytes + from + piece_bytes, '\n', length - from - piece_bytes);
            to = end != NULL ? (size_t)(end - bytes) + 1 : length;
        }
        pieces->items[pieces->count].bytes = bytes + from;
        pieces->items[pieces->count].length = to - from;
        pieces->count++;
    }
}

#endif
