#include "explain/news.h"

#include <stdlib.h>

#include "explain/cause.h"
#include "explain/family.h"
#include "outcome/causes.h"

/* Fills a pair's part; there is room for all of its divergences. What matches behind noise counts for the news before. */
static void take_pair(const struct evd_pair_outcome *pair, const struct evd_nature_list *natures,
                      struct evd_pair_outcome *part, struct evd_nature_list *part_natures, size_t *places)
{
    part->divergence_count = 0;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *divergence = &pair->divergences[i];
        size_t *count = &part->divergence_count;
        if (divergence->news != EVD_NEWS_NONE) {
            part->divergences[*count] = *divergence;
            part->divergences[*count].cause = EVD_CAUSE_NONE;
            part_natures->of[*count] = natures->of != NULL ? natures->of[i] : (uint32_t)i;
            places[(*count)++] = i;
        } else if (*count > 0) {
            part->divergences[*count - 1].matched_after += divergence->matched_after;
        }
    }
}

static bool count_noise(struct evd_noise_counts *noise, const struct evd_pair_outcome *outcome, size_t pair,
                        const struct evd_nature_list *natures)
{
    for (size_t i = 0; i < outcome->divergence_count; i++) {
        if (outcome->divergences[i].news != EVD_NEWS_NONE)
            continue;
        uint64_t *count = evd_table_put(&noise->by_signature, evd_nature_of(natures, i)->signature, 0, NULL);
        if (count == NULL)
            return false;
        ++*count;
        noise->in_pair[pair]++;
        noise->breaks_in_pair[pair] += evd_breaks_a_renaming(&outcome->divergences[i]);
    }
    return true;
}

/* Where a divergence of the whole is in its pair's part; SIZE_MAX when it is noise. */
static size_t find_place(const struct evd_news_part *news, size_t pair, size_t divergence)
{
    size_t low = 0, high = news->outcome.pairs[pair].divergence_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (news->places[pair][middle] < divergence)
            low = middle + 1;
        else
            high = middle;
    }
    return low < news->outcome.pairs[pair].divergence_count && news->places[pair][low] == divergence ? low : SIZE_MAX;
}

/* Takes the threads without a counterpart that something new has lost. */
static bool take_unpaired(struct evd_news_part *news, const struct evd_outcome *outcome)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t count = outcome->unpaired_count[side];
        struct evd_unpaired *threads = news->outcome.unpaired[side] = calloc(count + 1, sizeof *threads);
        if (threads == NULL)
            return false;
        for (size_t i = 0; i < count; i++) {
            struct evd_unpaired thread = outcome->unpaired[side][i];
            if (thread.cause != EVD_CAUSE_NONE)
                thread.cause_divergence = find_place(news, thread.cause_pair, thread.cause_divergence);
            if (thread.cause != EVD_CAUSE_NONE && thread.cause_divergence != SIZE_MAX)
                threads[news->outcome.unpaired_count[side]++] = thread;
        }
    }
    return true;
}

static bool take(struct evd_news_part *news, const struct evd_outcome *outcome, const struct evd_nature_list *natures)
{
    const size_t pair_count = outcome->pair_count;
    struct evd_pair_outcome *pairs = news->outcome.pairs = calloc(pair_count + 1, sizeof *pairs);
    news->natures = calloc(pair_count + 1, sizeof *news->natures);
    news->places = calloc(pair_count + 1, sizeof *news->places);
    news->noise.in_pair = calloc(pair_count + 1, sizeof *news->noise.in_pair);
    news->noise.breaks_in_pair = calloc(pair_count + 1, sizeof *news->noise.breaks_in_pair);
    if (pairs == NULL || news->natures == NULL || news->places == NULL || news->noise.in_pair == NULL ||
        news->noise.breaks_in_pair == NULL)
        return false;
    news->outcome.pair_count = pair_count;
    for (size_t i = 0; i < pair_count; i++) {
        const size_t count = outcome->pairs[i].divergence_count;
        pairs[i] = outcome->pairs[i];
        pairs[i].divergence_controls = NULL; /* not asked for */
        news->natures[i] = natures[i];
        pairs[i].divergences = calloc(count + 1, sizeof *pairs[i].divergences);
        news->natures[i].of = calloc(count + 1, sizeof *news->natures[i].of);
        news->places[i] = calloc(count + 1, sizeof *news->places[i]);
        if (pairs[i].divergences == NULL || news->natures[i].of == NULL || news->places[i] == NULL)
            return false;
        if (!count_noise(&news->noise, &outcome->pairs[i], i, &natures[i]))
            return false;
        take_pair(&outcome->pairs[i], &natures[i], &pairs[i], &news->natures[i], news->places[i]);
    }
    return take_unpaired(news, outcome);
}

static void put_causes(const struct evd_news_part *news, struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < news->outcome.pairs[i].divergence_count; j++) {
            const enum evd_cause cause = news->outcome.pairs[i].divergences[j].cause;
            const size_t to = news->places[i][j];
            outcome->pairs[i].divergences[to].cause = cause;
            if (cause == EVD_CAUSE_NONE)
                continue;
            const struct evd_cause_place from = evd_cause_of(&news->outcome, i, j);
            evd_cause_put(outcome, i, to, cause,
                          (struct evd_cause_place){from.pair, news->places[from.pair][from.divergence]});
        }
}

bool evd_news_explain(struct evd_news_part *news, struct evd_outcome *outcome, const struct evd_nature_list *natures,
                      const struct evd_rules *rules, struct evd_arena *arena)
{
    if (!take(news, outcome, natures) || !evd_causes_make_room(&news->outcome, &news->causes) ||
        !evd_find_earlier_causes(&news->outcome, news->natures))
        return false;
    put_causes(news, outcome);
    return evd_make_families(&news->outcome, news->natures, rules, &news->noise, arena);
}

void evd_news_release(struct evd_news_part *news)
{
    for (size_t i = 0; news->outcome.pairs != NULL && i < news->outcome.pair_count; i++)
        free(news->outcome.pairs[i].divergences);
    for (size_t i = 0; news->natures != NULL && i < news->outcome.pair_count; i++)
        free(news->natures[i].of);
    for (size_t i = 0; news->places != NULL && i < news->outcome.pair_count; i++)
        free(news->places[i]);
    for (int side = 0; side < EVD_SIDES; side++)
        free(news->outcome.unpaired[side]);
    free(news->outcome.pairs);
    evd_arena_release(&news->causes);
    evd_table_release(&news->noise.by_signature);
    free(news->noise.in_pair);
    free(news->noise.breaks_in_pair);
    free(news->natures);
    free(news->places);
    *news = (struct evd_news_part){0};
}
