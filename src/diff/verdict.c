#include "diff/verdict.h"

#include "outcome/text.h"

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

/* "12.3 % of canary's events (1,234 of 10,000)" for a demanded share, "1,234 of canary's 10,000 events"
 * for a demanded number. The share's tenths are rounded away from what is demanded. */
static void tell_part(struct evd_buffer *line, const struct evd_amount *demanded, uint64_t part, uint64_t whole,
                      bool rounds_up)
{
    if (demanded->is_share) {
        uint64_t tenths = whole == 0 ? 0 : part * 1000 / whole;
        tenths += rounds_up && tenths * whole < part * 1000;
        evd_buffer_format(line, "%u.%u %% of canary's events (", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
    }
    evd_buffer_format(line, demanded->is_share ? "%s of %s)" : "%s of canary's %s events", evd_grouped(part).text,
                      evd_grouped(whole).text);
}

static void tell_amount(struct evd_buffer *line, const struct evd_amount *demanded)
{
    if (demanded->is_share)
        evd_buffer_format(line, "%.10g %%", demanded->share * 100);
    else
        evd_buffer_string(line, evd_grouped(demanded->count).text);
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

static void tell_truncated(const struct evd_outcome *outcome, struct evd_buffer *line)
{
    const struct evd_pair_outcome *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (is_truncated(&outcome->pairs[i])) {
            count++;
            if (first == NULL)
                first = &outcome->pairs[i];
        }
    if (first == NULL)
        return;
    evd_buffer_format(line, "%zu of %zu thread pairs end early on one side", count, outcome->pair_count);
    evd_buffer_format(line, ", the first canary_tid=%lld and ours_tid=%lld; none may",
                      (long long)first->tid[EVD_CANARY], (long long)first->tid[EVD_OURS]);
}

enum { DEMANDS_MAX = 3 };

/* Adds a line, unless it is empty; false when memory runs out. Releases it. */
static bool keep_unmet(struct evd_outcome *outcome, struct evd_buffer *line, struct evd_arena *arena)
{
    const bool is_kept =
        (line->length == 0 && !line->failed) || evd_keep_text(arena, line, &outcome->unmet[outcome->unmet_count++]);
    evd_buffer_release(line);
    return is_kept;
}

static bool hold_demands(struct evd_outcome *outcome, const struct evd_demands *demands, struct evd_arena *arena)
{
    const struct evd_event_counts *canary = &outcome->counts[EVD_CANARY];
    const uint64_t compared = canary->matched + canary->differing;
    const uint64_t whole = outcome->event_count[EVD_CANARY];
    struct evd_buffer line = {0};
    outcome->unmet = evd_arena_array(arena, DEMANDS_MAX, sizeof *outcome->unmet);
    if (outcome->unmet == NULL)
        return false;
    if (is_below(&demands->min_compared, compared, whole)) {
        evd_buffer_string(&line, "compared ");
        tell_part(&line, &demands->min_compared, compared, whole, false);
        evd_buffer_string(&line, "; at least ");
        tell_amount(&line, &demands->min_compared);
        evd_buffer_string(&line, " are demanded");
    }
    if (!keep_unmet(outcome, &line, arena))
        return false;
    if (is_above(&demands->max_absorbed, canary->absorbed, whole)) {
        evd_buffer_string(&line, "absorbed ");
        tell_part(&line, &demands->max_absorbed, canary->absorbed, whole, true);
        evd_buffer_string(&line, "; at most ");
        tell_amount(&line, &demands->max_absorbed);
        evd_buffer_string(&line, " are allowed");
    }
    if (!keep_unmet(outcome, &line, arena))
        return false;
    if (demands->no_truncated)
        tell_truncated(outcome, &line);
    return keep_unmet(outcome, &line, arena);
}

bool evd_conclude(struct evd_outcome *outcome, const struct evd_demands *demands, struct evd_arena *arena)
{
    outcome->verdict = outcome->pair_count > 0 ? EVD_VERDICT_EQUAL : EVD_VERDICT_NOTHING;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (int side = 0; side < EVD_SIDES; side++)
            add(&outcome->counts[side], &pair->counts[side]);
        if (pair->is_diverged)
            outcome->verdict = EVD_VERDICT_DIVERGED;
        else if (ends_early(pair) && outcome->verdict == EVD_VERDICT_EQUAL)
            outcome->verdict = EVD_VERDICT_ENDS_EARLY;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            outcome->unpaired_events[side] += outcome->unpaired[side][i].total;
    if (outcome->verdict == EVD_VERDICT_EQUAL &&
        outcome->unpaired_count[EVD_CANARY] + outcome->unpaired_count[EVD_OURS] > 0)
        outcome->verdict = EVD_VERDICT_UNPAIRED;
    if (!hold_demands(outcome, demands, arena))
        return false;
    if (outcome->unmet_count > 0)
        outcome->verdict = EVD_VERDICT_INCONCLUSIVE;
    return true;
}
