/* Blocks: passing over what two saved indexes say is equal, without touching its events. */
#ifndef EVD_WALK_BLOCKS_H
#define EVD_WALK_BLOCKS_H

#include "walk/walk.h"

/* Passes over the blocks that begin at both cursors and are equal, ordinals included, and counts them; does nothing
 * where none are, and where the rules have names, which must be read event by event. Cost: 32 bytes a block. */
void evd_walk_equal_blocks(struct evd_walker *walker);

#endif
