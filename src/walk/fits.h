/* Fits: whether a rule is about an event of a stream, and whether a block of a rule begins there (rules/block.h).
 *
 * What a rule asks of an event mostly has the same answer for all events with its key; such an answer is kept among the
 * walker's memos. Threads: as the walker. */
#ifndef EVD_WALK_FITS_H
#define EVD_WALK_FITS_H

#include "rules/block.h"
#include "walk/walk.h"

/* True in *fits when the event at a position of a side's stream is one that `when` is about. While a stream is arranged, not
 * if a rule of any_order has it: where that stands is not said. Errors: as evd_walk.
 * Cost: mostly a look at its key; else parses it. */
enum evd_status evd_fits(struct evd_walker *walker, const struct evd_when *when, enum evd_side side, uint64_t position,
                         bool *fits, struct evd_error *error);

/* How many events the block that begins at `position`, at most the stream's count, reaches over, those that take no part
 * among them; 0: none begins there. The event there takes part, and events from it on are as they were when the walker was aimed.
 * Errors: the same. Cost: asks as many events; where those are many, once for all blocks that begin near. */
enum evd_status evd_block_length(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                                 uint64_t position, uint64_t *length, struct evd_error *error);

/* Fills `ends`, one an event of the stream, with the position behind the block that begins there, of a balanced block; 0: none
 * begins there, or the event takes no part. The same as evd_block_length event by event. Errors: the same. Cost: asks each
 * event once. */
enum evd_status evd_block_ends(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                               uint64_t *ends, struct evd_error *error);

/* Frees what is known of blocks that reach far. */
void evd_far_blocks_release(struct evd_walker *walker);

/* A hash of an event's kind and of what the name counts as that its call is told by, and one of what it counts as at the
 * paths. Errors: the same. Cost: parses it. */
enum evd_status evd_event_call(struct evd_walker *walker, enum evd_side side, uint64_t position, uint64_t *call,
                               struct evd_error *error);
enum evd_status evd_event_hash_counted_at(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                          const struct evd_path *paths, size_t count, uint64_t *hash,
                                          struct evd_error *error);

/* A hash of what an event has at the paths, as its log has it. Errors: the same. Cost: parses it. */
enum evd_status evd_event_hash_at(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                  const struct evd_path *paths, size_t count, uint64_t *hash, struct evd_error *error);

struct evd_block_found {
    uint64_t count; /* events from the place on; 0: they are no block */
    uint64_t first; /* where the block begins */
    uint64_t again; /* where what stands of it before the place follows again; 0: nothing does */
};

/* How many events of the stream from `position` on are a block, those that take no part among them; 0: they are none.
 *
 * The first events of a block may stand before `position` when the same ones follow behind it: of A B C A B D without its
 * block A B C is left A B D, and so is without C A B. That is how far two streams match before they are seen to part.
 * The same ones are those of equal keys where what matched them may be matched with those behind, by_key, else those of
 * equal values. Errors: the same. Cost: asks the events from at most EVD_BLOCK_LIST_MAX before to the end of the block; where that is
 * far, once for all blocks that begin near. */
enum evd_status evd_block_run(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                              uint64_t position, bool by_key, struct evd_block_found *found, struct evd_error *error);

#endif
