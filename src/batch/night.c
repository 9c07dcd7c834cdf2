#include "batch/night.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "batch/batch.h"
#include "batch/document.h"
#include "batch/families.h"
#include "batch/files.h"
#include "batch/past.h"

/* ── Words ── */

static const char *const STATES[EVD_NIGHT_STATES] = {
    [EVD_NIGHT_NEW] = "new",
    [EVD_NIGHT_MOVED] = "moved",
    [EVD_NIGHT_REGRESSED] = "regressed",
    [EVD_NIGHT_EXPIRED] = "expired",
    [EVD_NIGHT_UNCONFIRMED] = "unconfirmed",
    [EVD_NIGHT_GROWN] = "grown",
    [EVD_NIGHT_FIXED] = "fixed",
    [EVD_NIGHT_FLAKY] = "flaky",
    [EVD_NIGHT_FOLLOWER] = "follower",
};

const char *evd_night_state_name(enum evd_night_state state)
{
    return STATES[state];
}

static int find_state(const char *name, size_t length)
{
    for (int i = 0; i < EVD_NIGHT_STATES; i++)
        if (strlen(STATES[i]) == length && memcmp(STATES[i], name, length) == 0)
            return i;
    return -1;
}

bool evd_night_states_read(const char *text, unsigned *states, struct evd_text *wrong)
{
    *states = 0;
    for (;; text++) {
        text += strspn(text, " ");
        const size_t whole = strcspn(text, ",");
        size_t length = whole;
        while (length > 0 && text[length - 1] == ' ')
            length--;
        const int state = find_state(text, length);
        if (state < 0) {
            *wrong = (struct evd_text){text, length};
            return false;
        }
        *states |= 1u << state;
        text += whole;
        if (*text == '\0')
            return true;
    }
}

static const struct {
    const char *name, *summary;
} JOB_STATES[EVD_JOB_STATES] = {
    [EVD_JOB_TROUBLE] = {"trouble", "trouble"},
    [EVD_JOB_NOT_RUN] = {"not_run", "not run"},
    [EVD_JOB_INCONCLUSIVE] = {"inconclusive", "inconclusive"},
    [EVD_JOB_NEW] = {"new", "new"},
    [EVD_JOB_MOVED] = {"moved", "moved"},
    [EVD_JOB_REGRESSED] = {"regressed", "regressed"},
    [EVD_JOB_EXPIRED] = {"expired", "expired"},
    [EVD_JOB_UNCONFIRMED] = {"unconfirmed", "unconfirmed"},
    [EVD_JOB_GROWN] = {"grown", "grown"},
    [EVD_JOB_FIXED] = {"fixed", "fixed?"},
    [EVD_JOB_KNOWN] = {"known", "known"},
    [EVD_JOB_UNCHANGED] = {"unchanged", "unchanged"},
};

const char *evd_job_state_name(enum evd_job_state state)
{
    return JOB_STATES[state].name;
}

const char *evd_job_state_summary(enum evd_job_state state)
{
    return JOB_STATES[state].summary;
}

const char *evd_night_run_summary(const struct evd_night_run *run)
{
    if (run->verdict == NULL)
        return evd_result_name(run->result);
    for (int verdict = 0; verdict < EVD_VERDICTS; verdict++)
        if (strcmp(run->verdict, evd_verdict_name((enum evd_verdict)verdict)) == 0)
            return evd_verdict_summary((enum evd_verdict)verdict);
    return run->verdict;
}

/* ── Judging ── */

static enum evd_job_state state_of_verdict(const char *verdict)
{
    if (strcmp(verdict, "equal") == 0 || strcmp(verdict, "nothing_new") == 0)
        return EVD_JOB_UNCHANGED;
    if (strcmp(verdict, "inconclusive") == 0)
        return EVD_JOB_INCONCLUSIVE;
    return strcmp(verdict, "nothing_compared") == 0 ? EVD_JOB_TROUBLE : EVD_JOB_NEW;
}

