#include "batch/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "batch/diff_command.h"
#include "batch/diff_end.h"
#include "batch/document.h"
#include "batch/files.h"
#include "batch/outcome_facts.h"
#include "batch/unit_logs.h"
#include "evdiff/saved.h"

enum { OUTCOME_BYTES_MAX = 1 << 30 };

struct evd_unit_work {
    struct evd_record record;
    struct evd_arena arena;
    struct evd_unit_logs logs;
    bool has_key; /* the record has */
    struct evd_child child;
    struct evd_child_end child_end; /* of a unit that has ended; its output is -1 once the unit is concluded */
    char message[EVD_RECORD_MESSAGE_BYTES + 1];
};

/* ── Paths ── */

static bool record_path(struct evd_buffer *path, const char *out, const struct evd_unit *unit)
{
    char name[EVD_FILE_NAME_MAX];
    evd_record_name(unit->run, name);
    return evd_job_file(path, out, unit->job, name);
}

static bool outcome_path(struct evd_buffer *path, const char *out, const struct evd_unit *unit)
{
    char name[EVD_FILE_NAME_MAX];
    evd_outcome_name(unit->run, name);
    return evd_job_file(path, out, unit->job, name);
}

/* ── Ending ── */

static void forget_work(struct evd_unit *unit)
{
    if (unit->work == NULL)
        return;
    evd_unit_logs_release(&unit->work->logs);
    evd_arena_release(&unit->work->arena);
    free(unit->work);
    unit->work = NULL;
}

static void end(struct evd_unit *unit, enum evd_batch_result result, bool is_cached)
{
    unit->state = EVD_UNIT_DONE;
    unit->result = result;
    unit->is_cached = is_cached;
    forget_work(unit);
}

/* Writes the record of a unit, which is done then. */
static enum evd_status conclude(struct evd_unit *unit, struct evd_batch *batch, bool is_cached, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status =
        evd_job_folder(&path, batch->out, unit->job) ? evd_make_folders(path.data, error) : evd_fail_memory(error);
    if (status == EVD_OK)
        status = record_path(&path, batch->out, unit) ? evd_record_write(&unit->work->record, path.data, error)
                                                      : evd_fail_memory(error);
    if (status == EVD_OK)
        end(unit, unit->work->record.result, is_cached);
    evd_buffer_release(&path);
    return status;
}

