/* Measured: numbers that are close, or that one side is ahead in by as much as before (EVD_AS_WITHIN, EVD_AS_DRIFT).
 *
 * What events that the other side has not add to a number is no change: between two matching events each side's events with
 * a number at a place are counted; where they are not as many, it goes on from the last of them.
 *
 * Ownership: the caller releases drifts. Threads: one caller at a time. */
#ifndef EVD_NAMES_MEASURED_H
#define EVD_NAMES_MEASURED_H

#include "base/table.h"
#include "evdiff/side.h"
#include "log/canon.h"

/* Whole numbers of up to 96 bits and what they differ by, and by how much that changes, are exact. */
__extension__ typedef __int128 evd_wide;

struct evd_measured {
    bool is_whole;
    evd_wide whole;
    double real; /* whole ones too, rounded */
};

/* True when a value is a number, which is whole or has a fraction. *failed: memory ran out. */
bool evd_measured_read(struct evd_arena *arena, const struct evd_value *value, struct evd_measured *amount,
                       bool *failed);

bool evd_measured_are_within(const struct evd_tolerance *tolerance, const struct evd_measured *canary,
                             const struct evd_measured *ours);

/* What is known at one place: the last number of each side, and what was counted since events matched. */
struct evd_drift {
    bool is_known;
    struct evd_measured last[EVD_SIDES];
    uint64_t alone[EVD_SIDES];
    struct evd_measured last_alone[EVD_SIDES];
};

/* All zero: nothing is known. */
struct evd_drifts {
    struct evd_table places; /* rule and place → index into drifts */
    struct evd_drift *drifts;
    size_t count, capacity;
    size_t *open; /* those with events that were counted */
    size_t open_count, open_capacity;
    bool failed; /* memory ran out */
};

/* True when ours is ahead at a place, as evd_sided_place tells it, by nearly as much as before, or was not looked at before.
 * Cost: a look-up. */
bool evd_drift_is_steady(struct evd_drifts *drifts, uint64_t place, const struct evd_tolerance *tolerance,
                         const struct evd_measured *canary, const struct evd_measured *ours);

/* Counts a number of an event that has no counterpart. */
void evd_drift_note(struct evd_drifts *drifts, uint64_t place, int side, const struct evd_measured *amount);

/* Events match again. */
void evd_drift_meet(struct evd_drifts *drifts);

void evd_drifts_release(struct evd_drifts *drifts);

#endif