static enum evd_job_state state_of_run(const struct evd_night_run *run)
{
    if (run->result == EVD_RESULT_NOT_RUN)
        return EVD_JOB_NOT_RUN;
    return run->result == EVD_RESULT_DONE ? state_of_verdict(run->verdict) : EVD_JOB_TROUBLE;
}

static enum evd_status read_run(struct evd_night *night, const struct evd_batch *batch,
                                const struct evd_batch_job *planned, struct evd_night_job *job, size_t run,
                                struct evd_error *error)
{
    struct evd_buffer path = {0};
    struct evd_record record;
    char name[EVD_FILE_NAME_MAX];
    evd_record_name(run, name);
    bool is_good = evd_job_file(&path, batch->out, planned, name);
    if (is_good) {
        evd_record_read(&night->arena, path.data, &record);
        job->runs[run] = (struct evd_night_run){record.result, record.verdict, record.skipped_lines, record.message};
        if (record.result == EVD_RESULT_DONE && record.log_count > 0) {
            char digits[EVD_HASH_DIGITS + 1];
            evd_hash_spell(record.logs[0].identity.hash, digits);
            job->canary = evd_keep_string(&night->arena, digits, EVD_HASH_DIGITS);
            is_good = job->canary != NULL;
        }
    }
    evd_buffer_release(&path);
    return is_good ? EVD_OK : evd_fail_memory(error);
}

/* What the verdicts say, then what the families do: the worst of the runs. */
static enum evd_status judge_job(struct evd_night *night, struct evd_batch *batch, const struct evd_batch_job *planned,
                                 const struct evd_before *before, struct evd_night_job *job, struct evd_error *error)
{
    enum evd_job_state worst = EVD_JOB_UNCHANGED;
    for (size_t i = 0; i < job->run_count; i++) {
        const enum evd_job_state state = state_of_run(&job->runs[i]);
        worst = state < worst ? state : worst;
    }
    job->is_conclusive = worst > EVD_JOB_INCONCLUSIVE;
    job->confirm = planned->settings.confirm > 0 ? planned->settings.confirm
                   : job->run_count > 1          ? EVD_CONFIRM_DEFAULT
                                                 : 1;
    const enum evd_status status = evd_families_judge(night, batch, planned, before, job, error);
    job->state = job->is_conclusive ? evd_families_state(job, worst == EVD_JOB_NEW, &job->states) : worst;
    return status;
}

static enum evd_status read_job(struct evd_night *night, struct evd_batch *batch, const struct evd_batch_job *planned,
                                const struct evd_before *before, struct evd_error *error)
{
    struct evd_night_job *job = &night->jobs[night->job_count];
    enum evd_status status = EVD_OK;
    *job = (struct evd_night_job){.line = planned->line, .state = EVD_JOB_UNCHANGED};
    job->name = evd_keep_string(&night->arena, planned->name, strlen(planned->name));
    job->runs = evd_arena_array(&night->arena, planned->ours.count, sizeof *job->runs);
    if (job->name == NULL || job->runs == NULL)
        return evd_fail_memory(error);
    for (; status == EVD_OK && job->run_count < planned->ours.count; job->run_count++)
        status = read_run(night, batch, planned, job, job->run_count, error);
    if (status == EVD_OK)
        status = judge_job(night, batch, planned, before, job, error);
    night->counts[job->state]++;
    night->job_count++;
    return status;
}

static enum evd_status read_all(struct evd_night *night, struct evd_batch *batch, struct evd_error *error)
{
    const struct evd_batch_plan *plan = &batch->plan;
    const char *slash = strrchr(batch->out, '/');
    struct evd_document document;
    struct evd_before before = {.jobs = NULL};
    struct evd_buffer path = {0};
    bool is_absent = true;
    enum evd_status status =
        evd_join(&path, batch->out, NULL, EVD_NIGHT_BEFORE)
            ? evd_document_read(&document, path.data, &is_absent, error)
            : evd_fail_memory(error);
    evd_buffer_release(&path);
    if (status != EVD_OK)
        return status;
    night->name = evd_keep_string(&night->arena, slash + 1, strlen(slash + 1));
    night->manifest = evd_keep_string(&night->arena, plan->manifest, strlen(plan->manifest));
    night->folder = evd_keep_string(&night->arena, batch->out, strlen(batch->out));
    night->fail_on = plan->fail_on;
    night->jobs = evd_arena_array(&night->arena, plan->job_count, sizeof *night->jobs);
    if (night->name == NULL || night->folder == NULL || night->manifest == NULL || night->jobs == NULL)
        status = evd_fail_memory(error);
    if (status == EVD_OK && !is_absent && !evd_before_index(&before, &document.root))
        status = evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < plan->job_count; i++)
        status = read_job(night, batch, &plan->jobs[i], &before, error);
    evd_before_release(&before);
    evd_document_release(&document);
    return status;
}

