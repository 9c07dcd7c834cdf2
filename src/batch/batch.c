#include "batch/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "batch/document.h"
#include "batch/estimate.h"
#include "batch/files.h"
#include "batch/ledgers.h"
#include "batch/manifest.h"
#include "batch/plan_file.h"

bool evd_job_folder(struct evd_buffer *path, const char *out, const struct evd_batch_job *job)
{
    return evd_join(path, out, "jobs", job->name);
}

bool evd_job_file(struct evd_buffer *path, const char *out, const struct evd_batch_job *job, const char *name)
{
    if (!evd_job_folder(path, out, job))
        return false;
    path->data[path->length - 1] = '/';
    evd_buffer_append(path, name, strlen(name) + 1);
    return !path->failed;
}

/* ── Locks ── */

enum { LOCK_TRIES = 200, LOCK_PAUSE_MICROSECONDS = 10000 };

/* A lock outlives a batch that was killed while it started a diff, until that one sees so, before it becomes another program:
 * some milliseconds. So a lock is asked for during two seconds. */
static bool is_locked(int lock, int how)
{
    for (int tries = 1; flock(lock, how | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
            return false;
        usleep(LOCK_PAUSE_MICROSECONDS);
    }
    return true;
}

/* Whoever does all jobs has the folder alone; shards share it, and each has its own. */
static enum evd_status take_lock(struct evd_batch *batch, const char *name, int how, int *lock, struct evd_error *error)
{
    struct evd_buffer path = {0};
    if (!evd_join(&path, batch->out, NULL, name)) {
        evd_buffer_release(&path);
        return evd_fail_memory(error);
    }
    enum evd_status status = EVD_OK;
    *lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        status = evd_fail_at(error, EVD_E_IO, path.data, 0, 0, "%s", strerror(errno));
    else if (!is_locked(*lock, how))
        status = errno == EWOULDBLOCK
                     ? evd_fail_at(error, EVD_E_ARGUMENT, batch->out, 0, 0,
                                   "another evdiff works in this folder; wait for it, or end it")
                     : evd_fail_at(error, EVD_E_IO, path.data, 0, 0, "can't be locked: %s", strerror(errno));
    evd_buffer_release(&path);
    return status;
}

static enum evd_status take_locks(struct evd_batch *batch, struct evd_error *error)
{
    const bool is_shard = batch->options->shards > 0;
    enum evd_status status = take_lock(batch, ".lock", is_shard ? LOCK_SH : LOCK_EX, &batch->lock, error);
    if (status == EVD_OK && is_shard) {
        char name[64];
        snprintf(name, sizeof name, ".lock-%zu-of-%zu", batch->options->shard, batch->options->shards);
        status = take_lock(batch, name, LOCK_EX, &batch->shard_lock, error);
    }
    return status;
}

/* ── The plan ── */

/* What a diff takes is guessed from its logs, or known from when the job ran before: less the logs themselves, which are mapped and
 * cost nothing that could not be had back. */
static uint64_t estimate_job(const struct evd_batch *batch, const struct evd_batch_job *job)
{
    struct evd_buffer path = {0};
    const struct evd_batch_list lists[] = {
        {(const char **)(uintptr_t)&job->canary, 1}, job->ours, job->control, job->control_of_ours};
    uint64_t bytes = EVD_ESTIMATE_PROGRAM_BYTES;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        uint64_t largest = 0;
        for (size_t j = 0; j < lists[i].count; j++) {
            const uint64_t one =
                evd_path_from(&path, batch->plan.folder, lists[i].items[j]) ? evd_estimate_log(path.data) : 0;
            /* Of the runs of ours one is diffed at a time; of the rest all are open at once. */
            largest = i == 1 ? (one > largest ? one : largest) : largest + one;
        }
        bytes += largest;
    }
    evd_buffer_release(&path);
    return bytes;
}

static bool is_accepted(const struct evd_batch *batch, struct evd_error *error)
{
    const struct evd_batch_options *options = batch->options;
    if (options->accept == NULL || options->accept(options->accept_context, batch))
        return true;
    evd_fail(error, EVD_E_ARGUMENT, "the plan is not accepted");
    return false;
}

