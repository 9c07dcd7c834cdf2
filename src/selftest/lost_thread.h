/* Lost thread: whether a diff tells that a thread of ours is not there.
 *
 * What becomes of the others is decided by how threads are paired, so they are paired anew without it: canary's thread is
 * then without a counterpart, which a report says unless the rules let it be missing, or it has another. */
#ifndef EVD_SELFTEST_LOST_THREAD_H
#define EVD_SELFTEST_LOST_THREAD_H

#include "diff/session.h"
#include "selftest/plan.h"
#include "selftest/whole.h"

/* Completes is_detected of lost threads. Errors: as evd_diff. Cost: threads are paired once for each, and those that have
 * other counterparts then are diffed. */
enum evd_status evd_settle_lost_threads(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                        struct evd_session *session, const struct evd_diff_options *options,
                                        struct evd_error *error);

#endif
