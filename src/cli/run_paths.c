#include "run_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "config_files.h"
#include "places.h"

enum use { READ, KEPT, WRITTEN };

struct cli_run_path {
    enum use use;
    const char *what;      /* for messages: of an input what it is, of an output the option that asked for it */
    const char *path;      /* NULL: standard output */
    struct cli_place here; /* what `path` is */
    bool is_index;         /* a place where a log's index may be; then */
    char *owned;           /* `path`, to be freed, and */
    struct cli_place log;  /* the log */
    size_t order;          /* in which it was added */
};

static struct cli_run_path *add(struct cli_run_paths *paths, enum use use, const char *what, const char *path)
{
    if (paths->count == paths->capacity) {
        const size_t capacity = paths->capacity > 0 ? 2 * paths->capacity : 16;
        struct cli_run_path *list = realloc(paths->list, capacity * sizeof *list);
        if (list == NULL) {
            paths->has_failed = true;
            return NULL;
        }
        paths->list = list;
        paths->capacity = capacity;
    }
    struct cli_run_path *added = &paths->list[paths->count];
    *added = (struct cli_run_path){.use = use, .what = what, .path = path, .order = paths->count};
    if (path == NULL)
        added->here = cli_place_of_descriptor(STDOUT_FILENO);
    else if (!cli_place_of(path, &added->here))
        paths->has_failed = true;
    paths->count++;
    return added;
}

void cli_run_paths_read(struct cli_run_paths *paths, const char *what, const char *path)
{
    if (path != NULL)
        add(paths, READ, what, path);
}

/* NULL when memory runs out. */
static struct cli_run_path *add_copy(struct cli_run_paths *paths, enum use use, const char *what, const char *path)
{
    char *owned = strdup(path);
    struct cli_run_path *added = owned != NULL ? add(paths, use, what, owned) : NULL;
    if (added != NULL) {
        added->owned = owned;
        return added;
    }
    paths->has_failed = true;
    free(owned);
    return NULL;
}

void cli_run_paths_read_copy(struct cli_run_paths *paths, const char *what, const char *path)
{
    add_copy(paths, READ, what, path);
}

void cli_run_paths_keep_copy(struct cli_run_paths *paths, const char *what, const char *path)
{
    add_copy(paths, KEPT, what, path);
}

void cli_run_paths_write(struct cli_run_paths *paths, const char *option, const char *path)
{
    const bool is_standard_output = path == NULL || strcmp(path, "-") == 0 || cli_is_standard_output(path);
    add(paths, WRITTEN, option, is_standard_output ? NULL : path);
}

void cli_run_paths_print(struct cli_run_paths *paths)
{
    add(paths, WRITTEN, NULL, NULL);
}

void cli_run_paths_history(struct cli_run_paths *paths, const char *option, const char *path)
{
    static const char *const BESIDE[] = {"-journal", "-wal", "-shm"};
    add(paths, option != NULL ? WRITTEN : READ, option != NULL ? option : "the history", path);
    char *resolved = cli_resolve(path); /* SQLite follows links, too */
    for (size_t i = 0; resolved != NULL && i < sizeof BESIDE / sizeof BESIDE[0]; i++) {
        char *beside;
        if (asprintf(&beside, "%s%s", resolved, BESIDE[i]) < 0) {
            paths->has_failed = true;
            break;
        }
        add_copy(paths, KEPT, "a file of the history", beside);
        free(beside);
    }
    free(resolved);
}

void cli_run_paths_index(struct cli_run_paths *paths, const char *option, const char *log, const char *directory)
{
    struct cli_place log_place;
    char place[EVD_PATH_MAX];
    if (!cli_place_of(log, &log_place)) {
        paths->has_failed = true;
        return;
    }
    for (size_t which = 0; evd_index_place(log, directory, which, place); which++) {
        struct cli_run_path *index = add_copy(paths, option != NULL ? WRITTEN : READ,
                                              option != NULL ? option : "where a log's index is looked for", place);
        if (index == NULL)
            break;
        index->is_index = true;
        if (!cli_place_copy(&index->log, &log_place))
            paths->has_failed = true;
    }
    cli_place_release(&log_place);
}

static bool is_one_log(const struct cli_run_path *a, const struct cli_run_path *b)
{
    return a->is_index && b->is_index && a->log.kind != CLI_PLACE_NONE && cli_place_compare(&a->log, &b->log) == 0;
}

/* Two paths that are one place: may the run have both? */
static bool are_in_conflict(const struct cli_run_path *a, const struct cli_run_path *b)
{
    if (a->use == READ && b->use == READ)
        return a->here.kind == CLI_PLACE_PIPE && !a->is_index && !b->is_index;
    if (a->use == KEPT && b->use == KEPT)
        return false;
    /* What goes to a device such as /dev/null does not mix there, and a terminal is read and written. */
    if (a->here.kind == CLI_PLACE_DEVICE)
        return a->path == NULL && b->path == NULL;
    /* A log that is given twice has one index. */
    return !is_one_log(a, b);
}

