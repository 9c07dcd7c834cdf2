#include "batch/ledgers.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "base/stable_hash.h"
#include "batch/files.h"

static bool is_of(const struct evd_job_ledger *one, const struct evd_batch_list *known)
{
    if (one->count != known->count)
        return false;
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(one->names[i], known->items[i]) != 0)
            return false;
    return true;
}

static enum evd_status read_files(struct evd_job_ledger *made, const struct evd_batch_plan *plan,
                                  const struct evd_batch_list *known, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    if (known->count > EVD_LEDGER_FILES_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "a job has at most %d ledgers", EVD_LEDGER_FILES_MAX);
    for (; status == EVD_OK && made->count < known->count; made->count++) {
        const char *name = known->items[made->count];
        made->names[made->count] = evd_keep_string(&made->arena, name, strlen(name));
        made->paths[made->count] =
            evd_path_from(&path, plan->folder, name) ? evd_keep_string(&made->arena, path.data, path.length - 1) : NULL;
        if (made->names[made->count] == NULL || made->paths[made->count] == NULL)
            status = evd_fail_memory(error);
    }
    if (status == EVD_OK)
        status = evd_ledger_read(made->paths, made->count, &made->ledger, error);
    evd_buffer_release(&path);
    return status;
}

static void free_one(struct evd_job_ledger *one)
{
    if (one == NULL)
        return;
    evd_ledger_free(one->ledger);
    evd_table_release(&one->by_signature);
    evd_arena_release(&one->arena);
    free(one);
}

static enum evd_status make(const struct evd_batch_plan *plan, const struct evd_batch_list *known,
                            struct evd_job_ledger **made, struct evd_error *error)
{
    struct evd_job_ledger *one = calloc(1, sizeof *one);
    *made = NULL;
    if (one == NULL)
        return evd_fail_memory(error);
    enum evd_status status = read_files(one, plan, known, error);
    for (size_t i = 0; status == EVD_OK && i < one->ledger->entry_count; i++)
        if (evd_table_put(&one->by_signature, one->ledger->entries[i].signature, i, NULL) == NULL)
            status = evd_fail_memory(error);
    if (status != EVD_OK) {
        free_one(one);
        return status;
    }
    *made = one;
    return EVD_OK;
}

/* The number of the file with a path, or of a new one. Another path may have the hash: then the one that is sought comes behind
 * it. */
static bool tell_file(struct evd_ledgers *ledgers, const char *path)
{
    const uint64_t *first =
        evd_table_put(&ledgers->by_path, evd_stable_hash(path, strlen(path)), ledgers->file_count, NULL);
    for (size_t i = first != NULL ? (size_t)*first : 0; first != NULL && i < ledgers->file_count; i++)
        if (strcmp(ledgers->files[i], path) == 0)
            return true;
    const char **files = evd_grow((void *)ledgers->files, ledgers->file_count, &ledgers->file_capacity, sizeof *files);
    if (first == NULL || files == NULL)
        return false;
    ledgers->files = files;
    files[ledgers->file_count++] = path;
    return true;
}

static uint64_t hash_of_list(const struct evd_batch_list *known)
{
    uint64_t hash = known->count;
    for (size_t i = 0; i < known->count; i++)
        hash = evd_stable_hash_pair(hash, evd_stable_hash(known->items[i], strlen(known->items[i])));
    return hash;
}

enum evd_status evd_ledgers_find(struct evd_ledgers *ledgers, const struct evd_batch_plan *plan,
                                 const struct evd_batch_job *job, const struct evd_job_ledger **found,
                                 struct evd_error *error)
{
    const struct evd_batch_list *known = &job->settings.known;
    *found = NULL;
    if (known->count == 0)
        return EVD_OK;
    const uint64_t *first = evd_table_put(&ledgers->by_names, hash_of_list(known), ledgers->count, NULL);
    if (first == NULL)
        return evd_fail_memory(error);
    for (size_t i = (size_t)*first; i < ledgers->count; i++)
        if (is_of(ledgers->list[i], known)) {
            *found = ledgers->list[i];
            return EVD_OK;
        }
    struct evd_job_ledger **list = evd_grow(ledgers->list, ledgers->count, &ledgers->capacity, sizeof *ledgers->list);
    if (list == NULL)
        return evd_fail_memory(error);
    ledgers->list = list;
    struct evd_job_ledger *made;
    const enum evd_status status = make(plan, known, &made, error);
    if (status != EVD_OK)
        return status;
    list[ledgers->count++] = made;
    for (size_t i = 0; i < made->count; i++)
        if (!tell_file(ledgers, made->paths[i]))
            return evd_fail_memory(error);
    *found = made;
    return EVD_OK;
}

enum evd_status evd_ledgers_check(const struct evd_batch_plan *plan, struct evd_error *error)
{
    struct evd_ledgers ledgers = {0};
    enum evd_status status = EVD_OK;
    const struct evd_job_ledger *found;
    for (size_t i = 0; status == EVD_OK && i < plan->job_count; i++)
        status = evd_ledgers_find(&ledgers, plan, &plan->jobs[i], &found, error);
    evd_ledgers_release(&ledgers);
    return status;
}

const struct evd_ledger_entry *evd_job_ledger_entry(const struct evd_job_ledger *ledger, uint64_t signature)
{
    const uint64_t *index = ledger == NULL ? NULL : evd_table_get(&ledger->by_signature, signature);
    return index == NULL ? NULL : &ledger->ledger->entries[*index];
}

void evd_ledgers_release(struct evd_ledgers *ledgers)
{
    for (size_t i = 0; i < ledgers->count; i++)
        free_one(ledgers->list[i]);
    free(ledgers->list);
    free((void *)ledgers->files);
    evd_table_release(&ledgers->by_names);
    evd_table_release(&ledgers->by_path);
    *ledgers = (struct evd_ledgers){0};
}
