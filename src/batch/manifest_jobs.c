#include "batch/manifest_jobs.h"

#include <string.h>

#include "base/grow.h"
#include "batch/manifest_settings.h"
#include "batch/template.h"

/* The keys of a job beside its settings. */
static const char *const JOB_KEYS[] = {"name", "canary", "ours", "control", "control_of_ours"};
enum { KEY_NAME, KEY_CANARY, KEY_OURS, KEY_CONTROL, KEY_CONTROL_OF_OURS, JOB_KEY_COUNT };

/* A [[job]] as it is written: its paths are templates. */
struct family {
    const struct evd_setting *table;
    const struct evd_setting *places[JOB_KEY_COUNT]; /* of the keys that it has */
    struct evd_batch_job job;
};

static bool check_templates(struct evd_manifest_reader *reader, const struct evd_setting *setting,
                            const struct evd_batch_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_setting *item = setting->type == EVD_SETTING_ARRAY ? &setting->array.items[i] : setting;
        const char *fault = evd_template_fault(list->items[i]);
        if (fault != NULL)
            return evd_manifest_refuse(reader, item->line, item->column, "%s", fault);
    }
    return true;
}

static bool read_job_key(struct evd_manifest_reader *reader, struct family *family, int which,
                         const struct evd_setting *setting)
{
    struct evd_batch_job *job = &family->job;
    const char **const texts[] = {[KEY_NAME] = &job->name, [KEY_CANARY] = &job->canary};
    struct evd_batch_list *const lists[] = {
        [KEY_OURS] = &job->ours, [KEY_CONTROL] = &job->control, [KEY_CONTROL_OF_OURS] = &job->control_of_ours};
    family->places[which] = setting;
    if (which <= KEY_CANARY) {
        struct evd_batch_list one = {.items = texts[which], .count = 1};
        return evd_manifest_string(reader, JOB_KEYS[which], setting, texts[which]) &&
               check_templates(reader, setting, &one);
    }
    return evd_manifest_list(reader, JOB_KEYS[which], setting, lists[which]) &&
           check_templates(reader, setting, lists[which]);
}

static bool read_members(struct evd_manifest_reader *reader, struct family *family)
{
    const struct evd_setting *table = family->table;
    for (size_t i = 0; i < table->table.count; i++) {
        const struct evd_setting_member *member = &table->table.members[i];
        const struct evd_setting_key *key = evd_setting_key(member->key);
        int which = 0;
        while (which < JOB_KEY_COUNT && strcmp(JOB_KEYS[which], member->key) != 0)
            which++;
        if (which == JOB_KEY_COUNT && key == NULL)
            return evd_manifest_refuse_key(reader, member, "a job", JOB_KEYS, JOB_KEY_COUNT);
        if (which < JOB_KEY_COUNT ? !read_job_key(reader, family, which, &member->value)
                                  : !evd_manifest_setting(reader, key, &member->value, &family->job.settings))
            return false;
    }
    return true;
}

static bool has_member(const struct evd_setting *table, const char *key)
{
    for (size_t i = 0; i < table->table.count; i++)
        if (strcmp(table->table.members[i].key, key) == 0)
            return true;
    return false;
}

/* A job that pairs threads one way does not pair them as the defaults say. */
static void settle_pairing(struct family *family)
{
    const bool has_pair = has_member(family->table, "pair"), has_map = has_member(family->table, "tid_map");
    if (has_map && !has_pair)
        family->job.settings.pair = NULL;
    else if (has_pair && !has_map)
        family->job.settings.tid_map = NULL;
}

static bool check_family(struct evd_manifest_reader *reader, const struct family *family)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_setting *ours = family->places[KEY_OURS];
    for (int which = KEY_NAME; which <= KEY_OURS; which++)
        if (family->places[which] == NULL)
            return evd_manifest_refuse(
                reader, family->table->line, family->table->column, "the job has no \"%s\"", JOB_KEYS[which]);
    if (job->ours.count == 0 || job->ours.count > EVD_RUNS_MAX)
        return evd_manifest_refuse(reader, ours->line, ours->column, "\"ours\" is to name 1 to %d logs", EVD_RUNS_MAX);
    if (job->control.count + job->control_of_ours.count > 64)
        return evd_manifest_refuse(
            reader, family->table->line, family->table->column, "a job has at most 64 control runs");
    if (job->settings.tid_map != NULL && job->settings.pair != NULL)
        return evd_manifest_refuse(reader, family->table->line, family->table->column,
                                   "the job has \"tid_map\" and \"pair\"; threads are paired one way");
    return true;
}

static bool add_job(struct evd_manifest_reader *reader, const struct evd_batch_job *job,
                    const struct evd_setting *name_place)
{
    const char *fault = evd_job_name_fault(job->name);
    if (fault != NULL)
        return evd_manifest_refuse(
            reader, name_place->line, name_place->column, "no job can be called '%.128s': %s", job->name, fault);
    if (reader->plan->job_count == EVD_JOBS_MAX)
        return evd_manifest_refuse(
            reader, name_place->line, name_place->column, "there are more than %d jobs", EVD_JOBS_MAX);
    struct evd_batch_job *jobs = evd_grow(reader->jobs, reader->plan->job_count, &reader->capacity, sizeof *jobs);
    if (jobs == NULL)
        return evd_manifest_refuse_memory(reader);
    reader->jobs = jobs;
    reader->jobs[reader->plan->job_count++] = *job;
    return true;
}

