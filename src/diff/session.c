#include "diff/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum evd_status evd_session_open(const struct evd_rules *rules, unsigned threads, struct evd_session **session,
                                 struct evd_error *error)
{
    *session = NULL;
    if (threads > EVD_THREADS_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "at most %d threads", EVD_THREADS_MAX);
    struct evd_session *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return evd_fail_memory(error);
    opened->rules = rules;
    opened->pool = evd_pool_create(threads);
    const unsigned count = opened->pool == NULL ? 0 : evd_pool_size(opened->pool);
    opened->workers = count == 0 ? NULL : calloc(count, sizeof *opened->workers);
    bool is_ready = opened->workers != NULL;
    for (unsigned i = 0; opened->workers != NULL && i < count; i++, opened->worker_count++) {
        is_ready = evd_pair_worker_init(&opened->workers[i], rules) && is_ready;
        opened->workers[i].recorder.steps = &opened->steps;
    }
    if (!is_ready) {
        evd_pool_fail_memory(opened->pool, error);
        evd_session_close(opened);
        return EVD_E_NO_MEMORY;
    }
    *session = opened;
    return EVD_OK;
}

void evd_session_close(struct evd_session *session)
{
    if (session == NULL)
        return;
    for (unsigned i = 0; i < session->worker_count; i++)
        evd_pair_worker_release(&session->workers[i]);
    free(session->workers);
    evd_pool_destroy(session->pool);
    free(session);
}

uint64_t evd_session_bytes_read(const struct evd_session *session)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < session->worker_count; i++)
        bytes += evd_pair_worker_bytes_read(&session->workers[i]);
    return bytes;
}

enum evd_status evd_session_diff(struct evd_session *session, const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_diff_options *options, struct evd_outcome **outcome,
                                 struct evd_error *error)
{
    const struct evd_log *const log[EVD_SIDES] = {canary, ours};
    return evd_session_diff_matched(session, log, options, outcome, NULL, error);
}

enum evd_status evd_diff(const struct evd_log *canary, const struct evd_log *ours,
                         const struct evd_diff_options *options, struct evd_outcome **outcome, struct evd_error *error)
{
    struct evd_session *session;
    *outcome = NULL;
    enum evd_status status = evd_session_open(canary->rules, options == NULL ? 0 : options->threads, &session, error);
    if (status != EVD_OK)
        return status;
    status = evd_session_diff(session, canary, ours, options, outcome, error);
    evd_session_close(session);
    return status;
}

/* Reads the text of the logs that were opened by an index. The others stay: a pipe can't be read twice. */
static enum evd_status read_texts(const struct evd_session *session, struct evd_log **logs, size_t count,
                                  const struct evd_read_options *reading, struct evd_read_statistics *statistics,
                                  struct evd_error *error)
{
    struct evd_read_options options = *reading;
    options.index = EVD_INDEX_OFF;
    for (size_t i = 0; i < count; i++) {
        struct evd_read_statistics one;
        if (logs[i]->saved == NULL)
            continue;
        char *path = strdup(logs[i]->path);
        const enum evd_side side = logs[i]->side;
        evd_log_free(logs[i]);
        logs[i] = NULL;
        if (path == NULL)
            return evd_fail_memory(error);
        const char *const paths[] = {path};
        options.imports = reading->imports == NULL ? NULL : &reading->imports[i];
        options.sides = &side;
        const enum evd_status status =
            evd_logs_open(paths, 1, session->rules, &options, &logs[i], NULL, NULL, &one, error);
        free(path);
        if (status != EVD_OK)
            return status;
        statistics->open_seconds += one.open_seconds;
        statistics->scan_seconds += one.scan_seconds;
        statistics->index_seconds += one.index_seconds;
        statistics->scanned_bytes += one.scanned_bytes;
        statistics->scanned_events += one.scanned_events;
        statistics->idx_gaps += one.idx_gaps;
        statistics->idx_missing += one.idx_missing;
    }
    return EVD_OK;
}

/* Diffs what the logs are now. */
static enum evd_status diff_logs(struct evd_session *session, struct evd_log *const *logs,
                                 const struct evd_diff_options *options, struct evd_outcome **outcome,
                                 struct evd_error *error)
{
    struct evd_control controls[EVD_CONTROLS_MAX];
    struct evd_diff_options with_controls = *options;
    for (size_t i = 0; i < options->control_count; i++)
        controls[i] = (struct evd_control){logs[EVD_SIDES + i], options->controls[i].side};
    with_controls.controls = controls;
    return evd_session_diff(session, logs[EVD_CANARY], logs[EVD_OURS], &with_controls, outcome, error);
}

enum evd_status evd_session_diff_logs(struct evd_session *session, struct evd_log **logs,
                                      const struct evd_read_options *reading, const struct evd_diff_options *options,
                                      struct evd_outcome **outcome, struct evd_fall_back *fall_back,
                                      struct evd_error *error)
{
    static const struct evd_read_options READING = {.index = EVD_INDEX_AUTO};
    static const struct evd_diff_options DIFF = {0};
    struct evd_error why;
    *outcome = NULL;
    *fall_back = (struct evd_fall_back){.is_taken = false};
    reading = reading != NULL ? reading : &READING;
    options = options != NULL ? options : &DIFF;
    enum evd_status status = evd_check_controls(options, error);
    if (status != EVD_OK)
        return status;
    status = diff_logs(session, logs, options, outcome, &why);
    if (status == EVD_E_INDEX && reading->index != EVD_INDEX_REQUIRE) {
        fall_back->is_taken = true;
        fall_back->why = why;
        status = read_texts(session, logs, EVD_SIDES + options->control_count, reading, &fall_back->reading, &why);
        if (status == EVD_OK)
            status = diff_logs(session, logs, options, outcome, &why);
    }
    if (status != EVD_OK && error != NULL)
        *error = why;
    return status;
}
