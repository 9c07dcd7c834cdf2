/* In step: since when two streams are not.
 *
 * Where they part they may go on in step at once, or one of them has taken another path: a run is missing, extra, replaced
 * or reordered, or a call fails on one side only, so that who made it goes another way. Then they are in step again when
 * enough events match in a row. */
#ifndef EVD_EXPLAIN_IN_STEP_H
#define EVD_EXPLAIN_IN_STEP_H

#include "align/divergences.h"

/* All zero before a pair's first divergence. */
struct evd_steps {
    size_t first;         /* the divergence since which the streams are not in step */
    uint64_t path_events; /* of both sides since then, on another path */
    uint64_t in_step;     /* events in a row that match, or differ only as those before them do */
    bool has_first;
};

/* Takes in a pair's next divergence, in order; where a stream ends is not to be one. `matched`: pairs of events that match
 * since the one that was taken in before. True when the streams were not in step since steps->first; else the divergence
 * becomes that. */
bool evd_steps_add(struct evd_steps *steps, const struct evd_divergence *divergences,
                   const struct evd_nature_list *natures, size_t index, uint64_t matched);

/* True where one side took another path. */
bool evd_is_other_path(const struct evd_divergence *divergence);

enum {
    EVD_IN_STEP = 128,
    EVD_STEPS_MIN = 4,
    EVD_STEPS_PER_EVENT = 2,
};

#endif
