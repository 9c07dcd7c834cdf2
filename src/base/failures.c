#include "base/failures.h"

#include <stdlib.h>

bool evd_failures_init(struct evd_failures *failures, unsigned workers)
{
    *failures = (struct evd_failures){calloc(workers, sizeof *failures->workers), workers};
    return failures->workers != NULL;
}

void evd_failures_release(struct evd_failures *failures)
{
    free(failures->workers);
}

void evd_failures_add(struct evd_failures *failures, unsigned worker, size_t task, enum evd_status status,
                      const struct evd_error *error)
{
    struct evd_failure *failure = &failures->workers[worker];
    if (status == EVD_OK || (failure->status != EVD_OK && failure->task < task))
        return;
    failure->status = status;
    failure->task = task;
    failure->error = *error;
}

enum evd_status evd_failures_tell(const struct evd_failures *failures, struct evd_error *error)
{
    const struct evd_failure *first = NULL;
    for (unsigned i = 0; i < failures->count; i++) {
        const struct evd_failure *failure = &failures->workers[i];
        if (failure->status != EVD_OK && (first == NULL || failure->task < first->task))
            first = failure;
    }
    if (first != NULL && error != NULL)
        *error = first->error;
    return first != NULL ? first->status : EVD_OK;
}
