/* Optional: what a rule of the section of that name holds, for who looks ahead of it (ahead.h).
 *
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_WALK_ABSORBERS_OPTIONAL_H
#define EVD_WALK_ABSORBERS_OPTIONAL_H

#include "rules/block.h"

struct evd_optional_members {
    struct evd_rule_block block; /* first, as tests/unit/test_far_blocks.c reads it */
    uint64_t at_most;            /* blocks of a pair of threads; 0: any number */
};

#endif
