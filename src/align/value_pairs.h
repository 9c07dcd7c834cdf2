/* Value pairs: the two values of value divergences, those that many divergences share kept once.
 *
 * A log without an equal event may have the same two values in a million divergences. Pairs seen lately are looked up by
 * hash; one that has been forgotten is kept again, which costs memory and changes nothing.
 *
 * Ownership: what is kept belongs to the arena it was put into. Threads: one memory, one thread at a time. */
#ifndef EVD_ALIGN_VALUE_PAIRS_H
#define EVD_ALIGN_VALUE_PAIRS_H

#include "base/arena.h"
#include "evdiff/outcome.h"

enum { EVD_RECENT_VALUES = 1024 };

/* All zero is an empty memory. */
struct evd_value_pairs {
    bool has_any;
    const struct evd_field_value *recent[EVD_RECENT_VALUES]; /* two values each, in the arena; by their hashes */
};

/* Forgets them all, before another arena is used. */
void evd_value_pairs_forget(struct evd_value_pairs *pairs);

/* Keeps two values whose texts are borrowed, in the arena and with their texts; NULL when memory runs out. All that one
 * memory keeps goes to one arena. Cost: linear in what is shown of them. */
const struct evd_field_value *evd_value_pairs_keep(struct evd_value_pairs *pairs, struct evd_arena *arena,
                                                   const struct evd_field_value value[EVD_SIDES]);

#endif
