/* News: what is new in a family that the ledger lists. */
#ifndef EVD_JUDGE_NEWS_H
#define EVD_JUDGE_NEWS_H

#include "evdiff/judge.h"
#include "outcome/places.h"

/* Looks at one of tonight's outcomes that has a listed family, and makes what it finds there the news of `judged` where it is
 * graver. `places` are the outcome's, `past` is what is known of the family, or NULL. False when memory runs out. Cost: linear in
 * the family's divergences, and in the past. */
bool evd_find_family_news(const struct evd_night_of_job *night, size_t run, const struct evd_places *places,
                          size_t family, const struct evd_past_family *past, struct evd_judged_family *judged);

/* Whether a call of a family fails on one side only, but for what control runs explain. Cost: linear in its divergences. */
bool evd_has_news_of_failure(const struct evd_outcome *outcome, const struct evd_places *places, size_t family);

/* Of a listed family without news. */
enum evd_standing evd_standing_of_state(enum evd_ledger_state state);

#endif
