/* Cause: which divergences are consequences of earlier ones. */
#ifndef EVD_EXPLAIN_CAUSE_H
#define EVD_EXPLAIN_CAUSE_H

#include "align/divergences.h"
#include "log/log.h"

/* Finds causes, as far as they are plain; earlier and later are by canary's order of emission:
 *
 *   - EVD_CAUSE_VALUE: two values that are those of an earlier divergence of another nature are the same
 *     differing handle, address or text, handed on. Small numbers and short texts tell nothing, nor do numbers that
 *     say that a call failed, or that stand against more than EVD_OTHERS_MAX different ones.
 *   - EVD_CAUSE_OFFSET: two addresses that are as far apart as those of an earlier divergence of another nature,
 *     canary's in the same 2^EVD_NEARBY_BITS bytes, are of the same memory, shifted.
 *   - EVD_CAUSE_MOVED: a run of events that is missing in one place and extra in another is the same work, done
 *     elsewhere; each run answers for one other.
 *   - EVD_CAUSE_CLOSE: of divergences of a pair without an equal event between them, and of those behind a run
 *     that is missing, extra, replaced or reordered, or a call that fails on one side only, until the streams are in
 *     step again (explain/in_step.h), the later ones follow from the first, if they are of another nature. The streams
 *     are in step when EVD_STEPS_PER_EVENT events match in a
 *     row for each event of the other path, both sides together, from EVD_STEPS_MIN to EVD_IN_STEP of them; before
 *     the same call as the first one EVD_IN_STEP. Events of a drift (explain/drift.h) count as matching.
 *   - EVD_CAUSE_CREATOR: see explain/creator.h.
 *
 * The first that holds is taken; a cause is always earlier, so chains of causes end. That a stream ends has no
 * cause.
 *
 * evd_divergence::fails is known, and there is room for causes (outcome/causes.h), whose roots are not filled in here. `natures` and `streams`: one a pair. `logs`: canary's and ours. Errors: EVD_E_INDEX when a saved index is damaged,
 * EVD_E_IO when its log has shrunk, EVD_E_NO_MEMORY. Cost: n log n for n divergences, linear in the threads. */
enum evd_status evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                                const struct evd_log *const logs[EVD_SIDES], evd_stream_pair *streams,
                                struct evd_error *error);

/* The same for divergences alone, without threads that have no counterpart; false when memory runs out. */
bool evd_find_earlier_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures);

enum {
    EVD_OTHERS_MAX = 2,
    EVD_NEARBY_BITS = 20, /* a MiB, as large as a stack or a part of a heap */
};

#endif
