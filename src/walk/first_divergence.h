/* First divergence: what the reference reports of the place where two threads first part, quoted after the walk has
 * stopped there. */
#ifndef EVD_WALK_FIRST_DIVERGENCE_H
#define EVD_WALK_FIRST_DIVERGENCE_H

#include "walk/walk.h"

/* Quotes the two events that the walker stands at, which its cursors have read and which differ as
 * walker->difference says, with those around them. `breaks` is what a name contradicts, or NULL; it is
 * borrowed. Texts go to the arena; `scratch` is any buffer. Errors: as evd_walk. Cost: parses at most
 * 2 * (EVD_CONTEXT_MAX + 2) events. */
enum evd_status evd_quote_first_divergence(struct evd_walker *walker, const struct evd_broken_renaming *breaks,
                                           struct evd_buffer *scratch, struct evd_arena *arena,
                                           struct evd_first_divergence *divergence, struct evd_error *error);

#endif