static enum evd_status conclude_trouble(struct evd_unit *unit, struct evd_batch *batch, enum evd_batch_result result,
                                        struct evd_error *error, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static enum evd_status conclude_trouble(struct evd_unit *unit, struct evd_batch *batch, enum evd_batch_result result,
                                        struct evd_error *error, const char *format, ...)
{
    struct evd_unit_work *work = unit->work;
    va_list args;
    va_start(args, format);
    vsnprintf(work->message, sizeof work->message, format, args);
    va_end(args);
    work->record.result = result;
    work->record.message = work->message;
    return conclude(unit, batch, false, error);
}

/* ── Preparing ── */

static bool begin_work(struct evd_unit *unit)
{
    struct evd_unit_work *work = calloc(1, sizeof *work);
    if (work == NULL)
        return false;
    const struct evd_batch_job *job = unit->job;
    struct evd_record *record = &work->record;
    record->message = "";
    record->logs[record->log_count++].path = job->canary;
    record->logs[record->log_count++].path = job->ours.items[unit->run];
    for (size_t i = 0; i < job->control.count; i++)
        record->logs[record->log_count++].path = job->control.items[i];
    for (size_t i = 0; i < job->control_of_ours.count; i++)
        record->logs[record->log_count++].path = job->control_of_ours.items[i];
    evd_unit_logs_begin(&work->logs, record);
    unit->work = work;
    return true;
}

/* Whether a folder has the outcome of this key; then its record is in *found. */
static bool find_outcome(const struct evd_unit *unit, const char *out, struct evd_record *found,
                         struct evd_buffer *path)
{
    return record_path(path, out, unit) && evd_record_read(&unit->work->arena, path->data, found) &&
           found->result == EVD_RESULT_DONE && evd_hash_equal(found->key, unit->work->record.key) &&
           outcome_path(path, out, unit) && evd_record_has_outcome(found, path->data);
}

/* The same file under a second name, or a copy where the system gives none. */
static enum evd_status take_file(const char *from, const char *to, struct evd_error *error)
{
    struct evd_buffer bytes = {0};
    unlink(to);
    if (link(from, to) == 0)
        return EVD_OK;
    enum evd_status status = evd_read_file(from, OUTCOME_BYTES_MAX, 0, &bytes, NULL, error);
    if (status == EVD_OK)
        status = evd_write_file(to, bytes.data, bytes.length, error);
    evd_buffer_release(&bytes);
    return status;
}

/* The record of an outcome that was there, with what it cost then and the logs as they are now. */
static enum evd_status keep_found(struct evd_unit *unit, struct evd_batch *batch, const struct evd_record *found,
                                  struct evd_error *error)
{
    struct evd_record *record = &unit->work->record;
    record->result = EVD_RESULT_DONE;
    record->verdict = found->verdict;
    record->skipped_lines = found->skipped_lines;
    record->message = found->message;
    record->attempts = found->attempts;
    record->seconds = found->seconds;
    record->peak_bytes = found->peak_bytes;
    record->outcome_bytes = found->outcome_bytes;
    record->outcome_hash = found->outcome_hash;
    return conclude(unit, batch, true, error);
}

/* Takes the outcome of an earlier night. */
static enum evd_status take_outcome(struct evd_unit *unit, struct evd_batch *batch, const struct evd_record *found,
                                    const char *from, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status =
        evd_job_folder(&path, batch->out, unit->job) ? evd_make_folders(path.data, error) : evd_fail_memory(error);
    if (status == EVD_OK)
        status = outcome_path(&path, batch->out, unit) ? take_file(from, path.data, error) : evd_fail_memory(error);
    evd_buffer_release(&path);
    if (status != EVD_OK)
        return status;
    return keep_found(unit, batch, found, error);
}

/* Whether the logs are remembered from now on, or lie elsewhere. */
static bool has_learned(const struct evd_record *found, const struct evd_record *now)
{
    for (size_t i = 0; i < now->log_count && i < found->log_count; i++)
        if (found->logs[i].identity.is_settled != now->logs[i].identity.is_settled ||
            !evd_identity_is_same(&found->logs[i].identity, &now->logs[i].identity))
            return true;
    return false;
}

/* What the folder has of another key is no longer true. */
static void remove_old(const struct evd_unit *unit, const struct evd_batch *batch, struct evd_buffer *path)
{
    if (record_path(path, batch->out, unit))
        unlink(path->data);
    if (outcome_path(path, batch->out, unit))
        unlink(path->data);
}

static enum evd_status look_for_outcome(struct evd_unit *unit, struct evd_batch *batch, struct evd_error *error)
{
    struct evd_record found;
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    if (find_outcome(unit, batch->out, &found, &path)) {
        if (has_learned(&found, &unit->work->record))
            status = keep_found(unit, batch, &found, error);
        else
            end(unit, EVD_RESULT_DONE, true);
    } else if (batch->previous != NULL && find_outcome(unit, batch->previous, &found, &path)) {
        status = take_outcome(unit, batch, &found, path.data, error);
    } else {
        remove_old(unit, batch, &path);
        unit->state = EVD_UNIT_READY;
    }
    evd_buffer_release(&path);
    return status;
}

/* Whether a folder has an outcome of logs that these may be. */
static bool may_be_there(const struct evd_unit *unit, const char *out, struct evd_buffer *path)
{
    struct evd_record found;
    return out != NULL && record_path(path, out, unit) && evd_record_read(&unit->work->arena, path->data, &found) &&
           evd_unit_logs_may_be(&unit->work->logs, &found);
}

/* All logs are looked at, and nothing that is there can be of logs that are hashed by their diff. */
static enum evd_status make_ready(struct evd_unit *unit, struct evd_batch *batch)
{
    struct evd_unit_work *work = unit->work;
    struct evd_buffer path = {0};
    if (may_be_there(unit, batch->out, &path) || may_be_there(unit, batch->previous, &path)) {
        evd_unit_logs_hash_now(&work->logs);
    } else {
        remove_old(unit, batch, &path);
        unit->state = EVD_UNIT_READY;
    }
    evd_buffer_release(&path);
    return EVD_OK;
}

/* The record's key, by what its logs are. Files that settings name are hashed the first time: before the diff. */
static enum evd_status make_key(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                struct evd_error *error)
{
    struct evd_error fault;
    const enum evd_status status = evd_key_make(maker, unit->job, &unit->work->record, &fault);
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status != EVD_OK)
        return conclude_trouble(unit, batch, EVD_RESULT_MALFORMED, error, "%s: %s", fault.path, fault.message);
    unit->work->has_key = unit->work->logs.unknown_count == 0;
    return EVD_OK;
}

