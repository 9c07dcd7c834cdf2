/* Whole: what excerpts can't tell of a mutation that they do not show, because it is decided far behind it.
 *
 * Names: a changed name may contradict what any event before taught, and what it teaches any event after, in
 * other threads too. All mutations are held against the names of the whole logs at once (selftest/variants.h).
 *
 * Swapped threads: two threads that go on alike for the length of an excerpt may part later. Their events are
 * swapped in a copy of the records, and the two threads are diffed to their ends. */
#ifndef EVD_SELFTEST_WHOLE_H
#define EVD_SELFTEST_WHOLE_H

#include "base/pool.h"
#include "base/steps.h"
#include "selftest/plan.h"
#include "selftest/variants.h"
#include "walk/matched.h"

/* A diff of the two logs as they are. */
struct evd_plain_diff {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_outcome *outcome; /* with resync */
    const struct evd_matched *matched; /* one a pair; NULL when the rules have no names */
    struct evd_steps *steps;           /* told how far it is; or NULL */
};

/* Completes is_detected by names, and takes back is_planted where a name breaks without the mutation; counts
 * such events in plan->broken_events. Errors: as evd_names_check_pairs. Cost:
 * parses both texts of all matching events whose kind has names. */
enum evd_status evd_settle_names(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                 struct evd_pool *pool, struct evd_variants *variants, struct evd_error *error);

/* Completes is_detected of swapped threads. Errors: as evd_diff. Cost: a diff of two threads, or of all where names
 * of the whole log's scope are compared, for each that was not detected. */
enum evd_status evd_settle_swapped_threads(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                           unsigned threads, struct evd_error *error);

#endif
