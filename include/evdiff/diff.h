/* The diff: pairs the threads of two logs, aligns every pair, and says where each first parts. */
#ifndef EVDIFF_DIFF_H
#define EVDIFF_DIFF_H

#include "evdiff/log.h"
#include "evdiff/outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

struct evd_tid_pair {
    int64_t canary, ours;
};

struct evd_diff_options {
    unsigned threads;                   /* 1 to 1024; 0: one a core */
    const struct evd_tid_pair *tid_map; /* which thread is which, one entry a canary tid at most; NULL:
                                           by the rules' pairing field */
    size_t tid_map_count;
    bool emit_absorbed_events; /* keep every absorbed event (evd_pair_outcome::absorbed_events) */
};

/* Diffs two logs that were read with the same rules.
 *
 * `options` may be NULL. On success *outcome is to be freed by the caller and does not borrow from the
 * logs; its content does not depend on the number of threads. On failure it is NULL. Errors:
 * EVD_E_NO_MAPPING when no thread has a counterpart, EVD_E_ARGUMENT, EVD_E_IO when a log changed
 * meanwhile, EVD_E_INDEX when a saved index turns out not to be its log's (open the logs again with
 * EVD_INDEX_OFF), EVD_E_NO_MEMORY. Cost: linear in the events up to each divergence; text is read only
 * where keys differ. */
enum evd_status evd_diff(const struct evd_log *canary, const struct evd_log *ours,
                         const struct evd_diff_options *options, struct evd_outcome **outcome,
                         struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
