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

/* By how much ours is ahead in the items of a list without order. */
struct evd_list_drifts {
    uint64_t event;                    /* that `now` is of */
    struct evd_measured *before, *now; /* of the event before, and of that one */
    size_t before_count, now_count, before_capacity, now_capacity;
};

/* All zero: nothing is known. */
struct evd_drifts {
    struct evd_table lists; /* rule and place of all items → index into list_drifts */
    struct evd_list_drifts *list_drifts;
    size_t list_count, list_capacity;
    uint64_t event;          /* the one at hand, from 1 on; the caller counts */
    struct evd_table places; /* rule and place → index into drifts */
    struct evd_drift *drifts;
    size_t count, capacity;
    size_t *open; /* those with events that were counted */
    size_t open_count, open_capacity;
    bool failed; /* memory ran out */
};

/* True when ours is ahead at a place, as evd_sided_lasting tells it, by nearly as much as before. At a new place it is when the
 * place is of no item of a list without order (`common`, as evd_sided_common tells it, is the same), when no item was in the
 * list before, and when some item was ahead by nearly as much in the event before: so items that are never told again are held
 * against something. Cost: a look-up, and one step for each item of the event before. */
bool evd_drift_is_steady(struct evd_drifts *drifts, uint64_t place, uint64_t common,
                         const struct evd_tolerance *tolerance, const struct evd_measured *canary,
                         const struct evd_measured *ours);

/* Counts a number of an event that has no counterpart. */
void evd_drift_note(struct evd_drifts *drifts, uint64_t place, int side, const struct evd_measured *amount);

/* Events match again. */
void evd_drift_meet(struct evd_drifts *drifts);

void evd_drifts_release(struct evd_drifts *drifts);

#endif
