#include "outcome/outcome.h"

#include <stdlib.h>

struct evd_owned_outcome *evd_outcome_new(void)
{
    return calloc(1, sizeof(struct evd_owned_outcome));
}

void evd_outcome_free(struct evd_outcome *outcome)
{
    struct evd_owned_outcome *owned = (struct evd_owned_outcome *)outcome;
    if (owned == NULL)
        return;
    evd_arena_release(&owned->arena);
    free(owned);
}

struct evd_owned_beside *evd_beside_new(void)
{
    return calloc(1, sizeof(struct evd_owned_beside));
}

void evd_beside_free(struct evd_beside *beside)
{
    struct evd_owned_beside *owned = (struct evd_owned_beside *)beside;
    if (owned == NULL)
        return;
    evd_arena_release(&owned->arena);
    free(owned);
}

bool evd_list_unfired(struct evd_outcome *outcome, struct evd_arena *arena)
{
    outcome->unfired_rules = evd_arena_array(arena, outcome->rule_use_count, sizeof *outcome->unfired_rules);
    if (outcome->unfired_rules == NULL)
        return false;
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &outcome->rule_uses[i];
        if (!use->is_off && use->count[EVD_CANARY] == 0 && use->count[EVD_OURS] == 0)
            outcome->unfired_rules[outcome->unfired_rule_count++] = i;
    }
    return true;
}

bool evd_leaves_much_unpaired(const struct evd_outcome *outcome)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (outcome->unpaired_count[side] == 0 ||
            outcome->unpaired_events[side] < outcome->event_count[side] / EVD_UNPAIRED_SHARE +
                                                 (outcome->event_count[side] % EVD_UNPAIRED_SHARE != 0))
            return false;
    return true;
}
