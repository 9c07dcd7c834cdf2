#include "log/opening_index.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "log/index.h"
#include "log/reread.h"

/* Lists the places where events are out of order, each at its tid_event_idx. */
static enum evd_status list_disorder(struct evd_opening *opening, size_t log, const struct evd_order_problem *problems,
                                     size_t count, struct evd_error *error)
{
    struct evd_reread reread;
    struct evd_reread_event read;
    struct evd_error fault;
    enum evd_status status = evd_reread_init(&reread) ? EVD_OK : evd_fail_memory(&fault);
    for (size_t i = 0; i < count && status == EVD_OK; i++) {
        const struct evd_stream *stream = evd_log_stream(opening->logs[log], problems[i].tid);
        const struct evd_event *event = evd_stream_event(stream, problems[i].position);
        /* The first event of a thread is never out of order. */
        const struct evd_event *previous = evd_stream_event(stream, problems[i].position - 1);
        char message[EVD_MESSAGE_MAX];
        int64_t before = 0;
        status = evd_reread_event(&reread, opening->logs[log], previous, &read, &fault);
        if (status == EVD_OK) {
            before = read.fields.tid_event_idx;
            status = evd_reread_event(&reread, opening->logs[log], event, &read, &fault);
        }
        if (status == EVD_OK)
            snprintf(message, sizeof message,
                     "tid=%lld events out of order at index %llu: tid_event_idx is %lld, and %lld in the event before",
                     (long long)problems[i].tid, (unsigned long long)problems[i].position,
                     (long long)read.fields.tid_event_idx, (long long)before);
        if (status == EVD_OK &&
            !evd_problems_add(&opening->problems, log,
                              evd_event_offset(event) + read.tape->tokens[read.fields.idx].start, false, message))
            status = evd_fail_memory(&fault);
    }
    evd_reread_release(&reread);
    if (status == EVD_OK)
        return EVD_OK;
    /* As in check_sources. */
    opening->problems.count = 0;
    status = evd_problems_add_fault(&opening->problems, log, &fault, error);
    return status == EVD_OK ? evd_opening_conclude(opening, error) : status;
}

void evd_opening_build(struct evd_opening *opening, size_t log)
{
    struct evd_built_index *built = &opening->built[log];
    built->is_tried = true;
    built->is_done =
        evd_index_build(opening->indexes[log], log, opening->scanners, &built->problems, &built->problem_count);
}

/* Copies what was kept, and lists what is out of order. */
static enum evd_status finish(struct evd_opening *opening, size_t log, const struct evd_built_index *built,
                              struct evd_error *error)
{
    if (!built->is_done)
        return evd_fail_memory(error);
    evd_index_copy_kept(opening->indexes[log], opening->pool);
    return built->problem_count > 0 ? list_disorder(opening, log, built->problems, built->problem_count, error)
                                    : EVD_OK;
}

enum evd_status evd_opening_index(struct evd_opening *opening, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; i < opening->log_count && status == EVD_OK; i++) {
        if (opening->indexes[i] == NULL)
            continue;
        if (!opening->built[i].is_tried)
            evd_opening_build(opening, i);
        status = finish(opening, i, &opening->built[i], error);
        evd_index_destroy(opening->indexes[i]);
        opening->indexes[i] = NULL;
    }
    return status;
}
