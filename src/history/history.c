#include "evdiff/history.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "history/add.h"
#include "history/folder.h"
#include "history/order.h"

/* A folder to import. */
struct source {
    const char *given;
    char *folder; /* absolute, so that it is found again from elsewhere */
    const char *label;
};

static int compare_sources(const void *left, const void *right)
{
    const struct source *a = left, *b = right;
    const int order = evd_compare_labels(a->label, b->label);
    return order != 0 ? order : strcmp(a->folder, b->folder);
}

/* Among others a folder has a place by its label. */
static enum evd_status read_source(struct evd_arena *arena, const char *folder, bool is_alone, struct source *source,
                                   struct evd_error *error)
{
    source->given = folder;
    source->folder = realpath(folder, NULL);
    if (source->folder == NULL)
        return evd_fail_errno(error, folder);
    return is_alone ? EVD_OK : evd_folder_label(arena, folder, &source->label, error);
}

static enum evd_status read_night(void *context, const char *folder, const char *const *names, size_t name_count,
                                  struct evd_night_facts *facts, struct evd_error *error)
{
    (void)context;
    return evd_folder_read(folder, names, name_count, facts, error);
}

static enum evd_status import_night(struct evd_history *history, const struct source *source,
                                    struct evd_history_tally *tally, struct evd_error *error)
{
    static const struct evd_night_reader READER = {read_night, NULL};
    struct evd_night_facts facts;
    enum evd_night_change change;
    enum evd_status status = evd_folder_read(source->given, NULL, 0, &facts, error);
    facts.folder = source->folder;
    if (status == EVD_OK)
        status = evd_history_add(history, &facts, &READER, &change, error);
    if (status == EVD_OK) {
        tally->added += change == EVD_NIGHT_ADDED;
        tally->changed += change == EVD_NIGHT_CHANGED;
        tally->unchanged += change == EVD_NIGHT_UNCHANGED;
    }
    evd_night_facts_release(&facts);
    return status;
}

enum evd_status evd_history_import(struct evd_history *history, const char *const *folders, size_t count,
                                   struct evd_history_tally *tally, struct evd_error *error)
{
    struct evd_arena arena = {0};
    struct source *sources = calloc(count > 0 ? count : 1, sizeof *sources);
    enum evd_status status = sources == NULL ? evd_fail_memory(error) : EVD_OK;
    *tally = (struct evd_history_tally){0};
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = read_source(&arena, folders[i], count == 1, &sources[i], error);
    if (status == EVD_OK)
        qsort(sources, count, sizeof *sources, compare_sources);
    for (size_t i = 1; status == EVD_OK && i < count; i++)
        if (strcmp(sources[i - 1].label, sources[i].label) == 0 &&
            strcmp(sources[i - 1].folder, sources[i].folder) != 0)
            status = evd_fail_at(error, EVD_E_ARGUMENT, sources[i].given, 0, 0,
                                 "is night %.80s, as %.200s is; the folder's name is the night's", sources[i].label,
                                 sources[i - 1].given);
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = import_night(history, &sources[i], tally, error);
    for (size_t i = 0; sources != NULL && i < count; i++)
        free(sources[i].folder);
    free(sources);
    evd_arena_release(&arena);
    return status;
}
