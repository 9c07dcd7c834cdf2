/* What a batch reads, and what its folder has: so that no report is written over any of it. */
#include <string.h>
#include <sys/stat.h>

#include "batch/batch.h"
#include "batch/files.h"
#include "batch/record.h"

struct telling {
    const struct evd_batch *batch;
    evd_batch_take_file *take;
    void *context;
    struct evd_buffer path;
};

static bool tell(struct telling *telling, const char *what, const char *path, enum evd_batch_use use)
{
    return evd_path_from(&telling->path, telling->batch->plan.folder, path) &&
           telling->take(telling->context, what, telling->path.data, use);
}

static bool tell_list(struct telling *telling, const char *what, const struct evd_batch_list *list,
                      enum evd_batch_use use)
{
    for (size_t i = 0; i < list->count; i++)
        if (!tell(telling, what, list->items[i], use))
            return false;
    return true;
}

/* A word such as "similarity" names no file, unless there is one. */
static bool tell_settings(struct telling *telling, const struct evd_batch_settings *settings)
{
    struct evd_batch_settings copy = *settings;
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++) {
        if (evd_setting_is_unset(settings, key))
            continue;
        if (key->kind == EVD_KIND_FILES &&
            !tell_list(telling, "a ledger", evd_setting_list(&copy, key), EVD_BATCH_READS))
            return false;
        if (key->kind == EVD_KIND_FILE &&
            !tell(telling, "a file that a job names", *evd_setting_text(&copy, key), EVD_BATCH_READS))
            return false;
    }
    return true;
}

/* The files of a run of a job in the folder of a night. */
static bool tell_results(struct telling *telling, const char *out, const struct evd_batch_job *job)
{
    for (size_t run = 0; run < job->ours.count; run++) {
        char record[EVD_FILE_NAME_MAX], outcome[EVD_FILE_NAME_MAX];
        evd_record_name(run, record);
        evd_outcome_name(run, outcome);
        const char *const names[] = {record, outcome};
        for (size_t i = 0; i < 2; i++)
            if (!evd_job_file(&telling->path, out, job, names[i]) ||
                !telling->take(telling->context, "a file of the night", telling->path.data, EVD_BATCH_KEEPS))
                return false;
    }
    return true;
}

static bool tell_job(struct telling *telling, const struct evd_batch_job *job)
{
    return tell(telling, "one of the logs", job->canary, EVD_BATCH_READS_LOG) &&
           tell_list(telling, "one of the logs", &job->ours, EVD_BATCH_READS_LOG) &&
           tell_list(telling, "one of the logs", &job->control, EVD_BATCH_READS_LOG) &&
           tell_list(telling, "one of the logs", &job->control_of_ours, EVD_BATCH_READS_LOG) &&
           tell_settings(telling, &job->settings);
}

/* All that the folder of a night has, or will have; NULL: there is none. Two nights may have one outcome, by two names. */
static bool tell_night(struct telling *telling, const char *out)
{
    static const char *const NAMES[] = {"plan.json", EVD_NIGHT_BEFORE, "night.json", ".lock"};
    for (size_t i = 0; out != NULL && i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (!evd_join(&telling->path, out, NULL, NAMES[i]) ||
            !telling->take(telling->context, "a file of the night", telling->path.data, EVD_BATCH_KEEPS))
            return false;
    for (size_t i = 0; out != NULL && i < telling->batch->plan.job_count; i++)
        if (!tell_results(telling, out, &telling->batch->plan.jobs[i]))
            return false;
    return true;
}

/* The plan has its path as it was given, from whichever folder; where it is the plan knows. */
static bool tell_manifest(struct telling *telling)
{
    const char *manifest = telling->batch->plan.manifest;
    if (manifest == NULL || strcmp(manifest, "-") == 0)
        return true;
    const char *slash = strrchr(manifest, '/');
    return tell(telling, "the manifest", slash != NULL ? slash + 1 : manifest, EVD_BATCH_READS);
}

bool evd_batch_files(const struct evd_batch *batch, evd_batch_take_file *take, void *context)
{
    struct telling telling = {.batch = batch, .take = take, .context = context};
    bool is_good = tell_manifest(&telling) && tell_night(&telling, batch->out) && tell_night(&telling, batch->previous);
    for (size_t i = 0; is_good && i < batch->plan.job_count; i++)
        is_good = tell_job(&telling, &batch->plan.jobs[i]);
    evd_buffer_release(&telling.path);
    return is_good;
}
