#include "ledger/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "ledger/file.h"

/* The first line that is wrong ends it. */
static enum evd_status read_file(const char *path, struct evd_ledger_file **file, struct evd_error *error)
{
    const enum evd_status status = evd_ledger_file_read(path, false, file, error);
    if (status == EVD_E_IO && access(path, F_OK) != 0 && errno == ENOENT)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s%s", strerror(ENOENT), EVD_LEDGER_TO_BEGIN);
    if (status != EVD_OK || (*file)->problem_count == 0)
        return status;
    const struct evd_ledger_problem *problem = &(*file)->problems[0];
    return evd_fail_at(error, EVD_E_INPUT, path, problem->line, problem->column, "%s", problem->message);
}

static enum evd_status gather(struct evd_owned_ledger *owned, struct evd_error *error)
{
    struct evd_ledger *ledger = &owned->ledger;
    size_t count = 0;
    for (size_t i = 0; i < ledger->path_count; i++)
        count += owned->files[i]->entry_count;
    ledger->entries = malloc((count + 1) * sizeof *ledger->entries);
    if (ledger->entries == NULL)
        return evd_fail_memory(error);
    for (size_t i = 0; i < ledger->path_count; i++)
        for (size_t j = 0; j < owned->files[i]->entry_count; j++) {
            struct evd_ledger_entry *entry = &ledger->entries[ledger->entry_count];
            *entry = owned->files[i]->entries[j];
            entry->file = i;
            if (!evd_ledger_table_add(&owned->table, &entry->key, ledger->entry_count))
                return evd_fail_memory(error);
            ledger->entry_count++;
        }
    return EVD_OK;
}

enum evd_status evd_ledger_read(const char *const *paths, size_t count, struct evd_ledger **ledger,
                                struct evd_error *error)
{
    *ledger = NULL;
    if (count > EVD_LEDGER_FILES_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "a ledger is read from at most %d files", EVD_LEDGER_FILES_MAX);
    struct evd_owned_ledger *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return evd_fail_memory(error);
    enum evd_status status = EVD_OK;
    owned->files = calloc(count + 1, sizeof *owned->files);
    owned->ledger.paths = calloc(count + 1, sizeof *owned->ledger.paths);
    owned->ledger.path_count = count;
    if (owned->files == NULL || owned->ledger.paths == NULL)
        status = evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < count; i++) {
        status = read_file(paths[i], &owned->files[i], error);
        if (status == EVD_OK)
            owned->ledger.paths[i] = owned->files[i]->path;
    }
    if (status == EVD_OK)
        status = gather(owned, error);
    if (status == EVD_OK)
        *ledger = &owned->ledger;
    else
        evd_ledger_free(&owned->ledger);
    return status;
}

void evd_ledger_free(struct evd_ledger *ledger)
{
    struct evd_owned_ledger *owned = (struct evd_owned_ledger *)ledger;
    if (owned == NULL)
        return;
    for (size_t i = 0; owned->files != NULL && i < ledger->path_count; i++)
        evd_ledger_file_free(owned->files[i]);
    evd_ledger_table_release(&owned->table);
    free(owned->files);
    free(ledger->paths);
    free(ledger->entries);
    free(owned);
}

/* How much a job's pattern says; one without wildcards says most. */
static size_t weight_of(struct evd_text pattern)
{
    size_t letters = 0;
    for (size_t i = 0; i < pattern.length; i++)
        letters += pattern.bytes[i] != '*' && pattern.bytes[i] != '?';
    return letters == pattern.length ? SIZE_MAX : letters;
}

/* Whether `a` goes before `b` where both are for a job. */
static bool goes_before(const struct evd_ledger_entry *a, const struct evd_ledger_entry *b)
{
    if (a->file != b->file)
        return a->file < b->file;
    const size_t weight_a = weight_of(a->job), weight_b = weight_of(b->job);
    if (weight_a != weight_b)
        return weight_a > weight_b;
    const size_t shorter = a->job.length < b->job.length ? a->job.length : b->job.length;
    const int order = memcmp(a->job.bytes, b->job.bytes, shorter);
    return order != 0 ? order < 0 : a->job.length < b->job.length;
}

const struct evd_ledger_entry *evd_ledger_find(const struct evd_ledger *ledger, const struct evd_ledger_key *key,
                                               struct evd_text job)
{
    const struct evd_owned_ledger *owned = (const struct evd_owned_ledger *)ledger;
    const struct evd_ledger_entry *best = NULL;
    size_t index;
    for (size_t cursor = evd_ledger_table_begin(&owned->table, key);
         evd_ledger_table_next(&owned->table, &cursor, &index);) {
        const struct evd_ledger_entry *entry = &ledger->entries[index];
        if (evd_ledger_keys_equal(&entry->key, key) && evd_ledger_job_matches(entry->job, job) &&
            (best == NULL || goes_before(entry, best)))
            best = entry;
    }
    return best;
}
