#include "history/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/table.h"
#include "batch/document.h"
#include "batch/files.h"
#include "batch/record.h"
#include "evdiff/saved.h"

/* What a job comes to is what the worst of its runs does. */
static const int BADNESS[EVD_NIGHT_VERDICTS] = {
    [EVD_NIGHT_EQUAL] = 0,      [EVD_NIGHT_NOTHING_NEW] = 1,      [EVD_NIGHT_UNPAIRED] = 2,
    [EVD_NIGHT_ENDS_EARLY] = 3, [EVD_NIGHT_DIVERGED] = 4,         [EVD_NIGHT_INCONCLUSIVE] = 5,
    [EVD_NIGHT_NOT_RUN] = 7,    [EVD_NIGHT_NOTHING_COMPARED] = 6, [EVD_NIGHT_TROUBLE] = 8,
};

static const enum evd_night_verdict OF_OUTCOME[EVD_VERDICTS] = {
    [EVD_VERDICT_EQUAL] = EVD_NIGHT_EQUAL,
    [EVD_VERDICT_DIVERGED] = EVD_NIGHT_DIVERGED,
    [EVD_VERDICT_ENDS_EARLY] = EVD_NIGHT_ENDS_EARLY,
    [EVD_VERDICT_UNPAIRED] = EVD_NIGHT_UNPAIRED,
    [EVD_VERDICT_INCONCLUSIVE] = EVD_NIGHT_INCONCLUSIVE,
    [EVD_VERDICT_NOTHING] = EVD_NIGHT_NOTHING_COMPARED,
    [EVD_VERDICT_NOTHING_NEW] = EVD_NIGHT_NOTHING_NEW,
};

static void worsen(struct evd_job_facts *job, enum evd_night_verdict verdict)
{
    if (BADNESS[verdict] > BADNESS[job->verdict])
        job->verdict = verdict;
}

/* ── Families ── */

/* The first bytes of a text, whole letters. */
static bool keep_text(struct evd_arena *arena, struct evd_text text, struct evd_text *kept)
{
    if (text.length > EVD_HISTORY_TEXT_MAX) {
        text.length = EVD_HISTORY_TEXT_MAX;
        while (text.length > 0 && (text.bytes[text.length] & 0xc0) == 0x80)
            text.length--;
    }
    char *copy = evd_arena_alloc(arena, text.length + 1);
    if (copy != NULL && text.length > 0)
        memcpy(copy, text.bytes, text.length);
    *kept = (struct evd_text){copy, text.length};
    return copy != NULL;
}

static bool keep_after(struct evd_arena *arena, const struct evd_family *family, struct evd_text *kept)
{
    struct evd_buffer all = {0};
    for (size_t i = 0; i < family->before_count; i++) {
        evd_buffer_string(&all, i > 0 ? "," : "");
        evd_buffer_append(&all, family->before[i].bytes, family->before[i].length);
    }
    const bool is_good = !all.failed && keep_text(arena, (struct evd_text){all.data, all.length}, kept);
    evd_buffer_release(&all);
    return is_good;
}

static bool describe(struct evd_arena *arena, const struct evd_outcome *outcome, const struct evd_family *family,
                     struct evd_sighting *sighting)
{
    *sighting = (struct evd_sighting){
        .signature = family->signature,
        .recipe = outcome->signature_recipe,
        .class_ = evd_class_name(family->class_),
        .place = evd_place_of_family(outcome, family),
    };
    return keep_text(arena, family->kind, &sighting->kind) && keep_text(arena, family->call, &sighting->call) &&
           keep_text(arena, family->field, &sighting->field) && keep_after(arena, family, &sighting->after);
}

/* A job while its outcomes are read. */
struct reading {
    struct evd_arena *arena;
    struct evd_job_facts *job;
    struct evd_table by_signature; /* → index in sightings */
    struct evd_sighting *sightings;
    size_t count;
};

