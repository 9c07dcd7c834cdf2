/* By rules: threads paired as the rules of threads say (rules/threads.h), one rule after the other.
 *
 * Threads: called by one; it runs tasks in the pool. */
#ifndef EVD_PAIR_BY_RULES_H
#define EVD_PAIR_BY_RULES_H

#include "base/arena.h"
#include "base/pool.h"
#include "log/log.h"

/* What rules of threads have settled; all in the arena. */
struct evd_ruled_threads {
    size_t *partners;                /* one of canary's streams: the index of ours, SIZE_MAX for none */
    bool *is_settled[EVD_SIDES];     /* one a stream: it is paired, may be missing, or is lost */
    bool *may_be_missing[EVD_SIDES]; /* it has no counterpart, and that is no difference */
    bool *is_lost[EVD_SIDES];        /* it has none since the other side did not create it */
    uint64_t *pairs;                 /* one a rule of evd_rules::threads: how many it paired */
    uint64_t *missing[EVD_SIDES];    /* and how many threads of its may be missing */
    uint64_t *about[EVD_SIDES];      /* how many threads of its, or creations, the log has */
};

/* Pairs threads by the rules, of which there are some; `is_plain` as in struct evd_diff_options. Errors: as evd_recognise. Cost: that, and n log n for n threads. */
enum evd_status evd_pair_by_rules(const struct evd_log *const log[EVD_SIDES], bool is_plain, struct evd_pool *pool,
                                  struct evd_arena *arena, struct evd_ruled_threads *ruled, struct evd_error *error);

#endif
