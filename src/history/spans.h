/* Spans: the nights in a row in which a job has a family, one row for all of them.
 *
 * Only nights in which the job was conclusive count: another one neither extends a span nor ends it. */
#ifndef EVD_HISTORY_SPANS_H
#define EVD_HISTORY_SPANS_H

#include "history/database.h"
#include "history/facts.h"

/* Takes in a conclusive night of a job that comes after all others of it; `before` is the last of those, 0: there is none. */
enum evd_status evd_spans_append(struct evd_history *history, int64_t job, int64_t night, int64_t before,
                                 const struct evd_job_facts *facts, struct evd_error *error);

#endif
