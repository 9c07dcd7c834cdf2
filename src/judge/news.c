#include "judge/news.h"

#include "base/table.h"

/* What the past has seen, to be looked up. */
struct seen {
    struct evd_table values, tids;
    bool knows_values, knows_tids;
    bool knows_places; /* nights of versions that did not look at places have 0 there */
};

static bool fill(struct evd_table *table, const uint64_t *numbers, const int64_t *tids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (evd_table_put(table, numbers != NULL ? numbers[i] : (uint64_t)tids[i], 0, NULL) == NULL)
            return false;
    return true;
}

static bool fill_seen(struct seen *seen, const struct evd_night_of_job *night, const struct evd_past_family *past)
{
    seen->knows_values = past != NULL && past->values != NULL && !night->has_other_canary;
    seen->knows_tids = past != NULL && past->tids != NULL && !night->has_other_canary;
    seen->knows_places = seen->knows_values;
    for (size_t i = 0; seen->knows_values && i < past->value_count; i++)
        seen->knows_places &= past->values[i] != 0;
    return (!seen->knows_values || fill(&seen->values, past->values, NULL, past->value_count)) &&
           (!seen->knows_tids || fill(&seen->tids, NULL, past->tids, past->tid_count));
}

/* What is noise may have other values every night. */
static enum evd_family_news news_of(const struct seen *seen, const struct evd_pair_outcome *pair,
                                    const struct evd_divergence *divergence, const struct evd_ledger_entry *entry)
{
    const bool has_seen_values =
        seen->knows_values && evd_table_get(&seen->values, evd_hash_of_values(divergence)) != NULL;
    if (divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS] && !has_seen_values &&
        !entry->fails[divergence->fails[EVD_CANARY] ? EVD_CANARY : EVD_OURS])
        return EVD_FAMILY_NEWS_FAILURE;
    if (seen->knows_values && divergence->value != NULL && !has_seen_values && entry->state != EVD_LEDGER_NOISE)
        return EVD_FAMILY_NEWS_VALUES;
    const bool has_new_place =
        seen->knows_places && divergence->value == NULL && !has_seen_values && entry->state != EVD_LEDGER_NOISE;
    if (seen->knows_tids && evd_table_get(&seen->tids, (uint64_t)pair->tid[EVD_CANARY]) == NULL)
        return EVD_FAMILY_NEWS_THREAD;
    return has_new_place ? EVD_FAMILY_NEWS_PLACE : EVD_FAMILY_NEWS_NONE;
}

static void take(struct evd_judged_family *judged, enum evd_family_news news, size_t run, const struct evd_place *place)
{
    if (news == EVD_FAMILY_NEWS_NONE || (judged->news != EVD_FAMILY_NEWS_NONE && judged->news <= news))
        return;
    judged->news = news;
    judged->news_run = run;
    judged->news_pair = place->pair;
    judged->news_divergence = place->divergence;
}

bool evd_find_family_news(const struct evd_night_of_job *night, size_t run, const struct evd_places *places,
                          size_t index, const struct evd_past_family *past, struct evd_judged_family *judged)
{
    const struct evd_outcome *outcome = night->outcomes[run];
    const struct evd_family *family = &outcome->families[index];
    struct seen seen = {.knows_values = false};
    size_t count;
    const struct evd_place *list = evd_places_of(places, index, &count);
    const bool is_done = fill_seen(&seen, night, past);
    for (size_t i = 0; is_done && i < count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[list[i].pair];
        const struct evd_divergence *divergence = &pair->divergences[list[i].divergence];
        if (outcome->control_count == 0 || divergence->news != EVD_NEWS_NONE)
            take(judged, news_of(&seen, pair, divergence, judged->entry), run, &list[i]);
    }
    const struct evd_place first = {family->first_pair, family->first_divergence};
    if (past != NULL && past->count_max > 0 && family->count / EVD_GROWN_FACTOR >= past->count_max &&
        family->count > past->count_max * EVD_GROWN_FACTOR)
        take(judged, EVD_FAMILY_NEWS_COUNT, run, &first);
    evd_table_release(&seen.values);
    evd_table_release(&seen.tids);
    return is_done;
}

bool evd_has_news_of_failure(const struct evd_outcome *outcome, const struct evd_places *places, size_t family)
{
    size_t count;
    const struct evd_place *list = evd_places_of(places, family, &count);
    for (size_t i = 0; i < count; i++) {
        const struct evd_divergence *divergence = &outcome->pairs[list[i].pair].divergences[list[i].divergence];
        if (divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS] &&
            (outcome->control_count == 0 || divergence->news != EVD_NEWS_NONE))
            return true;
    }
    return false;
}

enum evd_standing evd_standing_of_state(enum evd_ledger_state state)
{
    switch (state) {
    case EVD_LEDGER_NOISE: return EVD_STANDING_NOISE;
    case EVD_LEDGER_FLAKY: return EVD_STANDING_FLAKY;
    default: return EVD_STANDING_KNOWN;
    }
}
