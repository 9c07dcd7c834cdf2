/* Runs: what correct runs differ in, read into a book (learn/book.h).
 *
 * Two runs at a time are diffed; where that tells a value, all of the two events' fields are held against each other, and
 * where events lack a counterpart, their calls are noted. Then each run is read for how often there is what differs. */
#ifndef EVD_LEARN_RUNS_H
#define EVD_LEARN_RUNS_H

#include "base/steps.h"
#include "diff/session.h"
#include "learn/book.h"
#include "log/log.h"

enum {
    EVD_LEARN_PATH_STEPS = 31, /* what is deeper in a payload is compared as a whole */
    EVD_LEARN_EVENTS_MAX = 8,  /* a longer run without a counterpart is another path, no event that may be missing */
};

/* Takes in what two runs differ in. Errors: as evd_diff. Cost: a diff with resync, and a parse of the events that differ. */
enum evd_status evd_learn_pair(struct evd_book *book, struct evd_session *session, const struct evd_log *const *runs,
                               size_t first, size_t second, const struct evd_diff_options *options,
                               struct evd_error *error);

/* Counts in a run the fields and calls of the book. Errors: EVD_E_IO, EVD_E_INDEX, EVD_E_NO_MEMORY. Cost: a parse of each
 * event, and once more of those of calls that differ. */
enum evd_status evd_learn_count(struct evd_book *book, struct evd_steps *steps, const struct evd_log *log, size_t run,
                                struct evd_error *error);

#endif
