/* Quotations: what reports with pictures show of the logs: where threads and divergences are in time, and the events around
 * the places to look at. */
#ifndef EVD_DIFF_QUOTATIONS_H
#define EVD_DIFF_QUOTATIONS_H

#include "diff/pair_work.h"

/* What descriptions name an event's call by, else what summaries show, as families do; empty where it has neither. */
struct evd_text evd_call_of_view(const struct evd_event_view *view);

/* Quotes an event that was read; false when memory runs out. */
bool evd_quote_view(const struct evd_event_view *view, struct evd_buffer *scratch, struct evd_arena *arena,
                    struct evd_event_quotation *event);

/* Reads the times of a pair: of the first and the last event of both threads, and of each divergence. Events without one
 * have INT64_MIN in evd_pair_times::host_ns. Errors: as evd_reader_read. Cost: parses two events a
 * divergence. */
enum evd_status evd_quote_times(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                const struct evd_pair_plan *plan, struct evd_error *error);

/* Quotes the events around the places of the first families, at most so many, and all fields in which those of a value
 * differ. `worker` reads. Errors: as evd_reader_read. Cost: parses up to 40 events a family, and passes over the events of
 * the divergences. */
enum evd_status evd_take_quotations(struct evd_outcome *outcome, const struct evd_pair_work *works,
                                    const struct evd_log *const log[EVD_SIDES], struct evd_pair_worker *worker,
                                    struct evd_arena *arena, size_t most, struct evd_error *error);

/* Reads the times of threads without a counterpart, and says whether there are times at all; pairs must have theirs.
 * Errors and worker: as above. */
enum evd_status evd_take_times(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                               struct evd_pair_worker *worker, struct evd_arena *arena, struct evd_error *error);

#endif