enum evd_status evd_unit_prepare(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                 uint64_t most, struct evd_error *error)
{
    if (unit->work == NULL && !begin_work(unit))
        return evd_fail_memory(error);
    struct evd_error fault;
    enum evd_batch_result trouble;
    bool is_done;
    enum evd_status status = evd_unit_logs_go_on(&unit->work->logs, batch, most, &is_done, &trouble, &fault);
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status != EVD_OK)
        return conclude_trouble(unit, batch, trouble, error, "%s", fault.message);
    if (!is_done)
        return EVD_OK;
    status = make_key(unit, batch, maker, error);
    if (status != EVD_OK || unit->state == EVD_UNIT_DONE)
        return status;
    return unit->work->has_key ? look_for_outcome(unit, batch, error) : make_ready(unit, batch);
}

/* ── Running ── */

enum evd_status evd_unit_start(struct evd_unit *unit, struct evd_batch *batch, unsigned threads,
                               struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    char *arguments[EVD_DIFF_ARGUMENTS_MAX + 1];
    struct evd_buffer path = {0};
    const char *program = batch->options->program != NULL ? batch->options->program : "/proc/self/exe";
    enum evd_status status =
        evd_job_folder(&path, batch->out, unit->job) ? evd_make_folders(path.data, error) : evd_fail_memory(error);
    if (status == EVD_OK) {
        const bool is_made = evd_diff_command(&work->arena, unit->job, unit->run, threads, arguments);
        status = is_made ? evd_child_start(&work->child, program, arguments, batch->plan.folder,
                                           (double)unit->job->settings.timeout_seconds, error)
                         : evd_fail_memory(error);
    }
    evd_buffer_release(&path);
    if (status == EVD_OK) {
        work->record.attempts++;
        unit->state = EVD_UNIT_RUNNING;
    }
    return status;
}

struct evd_child *evd_unit_child(struct evd_unit *unit)
{
    return &unit->work->child;
}

/* ── After the diff ── */

static bool pack(struct evd_batch *batch, const struct evd_buffer *text, struct evd_buffer *packed)
{
    if (batch->packer == NULL)
        batch->packer = evd_packer_create(NULL, NULL);
    return batch->packer != NULL && evd_packer_pack(batch->packer, text->data, text->length, packed);
}

/* The outcome, which is judged when the night is, unless that is for another machine. */
static void keep(const struct evd_unit *unit, struct evd_batch *batch, struct evd_outcome *outcome, size_t text_bytes)
{
    if (batch->options->shards > 0)
        evd_outcome_free(outcome);
    else
        evd_kept_add(&batch->kept, (size_t)(unit->job - batch->plan.jobs), unit->run, outcome, text_bytes);
}

/* What the child wrote becomes the outcome, then the record says so. */
static enum evd_status take_report(struct evd_unit *unit, struct evd_batch *batch, int output, struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    struct evd_buffer path = {0}, text = {0}, packed = {0};
    struct evd_outcome *outcome = NULL;
    struct evd_error fault;
    enum evd_status status =
        evd_read_descriptor(output, "the outcome of a diff", OUTCOME_BYTES_MAX, EVD_JSON_PADDING, &text, error);
    if (status != EVD_OK)
        goto out;
    status = evd_saved_read_text("the outcome of a diff", text.data, text.length, &outcome, &fault);
    if (status == EVD_E_NO_MEMORY) {
        status = evd_fail_memory(error);
        goto out;
    }
    if (status != EVD_OK) {
        status = conclude_trouble(unit, batch, EVD_RESULT_MALFORMED, error, "the diff wrote no outcome");
        goto out;
    }
    if (!pack(batch, &text, &packed) || !outcome_path(&path, batch->out, unit)) {
        status = evd_fail_memory(error);
        goto out;
    }
    evd_outcome_facts(outcome, &work->record);
    work->record.outcome_bytes = packed.length;
    work->record.outcome_hash = evd_hash_bytes(packed.data, packed.length);
    status = evd_write_file(path.data, packed.data, packed.length, error);
    if (status == EVD_OK)
        status = conclude(unit, batch, false, error);
    if (status == EVD_OK) {
        keep(unit, batch, outcome, text.length);
        outcome = NULL;
    }
out:
    evd_outcome_free(outcome);
    evd_buffer_release(&path);
    evd_buffer_release(&text);
    evd_buffer_release(&packed);
    return status;
}

