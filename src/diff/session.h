/* Session: what one diff after the other uses: rules, a pool, and a worker's walker and recorder a thread of it. */
#ifndef EVD_DIFF_SESSION_H
#define EVD_DIFF_SESSION_H

#include "base/failures.h"
#include "base/pool.h"
#include "base/steps.h"
#include "diff/pair_work.h"
#include "evdiff/diff.h"

struct evd_session {
    const struct evd_rules *rules;
    struct evd_pool *pool;
    struct evd_pair_worker *workers; /* one a thread of the pool */
    unsigned worker_count;
    struct evd_steps steps; /* of the diff at hand */
};

/* Bytes of text that its workers have read again, over all diffs. */
uint64_t evd_session_bytes_read(const struct evd_session *session);

/* As evd_session_diff. *matched: what matches in each of the outcome's pairs, those whose names break the renaming
 * included; the caller frees it with evd_matched_free. NULL when the rules have no names, and on failure; `matched` may
 * be NULL. (diff/diff.c) */
enum evd_status evd_session_diff_matched(struct evd_session *session, const struct evd_log *const log[EVD_SIDES],
                                         const struct evd_diff_options *options, struct evd_outcome **outcome,
                                         struct evd_matched **matched, struct evd_error *error);

/* EVD_E_ARGUMENT for more control runs than EVD_CONTROLS_MAX, or one of no side. (diff/run.c) */
enum evd_status evd_check_controls(const struct evd_diff_options *options, struct evd_error *error);

#endif