static bool fill_list(struct evd_manifest_reader *reader, const struct evd_bindings *bindings,
                      struct evd_batch_list *list)
{
    const char **items = evd_arena_array(&reader->plan->arena, list->count, sizeof *items);
    if (items == NULL)
        return evd_manifest_refuse_memory(reader);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = evd_template_fill(&reader->plan->arena, list->items[i], bindings);
        if (items[i] == NULL)
            return evd_manifest_refuse_memory(reader);
    }
    list->items = items;
    return true;
}

static bool add_match(struct evd_manifest_reader *reader, const struct family *family,
                      const struct evd_bindings *bindings)
{
    struct evd_batch_job job = family->job;
    job.name = evd_template_fill(&reader->plan->arena, job.name, bindings);
    job.canary = evd_template_fill(&reader->plan->arena, job.canary, bindings);
    if (job.name == NULL || job.canary == NULL)
        return evd_manifest_refuse_memory(reader);
    return fill_list(reader, bindings, &job.ours) && fill_list(reader, bindings, &job.control) &&
           fill_list(reader, bindings, &job.control_of_ours) && add_job(reader, &job, family->places[KEY_NAME]);
}

/* Every name of `text` is one of those. */
static bool check_names(struct evd_manifest_reader *reader, const struct evd_setting *place, const char *text,
                        const struct evd_bindings *names)
{
    struct evd_bindings all = *names;
    if (!evd_template_names(&reader->plan->arena, text, &all))
        return all.count < EVD_BINDINGS_MAX
                   ? evd_manifest_refuse_memory(reader)
                   : evd_manifest_refuse(reader, place->line, place->column, "a job has at most %d names in braces",
                                         EVD_BINDINGS_MAX);
    return all.count == names->count ||
           evd_manifest_refuse(reader, place->line, place->column,
                               "{%s} is not in \"ours\", where it would get its values", all.list[names->count].name);
}

static bool check_all_names(struct evd_manifest_reader *reader, const struct family *family,
                            const struct evd_bindings *names)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_batch_list lists[] = {
        [KEY_NAME] = {(const char **)&job->name, 1},
        [KEY_CANARY] = {(const char **)&job->canary, 1},
        [KEY_OURS] = job->ours,
        [KEY_CONTROL] = job->control,
        [KEY_CONTROL_OF_OURS] = job->control_of_ours};
    for (int which = 0; which < JOB_KEY_COUNT; which++)
        for (size_t i = 0; i < lists[which].count; i++)
            if (!check_names(reader, family->places[which], lists[which].items[i], names))
                return false;
    return true;
}

/* A template that has all the names tells their values by its files. */
static bool has_all(struct evd_manifest_reader *reader, const char *text, const struct evd_bindings *names)
{
    struct evd_bindings own = {.count = 0};
    return evd_template_names(&reader->plan->arena, text, &own) && own.count == names->count;
}

/* What there is of either log is a job: a log that tonight did not write is trouble, and must not be a job less. */
static bool expand(struct evd_manifest_reader *reader, const struct family *family)
{
    const struct evd_batch_job *job = &family->job;
    const struct evd_setting *ours = family->places[KEY_OURS];
    struct evd_bindings names = {.count = 0};
    struct evd_matches matches = {0};
    bool is_good =
        evd_template_names(&reader->plan->arena, job->ours.items[0], &names) ||
        evd_manifest_refuse(reader, ours->line, ours->column, "a job has at most %d names in braces", EVD_BINDINGS_MAX);
    if (!is_good || !check_all_names(reader, family, &names))
        return false;
    if (names.count == 0)
        return add_job(reader, job, family->places[KEY_NAME]);
    evd_template_match(&reader->plan->arena, reader->plan->folder, job->ours.items[0], &names, &matches);
    if (has_all(reader, job->canary, &names))
        evd_template_match(&reader->plan->arena, reader->plan->folder, job->canary, &names, &matches);
    evd_matches_settle(&matches);
    if (matches.has_failed)
        is_good = evd_manifest_refuse(
            reader, ours->line, ours->column, "more than %d files match, or memory ran out", EVD_MATCHES_MAX);
    else if (matches.count == 0)
        is_good = evd_manifest_refuse(reader, ours->line, ours->column, "no file matches '%s'", job->ours.items[0]);
    for (size_t i = 0; is_good && i < matches.count; i++)
        is_good = add_match(reader, family, &matches.list[i]);
    evd_matches_release(&matches);
    return is_good;
}

static bool read_job(struct evd_manifest_reader *reader, const struct evd_setting *table,
                     const struct evd_batch_settings *defaults)
{
    struct family family = {.table = table, .job = {.settings = *defaults, .line = table->line}};
    if (table->type != EVD_SETTING_TABLE)
        return evd_manifest_refuse_type(reader, "job", table, "a table: [[job]]");
    if (!read_members(reader, &family))
        return false;
    settle_pairing(&family);
    return check_family(reader, &family) && expand(reader, &family);
}

bool evd_manifest_jobs(struct evd_manifest_reader *reader, const struct evd_setting *jobs,
                       const struct evd_batch_settings *defaults)
{
    if (jobs->type != EVD_SETTING_ARRAY)
        return evd_manifest_refuse_type(reader, "job", jobs, "an array of tables: [[job]]");
    for (size_t i = 0; i < jobs->array.count; i++)
        if (!read_job(reader, &jobs->array.items[i], defaults))
            return false;
    return true;
}
