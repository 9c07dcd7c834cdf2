#include "pair_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "cli.h"

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

static bool read_lines(struct list *list, const char *path, FILE *file)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool is_good = true;
    for (unsigned long line = 1; is_good && (length = getline(&text, &capacity, file)) >= 0; line++) {
        if (length > 0 && text[length - 1] == '\n')
            length--;
        is_good = read_line(list, path, text, (size_t)length, line);
    }
    if (is_good && ferror(file)) {
        refuse(path, strerror(errno), "");
        is_good = false;
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