static enum evd_status plan_path(const struct evd_batch *batch, struct evd_buffer *path, struct evd_error *error)
{
    return evd_join(path, batch->out, NULL, "plan.json") ? EVD_OK : evd_fail_memory(error);
}

/* Of a manifest all is known by now but what its jobs take. */
static enum evd_status find_plan(struct evd_batch *batch, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    if (batch->options->manifest == NULL) {
        status = plan_path(batch, &path, error);
        if (status == EVD_OK && access(path.data, F_OK) != 0 && errno == ENOENT)
            status =
                evd_fail_at(error, EVD_E_IO, batch->options->out, 0, 0, "is no folder of a night: it has no plan.json");
        if (status == EVD_OK)
            status = evd_plan_read(&batch->plan, path.data, error);
        evd_buffer_release(&path);
    }
    for (size_t i = 0; batch->options->manifest != NULL && i < batch->plan.job_count; i++)
        batch->plan.jobs[i].estimate_bytes = estimate_job(batch, &batch->plan.jobs[i]);
    return status == EVD_OK && !is_accepted(batch, error) ? EVD_E_ARGUMENT : status;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* A folder that has the night of another manifest is not written over. What is no plan is none. */
static enum evd_status check_plan(const struct evd_batch *batch, const char *path, struct evd_error *error)
{
    struct evd_batch_plan there = {.manifest = NULL};
    struct evd_error unread;
    enum evd_status status = EVD_OK;
    if (evd_plan_read(&there, path, &unread) == EVD_OK &&
        (strcmp(there.folder, batch->plan.folder) != 0 ||
         strcmp(base_name(there.manifest), base_name(batch->plan.manifest)) != 0))
        status =
            evd_fail_at(error, EVD_E_ARGUMENT, batch->out, 0, 0,
                        "has the night of another manifest, %.200s in %.300s; --out names another folder, or delete "
                        "this one",
                        base_name(there.manifest), there.folder);
    evd_plan_release(&there);
    return status;
}

static enum evd_status keep_plan(struct evd_batch *batch, struct evd_error *error)
{
    struct evd_buffer path = {0};
    if (batch->options->manifest == NULL)
        return EVD_OK;
    enum evd_status status = plan_path(batch, &path, error);
    if (status == EVD_OK)
        status = check_plan(batch, path.data, error);
    if (status == EVD_OK)
        status = evd_plan_write(&batch->plan, path.data, error);
    evd_buffer_release(&path);
    return status;
}

/* Keeps what the night before had come to, so that judging again needs this folder alone. */
static enum evd_status keep_before(const struct evd_batch *batch, struct evd_error *error)
{
    struct evd_buffer from = {0}, to = {0}, bytes = {0};
    bool is_absent = true;
    /* Without --previous the night keeps the past that it has: the same command, but shorter, is no other night. */
    if (batch->options->manifest == NULL || batch->previous == NULL)
        return EVD_OK;
    enum evd_status status = evd_join(&to, batch->out, NULL, EVD_NIGHT_BEFORE) ? EVD_OK : evd_fail_memory(error);
    if (status == EVD_OK)
        status = evd_join(&from, batch->previous, NULL, "night.json")
                     ? evd_read_file(from.data, EVD_DOCUMENT_BYTES_MAX, 0, &bytes, &is_absent, error)
                     : evd_fail_memory(error);
    if (status == EVD_OK && !is_absent)
        status = evd_write_file(to.data, bytes.data, bytes.length, error);
    else if (status == EVD_OK)
        unlink(to.data);
    evd_buffer_release(&from);
    evd_buffer_release(&to);
    evd_buffer_release(&bytes);
    return status;
}

/* ── The folder ── */

static enum evd_status find_folder(const char *path, char **absolute, struct evd_error *error)
{
    struct stat status;
    *absolute = realpath(path, NULL);
    if (*absolute == NULL)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(errno));
    if (stat(*absolute, &status) != 0 || !S_ISDIR(status.st_mode))
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(ENOTDIR));
    return EVD_OK;
}

