#include "batch/template.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/grow.h"

/* ── Names ── */

static bool begins_name(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The length of a name in braces at the beginning of a text, with them; 0 when there is none. */
static size_t name_length(const char *text)
{
    size_t length = 1;
    if (text[0] != '{' || !begins_name(text[1]))
        return 0;
    while (begins_name(text[length]) || (text[length] >= '0' && text[length] <= '9') || text[length] == '_')
        length++;
    return text[length] == '}' ? length + 1 : 0;
}

const char *evd_template_fault(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '}')
            return "a '}' ends no name such as {x}";
        if (*p != '{')
            continue;
        const size_t length = name_length(p);
        if (length == 0)
            return "a '{' begins no name such as {x}";
        if (p[length] == '{')
            return "two names follow each other, and nothing says where the first one ends";
        p += length - 1;
    }
    return NULL;
}

bool evd_template_has_names(const char *text)
{
    return strchr(text, '{') != NULL;
}

static struct evd_binding *find(struct evd_bindings *bindings, const char *name, size_t length)
{
    for (size_t i = 0; i < bindings->count; i++)
        if (strlen(bindings->list[i].name) == length && memcmp(bindings->list[i].name, name, length) == 0)
            return &bindings->list[i];
    return NULL;
}

static char *keep(struct evd_arena *arena, const char *text, size_t length)
{
    char *copy = evd_arena_alloc(arena, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

bool evd_template_names(struct evd_arena *arena, const char *text, struct evd_bindings *bindings)
{
    for (const char *p = strchr(text, '{'); p != NULL; p = strchr(p + 1, '{')) {
        const size_t length = name_length(p) - 2;
        if (find(bindings, p + 1, length) != NULL)
            continue;
        if (bindings->count == EVD_BINDINGS_MAX)
            return false;
        bindings->list[bindings->count].value = NULL;
        bindings->list[bindings->count].name = keep(arena, p + 1, length);
        if (bindings->list[bindings->count++].name == NULL)
            return false;
    }
    return true;
}

const char *evd_template_fill(struct evd_arena *arena, const char *text, const struct evd_bindings *bindings)
{
    struct evd_bindings copy = *bindings;
    struct evd_buffer filled = {0};
    const char *kept = NULL;
    bool is_filled = true;
    while (*text != '\0') {
        const size_t length = name_length(text);
        const struct evd_binding *binding = length == 0 ? NULL : find(&copy, text + 1, length - 2);
        if (length == 0)
            evd_buffer_byte(&filled, *text);
        else if (binding == NULL || binding->value == NULL)
            is_filled = false;
        else
            evd_buffer_string(&filled, binding->value);
        text += length == 0 ? 1 : length;
    }
    evd_buffer_byte(&filled, '\0');
    if (is_filled && !filled.failed)
        kept = keep(arena, filled.data, filled.length - 1);
    evd_buffer_release(&filled);
    return kept;
}

/* ── Matching ── */

/* Matches the name of a file against one part of a template, and binds its names. Each name takes as little as it can;
 * the steps are bounded, since a hostile template could make them exponential. */
struct part_match {
    struct evd_arena *arena;
    struct evd_bindings *bindings;
    unsigned steps;
};

enum { STEPS_MAX = 1000000 };

static bool match_part(struct part_match *match, const char *part, size_t part_length, const char *name)
{
    if (match->steps++ > STEPS_MAX)
        return false;
    while (part_length > 0 && *part != '{') {
        if (*name != *part)
            return false;
        part++, name++, part_length--;
    }
    if (part_length == 0)
        return *name == '\0';
    const size_t length = name_length(part);
    struct evd_binding *binding = find(match->bindings, part + 1, length - 2);
    if (binding->value != NULL) {
        const size_t value_length = strlen(binding->value);
        return strncmp(name, binding->value, value_length) == 0 &&
               match_part(match, part + length, part_length - length, name + value_length);
    }
    for (size_t taken = 1; taken <= strlen(name); taken++) {
        binding->value = keep(match->arena, name, taken);
        if (binding->value != NULL && match_part(match, part + length, part_length - length, name + taken))
            return true;
        binding->value = NULL;
        if (match->steps > STEPS_MAX)
            break;
    }
    return false;
}

struct search {
    struct evd_arena *arena;
    struct evd_matches *matches;
};

static void add(struct search *search, const struct evd_bindings *bindings)
{
    struct evd_matches *matches = search->matches;
    struct evd_bindings *list =
        matches->count == EVD_MATCHES_MAX ? NULL
                                          : evd_grow(matches->list, matches->count, &matches->capacity, sizeof *list);
    if (list == NULL) {
        matches->has_failed = true;
        return;
    }
    matches->list = list;
    matches->list[matches->count++] = *bindings;
}

/* `path` is what the parts before `rest` have come to. */
static void descend(struct search *search, const char *path, const char *rest, const struct evd_bindings *bindings);

/* Adds a part to a path, and goes on behind it. */
static void step_into(struct search *search, const char *path, const char *name, size_t name_bytes, const char *rest,
                      const struct evd_bindings *bindings)
{
    char *longer = malloc(strlen(path) + name_bytes + 2);
    if (longer == NULL) {
        search->matches->has_failed = true;
        return;
    }
    sprintf(longer, "%s%.*s%s", path, (int)name_bytes, name, *rest == '/' ? "/" : "");
    struct stat status;
    if (stat(longer, &status) == 0)
        descend(search, longer, *rest == '/' ? rest + 1 : rest, bindings);
    free(longer);
}

static void try_entries(struct search *search, const char *path, const char *part, size_t part_length, const char *rest,
                        const struct evd_bindings *bindings)
{
    DIR *folder = opendir(path[0] == '\0' ? "." : path);
    const struct dirent *entry;
    while (folder != NULL && !search->matches->has_failed && (entry = readdir(folder)) != NULL) {
        struct evd_bindings tried = *bindings;
        struct part_match match = {.arena = search->arena, .bindings = &tried};
        if (entry->d_name[0] == '.' && part[0] != '.')
            continue;
        if (match_part(&match, part, part_length, entry->d_name))
            step_into(search, path, entry->d_name, strlen(entry->d_name), rest, &tried);
    }
    if (folder != NULL)
        closedir(folder);
}

static void descend(struct search *search, const char *path, const char *rest, const struct evd_bindings *bindings)
{
    if (*rest == '\0') {
        add(search, bindings);
        return;
    }
    const size_t length = strcspn(rest, "/");
    if (memchr(rest, '{', length) != NULL)
        try_entries(search, path, rest, length, rest + length, bindings);
    else
        step_into(search, path, rest, length, rest + length, bindings);
}

void evd_template_match(struct evd_arena *arena, const char *folder, const char *text, const struct evd_bindings *names,
                        struct evd_matches *matches)
{
    struct search search = {arena, matches};
    char *path = malloc(strlen(folder) + 2);
    if (path == NULL) {
        matches->has_failed = true;
    } else if (text[0] == '/') {
        descend(&search, "/", text + 1, names);
    } else {
        sprintf(path, "%s/", folder);
        descend(&search, path, text, names);
    }
    free(path);
}

static int compare(const void *a, const void *b)
{
    const struct evd_bindings *left = a, *right = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < left->count && i < right->count; i++)
        order = strcmp(left->list[i].value, right->list[i].value);
    return order;
}

void evd_matches_settle(struct evd_matches *matches)
{
    size_t kept = 0;
    if (matches->count > 0)
        qsort(matches->list, matches->count, sizeof *matches->list, compare);
    for (size_t i = 0; i < matches->count; i++)
        if (kept == 0 || compare(&matches->list[kept - 1], &matches->list[i]) != 0)
            matches->list[kept++] = matches->list[i];
    matches->count = kept;
}

void evd_matches_release(struct evd_matches *matches)
{
    free(matches->list);
    *matches = (struct evd_matches){0};
}