static bool see(struct reading *reading, const struct evd_outcome *outcome, const struct evd_family *family)
{
    bool is_new;
    uint64_t *index = evd_table_put(&reading->by_signature, family->signature, reading->count, &is_new);
    if (index == NULL || (is_new && !describe(reading->arena, outcome, family, &reading->sightings[reading->count])))
        return false;
    struct evd_sighting *sighting = &reading->sightings[*index];
    reading->count += is_new;
    sighting->is_root |= family->is_root;
    sighting->count = family->count > sighting->count ? family->count : sighting->count;
    sighting->weight = family->weight > sighting->weight ? family->weight : sighting->weight;
    return true;
}

/* What control runs explain is no family of the night. */
static bool take_outcome(struct reading *reading, const struct evd_outcome *outcome)
{
    struct evd_sighting *grown = evd_arena_array(reading->arena, reading->count + outcome->family_count, sizeof *grown);
    struct evd_job_facts *job = reading->job;
    if (grown == NULL)
        return false;
    if (reading->count > 0)
        memcpy(grown, reading->sightings, reading->count * sizeof *grown);
    reading->sightings = grown;
    worsen(job, OF_OUTCOME[outcome->verdict]);
    job->events += outcome->event_count[EVD_CANARY];
    job->matched += outcome->counts[EVD_CANARY].matched;
    job->absorbed += outcome->counts[EVD_CANARY].absorbed;
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        if ((outcome->control_count == 0 || family->news_count > 0) && !see(reading, outcome, family))
            return false;
    }
    return true;
}

/* ── Runs ── */

static enum evd_status read_outcome(struct reading *reading, const char *folder, size_t run, struct evd_error *error)
{
    struct evd_buffer path = {0};
    struct evd_outcome *outcome = NULL;
    char name[EVD_FILE_NAME_MAX];
    evd_outcome_name(run, name);
    enum evd_status status =
        evd_join(&path, folder, reading->job->name, name) ? evd_expect_file(path.data, error) : evd_fail_memory(error);
    if (status == EVD_OK)
        status = evd_saved_read(path.data, &outcome, error);
    if (status == EVD_OK && !take_outcome(reading, outcome))
        status = evd_fail_memory(error);
    evd_outcome_free(outcome);
    evd_buffer_release(&path);
    return status;
}

static enum evd_status read_run(struct reading *reading, const char *folder, size_t run, struct evd_error *error)
{
    struct evd_job_facts *job = reading->job;
    struct evd_arena scratch = {0};
    struct evd_buffer path = {0};
    struct evd_record record;
    char name[EVD_FILE_NAME_MAX];
    evd_record_name(run, name);
    enum evd_status status = evd_join(&path, folder, job->name, name) ? EVD_OK : evd_fail_memory(error);
    if (status == EVD_OK && !evd_record_read(&scratch, path.data, &record)) {
        worsen(job, EVD_NIGHT_NOT_RUN);
    } else if (status == EVD_OK) {
        const double centiseconds = record.seconds * 100;
        const uint64_t mib = record.peak_bytes >> 20;
        job->centiseconds += centiseconds > 0 && centiseconds < 1e12 ? (uint64_t)(centiseconds + 0.5) : 0;
        job->peak_mib = mib > job->peak_mib ? mib : job->peak_mib;
        if (record.result != EVD_RESULT_DONE)
            worsen(job, EVD_NIGHT_TROUBLE);
        else
            status = read_outcome(reading, folder, run, error);
    }
    evd_buffer_release(&path);
    evd_arena_release(&scratch);
    return status;
}

static enum evd_status read_job(struct evd_arena *arena, const char *folder, size_t run_count,
                                struct evd_job_facts *job, struct evd_error *error)
{
    struct reading reading = {.arena = arena, .job = job};
    enum evd_status status = EVD_OK;
    job->verdict = EVD_NIGHT_EQUAL;
    for (size_t run = 0; status == EVD_OK && run < run_count; run++)
        status = read_run(&reading, folder, run, error);
    if (status == EVD_OK && evd_is_conclusive(job->verdict)) {
        job->sightings = reading.sightings;
        job->sighting_count = reading.count;
    }
    if (status == EVD_OK && !evd_job_facts_settle(job))
        status = evd_fail_memory(error);
    evd_table_release(&reading.by_signature);
    return status;
}

