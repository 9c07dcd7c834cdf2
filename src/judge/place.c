#include "judge/place.h"

#include "base/stable_hash.h"

struct evd_canary_place evd_place_of_family(const struct evd_outcome *outcome, const struct evd_family *family)
{
    const struct evd_pair_outcome *pair = &outcome->pairs[family->first_pair];
    const struct evd_run *run = &pair->divergences[family->first_divergence].run[EVD_CANARY];
    return (struct evd_canary_place){pair->tid[EVD_CANARY], run->first_idx, run->count == 0};
}

uint64_t evd_hash_of_values(const struct evd_divergence *divergence)
{
    return divergence->value == NULL
               ? 0
               : evd_stable_hash_pair(divergence->value[EVD_CANARY].hash, divergence->value[EVD_OURS].hash);
}

bool evd_is_conclusive(const struct evd_outcome *outcome)
{
    return outcome->verdict != EVD_VERDICT_INCONCLUSIVE && outcome->verdict != EVD_VERDICT_NOTHING;
}

/* A place between events lies in a divergence that has none of canary there too, or that covers the event behind it. */
static bool lies_in(struct evd_canary_place place, const struct evd_run *run)
{
    if (run->count == 0)
        return place.is_between && run->first_idx == place.tid_event_idx;
    return run->first_idx <= place.tid_event_idx && place.tid_event_idx <= run->last_idx;
}

static enum evd_passage passage_in(const struct evd_pair_outcome *pair, struct evd_canary_place place,
                                   const struct evd_divergence **divergence)
{
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *found = &pair->divergences[i];
        if (!lies_in(place, &found->run[EVD_CANARY]))
            continue;
        /* Where ours ends first, what canary has left was not compared with anything. */
        if (found->class_ == EVD_CLASS_TRUNCATED && found->run[EVD_CANARY].count > 0)
            return EVD_NOT_REACHED;
        *divergence = found;
        return EVD_DIVERGED_AT;
    }
    return EVD_PASSED;
}

enum evd_passage evd_passage_of(const struct evd_outcome *outcome, struct evd_canary_place place,
                                const struct evd_divergence **divergence)
{
    *divergence = NULL;
    if (!evd_is_conclusive(outcome))
        return EVD_NOT_REACHED;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[EVD_CANARY] == place.tid)
            return passage_in(&outcome->pairs[i], place, divergence);
    return EVD_NOT_REACHED;
}
