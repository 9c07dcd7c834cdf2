/* Chosen: which thread of canary is which of ours, and which threads the other side never created. */
#ifndef EVD_PAIR_CHOSEN_H
#define EVD_PAIR_CHOSEN_H

#include "evdiff/outcome.h"
#include "log/log.h"
#include "pair/assign.h"

/* All zero: no thread is paired, and none is known to be lost. */
struct evd_chosen_pairs {
    struct evd_tid_pair *pairs; /* in ascending order of canary tids; in the arena */
    size_t count;
    struct evd_pairing_evidence
        *evidence;            /* one a pair, a similarity of 0: not measured; NULL unless paired by similarity */
    bool *is_lost[EVD_SIDES]; /* one a stream of that side's log: the other side never created the thread
                                              (pair/lost.h); in no pair then. NULL: none is known to be */
    /* Where there are rules of threads (pair/by_rules.h); else NULL: */
    const bool *may_be_missing[EVD_SIDES];   /* one a stream; in no pair, and that is no difference */
    const uint64_t *rule_pairs;              /* one a rule: how many it paired */
    const uint64_t *rule_missing[EVD_SIDES]; /* and how many threads of its may be missing */
    const uint64_t *rule_about[EVD_SIDES];   /* how many of its threads or creations there are */
};

/* A score is a similarity, EVD_SIMILARITY_ONE for what is the same, times EVD_SCORE_ORDERS; what is added to that breaks
 * ties by the order of start, below all differences that matter. */
enum { EVD_SIMILARITY_ONE = 1 << 20, EVD_SCORE_ORDERS = 256 };

/* Lists the pairs of canary's streams and their partners (SIZE_MAX: none), each with its evidence; those that have no
 * score are not measured. `chosen` has room for all, and none yet. The scores are reordered. Cost: n log n for n
 * scores. */
void evd_list_pairs_by_score(const struct evd_log *const log[EVD_SIDES], struct evd_score *scores, size_t count,
                             const size_t *partners, struct evd_chosen_pairs *chosen);

#endif