static bool is_same_folder(const char *absolute, const char *path)
{
    char *other = realpath(path, NULL);
    const bool is_same = other != NULL && strcmp(absolute, other) == 0;
    free(other);
    return is_same;
}

static bool has_file(const char *folder, const char *name)
{
    struct evd_buffer path = {0};
    const bool is_there = evd_join(&path, folder, NULL, name) && access(path.data, F_OK) == 0;
    evd_buffer_release(&path);
    return is_there;
}

/* A folder that is no night's would be a past without anything in it. The night itself may be named, and is none yet. */
static enum evd_status find_previous(struct evd_batch *batch, const char *path, struct evd_error *error)
{
    const enum evd_status status = find_folder(path, &batch->previous, error);
    if (status != EVD_OK || has_file(batch->previous, "plan.json") || has_file(batch->previous, "night.json") ||
        is_same_folder(batch->previous, batch->options->out))
        return status;
    return evd_fail_at(error, EVD_E_INPUT, path, 0, 0,
                       "is no folder of a night: it has neither plan.json nor night.json");
}

/* What is refused makes no folder. */
static enum evd_status make_night(struct evd_batch *batch, struct evd_error *error)
{
    if (!is_accepted(batch, error))
        return EVD_E_ARGUMENT;
    return evd_make_folders(batch->options->out, error);
}

static enum evd_status open_folders(struct evd_batch *batch, struct evd_error *error)
{
    const struct evd_batch_options *options = batch->options;
    struct stat there;
    enum evd_status status = options->previous != NULL ? find_previous(batch, options->previous, error) : EVD_OK;
    if (status == EVD_OK && options->manifest != NULL && stat(options->out, &there) != 0)
        status = make_night(batch, error);
    if (status == EVD_OK)
        status = find_folder(options->out, &batch->out, error);
    /* A night is not its own past. */
    if (status == EVD_OK && batch->previous != NULL && strcmp(batch->previous, batch->out) == 0) {
        free(batch->previous);
        batch->previous = NULL;
    }
    return status;
}

bool evd_batch_has_folder(const struct evd_batch *batch)
{
    return batch->out != NULL;
}

enum evd_status evd_batch_open(const struct evd_batch_options *options, struct evd_batch **batch,
                               struct evd_error *error)
{
    struct evd_batch *made = calloc(1, sizeof *made);
    *batch = NULL;
    if (made == NULL)
        return evd_fail_memory(error);
    made->options = options;
    made->lock = made->shard_lock = -1;
    /* A manifest with a mistake makes no folder. */
    enum evd_status status =
        options->manifest != NULL ? evd_manifest_read(options->manifest, &made->plan, error) : EVD_OK;
    if (status == EVD_OK && options->manifest != NULL)
        status = evd_ledgers_check(&made->plan, error);
    if (status == EVD_OK)
        status = open_folders(made, error);
    if (status == EVD_OK)
        status = take_locks(made, error);
    if (status == EVD_OK)
        status = find_plan(made, error);
    if (status == EVD_OK)
        status = keep_plan(made, error);
    if (status == EVD_OK)
        status = keep_before(made, error);
    if (status == EVD_OK && options->fail_on != 0)
        made->plan.fail_on = options->fail_on;
    if (status != EVD_OK) {
        evd_batch_close(made);
        return status;
    }
    *batch = made;
    return EVD_OK;
}

size_t evd_batch_job_count(const struct evd_batch *batch)
{
    return batch->plan.job_count;
}

void evd_batch_close(struct evd_batch *batch)
{
    if (batch == NULL)
        return;
    if (batch->lock >= 0)
        close(batch->lock);
    if (batch->shard_lock >= 0)
        close(batch->shard_lock);
    evd_identities_release(&batch->identities);
    evd_packer_destroy(batch->packer);
    evd_kept_release(&batch->kept);
    evd_plan_release(&batch->plan);
    free(batch->out);
    free(batch->previous);
    free(batch);
}
