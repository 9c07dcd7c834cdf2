/* Lost: threads that one side created and the other never did.
 *
 * What remains of a thread without a counterpart is like one of the other side's in something, so likeness does not
 * tell that it has none. Its creation does: where canary's thread X creates more threads than X's counterpart, more
 * that begin at one place, and all of canary creates more of those than all of ours, that many of the threads so
 * created are in canary alone. (The first is for logs in which the same code is at another place: then the one has
 * more at each place, but not more in all.)
 *
 *     canary  X: create(f) create(f) create(g)        ours  Y: create(f) create(g)        X ─ Y, one of two is lost
 *                   T1        T2        T3                        U1        U2            T1 ─ U1, T3 ─ U2, T2 is it
 *
 * Which ones: not those whose counterparts Y created to begin there, where either is the most alike to the other; of the
 * others first those that have no counterpart, then those least like theirs, then the first to start.
 *
 * Nothing is known of threads whose creation is not in the log or does not say where they begin ("thread_creation" in
 * the rules), nor of those whose creator has no counterpart or is lost itself. Both sides are treated alike. */
#ifndef EVD_PAIR_LOST_H
#define EVD_PAIR_LOST_H

#include "log/log.h"
#include "pair/sketch.h"

/* The pairs among which lost threads are looked for. */
struct evd_lost_search {
    const struct evd_log *log[EVD_SIDES];
    const struct evd_sketch *sketches[EVD_SIDES]; /* one a stream */
    const size_t *partners;  /* of each of canary's streams its counterpart's index, SIZE_MAX for none */
    const int64_t *likeness; /* of each of these pairs, 0 where it is not known */
    const bool *are_closest; /* of each of these pairs: either is the most alike to the other */
};

/* *differ: some threads that begin at one place are created more often in one log than in the other; else none is
 * lost. False when memory runs out. Cost: linear in the creations, whatever else is in the logs. */
bool evd_creations_differ(const struct evd_log *const log[EVD_SIDES], bool *differ);

/* Sets is_lost[side], one a stream, for those that are lost, and counts them; all are false before. False when memory
 * runs out. Cost: n log n for n threads, linear in the creations. */
bool evd_find_lost(const struct evd_lost_search *search, bool *const is_lost[EVD_SIDES], size_t *count);

#endif
