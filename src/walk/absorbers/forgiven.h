/* Forgiven: divergences that mean nothing, told by what reports say of them.
 *
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_WALK_ABSORBERS_FORGIVEN_H
#define EVD_WALK_ABSORBERS_FORGIVEN_H

#include "rules/when.h"

struct evd_forgiven_rule {
    bool has_when;
    struct evd_when when;            /* of the first event of a side that has events in it */
    unsigned classes;                /* bits by enum evd_divergence_class; 0: all */
    const struct evd_string *fields; /* patterns of evd_family::field */
    size_t field_count;              /* 0: any field, and divergences without one */
    uint64_t events;                 /* at most so many on each side; 0: any number */
    uint64_t at_most;                /* divergences of a pair of threads; 0: any number */
};

#endif