/* Once more from the beginning: the logs may be others. */
static void prepare_again(struct evd_unit *unit, enum evd_batch_result result)
{
    struct evd_unit_work *work = unit->work;
    unit->state = EVD_UNIT_READY;
    if (result == EVD_RESULT_CHANGED) {
        unit->state = EVD_UNIT_WAITING;
        work->has_key = false;
        evd_unit_logs_begin(&work->logs, &work->record);
    }
}

/* What the logs are that the diff has read, and the key that goes with it. */
static enum evd_status take_logs(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                 enum evd_batch_result *result, struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    struct evd_error fault;
    bool are_same;
    const enum evd_status status = evd_unit_logs_take(&work->logs, batch, work->child.reply, &are_same, result, &fault);
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status != EVD_OK)
        return conclude_trouble(unit, batch, *result, error, "%s", fault.message);
    if (!are_same)
        *result = EVD_RESULT_CHANGED;
    return are_same && !work->has_key ? make_key(unit, batch, maker, error) : EVD_OK;
}

/* What becomes of a unit whose child has ended. */
static enum evd_status take_end(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                const struct evd_child_end *child_end, struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    if (work->child.is_stopped) {
        unit->state = EVD_UNIT_READY;
        return EVD_OK;
    }
    enum evd_batch_result result = evd_diff_result(&work->child, child_end);
    if (child_end->exit_code > 0 && evd_diff_met_full_disk(work->child.tail))
        return evd_fail_at(error, EVD_E_IO, batch->out, 0, 0, "a diff could not write its outcome: %.400s",
                           work->child.tail);
    if (result == EVD_RESULT_DONE) {
        const enum evd_status status = take_logs(unit, batch, maker, &result, error);
        if (status != EVD_OK || unit->state == EVD_UNIT_DONE)
            return status;
    }
    if (evd_result_is_retried(result) && work->record.attempts < 2) {
        prepare_again(unit, result);
        return EVD_OK;
    }
    work->record.result = result;
    work->record.seconds = child_end->seconds;
    work->record.peak_bytes = child_end->peak_bytes;
    evd_diff_tell_end(&work->child, child_end, unit->job->settings.timeout_seconds, work->message,
                      sizeof work->message);
    work->record.message = work->message;
    if (result == EVD_RESULT_DONE)
        return take_report(unit, batch, child_end->output, error);
    if (result == EVD_RESULT_CHANGED)
        return conclude_trouble(unit, batch, result, error, "a log changed while it was read, twice");
    return conclude(unit, batch, false, error);
}

void evd_unit_take(struct evd_unit *unit)
{
    if (evd_child_take(&unit->work->child, &unit->work->child_end))
        unit->state = EVD_UNIT_ENDED;
}

enum evd_status evd_unit_conclude(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                  struct evd_error *error)
{
    struct evd_child_end child_end = unit->work->child_end;
    unit->work->child_end.output = -1;
    const enum evd_status status = take_end(unit, batch, maker, &child_end, error);
    close(child_end.output);
    return status;
}

void evd_unit_release(struct evd_unit *unit)
{
    if (unit->state == EVD_UNIT_RUNNING) {
        kill(-unit->work->child.pid, SIGKILL);
        for (evd_unit_take(unit); unit->state == EVD_UNIT_RUNNING; evd_unit_take(unit))
            usleep(1000);
    }
    if (unit->state == EVD_UNIT_ENDED && unit->work->child_end.output >= 0)
        close(unit->work->child_end.output);
    forget_work(unit);
}
