/* Blocks: one event or several that a rule takes as one.
 *
 *     when        one event
 *     each        several, one behind the other
 *     from … to   from an event to the one that closes it; another `from` in between opens one inside
 *
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_RULES_BLOCK_H
#define EVD_RULES_BLOCK_H

#include "rules/when.h"

/* Events that a block lists, and that it reaches over in a stream, those that take no part among them. */
enum { EVD_BLOCK_LIST_MAX = 64, EVD_BLOCK_REACH_MAX = 65536 };

struct evd_rule_block {
    const struct evd_when *events; /* one behind the other; of a balanced block the first and the last */
    size_t count;
    bool is_balanced;
    const struct evd_path *same; /* is_balanced: what opens a block and what closes it have the same values there */
    size_t same_count;
};

#endif
