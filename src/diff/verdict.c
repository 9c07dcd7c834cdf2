#include "diff/verdict.h"

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
    return pair->left_over[EVD_CANARY] > 0 || pair->left_over[EVD_OURS] > 0;
}

void evd_conclude(struct evd_outcome *outcome)
{
    outcome->verdict = EVD_VERDICT_EQUAL;
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
}
