/* Relocate: blocks that may come earlier or later ("may_move" in the rules) are put where the other side has them.
 *
 *     canary   a  [B]  b  c  d        without blocks  a b c d
 *     ours     a   b  [B] c  x  d                     a b c x d      B: before b and before c, one event apart
 *
 * What is left of two streams without such blocks is aligned; so it is known which place of ours is which of canary's,
 * whatever else differs. Equal blocks are counterparts in their order, when they are near enough, then those that begin with
 * equal events, then any; ours comes to stand where canary's is. A block without a counterpart stays where it is.
 *
 * Threads: as the walker. */
#ifndef EVD_ALIGN_RELOCATE_H
#define EVD_ALIGN_RELOCATE_H

#include "walk/arrange.h"

/* Relocates the blocks of a pair's streams, which the walker is aimed at, rule by rule; counts those of our events that get
 * another place as moved by the rule. Errors: as evd_walk. Cost: asks every event, and an alignment of all. */
enum evd_status evd_relocate(struct evd_walker *walker, struct evd_arranged *arranged, struct evd_error *error);

#endif
