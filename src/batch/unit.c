#include "batch/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compress.h"
#include "base/fail.h"
#include "batch/diff_command.h"
#include "batch/diff_end.h"
#include "batch/document.h"
#include "batch/files.h"
#include "batch/outcome_facts.h"

enum { OUTCOME_BYTES_MAX = 1 << 30 };

struct evd_unit_work {
    struct evd_record record;
    struct evd_arena arena;
    struct evd_hashing *hashing; /* of the log that is next */
    size_t next_log;
    struct evd_child child;
    char message[EVD_RECORD_MESSAGE_BYTES + 1];
};

/* ── Paths ── */

/* A log of the plan, from anywhere. */
static bool log_path(struct evd_buffer *path, const struct evd_batch *batch, const char *log)
{
    if (log[0] != '/')
        return evd_join(path, batch->plan.folder, NULL, log);
    evd_buffer_clear(path);
    evd_buffer_append(path, log, strlen(log) + 1);
    return !path->failed;
}

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

/* What the child writes, whole or not at all; no job has such a name. */
static bool report_path(struct evd_buffer *path, const char *out, const struct evd_unit *unit)
{
    char name[EVD_FILE_NAME_MAX];
    snprintf(name, sizeof name, ".outcome.%zu.json", unit->run + 1);
    return evd_job_file(path, out, unit->job, name);
}

/* ── Ending ── */

static void forget_work(struct evd_unit *unit)
{
    if (unit->work == NULL)
        return;
    evd_hashing_end(unit->work->hashing);
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
    unit->work = work;
    return true;
}

static enum evd_status tell_missing(struct evd_unit *unit, struct evd_batch *batch, const char *path, int failure,
                                    struct evd_error *error)
{
    return conclude_trouble(unit, batch, EVD_RESULT_MISSING, error, "%s: %s", path,
                            failure != 0 ? strerror(failure) : "is no regular file");
}

