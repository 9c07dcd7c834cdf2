/* Place: what became of a place of canary tonight. */
#ifndef EVD_JUDGE_PLACE_H
#define EVD_JUDGE_PLACE_H

#include "evdiff/judge.h"

enum evd_passage {
    EVD_PASSED,      /* in no divergence: it matches, or takes no part any more */
    EVD_DIVERGED_AT, /* in a divergence */
    EVD_NOT_REACHED, /* no counterpart, left over, or nothing can be concluded from the outcome */
};

/* Whether anything can be concluded from what is not in an outcome. */
bool evd_is_conclusive(const struct evd_outcome *outcome);

/* *divergence: of EVD_DIVERGED_AT. Cost: linear in the divergences of the place's thread. */
enum evd_passage evd_passage_of(const struct evd_outcome *outcome, struct evd_canary_place place,
                                const struct evd_divergence **divergence);

#endif
