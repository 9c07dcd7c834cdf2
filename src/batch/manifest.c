#include "batch/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "batch/files.h"
#include "batch/job_logs.h"
#include "batch/json_lines.h"
#include "batch/manifest_jobs.h"
#include "batch/manifest_settings.h"
#include "json/json.h"

enum { MANIFEST_BYTES_MAX = 64 << 20, VERSION = 1 };

static bool read_fail_on(struct evd_manifest_reader *reader, const struct evd_setting *setting)
{
    const char *text;
    struct evd_text wrong;
    if (!evd_manifest_names(reader, "fail_on", setting, &text))
        return false;
    return evd_night_states_read(text, &reader->plan->fail_on, &wrong) ||
           evd_manifest_refuse(reader, setting->line, setting->column,
                               "\"fail_on\": '%.*s' is no state that a night can fail on",
                               (int)(wrong.length < 64 ? wrong.length : 64), wrong.bytes);
}

static const struct evd_setting_member *find_member(const struct evd_setting *root, const char *key)
{
    for (size_t i = 0; i < root->table.count; i++)
        if (strcmp(root->table.members[i].key, key) == 0)
            return &root->table.members[i];
    return NULL;
}

static bool check_top(struct evd_manifest_reader *reader, const struct evd_setting *root)
{
    static const char *const KEYS[] = {"evdiff", "fail_on", "defaults", "job"};
    for (size_t i = 0; i < root->table.count; i++) {
        const struct evd_setting_member *member = &root->table.members[i];
        size_t which = 0;
        while (which < 4 && strcmp(member->key, KEYS[which]) != 0)
            which++;
        if (which == 4) {
            const char *meant = evd_suggest_name(member->key, strlen(member->key), KEYS, 4);
            return evd_manifest_refuse(
                reader, member->line, member->column, "\"%.64s\" is no key of a manifest%s%s%s", member->key,
                meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
        }
    }
    const struct evd_setting_member *version = find_member(root, "evdiff");
    if (version == NULL)
        return evd_manifest_refuse(
            reader, 1, 1, "a manifest says which version of the format it is: evdiff = %d", VERSION);
    return (version->value.type == EVD_SETTING_INTEGER && version->value.integer == VERSION) ||
           evd_manifest_refuse(reader, version->value.line, version->value.column,
                               "this program reads manifests of version %d: evdiff = %d", VERSION, VERSION);
}

static bool read_root(struct evd_manifest_reader *reader, const struct evd_setting *root, bool is_made)
{
    struct evd_batch_settings settings = {0};
    if (!is_made && !check_top(reader, root))
        return false;
    const struct evd_setting_member *fail_on = find_member(root, "fail_on"), *jobs = find_member(root, "job"),
                                    *defaults = find_member(root, "defaults");
    if ((fail_on != NULL && !read_fail_on(reader, &fail_on->value)) ||
        (defaults != NULL && !evd_manifest_defaults(reader, &defaults->value, &settings)) ||
        (jobs != NULL && !evd_manifest_jobs(reader, &jobs->value, &settings)))
        return false;
    return reader->plan->job_count > 0 || evd_manifest_refuse(reader, 1, 1, "there is no job in it");
}

/* The jobs move to the arena, in order. */
static bool settle(struct evd_manifest_reader *reader)
{
    struct evd_batch_plan *plan = reader->plan;
    plan->jobs = evd_arena_array(&plan->arena, plan->job_count, sizeof *plan->jobs);
    if (plan->jobs == NULL)
        return evd_manifest_refuse_memory(reader);
    memcpy(plan->jobs, reader->jobs, plan->job_count * sizeof *plan->jobs);
    const struct evd_batch_job *twin = evd_plan_sort(plan);
    return twin == NULL || evd_manifest_refuse(reader, twin->line, 1, "two jobs are called '%s'", twin->name);
}

/* A control run that is a log of its job explains all that differs. */
static bool check_logs(struct evd_manifest_reader *reader)
{
    const struct evd_batch_plan *plan = reader->plan;
    for (size_t i = 0; i < plan->job_count; i++) {
        struct evd_job_twins twins;
        if (!evd_job_find_twins(&plan->jobs[i], plan->folder, &twins))
            return evd_manifest_refuse_memory(reader);
        if (twins.control != NULL)
            return evd_manifest_refuse(
                reader, plan->jobs[i].line, 1,
                "job '%.128s': the control run '%.256s' is %s; a control run is a run of its own", plan->jobs[i].name,
                twins.control, twins.what);
    }
    return true;
}

/* The folder that paths are relative to. */
static bool find_folder(struct evd_manifest_reader *reader)
{
    char *copy = strdup(reader->plan->manifest);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    if (slash != NULL)
        slash[slash == copy] = '\0';
    char *absolute = copy == NULL ? NULL : realpath(slash != NULL ? copy : ".", NULL);
    reader->plan->folder = absolute == NULL ? NULL : evd_keep_string(&reader->plan->arena, absolute, strlen(absolute));
    free(copy);
    free(absolute);
    return reader->plan->folder != NULL || evd_manifest_refuse_memory(reader);
}

enum evd_status evd_manifest_read(const char *path, struct evd_batch_plan *plan, struct evd_error *error)
{
    struct evd_manifest_reader reader = {.plan = plan, .status = EVD_OK, .error = error};
    const bool is_made = strcmp(path, "-") == 0;
    struct evd_buffer text = {0};
    struct evd_setting root;
    struct evd_setting_fault fault;
    plan->fail_on = EVD_NIGHT_FAILS_DEFAULT;
    plan->manifest = evd_keep_string(&plan->arena, path, strlen(path));
    if (plan->manifest == NULL)
        return evd_fail_memory(error);
    enum evd_status status =
        is_made
            ? evd_read_descriptor(STDIN_FILENO, "standard input", MANIFEST_BYTES_MAX, EVD_JSON_PADDING, &text, error)
            : evd_read_file(path, MANIFEST_BYTES_MAX, EVD_JSON_PADDING, &text, NULL, error);
    if (status == EVD_OK && find_folder(&reader)) {
        const bool is_read = is_made ? evd_json_lines_read(text.data, text.length, &plan->arena, &root, &fault)
                                     : evd_toml_read(text.data, text.length, &plan->arena, &root, &fault);
        if (is_read)
            (void)(read_root(&reader, &root, is_made) && settle(&reader) && check_logs(&reader));
        else if (fault.message[0] != '\0')
            evd_manifest_refuse(&reader, fault.line, fault.column, "%s", fault.message);
        else
            evd_manifest_refuse_memory(&reader);
    }
    free(reader.jobs);
    evd_buffer_release(&text);
    return status != EVD_OK ? status : reader.status;
}