/* ── Writing ── */

static const struct evd_night_format *const FORMATS[] = {
    &evd_night_text, &evd_night_json, &evd_night_junit, &evd_night_github, &evd_night_annotations, &evd_night_html};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof FORMATS[0] };

const char *evd_night_format_name(size_t index)
{
    return index < FORMAT_COUNT ? FORMATS[index]->name : NULL;
}

const char *evd_night_format_summary(size_t index)
{
    return index < FORMAT_COUNT ? FORMATS[index]->summary : NULL;
}

enum evd_status evd_night_write(const struct evd_night *night, const char *format, const struct evd_batch_tally *tally,
                                evd_write *write, void *context, struct evd_error *error)
{
    size_t which = 0;
    while (which < FORMAT_COUNT && strcmp(FORMATS[which]->name, format) != 0)
        which++;
    if (which == FORMAT_COUNT)
        return evd_fail(error, EVD_E_ARGUMENT, "'%s' is no format of a night's report", format);
    struct evd_output out = {.write = write, .context = context};
    FORMATS[which]->render(night, tally, &out);
    return evd_output_close(&out, "the report could not be written", error);
}

static void render_json(const void *night, struct evd_output *out)
{
    evd_night_json.render(night, NULL, out);
}

static enum evd_status save(const struct evd_night *night, const struct evd_batch *batch, struct evd_error *error)
{
    struct evd_buffer path = {0};
    const enum evd_status status =
        evd_join(&path, batch->out, NULL, "night.json")
            ? evd_document_write(path.data, render_json, night, error)
            : evd_fail_memory(error);
    evd_buffer_release(&path);
    return status;
}

enum evd_status evd_batch_judge(struct evd_batch *batch, struct evd_night **night, struct evd_error *error)
{
    struct evd_night *made = calloc(1, sizeof *made);
    *night = NULL;
    if (made == NULL)
        return evd_fail_memory(error);
    enum evd_status status = read_all(made, batch, error);
    if (status == EVD_OK && !batch->options->is_dry_run)
        status = save(made, batch, error);
    if (status != EVD_OK) {
        evd_night_free(made);
        return status;
    }
    *night = made;
    return EVD_OK;
}

int evd_night_exit_code(const struct evd_night *night)
{
    if (night->counts[EVD_JOB_TROUBLE] + night->counts[EVD_JOB_NOT_RUN] > 0)
        return 2;
    if (night->counts[EVD_JOB_INCONCLUSIVE] > 0)
        return 3;
    for (size_t i = 0; i < night->job_count; i++)
        if (evd_job_fails(night, &night->jobs[i]))
            return 1;
    return 0;
}

bool evd_job_is_new_without_family(const struct evd_night_job *job)
{
    return job->state == EVD_JOB_NEW && job->families.count == 0;
}

bool evd_job_fails(const struct evd_night *night, const struct evd_night_job *job)
{
    return (job->states & night->fail_on) != 0;
}

void evd_night_free(struct evd_night *night)
{
    if (night == NULL)
        return;
    for (size_t i = 0; i < night->job_count; i++) {
        free(night->jobs[i].families.list);
        free(night->jobs[i].gone.list);
        free(night->jobs[i].lines.list);
    }
    evd_ledgers_release(&night->ledgers);
    evd_arena_release(&night->arena);
    free(night);
}
