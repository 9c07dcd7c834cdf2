#include "pair_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "cli.h"

enum { PAIR_FILE_BYTES_MAX = 64 << 20 };

/* A pair and the line that it stands on. */
struct entry {
    struct evd_tid_pair pair;
    unsigned long line;
};

struct list {
    struct entry *entries;
    size_t count, capacity;
};

/* Tells what is wrong with the whole file, with the place of the option that names it where that is not the command line. */
static void refuse(const char *path, const char *reason, const char *remedy)
{
    const char *origin = cli_origin();
    cli_say("%s%s%s: %s%s", origin != NULL ? origin : "", origin != NULL ? ": --pair: " : "", path, reason, remedy);
}

static bool add(struct list *list, const struct evd_tid_pair *pair, unsigned long line)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : 64;
        void *entries = realloc(list->entries, capacity * sizeof *list->entries);
        if (entries == NULL)
            return false;
        list->entries = entries;
        list->capacity = capacity;
    }
    list->entries[list->count++] = (struct entry){*pair, line};
    return true;
}

/* One line without its line feed; false after a message. */
static bool read_line(struct list *list, const char *path, const char *text, size_t length, unsigned long line)
{
    static const char BLANK[] = " \t\v\f\r";
    struct evd_tid_pair pair;
    const char *comment = memchr(text, '#', length);
    if (comment != NULL)
        length = (size_t)(comment - text);
    size_t start = 0;
    while (start < length && text[start] != '\0' && strchr(BLANK, text[start]) != NULL)
        start++;
    if (start == length)
        return true;
    if (!cli_read_pair(text + start, length - start, &pair)) {
        cli_say("%s:%lu:%zu: expected canary=ours, two tids, as 6=1", path, line, start + 1);
        return false;
    }
    if (!add(list, &pair, line)) {
        refuse(path, strerror(ENOMEM), "");
        return false;
    }
    return true;
}

/* All of the file, to be freed; NULL after a message. */
static char *read_text(const char *path, FILE *file, size_t *length)
{
    char *text = NULL;
    size_t capacity = 0;
    for (*length = 0; !feof(file);) {
        if (*length == capacity) {
            capacity = capacity > 0 ? 2 * capacity : 4096;
            char *grown = realloc(text, capacity);
            if (grown == NULL) {
                refuse(path, strerror(ENOMEM), "");
                break;
            }
            text = grown;
        }
        *length += fread(text + *length, 1, capacity - *length, file);
        if (ferror(file)) {
            refuse(path, strerror(errno), "");
            break;
        }
        if (*length > PAIR_FILE_BYTES_MAX) {
            refuse(path, "has more than 64 MiB, which no file of pairs may have", "");
            break;
        }
    }
    if (feof(file) && *length <= PAIR_FILE_BYTES_MAX)
        return text;
    free(text);
    return NULL;
}

static bool read_lines(struct list *list, const char *path, FILE *file)
{
    size_t length;
    char *text = read_text(path, file, &length);
    bool is_good = text != NULL;
    unsigned long line = 1;
    for (size_t start = 0, end; is_good && start < length; start = end + 1, line++) {
        const char *line_feed = memchr(text + start, '\n', length - start);
        end = line_feed != NULL ? (size_t)(line_feed - text) : length;
        is_good = read_line(list, path, text + start, end - start, line);
    }
    free(text);
    return is_good;
}

static int by_canary(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->pair.canary != right->pair.canary)
        return left->pair.canary < right->pair.canary ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

static int by_ours(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->pair.ours != right->pair.ours)
        return left->pair.ours < right->pair.ours ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

/* A thread has one counterpart. */
static bool is_one_to_one(const struct list *list, const char *path)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        qsort(list->entries, list->count, sizeof *list->entries, side ? by_ours : by_canary);
        for (size_t i = 1; i < list->count; i++) {
            const struct entry *entry = &list->entries[i], *before = entry - 1;
            const long long tid = side ? entry->pair.ours : entry->pair.canary;
            if (tid != (side ? before->pair.ours : before->pair.canary))
                continue;
            cli_say("%s:%lu:1: tid %lld of %s has a counterpart already, on line %lu", path, entry->line, tid,
                    side ? "ours" : "canary", before->line);
            return false;
        }
    }
    return true;
}

struct evd_tid_pair *cli_read_pair_file(const char *path, size_t *count)
{
    struct list list = {0};
    struct evd_tid_pair *pairs = NULL;
    struct stat facts;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        refuse(path, strerror(errno),
               errno == ENOENT ? "; --pair takes first-call, similarity or a file of pairs" : "");
        return NULL;
    }
    if (fstat(fileno(file), &facts) != 0) {
        refuse(path, strerror(errno), "");
        goto out;
    }
    if (S_ISDIR(facts.st_mode)) {
        refuse(path, "is a directory, not a file of pairs", "");
        goto out;
    }
    if (S_ISBLK(facts.st_mode) || (S_ISCHR(facts.st_mode) && isatty(fileno(file)) == 0)) {
        refuse(path, "is a device, not a file of pairs", "");
        goto out;
    }
    if (!read_lines(&list, path, file))
        goto out;
    if (list.count == 0) {
        refuse(path, "has no pair; expected lines such as 6=1", "");
        goto out;
    }
    if (!is_one_to_one(&list, path))
        goto out;
    pairs = calloc(list.count, sizeof *pairs);
    if (pairs == NULL)
        refuse(path, strerror(errno), "");
    for (size_t i = 0; pairs != NULL && i < list.count; i++)
        pairs[i] = list.entries[i].pair;
    *count = list.count;
out:
    fclose(file);
    free(list.entries);
    return pairs;
}
