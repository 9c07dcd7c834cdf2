#include "batch/ledgers.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
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
        const char *name = evd_keep_string(&made->arena, known->items[made->count], strlen(known->items[made->count]));
        made->names[made->count] = made->paths[made->count] = name;
        if (name != NULL && name[0] != '/')
            made->paths[made->count] =
                evd_join(&path, plan->folder, NULL, name)
                    ? evd_keep_string(&made->arena, path.data, path.length - 1)
                    : NULL;
        status = made->paths[made->count] != NULL ? EVD_OK : evd_fail_memory(error);
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

/* Lists the files of a new one; one that an earlier list has is passed over. */
static bool tell_files(struct evd_ledgers *ledgers, const struct evd_job_ledger *made)
{
    const size_t earlier = ledgers->file_count;
    for (size_t i = 0; i < made->count; i++) {
        size_t same = 0;
        while (same < earlier && strcmp(ledgers->files[same], made->paths[i]) != 0)
            same++;
        if (same < earlier)
            continue;
        const char **files =
            evd_grow((void *)ledgers->files, ledgers->file_count, &ledgers->file_capacity, sizeof *files);
        if (files == NULL)
            return false;
        ledgers->files = files;
        files[ledgers->file_count++] = made->paths[i];
    }
    return true;
}

enum evd_status evd_ledgers_find(struct evd_ledgers *ledgers, const struct evd_batch_plan *plan,
                                 const struct evd_batch_job *job, const struct evd_job_ledger **found,
                                 struct evd_error *error)
{
    *found = NULL;
    if (job->settings.known.count == 0)
        return EVD_OK;
    for (size_t i = 0; i < ledgers->count; i++)
        if (is_of(ledgers->list[i], &job->settings.known)) {
            *found = ledgers->list[i];
            return EVD_OK;
        }
    struct evd_job_ledger **list = evd_grow(ledgers->list, ledgers->count, &ledgers->capacity, sizeof *ledgers->list);
    if (list == NULL)
        return evd_fail_memory(error);
    ledgers->list = list;
    struct evd_job_ledger *made;
    const enum evd_status status = make(plan, &job->settings.known, &made, error);
    if (status != EVD_OK)
        return status;
    list[ledgers->count++] = made;
    if (!tell_files(ledgers, made))
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
    *ledgers = (struct evd_ledgers){0};
}