static int by_place(const void *a, const void *b)
{
    const struct cli_run_path *left = a, *right = b;
    const int order = cli_place_compare(&left->here, &right->here);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

struct conflict {
    const struct cli_run_path *first, *second; /* in the order they were added */
};

static void note(struct conflict *found, const struct cli_run_path *a, const struct cli_run_path *b)
{
    if (!are_in_conflict(a, b))
        return;
    const struct conflict conflict = {a->order < b->order ? a : b, a->order < b->order ? b : a};
    if (found->first == NULL || conflict.second->order < found->second->order)
        *found = conflict;
}

/* All of [first, last) are one place: one of its outputs, if it has any, or of what is kept there, is compared with all the others. */
static void search_place(const struct cli_run_path *first, const struct cli_run_path *last, struct conflict *found)
{
    const struct cli_run_path *chosen = first;
    if (first->here.kind == CLI_PLACE_NONE)
        return;
    for (const struct cli_run_path *path = last; path-- > first;)
        if (path->use != READ && path->use >= chosen->use)
            chosen = path;
    for (const struct cli_run_path *path = first; path < last; path++)
        if (path != chosen)
            note(found, chosen, path);
}

static void say_read_over(const char *command, const struct cli_run_path *output, const struct cli_run_path *input)
{
    if (output->path == NULL)
        cli_usage_error(command, "standard output is %s: '%s'", input->what, input->path);
    else if (strcmp(output->path, input->path) == 0)
        cli_usage_error(command, "%s: '%s' is %s", output->what, output->path, input->what);
    else
        cli_usage_error(command, "%s: '%s' is %s, '%s'", output->what, output->path, input->what, input->path);
}

static void say(const char *command, const struct cli_run_path *first, const struct cli_run_path *second)
{
    if (first->use == READ && second->use == READ)
        cli_usage_error(command, "'%s' and '%s' are one pipe, which can be read once", first->path, second->path);
    else if (first->use != WRITTEN && second->use != WRITTEN)
        cli_usage_error(command, "'%s' is %s, and %s", first->path, first->what, second->what);
    else if (first->use != WRITTEN)
        say_read_over(command, second, first);
    else if (second->use != WRITTEN)
        say_read_over(command, first, second);
    else if (first->path == NULL && second->path == NULL)
        cli_usage_error(command, "%s and %s both go to standard output", first->what, second->what);
    else
        cli_usage_error(
            command, "%s and %s name the same file: '%s'", first->what != NULL ? first->what : "standard output",
            second->what != NULL ? second->what : "standard output", second->path != NULL ? second->path : first->path);
}

/* A descriptor that is not open now may be that of a log when the output is opened. Of an index's places one is taken that
 * can be written. */
static bool has_closed_descriptor(const struct cli_run_paths *paths, const char *command)
{
    for (size_t i = 0; i < paths->count; i++) {
        const struct cli_run_path *path = &paths->list[i];
        if (path->use == WRITTEN && !path->is_index && path->here.is_closed_descriptor) {
            cli_usage_error(command, "%s: '%s' is a descriptor that is not open", path->what, path->path);
            return true;
        }
    }
    return false;
}

/* Of files, what the run says must not go into one; what it says of that goes to standard output. A report may follow it
 * into a pipe or to a device. */
static bool has_messages_in_file(const struct cli_run_paths *paths, const char *command)
{
    const struct cli_place messages = cli_place_of_descriptor(STDERR_FILENO);
    const struct cli_place output = cli_place_of_descriptor(STDOUT_FILENO);
    if (messages.kind != CLI_PLACE_FILE && messages.kind != CLI_PLACE_PIPE)
        return false;
    for (size_t i = 0; i < paths->count; i++) {
        const struct cli_run_path *path = &paths->list[i];
        if (path->path == NULL || cli_place_compare(&path->here, &messages) != 0 ||
            (path->use == WRITTEN && messages.kind == CLI_PLACE_PIPE))
            continue;
        if (cli_place_compare(&output, &messages) != 0)
            cli_print_line("evdiff: %s: standard error is %s: '%s'", command,
                           path->use == WRITTEN ? "what is to be written" : path->what, path->path);
        return true;
    }
    return false;
}

static void add_configuration(struct cli_run_paths *paths, const char *command)
{
    struct cli_config_files files;
    if (!cli_config_has_command(command))
        return;
    if (!cli_config_files_find(&files))
        paths->has_failed = true;
    for (int place = 0; place < CLI_CONFIG_PLACES; place++)
        if (files.path[place] != NULL && access(files.path[place], F_OK) == 0)
            add_copy(paths, READ, "the configuration", files.path[place]);
    cli_config_files_release(&files);
}

bool cli_run_paths_settle(struct cli_run_paths *paths, const char *command)
{
    add_configuration(paths, command);
    struct conflict found = {NULL, NULL};
    bool is_settled = !paths->has_failed;
    if (paths->count > 0)
        qsort(paths->list, paths->count, sizeof *paths->list, by_place);
    for (size_t first = 0, last; first < paths->count; first = last) {
        for (last = first + 1; last < paths->count; last++)
            if (cli_place_compare(&paths->list[first].here, &paths->list[last].here) != 0)
                break;
        search_place(&paths->list[first], &paths->list[last], &found);
    }
    if (paths->has_failed) {
        cli_report_no_memory();
    } else if (has_messages_in_file(paths, command)) {
        is_settled = false;
    } else if (found.first != NULL) {
        say(command, found.first, found.second);
        is_settled = false;
    } else {
        is_settled = !has_closed_descriptor(paths, command);
    }
    for (size_t i = 0; i < paths->count; i++) {
        cli_place_release(&paths->list[i].here);
        cli_place_release(&paths->list[i].log);
        free(paths->list[i].owned);
    }
    free(paths->list);
    *paths = (struct cli_run_paths){0};
    return is_settled;
}
