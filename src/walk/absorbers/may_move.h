/* may_move: blocks that may come earlier or later, as align/relocate.c is asked for them. */
#ifndef EVD_WALK_ABSORBERS_MAY_MOVE_H
#define EVD_WALK_ABSORBERS_MAY_MOVE_H

#include "rules/absorber.h"

enum { EVD_MOVE_EVENTS_MAX = 65536 };

struct evd_may_move_rule {
    struct evd_rule_block block;
    uint64_t by; /* other events, 1 to EVD_MOVE_EVENTS_MAX */
};

/* What a rule of this type says; NULL for a rule of another type, or one that is switched off. */
const struct evd_may_move_rule *evd_may_move_of(const struct evd_absorber_rule *rule);

#endif
