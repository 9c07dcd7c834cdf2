#include "batch/record.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/json_writer.h"
#include "batch/document.h"
#include "batch/files.h"

static const char SCHEMA[] = "evdiff.job/1";

enum { OUTCOME_BYTES_MAX = 1 << 30 };

static const char *const NAMES[EVD_RESULTS] = {
    [EVD_RESULT_DONE] = "done",           [EVD_RESULT_CRASH] = "crash",
    [EVD_RESULT_KILLED] = "killed",       [EVD_RESULT_TIMEOUT] = "timeout",
    [EVD_RESULT_DEVICE] = "I/O error",    [EVD_RESULT_NO_MEMORY] = "out of memory",
    [EVD_RESULT_MALFORMED] = "malformed", [EVD_RESULT_NOT_PAIRED] = "nothing compared",
    [EVD_RESULT_MISSING] = "missing log", [EVD_RESULT_CHANGED] = "log changed",
    [EVD_RESULT_NOT_RUN] = "not run",
};

const char *evd_result_name(enum evd_batch_result result)
{
    return NAMES[result];
}

bool evd_result_is_retried(enum evd_batch_result result)
{
    return (result >= EVD_RESULT_CRASH && result <= EVD_RESULT_NO_MEMORY) || result == EVD_RESULT_CHANGED;
}

static void name_file(const char *beginning, const char *end, size_t run, char name[EVD_FILE_NAME_MAX])
{
    if (run == 0)
        snprintf(name, EVD_FILE_NAME_MAX, "%s.%s", beginning, end);
    else
        snprintf(name, EVD_FILE_NAME_MAX, "%s.%zu.%s", beginning, run + 1, end);
}

void evd_record_name(size_t run, char name[EVD_FILE_NAME_MAX])
{
    name_file("job", "json", run, name);
}

void evd_outcome_name(size_t run, char name[EVD_FILE_NAME_MAX])
{
    name_file("outcome", "json.zst", run, name);
}

/* ── Reading ── */

static bool read_hash(const struct evd_value *object, const char *key, struct evd_hash128 *hash)
{
    const struct evd_value *value = evd_value_get(object, evd_string_of(key));
    return value != NULL && value->type == EVD_JSON_STRING &&
           evd_hash_read(value->string.bytes, value->string.length, hash);
}

static bool read_log(struct evd_arena *arena, const struct evd_value *object, struct evd_record_log *log)
{
    struct evd_identity *identity = &log->identity;
    return object->type == EVD_JSON_OBJECT && evd_member_text(arena, object, "path", &log->path) &&
           evd_member_unsigned(object, "device", &identity->device) &&
           evd_member_unsigned(object, "inode", &identity->inode) &&
           evd_member_unsigned(object, "size", &identity->size) &&
           evd_member_signed(object, "mtime_ns", &identity->mtime_ns) &&
           evd_member_signed(object, "ctime_ns", &identity->ctime_ns) &&
           evd_member_bool(object, "is_settled", &identity->is_settled) && read_hash(object, "hash", &identity->hash);
}

static bool read_done(struct evd_arena *arena, const struct evd_value *root, struct evd_record *record)
{
    const struct evd_value *logs = evd_member_array(root, "logs");
    if (record->result != EVD_RESULT_DONE)
        return true;
    if (logs == NULL || logs->array.count > EVD_RECORD_LOGS_MAX || !read_hash(root, "key", &record->key) ||
        !evd_member_text(arena, root, "verdict", &record->verdict) ||
        !evd_member_unsigned(root, "outcome_bytes", &record->outcome_bytes) ||
        !read_hash(root, "outcome_hash", &record->outcome_hash))
        return false;
    /* There only when there are such lines. */
    if (!evd_member_unsigned(root, "skipped_lines", &record->skipped_lines))
        record->skipped_lines = 0;
    for (; record->log_count < logs->array.count; record->log_count++)
        if (!read_log(arena, &logs->array.items[record->log_count], &record->logs[record->log_count]))
            return false;
    return true;
}

