#include "batch/plan_file.h"

#include <string.h>

#include "base/fail.h"
#include "base/json_writer.h"
#include "batch/document.h"
#include "batch/files.h"

static const char SCHEMA[] = "evdiff.plan/1";

/* ── Writing ── */

static void write_list(struct evd_json_writer *json, const char *key, const struct evd_batch_list *list)
{
    if (list->count == 0)
        return;
    evd_json_begin(json, key, '[');
    for (size_t i = 0; i < list->count; i++)
        evd_json_string(json, NULL, list->items[i]);
    evd_json_end(json, ']');
}

static void write_settings(struct evd_json_writer *json, const struct evd_batch_settings *settings)
{
    struct evd_batch_settings copy = *settings;
    evd_json_begin(json, "settings", '{');
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++) {
        if (evd_setting_is_unset(settings, key))
            continue;
        switch (key->kind) {
        case EVD_KIND_FLAG: evd_json_bool(json, key->name, true); break;
        case EVD_KIND_FILES: write_list(json, key->name, evd_setting_list(&copy, key)); break;
        case EVD_KIND_DURATION:
        case EVD_KIND_COUNT: evd_json_unsigned(json, key->name, *evd_setting_number(&copy, key)); break;
        default: evd_json_string(json, key->name, *evd_setting_text(&copy, key)); break;
        }
    }
    evd_json_end(json, '}');
}

static void write_job(struct evd_json_writer *json, const struct evd_batch_job *job)
{
    evd_json_line(json);
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "name", job->name);
    evd_json_unsigned(json, "line", job->line);
    evd_json_unsigned(json, "estimate_bytes", job->estimate_bytes);
    evd_json_string(json, "canary", job->canary);
    write_list(json, "ours", &job->ours);
    write_list(json, "control", &job->control);
    write_list(json, "control_of_ours", &job->control_of_ours);
    write_settings(json, &job->settings);
    evd_json_end(json, '}');
}

static void write_fail_on(struct evd_json_writer *json, unsigned states)
{
    evd_json_line(json);
    evd_json_begin(json, "fail_on", '[');
    for (int state = 0; state < EVD_NIGHT_STATES; state++)
        if (states & 1u << state)
            evd_json_string(json, NULL, evd_night_state_name((enum evd_night_state)state));
    evd_json_end(json, ']');
}

