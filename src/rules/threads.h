/* Rules of threads: which thread of one log is which of the other, and which may have no counterpart.
 *
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_RULES_THREADS_H
#define EVD_RULES_THREADS_H

#include "rules/when.h"

enum { EVD_THREAD_RULES_MAX = 64 };

enum evd_thread_pairing {
    EVD_THREADS_BY_VALUE,    /* those that have the same values */
    EVD_THREADS_BY_ORDER,    /* one after the other */
    EVD_THREADS_BY_CREATION, /* those that counterparts created, one after the other */
};

struct evd_thread_rule {
    struct evd_string name;
    enum evd_thread_pairing pairing;
    bool has_when;
    struct evd_when when;         /* of the event that a thread is known by; or that creates threads */
    const struct evd_path *paths; /* of the values that must be the same; none: of any */
    size_t path_count;
    bool has_child;
    struct evd_path child; /* BY_CREATION: what tells the tid of the thread that is created */
    bool may_be_missing;   /* a thread that is left is no difference */
    uint64_t at_most;      /* may_be_missing: so many of both logs; 0: any number */
};

#endif
