/* News: the divergences that no control run explains, told as if all others matched.
 *
 * What noise does between them does not count: a root is sought among news, rows of matching events go on across noise,
 * and noise is no cause. Only that there is noise too, in the thread or in the family, speaks
 * against what is new. So the causes, families and suspicion of news are those of
 * an outcome that has news alone.
 *
 * Ownership: news own their memory, but for families, which go to the arena. Threads: one outcome, one thread. */
#ifndef EVD_EXPLAIN_NEWS_H
#define EVD_EXPLAIN_NEWS_H

#include "explain/suspicion.h"

/* All zero is nothing. */
struct evd_news_part {
    struct evd_outcome outcome;      /* pairs as they are, with the divergences that are new; and their families */
    struct evd_nature_list *natures; /* one a pair */
    struct evd_noise_counts noise;   /* what is left out */
    struct evd_arena causes;         /* of evd_outcome::pairs here */
    size_t **places;                 /* of each pair: the indexes that its divergences have in the whole */
};

/* Takes the divergences that are new, by evd_divergence::news, from an outcome, finds their causes among themselves, and
 * makes their families. In the outcome the causes of what is new become these. `natures`: one a
 * pair. False when memory runs out; release in either case. Cost: as evd_find_earlier_causes and evd_make_families. */
bool evd_news_explain(struct evd_news_part *news, struct evd_outcome *outcome, const struct evd_nature_list *natures,
                      const struct evd_rules *rules, struct evd_arena *arena);

void evd_news_release(struct evd_news_part *news);

#endif
