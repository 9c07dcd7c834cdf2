/* Place: what became of a place of canary tonight. */
#ifndef EVD_JUDGE_PLACE_H
#define EVD_JUDGE_PLACE_H

#include "base/table.h"
#include "evdiff/judge.h"

enum evd_passage {
    EVD_PASSED,      /* in no divergence: it matches, or takes no part any more */
    EVD_DIVERGED_AT, /* in a divergence */
    EVD_NOT_REACHED, /* no counterpart, left over, or nothing can be concluded from the outcome */
};

/* Whether anything can be concluded from what is not in an outcome. */
bool evd_is_conclusive(const struct evd_outcome *outcome);

struct evd_cover;

/* Places of an outcome, to be asked for one after the other: its threads are listed once, and the divergences of a thread when it
 * is asked for first. All zero but for the outcome is one that nothing was asked of.
 * Ownership: released by the caller; borrows the outcome. Threads: one at a time. */
struct evd_passages {
    const struct evd_outcome *outcome;
    bool is_listed;
    struct evd_table pairs;    /* canary's tid → index of the first pair that has it */
    struct evd_cover **covers; /* of each pair; NULL: not asked for */
};

/* *passage; *divergence: of EVD_DIVERGED_AT, the first one that the place is in. False when memory runs out. Cost: logarithmic in
 * the divergences of the place's thread; of the first place of a thread n log n. */
bool evd_passage_of(struct evd_passages *passages, struct evd_canary_place place, enum evd_passage *passage,
                    const struct evd_divergence **divergence);

/* The same of all of tonight's runs: passed where all passed it, diverged at where one did, the first of which is *run. */
bool evd_passage_of_all(struct evd_passages *passages, size_t count, struct evd_canary_place place,
                        enum evd_passage *passage, size_t *run, const struct evd_divergence **divergence);

void evd_passages_release(struct evd_passages *passages);

uint64_t evd_hash_of_place(const struct evd_canary_place *place);
uint64_t evd_hash_of_call(const struct evd_ledger_key *key); /* of all but the events before */

/* Whether two families are the same but for the events before. */
bool evd_are_keys_alike(const struct evd_ledger_key *a, const struct evd_ledger_key *b);

#endif
