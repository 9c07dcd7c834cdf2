/* Failures: of the tasks that a pool has run, the first that failed, and why.
 *
 * Each worker keeps its own, so that none waits for another; which of them is told does not depend on how tasks fell to
 * workers: the one of the first task.
 *
 * Ownership: the caller releases them. Threads: evd_failures_add on the worker that it names; the others when no task
 * runs. */
#ifndef EVD_BASE_FAILURES_H
#define EVD_BASE_FAILURES_H

#include <stdbool.h>
#include <stddef.h>

#include "evdiff/error.h"

struct evd_failure {
    enum evd_status status; /* EVD_OK: the worker's tasks have not failed */
    size_t task;            /* the first of them that did */
    struct evd_error error;
};

struct evd_failures {
    struct evd_failure *workers; /* one a worker */
    unsigned count;
};

/* False when memory runs out; release in either case. */
bool evd_failures_init(struct evd_failures *failures, unsigned workers);
void evd_failures_release(struct evd_failures *failures);

/* Keeps how a task ended; `error` is filled unless that is EVD_OK. */
void evd_failures_add(struct evd_failures *failures, unsigned worker, size_t task, enum evd_status status,
                      const struct evd_error *error);

/* The failure of the first task that failed; EVD_OK when none did. `error` may be NULL. */
enum evd_status evd_failures_tell(const struct evd_failures *failures, struct evd_error *error);

#endif
