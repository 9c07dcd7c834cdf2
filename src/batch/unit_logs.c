#include "batch/unit_logs.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "batch/files.h"

void evd_unit_logs_begin(struct evd_unit_logs *logs, struct evd_record *record)
{
    evd_hashing_end(logs->hashing);
    *logs = (struct evd_unit_logs){.record = record};
}

void evd_unit_logs_release(struct evd_unit_logs *logs)
{
    evd_hashing_end(logs->hashing);
    logs->hashing = NULL;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void set_unknown(struct evd_unit_logs *logs, size_t log, bool is_unknown)
{
    logs->unknown_count += is_unknown;
    logs->unknown_count -= logs->is_unknown[log];
    logs->is_unknown[log] = is_unknown;
}

/* What is wrong with a log, in one line. */
static enum evd_status tell_trouble(const struct evd_record_log *log, enum evd_batch_result result, const char *why,
                                    enum evd_batch_result *trouble, struct evd_error *error)
{
    *trouble = result;
    return evd_fail(error, EVD_E_IO, "%s: %s", log->path, why);
}

/* Hashes some bytes of a file; the log is known once it is done. */
static enum evd_status hash_piece(struct evd_unit_logs *logs, struct evd_batch *batch, size_t index, const char *path,
                                  uint64_t most, bool *is_done, enum evd_batch_result *trouble, struct evd_error *error)
{
    struct evd_record_log *log = &logs->record->logs[index];
    struct evd_error fault;
    *is_done = false;
    enum evd_status status = logs->hashing == NULL ? evd_hashing_begin(path, &logs->hashing, &fault) : EVD_OK;
    if (status == EVD_OK)
        status = evd_hashing_step(logs->hashing, most, &log->identity, is_done, &fault);
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status != EVD_OK)
        return tell_trouble(log, EVD_RESULT_DEVICE, fault.message, trouble, error);
    if (!*is_done)
        return EVD_OK;
    evd_hashing_end(logs->hashing);
    logs->hashing = NULL;
    set_unknown(logs, index, false);
    return evd_identities_add(&batch->identities, log->path, &log->identity) ? EVD_OK : evd_fail_memory(error);
}

/* A piece of the log that is next. */
static enum evd_status go_on_with_next(struct evd_unit_logs *logs, struct evd_batch *batch, const char *path,
                                       uint64_t most, enum evd_batch_result *trouble, struct evd_error *error)
{
    struct evd_record_log *log = &logs->record->logs[logs->next];
    bool is_done;
    if (logs->hashing == NULL) {
        if (!evd_identity_look(path, &log->identity))
            return tell_trouble(log, EVD_RESULT_MISSING, errno != 0 ? strerror(errno) : "is no regular file", trouble,
                                error);
        set_unknown(logs, logs->next, !evd_identities_find(&batch->identities, log->path, &log->identity));
        if (!logs->is_unknown[logs->next] || !logs->hashes_now) {
            logs->next++;
            return EVD_OK;
        }
    }
    const enum evd_status status = hash_piece(logs, batch, logs->next, path, most, &is_done, trouble, error);
    logs->next += status == EVD_OK && is_done;
    return status;
}

enum evd_status evd_unit_logs_go_on(struct evd_unit_logs *logs, struct evd_batch *batch, uint64_t most, bool *is_done,
                                    enum evd_batch_result *trouble, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    if (logs->looked_ns == 0)
        logs->looked_ns = now_ns();
    /* Looking costs next to nothing: all of them in one call. */
    do {
        if (logs->next == logs->record->log_count)
            break;
        status = evd_path_from(&path, batch->plan.folder, logs->record->logs[logs->next].path)
                     ? go_on_with_next(logs, batch, path.data, most, trouble, error)
                     : evd_fail_memory(error);
    } while (status == EVD_OK && logs->hashing == NULL);
    evd_buffer_release(&path);
    *is_done = status == EVD_OK && logs->next == logs->record->log_count;
    return status;
}

bool evd_unit_logs_may_be(const struct evd_unit_logs *logs, const struct evd_record *record)
{
    if (record->result != EVD_RESULT_DONE || record->log_count != logs->record->log_count)
        return false;
    for (size_t i = 0; i < record->log_count; i++) {
        const struct evd_record_log *then = &record->logs[i], *now = &logs->record->logs[i];
        if (strcmp(then->path, now->path) != 0 || then->identity.size != now->identity.size ||
            (!logs->is_unknown[i] && !evd_hash_equal(then->identity.hash, now->identity.hash)))
            return false;
    }
    return true;
}

void evd_unit_logs_hash_now(struct evd_unit_logs *logs)
{
    logs->hashes_now = true;
    logs->next = 0;
}

/* What was told, where it has a line for each log; else nothing: no hash may be taken for that of another log. */
static const char *whole_reply(const char *told, size_t log_count)
{
    size_t lines = 0;
    for (const char *p = told; *p != '\0'; p++)
        lines += *p == '\n';
    return lines == log_count ? told : "";
}

/* The next line of what a diff told; false when there is none, or it is no hash. */
static bool read_line(const char **told, struct evd_hash128 *hash)
{
    const char *line = *told, *end = strchr(line, '\n');
    if (end == NULL)
        return false;
    *told = end + 1;
    return evd_hash_read(line, (size_t)(end - line), hash);
}

/* The hash of a log that the diff has read, and not told. */
static enum evd_status hash_whole(struct evd_unit_logs *logs, struct evd_batch *batch, size_t index, const char *path,
                                  bool *is_same, enum evd_batch_result *trouble, struct evd_error *error)
{
    const struct evd_identity looked = logs->record->logs[index].identity;
    bool is_done;
    const enum evd_status status = hash_piece(logs, batch, index, path, UINT64_MAX, &is_done, trouble, error);
    *is_same = status == EVD_OK && evd_identity_is_same(&looked, &logs->record->logs[index].identity);
    return status;
}

enum evd_status evd_unit_logs_take(struct evd_unit_logs *logs, struct evd_batch *batch, const char *told,
                                   bool *are_same, enum evd_batch_result *trouble, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    *are_same = true;
    told = whole_reply(told, logs->record->log_count);
    for (size_t i = 0; status == EVD_OK && *are_same && i < logs->record->log_count; i++) {
        struct evd_record_log *log = &logs->record->logs[i];
        struct evd_identity now;
        struct evd_hash128 hash;
        const bool is_told = read_line(&told, &hash);
        if (!evd_path_from(&path, batch->plan.folder, log->path)) {
            status = evd_fail_memory(error);
        } else if (!evd_identity_look(path.data, &now) || !evd_identity_is_same(&now, &log->identity)) {
            *are_same = false;
        } else if (logs->is_unknown[i] && is_told) {
            log->identity.hash = hash;
            log->identity.is_settled = evd_identity_settles(&log->identity, logs->looked_ns);
            set_unknown(logs, i, false);
            if (!evd_identities_add(&batch->identities, log->path, &log->identity))
                status = evd_fail_memory(error);
        } else if (logs->is_unknown[i]) {
            status = hash_whole(logs, batch, i, path.data, are_same, trouble, error);
        }
    }
    evd_buffer_release(&path);
    return status;
}