/* ── The night ── */

/* night.json of a folder: its label, and its jobs in the order of their names. */
struct index {
    struct evd_document document;
    struct evd_buffer path, jobs_folder;
    const char *label;
    const struct evd_value *jobs;
};

static enum evd_status refuse(const struct index *index, const char *what, struct evd_error *error)
{
    return evd_fail_at(error, EVD_E_INPUT, index->path.data, 0, 0, "%s; 'evdiff judge' writes it anew", what);
}

static enum evd_status open_index(struct index *index, struct evd_arena *arena, const char *folder,
                                  struct evd_error *error)
{
    bool is_absent;
    *index = (struct index){.label = NULL};
    if (!evd_join(&index->path, folder, NULL, "night.json") || !evd_join(&index->jobs_folder, folder, NULL, "jobs"))
        return evd_fail_memory(error);
    const enum evd_status status = evd_document_read(&index->document, index->path.data, &is_absent, error);
    if (status != EVD_OK)
        return status;
    if (is_absent)
        return evd_fail_at(error, EVD_E_IO, folder, 0, 0,
                           "is no folder of a night that was judged: it has no night.json");
    const struct evd_value *root = &index->document.root;
    index->jobs = evd_member_array(root, "jobs");
    if (!evd_member_text(arena, root, "night", &index->label) || index->jobs == NULL)
        return refuse(index, "is no night of evdiff batch", error);
    if (index->label[0] == '\0' || strlen(index->label) > EVD_HISTORY_TEXT_MAX ||
        index->jobs->array.count > EVD_JOBS_MAX)
        return refuse(index, "has a name or a count that no night has", error);
    return EVD_OK;
}

static void close_index(struct index *index)
{
    evd_document_release(&index->document);
    evd_buffer_release(&index->path);
    evd_buffer_release(&index->jobs_folder);
}

enum evd_status evd_folder_label(struct evd_arena *arena, const char *folder, const char **label,
                                 struct evd_error *error)
{
    struct index index;
    const enum evd_status status = open_index(&index, arena, folder, error);
    *label = index.label;
    close_index(&index);
    return status;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static enum evd_status read_jobs(const struct index *index, const char *const *names, size_t name_count,
                                 struct evd_night_facts *facts, struct evd_error *error)
{
    const char *previous = NULL;
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < index->jobs->array.count; i++) {
        const struct evd_value *object = &index->jobs->array.items[i];
        const struct evd_value *runs = evd_member_array(object, "runs");
        const char *name;
        if (object->type != EVD_JSON_OBJECT || !evd_member_text(&facts->arena, object, "name", &name) ||
            evd_job_name_fault(name) != NULL || (previous != NULL && strcmp(previous, name) >= 0) || runs == NULL ||
            runs->array.count < 1 || runs->array.count > EVD_RUNS_MAX)
            return refuse(index, "has a job that no night has", error);
        previous = name;
        if (names != NULL && bsearch(&name, names, name_count, sizeof *names, compare_names) == NULL)
            continue;
        struct evd_job_facts *job = &facts->jobs[facts->job_count++];
        *job = (struct evd_job_facts){.name = name};
        status = read_job(&facts->arena, index->jobs_folder.data, runs->array.count, job, error);
    }
    return status;
}

enum evd_status evd_folder_read(const char *folder, const char *const *names, size_t name_count,
                                struct evd_night_facts *facts, struct evd_error *error)
{
    struct index index;
    *facts = (struct evd_night_facts){.label = NULL};
    enum evd_status status = open_index(&index, &facts->arena, folder, error);
    if (status == EVD_OK) {
        facts->label = index.label;
        facts->folder = evd_keep_string(&facts->arena, folder, strlen(folder));
        facts->jobs = evd_arena_array(&facts->arena, index.jobs->array.count + 1, sizeof *facts->jobs);
        status = facts->folder == NULL || facts->jobs == NULL
                     ? evd_fail_memory(error)
                     : read_jobs(&index, names, name_count, facts, error);
    }
    close_index(&index);
    return status;
}
