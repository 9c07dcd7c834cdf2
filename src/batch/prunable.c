/* Lines of ledgers over all jobs of a night: which may go, because no job that has ever had their families has them any more. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "batch/night.h"

/* What one job says of a line. */
enum say { STAYS, MAY_BE_FIXED, MAY_GO };

struct observation {
    struct evd_prunable_line line;
    enum say say;
};

struct observations {
    struct observation *list;
    size_t count, capacity;
};

static bool add(struct observations *all, enum say say, const char *path, const struct evd_ledger_entry *entry)
{
    struct observation *list = evd_grow(all->list, all->count, &all->capacity, sizeof *list);
    if (list == NULL)
        return false;
    all->list = list;
    list[all->count++] = (struct observation){{path, entry->line, entry->signature, say == MAY_BE_FIXED}, say};
    return true;
}

static bool observe(struct observations *all, const struct evd_night_job *job)
{
    for (size_t i = 0; i < job->families.count; i++) {
        const struct evd_night_family *family = &job->families.list[i];
        if (family->entry != NULL && !add(all, STAYS, family->path, family->entry))
            return false;
    }
    for (size_t i = 0; i < job->lines.count; i++) {
        const struct evd_night_line *line = &job->lines.list[i];
        const enum say say = line->standing == EVD_STANDING_FIXED_MAYBE && line->is_confirmed ? MAY_BE_FIXED
                             : line->standing == EVD_STANDING_STALE                           ? MAY_GO
                                                                                              : STAYS;
        if (line->entry != NULL && !add(all, say, line->path, line->entry))
            return false;
    }
    return true;
}

/* The line in force for what a job had when it last had a result. */
static bool keep(struct observations *all, const struct evd_night_job *job, uint64_t signature)
{
    const struct evd_ledger_entry *entry = evd_job_ledger_entry(job->listed, signature);
    if (entry != NULL)
        entry = evd_ledger_find(job->listed->ledger, &entry->key, (struct evd_text){job->name, strlen(job->name)});
    return entry == NULL || add(all, STAYS, job->listed->paths[entry->file], entry);
}

static bool keep_all(struct observations *all, const struct evd_night_job *job)
{
    for (size_t i = 0; i < job->families.count; i++)
        if (!keep(all, job, job->families.list[i].signature))
            return false;
    for (size_t i = 0; i < job->lines.count; i++)
        if (!keep(all, job, job->lines.list[i].signature))
            return false;
    return true;
}

static int by_line(const void *a, const void *b)
{
    const struct observation *left = a, *right = b;
    const int order = strcmp(left->line.path, right->line.path);
    if (order != 0)
        return order;
    return left->line.line != right->line.line ? (left->line.line > right->line.line ? 1 : -1)
                                               : (int)left->say - (int)right->say;
}

/* Of each line what stays comes first: then the line does. */
static size_t gather(const struct observations *all, struct evd_prunable_line *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct observation *one = &all->list[i];
        const bool is_first = i == 0 || all->list[i - 1].line.line != one->line.line ||
                              strcmp(all->list[i - 1].line.path, one->line.path) != 0;
        if (is_first && one->say != STAYS)
            lines[count++] = one->line;
    }
    return count;
}

enum evd_status evd_night_prunable(const struct evd_night *night, struct evd_prunable_line **lines, size_t *count,
                                   struct evd_error *error)
{
    struct observations all = {.list = NULL};
    bool is_good = true;
    *lines = NULL;
    *count = 0;
    for (size_t i = 0; is_good && i < night->job_count; i++)
        is_good = night->jobs[i].is_conclusive ? observe(&all, &night->jobs[i]) : keep_all(&all, &night->jobs[i]);
    if (is_good)
        *lines = malloc((all.count + 1) * sizeof **lines);
    if (*lines != NULL) {
        if (all.count > 0)
            qsort(all.list, all.count, sizeof *all.list, by_line);
        *count = gather(&all, *lines);
    }
    free(all.list);
    return *lines != NULL ? EVD_OK : evd_fail_memory(error);
}

const char *evd_night_ledger(const struct evd_night *night, size_t index)
{
    return index < night->ledgers.file_count ? night->ledgers.files[index] : NULL;
}
