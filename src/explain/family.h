/* Families: divergences that are the same thing again, what each of them weighs, and where to look first. */
#ifndef EVD_EXPLAIN_FAMILY_H
#define EVD_EXPLAIN_FAMILY_H

#include "align/divergences.h"
#include "rules/rules.h"

struct evd_news_part;
struct evd_noise_counts;

/* Groups the divergences of all pairs by signature into outcome->families, which go to `arena`, finds the roots of causes, and
 * chooses outcome->looks. Causes are known. `natures`: one a pair. `rules`, `noise`: as for evd_find_suspicion. False when memory
 * runs out. Cost: n log n for n divergences. */
bool evd_make_families(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                       const struct evd_rules *rules, const struct evd_noise_counts *noise, struct evd_arena *arena);

/* The same with control runs: families that have news come first, and are told as they are in `news`, which are the
 * outcome's. */
bool evd_make_families_with_news(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                                 const struct evd_news_part *news, struct evd_arena *arena);

/* Finds which families follow from others: is_root, follows and follower_count of all
 * families, and outcome->root_family_count.
 * A family follows from another when at least EVD_FOLLOWING_QUARTERS of its divergences have their roots in other
 * families; in a circle of families, the first of them does not. False when memory runs out. Cost: linear in the
 * divergences. */
bool evd_find_root_families(struct evd_outcome *outcome);

enum { EVD_FOLLOWING_QUARTERS = 3 };

/* The end of a divergence's chain of causes. */
static inline const struct evd_divergence *evd_root_divergence(const struct evd_outcome *outcome, size_t pair,
                                                               size_t divergence)
{
    const struct evd_cause_place root = evd_root_of(outcome, pair, divergence);
    return &outcome->pairs[root.pair].divergences[root.divergence];
}

#endif
