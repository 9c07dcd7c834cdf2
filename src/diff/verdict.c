#include "diff/verdict.h"

#include <string.h>

static void add(struct evd_event_counts *sum, const struct evd_event_counts *counts)
{
    sum->matched += counts->matched;
    sum->differing += counts->differing;
    sum->absorbed += counts->absorbed;
    sum->engine_local += counts->engine_local;
    sum->left_over += counts->left_over;
}

static bool ends_early(const struct evd_pair_outcome *pair)
{
    return !pair->is_diverged && (pair->left_over[EVD_CANARY] > 0 || pair->left_over[EVD_OURS] > 0);
}

/* True when one stream is known to end while the other goes on: behind a divergence too, where resync got
 * there. */
static bool is_truncated(const struct evd_pair_outcome *pair)
{
    return ends_early(pair) ||
           (pair->divergence_count > 0 && pair->divergences[pair->divergence_count - 1].class_ == EVD_CLASS_TRUNCATED);
}

/* A part as a share, both as doubles: with fewer than 2^53 events a part that is exactly the share of the
 * whole gives the double nearest to the share, as evd_amount::share is. Of nothing, nothing is there. */
static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static bool is_below(const struct evd_amount *least, uint64_t part, uint64_t whole)
{
    if (!least->is_set)
        return false;
    return least->is_share ? share_of(part, whole) < least->share : part < least->count;
}

static bool is_above(const struct evd_amount *most, uint64_t part, uint64_t whole)
{
    if (!most->is_set)
        return false;
    return most->is_share ? share_of(part, whole) > most->share : part > most->count;
}

static bool is_share_valid(const struct evd_amount *amount)
{
    /* NaN is neither. */
    return !amount->is_set || !amount->is_share || (amount->share >= 0 && amount->share <= 1);
}

bool evd_has_demands(const struct evd_demands *demands)
{
    return demands->min_compared.is_set || demands->max_absorbed.is_set || demands->no_truncated;
}

bool evd_demands_are_valid(const struct evd_demands *demands)
{
    return is_share_valid(&demands->min_compared) && is_share_valid(&demands->max_absorbed);
}

/* The pairs of which one stream is known to end before the other. */
static struct evd_unmet_demand count_truncated(const struct evd_outcome *outcome)
{
    struct evd_unmet_demand truncated = {.demand = EVD_DEMAND_NO_TRUNCATED, .whole = outcome->pair_count};
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (is_truncated(&outcome->pairs[i]) && truncated.part++ == 0)
            memcpy(truncated.tid, outcome->pairs[i].tid, sizeof truncated.tid);
    return truncated;
}

static bool hold_demands(struct evd_outcome *outcome, const struct evd_demands *demands, struct evd_arena *arena)
{
    const struct evd_event_counts *canary = &outcome->counts[EVD_CANARY];
    const uint64_t compared = canary->matched + canary->differing;
    const uint64_t whole = outcome->event_count[EVD_CANARY];
    outcome->unmet = evd_arena_array(arena, EVD_DEMAND_KINDS, sizeof *outcome->unmet);
    if (outcome->unmet == NULL)
        return false;
    if (is_below(&demands->min_compared, compared, whole))
        outcome->unmet[outcome->unmet_count++] =
            (struct evd_unmet_demand){EVD_DEMAND_MIN_COMPARED, demands->min_compared, compared, whole, {0, 0}};
    if (is_above(&demands->max_absorbed, canary->absorbed, whole))
        outcome->unmet[outcome->unmet_count++] =
            (struct evd_unmet_demand){EVD_DEMAND_MAX_ABSORBED, demands->max_absorbed, canary->absorbed, whole, {0, 0}};
    const struct evd_unmet_demand truncated = count_truncated(outcome);
    if (demands->no_truncated && truncated.part > 0)
        outcome->unmet[outcome->unmet_count++] = truncated;
    return true;
}

/* True when a pair parts and it is not known where: its alignment was too costly. */
static bool is_undetermined(const struct evd_pair_outcome *pair)
{
    return pair->divergence_count == 0 && (pair->is_diverged || pair->marked_null_count > 0 || ends_early(pair));
}

/* With control runs the verdict is about what is new; `verdict`: about all. */
static enum evd_verdict verdict_of_news(const struct evd_outcome *outcome, enum evd_verdict verdict)
{
    bool ends = false;
    if (verdict == EVD_VERDICT_EQUAL || verdict == EVD_VERDICT_NOTHING)
        return verdict;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        if (is_undetermined(pair))
            return verdict;
        for (size_t j = 0; j < pair->divergence_count; j++) {
            const bool is_new = pair->divergences[j].news != EVD_NEWS_NONE;
            if (is_new && pair->divergences[j].class_ != EVD_CLASS_TRUNCATED)
                return EVD_VERDICT_DIVERGED;
            ends |= is_new;
        }
    }
    if (ends)
        return EVD_VERDICT_ENDS_EARLY;
    return outcome->new_unpaired_count > 0 ? EVD_VERDICT_UNPAIRED : EVD_VERDICT_NOTHING_NEW;
}

void evd_count_events(struct evd_outcome *outcome)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        for (size_t i = 0; i < outcome->pair_count; i++)
            add(&outcome->counts[side], &outcome->pairs[i].counts[side]);
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            outcome->unpaired_events[side] += outcome->unpaired[side][i].total;
    }
}

uint64_t evd_unmatched_events(const struct evd_outcome *outcome, enum evd_side side)
{
    const struct evd_event_counts *counts = &outcome->counts[side];
    return counts->differing + counts->left_over + outcome->unpaired_events[side];
}

bool evd_conclude(struct evd_outcome *outcome, const struct evd_demands *demands, struct evd_arena *arena)
{
    outcome->verdict = outcome->pair_count > 0 ? EVD_VERDICT_EQUAL : EVD_VERDICT_NOTHING;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        if (pair->is_diverged || pair->marked_null_count > 0)
            outcome->verdict = EVD_VERDICT_DIVERGED;
        else if (ends_early(pair) && outcome->verdict == EVD_VERDICT_EQUAL)
            outcome->verdict = EVD_VERDICT_ENDS_EARLY;
    }
    if (outcome->verdict == EVD_VERDICT_EQUAL &&
        outcome->unpaired_count[EVD_CANARY] + outcome->unpaired_count[EVD_OURS] > 0)
        outcome->verdict = EVD_VERDICT_UNPAIRED;
    if (outcome->control_count > 0)
        outcome->verdict = verdict_of_news(outcome, outcome->verdict);
    if (!hold_demands(outcome, demands, arena))
        return false;
    if (outcome->unmet_count > 0)
        outcome->verdict = EVD_VERDICT_INCONCLUSIVE;
    return true;
}