static void render(const void *what, struct evd_output *out)
{
    const struct evd_batch_plan *plan = what;
    struct evd_json_writer json = {.out = out};
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", SCHEMA);
    evd_json_line(&json);
    evd_json_string(&json, "manifest", plan->manifest);
    evd_json_line(&json);
    evd_json_string(&json, "folder", plan->folder);
    write_fail_on(&json, plan->fail_on);
    evd_json_line(&json);
    evd_json_begin_lines(&json, "jobs", '[');
    for (size_t i = 0; i < plan->job_count; i++)
        write_job(&json, &plan->jobs[i]);
    evd_json_end_lines(&json, ']');
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

enum evd_status evd_plan_write(const struct evd_batch_plan *plan, const char *path, struct evd_error *error)
{
    return evd_document_write(path, render, plan, error);
}

/* ── Reading ── */

static bool read_list(struct evd_arena *arena, const struct evd_value *object, const char *key,
                      struct evd_batch_list *list)
{
    const struct evd_value *array = evd_member_array(object, key);
    *list = (struct evd_batch_list){0};
    if (array == NULL)
        return evd_value_get(object, evd_string_of(key)) == NULL;
    list->items = evd_arena_array(arena, array->array.count, sizeof *list->items);
    for (; list->items != NULL && list->count < array->array.count; list->count++) {
        list->items[list->count] = evd_value_c_string(arena, &array->array.items[list->count]);
        if (list->items[list->count] == NULL || list->items[list->count][0] == '\0')
            return false;
    }
    return list->items != NULL;
}

static bool read_number(const struct evd_value *object, const struct evd_setting_key *key, uint64_t *number)
{
    const uint64_t most = key->kind == EVD_KIND_COUNT ? EVD_CONFIRM_MAX : EVD_TIMEOUT_SECONDS_MAX;
    return evd_member_unsigned(object, key->name, number) && *number >= 1 && *number <= most;
}

static bool read_settings(struct evd_arena *arena, const struct evd_value *object, struct evd_batch_settings *settings)
{
    if (object == NULL)
        return false;
    for (size_t i = 0; i < object->object.count; i++) {
        const char *name =
            evd_keep_string(arena, object->object.members[i].key.bytes, object->object.members[i].key.length);
        const struct evd_setting_key *key = name == NULL ? NULL : evd_setting_key(name);
        if (key == NULL)
            return false;
        const bool is_read =
            evd_setting_is_text(key)      ? evd_member_text(arena, object, key->name, evd_setting_text(settings, key))
            : key->kind == EVD_KIND_FLAG  ? evd_member_bool(object, key->name, evd_setting_flag(settings, key))
            : key->kind == EVD_KIND_FILES ? read_list(arena, object, key->name, evd_setting_list(settings, key))
                                          : read_number(object, key, evd_setting_number(settings, key));
        if (!is_read)
            return false;
    }
    return true;
}

static bool read_job(struct evd_arena *arena, const struct evd_value *object, struct evd_batch_job *job)
{
    *job = (struct evd_batch_job){0};
    return object->type == EVD_JSON_OBJECT && evd_member_text(arena, object, "name", &job->name) &&
           evd_job_name_fault(job->name) == NULL && evd_member_unsigned(object, "line", &job->line) &&
           evd_member_unsigned(object, "estimate_bytes", &job->estimate_bytes) &&
           evd_member_text(arena, object, "canary", &job->canary) && job->canary[0] != '\0' &&
           read_list(arena, object, "ours", &job->ours) && job->ours.count >= 1 && job->ours.count <= EVD_RUNS_MAX &&
           read_list(arena, object, "control", &job->control) &&
           read_list(arena, object, "control_of_ours", &job->control_of_ours) &&
           read_settings(arena, evd_member_object(object, "settings"), &job->settings);
}

static bool read_fail_on(struct evd_arena *arena, const struct evd_value *root, unsigned *states)
{
    struct evd_batch_list list;
    *states = 0;
    if (!read_list(arena, root, "fail_on", &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        unsigned one;
        struct evd_text wrong;
        if (!evd_night_states_read(list.items[i], &one, &wrong))
            return false;
        *states |= one;
    }
    return true;
}

static bool read_plan(struct evd_batch_plan *plan, const struct evd_value *root)
{
    const char *schema;
    const struct evd_value *jobs = evd_member_array(root, "jobs");
    if (!evd_member_text(&plan->arena, root, "schema", &schema) || strcmp(schema, SCHEMA) != 0 || jobs == NULL ||
        !evd_member_text(&plan->arena, root, "manifest", &plan->manifest) ||
        !evd_member_text(&plan->arena, root, "folder", &plan->folder) || plan->folder[0] != '/' ||
        !read_fail_on(&plan->arena, root, &plan->fail_on) || jobs->array.count == 0 || jobs->array.count > EVD_JOBS_MAX)
        return false;
    plan->jobs = evd_arena_array(&plan->arena, jobs->array.count, sizeof *plan->jobs);
    if (plan->jobs == NULL)
        return false;
    for (; plan->job_count < jobs->array.count; plan->job_count++)
        if (!read_job(&plan->arena, &jobs->array.items[plan->job_count], &plan->jobs[plan->job_count]))
            return false;
    return evd_plan_sort(plan) == NULL;
}

enum evd_status evd_plan_read(struct evd_batch_plan *plan, const char *path, struct evd_error *error)
{
    struct evd_document document;
    enum evd_status status = evd_document_read(&document, path, NULL, error);
    if (status == EVD_OK && !read_plan(plan, &document.root))
        status = evd_fail_at(error, EVD_E_IO, path, 0, 0,
                             "is no plan of this version of evdiff; "
                             "'evdiff batch MANIFEST --out DIR' makes one");
    evd_document_release(&document);
    return status;
}
