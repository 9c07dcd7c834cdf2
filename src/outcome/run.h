/* Run: keeps a run of events as a divergence has it. */
#ifndef EVD_OUTCOME_RUN_H
#define EVD_OUTCOME_RUN_H

#include "base/arena.h"
#include "evdiff/divergence.h"

/* Makes of a divergence's run on a side what evd_run_of tells then: `run` as it is, whatever is in it. One that does not fit
 * into the divergence goes to the arena. False when memory runs out. Cost: O(1). */
bool evd_run_keep(struct evd_divergence *divergence, int side, struct evd_run run, struct evd_arena *arena);

/* The same of a value divergence's two values, and what names and marks make of them, `breaks` and `marked_null`, both
 * in the arena, or NULL. `value` borrows from the arena too. */
bool evd_values_note(struct evd_divergence *divergence, const struct evd_field_value *value,
                     const struct evd_broken_renaming *breaks, const struct evd_marked_null *marked_null,
                     struct evd_arena *arena);

#endif
