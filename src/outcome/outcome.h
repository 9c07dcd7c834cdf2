/* Outcome: who owns what one points to. */
#ifndef EVD_OUTCOME_OUTCOME_H
#define EVD_OUTCOME_OUTCOME_H

#include "base/arena.h"
#include "evdiff/beside.h"
#include "evdiff/outcome.h"

/* An outcome and the memory behind it. */
struct evd_owned_outcome {
    struct evd_outcome outcome; /* first, so that a pointer to it is one to the whole */
    struct evd_arena arena;     /* all that the outcome points to */
};

/* An empty outcome, to be freed by evd_outcome_free; NULL when memory runs out. */
struct evd_owned_outcome *evd_outcome_new(void);

/* Fills unfired_rules from rule_uses; false when memory runs out. */
bool evd_list_unfired(struct evd_outcome *outcome, struct evd_arena *arena);

/* The same of events beside each other; evd_beside_free takes `beside`. */
struct evd_owned_beside {
    struct evd_beside beside; /* first */
    struct evd_arena arena;
};

struct evd_owned_beside *evd_beside_new(void);

#endif
