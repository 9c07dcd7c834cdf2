/* Gap parts: a large gap, taken apart by all workers of a pool. What they come to is what one alone comes to. */
#ifndef EVD_ALIGN_GAP_PARTS_H
#define EVD_ALIGN_GAP_PARTS_H

#include "align/parts.h"

/* What is between two matches of calls, and the match behind it. */
struct evd_gap_step {
    struct evd_gap between;
    size_t first[EVD_SIDES]; /* in the sequences */
    size_t count;
};

typedef enum evd_status evd_take_gap_step(struct evd_gaps *gaps, const struct evd_gap_step *step,
                                          struct evd_error *error);

/* True when there is help and the gap is worth it. */
static inline bool evd_gap_is_large(const struct evd_gaps *gaps, const struct evd_gap *gap)
{
    return gaps->help != NULL && gap->to[EVD_CANARY] - gap->from[EVD_CANARY] >= gaps->help->part_events_min &&
           gap->to[EVD_OURS] - gap->from[EVD_OURS] >= gaps->help->part_events_min;
}

/* Fills `calls` with the hashes of a side's calls (struct evd_call). Errors: as evd_call_read. */
enum evd_status evd_gap_list_calls_in_parts(struct evd_gaps *gaps, int side, const struct evd_gap *gap, uint64_t *calls,
                                            struct evd_error *error);

/* Takes all steps, as if in their order. Errors: as evd_gap_classify. */
enum evd_status evd_gap_take_in_parts(struct evd_gaps *gaps, const struct evd_gap_step *steps, size_t count,
                                      evd_take_gap_step *take, struct evd_error *error);

#endif
