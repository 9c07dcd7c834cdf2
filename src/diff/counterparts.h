/* Counterparts: beside which event of the other thread each event of a pair stands, as the diff has it: those that it
 * matched, and those of a divergence of value, which it has set against each other.
 *
 * An outcome tells where threads part, not what matches between: the pair is aligned once more, by the same rules.
 *
 * Ownership: the caller releases them. Threads: one at a time. */
#ifndef EVD_DIFF_COUNTERPARTS_H
#define EVD_DIFF_COUNTERPARTS_H

#include "evdiff/diff.h"
#include "log/log.h"

#define EVD_NO_COUNTERPART UINT64_MAX

struct evd_counterparts {
    uint64_t *of[EVD_SIDES]; /* by position in the thread: that of the other side's event, or EVD_NO_COUNTERPART */
    uint64_t count[EVD_SIDES];
    bool ascends; /* they do on both sides; not where the rules let events come in any order */
};

/* Finds those of a pair of the outcome, whose streams these are. Release in either case. Errors: as evd_walk. Cost: that of
 * aligning the pair, and 8 bytes an event. */
enum evd_status evd_counterparts_find(
    const struct evd_log *const log[EVD_SIDES], const struct evd_stream *const stream[EVD_SIDES],
    const struct evd_pair_outcome *pair, struct evd_counterparts *counterparts, struct evd_error *error);
void evd_counterparts_release(struct evd_counterparts *counterparts);

#endif