static bool read_record(struct evd_arena *arena, const struct evd_value *root, struct evd_record *record)
{
    const char *schema, *result;
    uint64_t attempts;
    if (!evd_member_text(arena, root, "schema", &schema) || strcmp(schema, SCHEMA) != 0 ||
        !evd_member_text(arena, root, "result", &result) ||
        !evd_member_text(arena, root, "message", &record->message) ||
        !evd_member_unsigned(root, "attempts", &attempts) || attempts > 2 ||
        !evd_member_real(root, "seconds", &record->seconds) ||
        !evd_member_unsigned(root, "peak_bytes", &record->peak_bytes))
        return false;
    int which = 0;
    while (which < EVD_RESULT_NOT_RUN && strcmp(result, NAMES[which]) != 0)
        which++;
    record->result = (enum evd_batch_result)which;
    record->attempts = (unsigned)attempts;
    return which < EVD_RESULT_NOT_RUN && read_done(arena, root, record);
}

static const char UNREADABLE[] =
    "its job.json is damaged or of another version; the batch's command runs the job again";

bool evd_record_read(struct evd_arena *arena, const char *path, struct evd_record *record)
{
    struct evd_document document;
    bool is_absent = false;
    *record = (struct evd_record){.result = EVD_RESULT_NOT_RUN, .message = ""};
    const bool is_read = evd_document_read(&document, path, &is_absent, NULL) == EVD_OK && !is_absent &&
                         read_record(arena, &document.root, record);
    evd_document_release(&document);
    if (!is_read)
        *record = (struct evd_record){.result = EVD_RESULT_NOT_RUN, .message = is_absent ? "" : UNREADABLE};
    return is_read;
}

/* ── Writing ── */

static void write_hash(struct evd_json_writer *json, const char *key, struct evd_hash128 hash)
{
    char digits[EVD_HASH_DIGITS + 1];
    evd_hash_spell(hash, digits);
    evd_json_string(json, key, digits);
}

static void write_log(struct evd_json_writer *json, const struct evd_record_log *log)
{
    const struct evd_identity *identity = &log->identity;
    evd_json_line(json);
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "path", log->path);
    evd_json_unsigned(json, "device", identity->device);
    evd_json_unsigned(json, "inode", identity->inode);
    evd_json_unsigned(json, "size", identity->size);
    evd_json_signed(json, "mtime_ns", identity->mtime_ns);
    evd_json_signed(json, "ctime_ns", identity->ctime_ns);
    write_hash(json, "hash", identity->hash);
    evd_json_bool(json, "is_settled", identity->is_settled);
    evd_json_end(json, '}');
}

static void write_done(struct evd_json_writer *json, const struct evd_record *record)
{
    evd_json_line(json);
    write_hash(json, "key", record->key);
    evd_json_line(json);
    evd_json_string(json, "verdict", record->verdict);
    evd_json_line(json);
    if (record->skipped_lines > 0) {
        evd_json_unsigned(json, "skipped_lines", record->skipped_lines);
        evd_json_line(json);
    }
    evd_json_unsigned(json, "outcome_bytes", record->outcome_bytes);
    evd_json_line(json);
    write_hash(json, "outcome_hash", record->outcome_hash);
    evd_json_line(json);
    evd_json_begin_lines(json, "logs", '[');
    for (size_t i = 0; i < record->log_count; i++)
        write_log(json, &record->logs[i]);
    evd_json_end_lines(json, ']');
}

static void render(const void *what, struct evd_output *out)
{
    const struct evd_record *record = what;
    struct evd_json_writer json = {.out = out};
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", SCHEMA);
    evd_json_line(&json);
    evd_json_string(&json, "result", evd_result_name(record->result));
    evd_json_line(&json);
    evd_json_unsigned(&json, "attempts", record->attempts);
    evd_json_line(&json);
    evd_json_real(&json, "seconds", record->seconds);
    evd_json_line(&json);
    evd_json_unsigned(&json, "peak_bytes", record->peak_bytes);
    evd_json_line(&json);
    evd_json_string(&json, "message", record->message);
    if (record->result == EVD_RESULT_DONE)
        write_done(&json, record);
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

enum evd_status evd_record_write(const struct evd_record *record, const char *path, struct evd_error *error)
{
    return evd_document_write(path, render, record, error);
}

bool evd_record_has_outcome(const struct evd_record *record, const char *path)
{
    struct evd_buffer bytes = {0};
    bool is_absent;
    const bool is_there =
        record->result == EVD_RESULT_DONE &&
        evd_read_file(path, OUTCOME_BYTES_MAX, 0, &bytes, &is_absent, NULL) == EVD_OK && !is_absent &&
        bytes.length == record->outcome_bytes &&
        evd_hash_equal(evd_hash_bytes(bytes.data, bytes.length), record->outcome_hash);
    evd_buffer_release(&bytes);
    return is_there;
}
