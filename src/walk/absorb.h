/* Absorbers: what may legitimately be on one side only.
 *
 * Each type of absorber is one function in absorb.c, told the rule; adding a type is adding a function
 * to its table. */
#ifndef EVD_WALK_ABSORB_H
#define EVD_WALK_ABSORB_H

#include "walk/walk.h"

/* What an absorber may skip. */
struct evd_absorption {
    size_t absorber; /* index of the rule */
    enum evd_side side;
    uint64_t count;  /* events to skip on that side; 0: nothing was absorbed */
    uint64_t blocks; /* pairs of blocks among them; 0 when the absorber does not count in blocks */
};

/* Tries the rule set's absorbers in order on the two events at the cursors, reading of them what their keys do
 * not tell. False when memory runs out or a mapped log changed under the walk. */
bool evd_absorb(struct evd_walker *walker, struct evd_absorption *absorption);

#endif
