#include "rules_file.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const char SUFFIX[] = ".json";

enum { SUFFIX_BYTES = sizeof SUFFIX - 1, PLACES = 3, NAMES_MAX = 64 };

/* The folders that may have the rules, by where the program is: in its build folder, installed with it, and where it
 * was meant to be installed. Those that are too long are empty. */
struct folders {
    char path[PLACES][PATH_MAX];
};

static void find_folders(struct folders *folders)
{
    static const char *const BESIDE_PROGRAM[] = {"src/rules", EVD_RULES_FROM_PROGRAM};
    char program[PATH_MAX];
    *folders = (struct folders){{""}};
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *(strrchr(program, '/') + 1) = '\0';
        for (int i = 0; i < 2; i++)
            if (snprintf(folders->path[i], PATH_MAX, "%s%s", program, BESIDE_PROGRAM[i]) >= PATH_MAX)
                folders->path[i][0] = '\0';
    }
    snprintf(folders->path[2], PATH_MAX, "%s", EVD_RULES_FOLDER);
}

static bool ends_in_suffix(const char *name, size_t length)
{
    return length > SUFFIX_BYTES && strcmp(name + length - SUFFIX_BYTES, SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_rules_file(const struct dirent *entry)
{
    return ends_in_suffix(entry->d_name, strlen(entry->d_name));
}

/* The files of rules in a folder, in the order of their names; how many, or -1. The caller frees them. */
static int list_files(const char *folder, struct dirent ***entries)
{
    return folder[0] == '\0' ? -1 : scandir(folder, entries, is_rules_file, by_name);
}

static int name_length(const struct dirent *entry)
{
    return (int)(strlen(entry->d_name) - SUFFIX_BYTES);
}

/* "a, b and c" of the names in a folder; empty when there are none. */
static void list_names(const char *folder, char *text, size_t capacity)
{
    struct dirent **entries;
    const int count = list_files(folder, &entries);
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        const char *between = i == 0 ? "" : i + 1 < count ? ", " : " and ";
        const int added =
            snprintf(text + length, capacity - length, "%s%.*s", between, name_length(entries[i]), entries[i]->d_name);
        length = added < 0 || length + (size_t)added >= capacity ? length : length + (size_t)added;
        text[length] = '\0';
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

const char *cli_find_rules_quietly(const char *text, struct cli_rules_file *file)
{
    struct folders folders;
    if (text[0] == '\0' || strchr(text, '/') != NULL || ends_in_suffix(text, strlen(text)) || access(text, F_OK) == 0)
        return text;
    if (strcmp(text, "built-in") == 0)
        text = "schema-v1";
    find_folders(&folders);
    for (int i = 0; i < PLACES; i++)
        if (folders.path[i][0] != '\0' &&
            snprintf(file->path, sizeof file->path, "%s/%s%s", folders.path[i], text, SUFFIX) <
                (int)sizeof file->path &&
            access(file->path, F_OK) == 0)
            return file->path;
    return NULL;
}

/* The name in a folder that `text` is like, behind which what it may have of a file's ending is left out; empty: none. */
static void find_meant(const char *folder, const char *text, char *meant, size_t capacity)
{
    struct dirent **entries;
    const int count = list_files(folder, &entries);
    const char *names[NAMES_MAX];
    char *copies[NAMES_MAX];
    size_t kept = 0;
    meant[0] = '\0';
    for (int i = 0; i < count; i++) {
        char *copy = kept < NAMES_MAX ? strndup(entries[i]->d_name, (size_t)name_length(entries[i])) : NULL;
        if (copy != NULL)
            names[kept] = copies[kept] = copy;
        kept += copy != NULL;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    const char *like = evd_suggest_name(text, strlen(text), names, kept);
    if (like != NULL)
        snprintf(meant, capacity, "; did you mean '%s'?", like);
    for (size_t i = 0; i < kept; i++)
        free(copies[i]);
}

/* A file of the same name but for its ending, as mine.json for mine.jsn. */
static void find_meant_file(const char *text, char *meant, size_t capacity)
{
    char path[PATH_MAX];
    const char *dot = strrchr(text, '.');
    const size_t length = dot != NULL ? (size_t)(dot - text) : strlen(text);
    if (length > 0 && snprintf(path, sizeof path, "%.*s%s", (int)length, text, SUFFIX) < (int)sizeof path &&
        access(path, F_OK) == 0)
        snprintf(meant, capacity, "; did you mean '%.250s'?", path);
}

const char *cli_find_rules(const char *command, const char *text, struct cli_rules_file *file)
{
    struct folders folders;
    const char *path = cli_find_rules_quietly(text, file);
    if (path != NULL)
        return path;
    find_folders(&folders);
    char names[1024] = "", meant[300] = "";
    for (int i = 0; i < PLACES && names[0] == '\0'; i++) {
        list_names(folders.path[i], names, sizeof names);
        find_meant(folders.path[i], text, meant, sizeof meant);
    }
    if (meant[0] == '\0')
        find_meant_file(text, meant, sizeof meant);
    if (names[0] != '\0')
        cli_usage_error(command, "--rules: '%s' is neither a file nor rules that come with the program, which are %s%s",
                        text, names, meant);
    else
        cli_usage_error(command, "--rules: there is no file '%s', and no rules are in %s", text, EVD_RULES_FOLDER);
    return NULL;
}

static bool are_same(const struct evd_rules *a, const struct evd_rules *b)
{
    size_t length_a, length_b;
    const char *text_a = evd_rules_text(a, &length_a), *text_b = evd_rules_text(b, &length_b);
    return length_a == length_b && memcmp(text_a, text_b, length_a) == 0;
}

static void load_other(const char *folder, const struct dirent *entry, const struct evd_rules *in_force,
                       const struct evd_rules_options *options, struct cli_other_rules *others)
{
    char path[PATH_MAX];
    struct evd_rules *rules;
    if (others->count == CLI_OTHER_RULES_MAX ||
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
        evd_rules_load(path, options, &rules, NULL) != EVD_OK)
        return;
    char *name = are_same(rules, in_force) ? NULL : strndup(entry->d_name, (size_t)name_length(entry));
    if (name == NULL)
        evd_rules_free(rules);
    else
        others->rules[others->count++] = (struct evd_other_rules){name, rules};
}

void cli_load_other_rules(const struct evd_rules *in_force, const struct evd_rules_options *options,
                          struct cli_other_rules *others)
{
    struct folders folders;
    bool has_any = false;
    *others = (struct cli_other_rules){.count = 0};
    find_folders(&folders);
    for (int place = 0; place < PLACES && !has_any; place++) {
        struct dirent **entries;
        const int count = list_files(folders.path[place], &entries);
        has_any = count > 0;
        for (int i = 0; i < count; i++) {
            load_other(folders.path[place], entries[i], in_force, options, others);
            free(entries[i]);
        }
        if (count >= 0)
            free(entries);
    }
}

void cli_free_other_rules(struct cli_other_rules *others)
{
    for (size_t i = 0; i < others->count; i++) {
        free((char *)others->rules[i].name);
        evd_rules_free((struct evd_rules *)others->rules[i].rules);
    }
    others->count = 0;
}
