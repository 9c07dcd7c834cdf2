/* Ahead: which of several optional blocks goes, where two streams part and more than one may go.
 *
 *     canary  b x k      Behind canary's b the two meet at x, and part again at k, which neither may lack. Behind ours' a
 *     ours    a b x k    they meet at b, and match to their ends: a goes.
 *
 * Ways are followed breadth first, so that of two the one with fewer blocks is found first. A place is two events at which the
 * streams part on some way: from each all blocks that may go are tried, and events that match behind them are passed. A way is
 * good when it has passed EVD_AHEAD_EVENTS events that match, or has come to both ends. Where two ways come to one place the
 * first is followed, so there are never more of them than places. When EVD_AHEAD_PLACES were looked at and no way was good, or
 * there is none, that is taken on which most events match. What was chosen holds up to where the two meet: a run of blocks is
 * looked at once.
 *
 * Ownership: the walker owns what is kept from place to place. Threads: as the walker. */
#ifndef EVD_WALK_ABSORBERS_AHEAD_H
#define EVD_WALK_ABSORBERS_AHEAD_H

#include "walk/absorb.h"

enum { EVD_AHEAD_EVENTS = 64, EVD_AHEAD_PLACES = 1024 };

/* A block that may go at the cursors. */
struct evd_way {
    size_t absorber; /* index of the rule */
    enum evd_side side;
    uint64_t count; /* events that it reaches over from the cursor on; at least 1 */
};

/* True when a choice was made before that this place is part of, and *way is what goes. */
bool evd_ahead_recall(struct evd_walker *walker, struct evd_way *way);

/* Chooses one of at least two, which are in the order in which they are tried: of the rules, canary's before ours'. Errors: as
 * evd_absorb. Cost: looks at up to EVD_AHEAD_PLACES places; at each asks the rules of "optional" whether their blocks begin
 * there, and compares the keys of up to EVD_AHEAD_EVENTS events. */
enum evd_status evd_ahead_choose(struct evd_walker *walker, const struct evd_way *ways, size_t count,
                                 struct evd_way *way, struct evd_error *error);

/* Frees what the walker keeps. */
void evd_ahead_release(struct evd_walker *walker);

#endif