/* A piece of the next log. What goes wrong with a log is the unit's trouble. */
static enum evd_status hash_piece(struct evd_unit *unit, struct evd_batch *batch, uint64_t most,
                                  struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    struct evd_record_log *log = &work->record.logs[work->next_log];
    struct evd_buffer path = {0};
    struct evd_error fault;
    bool is_done = false;
    enum evd_status status = log_path(&path, batch, log->path) ? EVD_OK : evd_fail_memory(error);
    if (status != EVD_OK) {
        evd_buffer_release(&path);
        return status;
    }
    enum evd_status read_status = EVD_OK;
    if (work->hashing == NULL) {
        if (!evd_identity_look(path.data, &log->identity)) {
            status = tell_missing(unit, batch, log->path, errno, error);
            goto out;
        }
        if (evd_identities_find(&batch->identities, log->path, &log->identity)) {
            work->next_log++;
            goto out;
        }
        read_status = evd_hashing_begin(path.data, &work->hashing, &fault);
    }
    if (read_status == EVD_OK)
        read_status = evd_hashing_step(work->hashing, most, &log->identity, &is_done, &fault);
    if (read_status == EVD_E_NO_MEMORY) {
        status = evd_fail_memory(error);
    } else if (read_status != EVD_OK) {
        status = conclude_trouble(unit, batch, EVD_RESULT_DEVICE, error, "%s: %s", log->path, fault.message);
    } else if (is_done) {
        evd_hashing_end(work->hashing);
        work->hashing = NULL;
        work->next_log++;
        if (!evd_identities_add(&batch->identities, log->path, &log->identity))
            status = evd_fail_memory(error);
    }
out:
    evd_buffer_release(&path);
    return status;
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
    if (report_path(path, batch->out, unit))
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

enum evd_status evd_unit_prepare(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                 uint64_t most, struct evd_error *error)
{
    if (unit->work == NULL && !begin_work(unit))
        return evd_fail_memory(error);
    /* Logs that are remembered cost nothing: all of them in one call. */
    while (unit->state == EVD_UNIT_WAITING && unit->work->next_log < unit->work->record.log_count) {
        const enum evd_status status = hash_piece(unit, batch, most, error);
        if (status != EVD_OK)
            return status;
        if (unit->state == EVD_UNIT_WAITING && unit->work->hashing != NULL)
            return EVD_OK;
    }
    if (unit->state != EVD_UNIT_WAITING)
        return EVD_OK;
    struct evd_error fault;
    const enum evd_status status = evd_key_make(maker, unit->job, &unit->work->record, &fault);
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status != EVD_OK) {
        return conclude_trouble(unit, batch, EVD_RESULT_MALFORMED, error, "%s: %s", fault.path, fault.message);
    }
    return look_for_outcome(unit, batch, error);
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
    if (status == EVD_OK && !report_path(&path, batch->out, unit))
        status = evd_fail_memory(error);
    if (status == EVD_OK) {
        const bool is_made = evd_diff_command(&work->arena, unit->job, unit->run, threads, path.data, arguments);
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

/* Whether each log is what it was when it was hashed. */
static bool are_logs_same(const struct evd_unit *unit, const struct evd_batch *batch)
{
    struct evd_buffer path = {0};
    bool are_same = true;
    for (size_t i = 0; are_same && i < unit->work->record.log_count; i++) {
        const struct evd_record_log *log = &unit->work->record.logs[i];
        struct evd_identity now;
        are_same = log_path(&path, batch, log->path) && evd_identity_look(path.data, &now) &&
                   evd_identity_is_same(&now, &log->identity);
    }
    evd_buffer_release(&path);
    return are_same;
}

static bool pack(const struct evd_buffer *text, struct evd_buffer *packed)
{
    struct evd_packer *packer = evd_packer_create(evd_buffer_take, packed);
    const bool is_packed =
        packer != NULL && evd_packer_write(packer, text->data, text->length) && evd_packer_finish(packer);
    evd_packer_destroy(packer);
    return is_packed && !packed->failed;
}

/* The child's report becomes the outcome, then the record says so. */
static enum evd_status take_report(struct evd_unit *unit, struct evd_batch *batch, struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    struct evd_buffer path = {0}, text = {0}, packed = {0};
    enum evd_status status =
        report_path(&path, batch->out, unit)
            ? evd_read_file(path.data, OUTCOME_BYTES_MAX, EVD_JSON_PADDING, &text, NULL, error)
            : evd_fail_memory(error);
    if (status != EVD_OK)
        goto out;
    unlink(path.data);
    work->record.verdict = NULL;
    if (!evd_outcome_facts(&work->arena, &text, &work->record)) {
        status = conclude_trouble(unit, batch, EVD_RESULT_MALFORMED, error, "the diff wrote no outcome");
        goto out;
    }
    if (!pack(&text, &packed) || !outcome_path(&path, batch->out, unit)) {
        status = evd_fail_memory(error);
        goto out;
    }
    work->record.outcome_bytes = packed.length;
    work->record.outcome_hash = evd_hash_bytes(packed.data, packed.length);
    status = evd_write_file(path.data, packed.data, packed.length, error);
    if (status == EVD_OK)
        status = conclude(unit, batch, false, error);
out:
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
        work->next_log = 0;
    }
}

enum evd_status evd_unit_take(struct evd_unit *unit, struct evd_batch *batch, struct evd_error *error)
{
    struct evd_unit_work *work = unit->work;
    struct evd_child_end child_end;
    if (!evd_child_take(&work->child, &child_end))
        return EVD_OK;
    if (work->child.is_stopped) {
        unit->state = EVD_UNIT_READY;
        return EVD_OK;
    }
    enum evd_batch_result result = evd_diff_result(&work->child, &child_end);
    if (child_end.exit_code > 0 && evd_diff_met_full_disk(work->child.tail))
        return evd_fail_at(error, EVD_E_IO, batch->out, 0, 0, "a diff could not write its outcome: %.400s",
                           work->child.tail);
    if (result == EVD_RESULT_DONE && !are_logs_same(unit, batch))
        result = EVD_RESULT_CHANGED;
    if (evd_result_is_retried(result) && work->record.attempts < 2) {
        prepare_again(unit, result);
        return EVD_OK;
    }
    work->record.result = result;
    work->record.seconds = child_end.seconds;
    work->record.peak_bytes = child_end.peak_bytes;
    evd_diff_tell_end(&work->child, &child_end, unit->job->settings.timeout_seconds, work->message,
                      sizeof work->message);
    work->record.message = work->message;
    if (result == EVD_RESULT_DONE)
        return take_report(unit, batch, error);
    if (result == EVD_RESULT_CHANGED)
        return conclude_trouble(unit, batch, result, error, "a log changed while it was read, twice");
    return conclude(unit, batch, false, error);
}

void evd_unit_release(struct evd_unit *unit)
{
    if (unit->work != NULL && unit->work->child.pid > 0) {
        struct evd_child_end child_end;
        kill(-unit->work->child.pid, SIGKILL);
        while (!evd_child_take(&unit->work->child, &child_end))
            usleep(1000);
    }
    forget_work(unit);
}
