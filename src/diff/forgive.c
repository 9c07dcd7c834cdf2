#include "diff/forgive.h"

#include "rules/absorber.h"

/* Counts a divergence's events as absorbed. */
static void count_absorbed(struct evd_pair_outcome *pair, const struct evd_divergence *divergence, size_t rule,
                           uint64_t *const absorbed[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t events = evd_run_of(divergence, side).count;
        struct evd_event_counts *counts = &pair->counts[side];
        *(divergence->class_ == EVD_CLASS_TRUNCATED ? &counts->left_over : &counts->differing) -= events;
        counts->absorbed += events;
        absorbed[side][rule] += events;
    }
}

/* The first rule that forgives a divergence in *rule; their number when none does. */
static enum evd_status find_rule(struct evd_walker *walker, const struct evd_divergence *divergence,
                                 struct evd_text field, size_t *rule, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    for (*rule = 0; *rule < rules->absorber_count; ++*rule) {
        const struct evd_absorber_rule *absorber = &rules->absorbers[*rule];
        bool is_forgiven;
        if (absorber->type->forgive == NULL || absorber->disabled)
            continue;
        const enum evd_status status = absorber->type->forgive(
            walker, absorber, divergence, field, walker->counts.times[*rule], &is_forgiven, error);
        if (status != EVD_OK || is_forgiven)
            return status;
    }
    return EVD_OK;
}

enum evd_status evd_forgive(struct evd_walker *walker, struct evd_divergence_list *list, struct evd_pair_outcome *pair,
                            uint64_t *const absorbed[EVD_SIDES], struct evd_forgiven *forgiven, struct evd_error *error)
{
    size_t kept = 0;
    *forgiven = (struct evd_forgiven){0};
    for (size_t i = 0; i < list->count; i++) {
        size_t rule;
        const enum evd_status status =
            find_rule(walker, &list->divergences[i], evd_nature_of(&list->natures, i)->field, &rule, error);
        if (status != EVD_OK)
            return status;
        if (rule < walker->rules->absorber_count) {
            count_absorbed(pair, &list->divergences[i], rule, absorbed);
            walker->counts.times[rule]++;
            forgiven->count++;
            forgiven->in_step += list->divergences[i].class_ == EVD_CLASS_VALUE && !evd_rank_of(list, i).is_pair;
            continue;
        }
        evd_divergences_move(list, i, kept);
        struct evd_divergence_rank rank = evd_rank_of(list, kept);
        if (kept == 0)
            forgiven->first_matched = rank.matched;
        rank.matched += forgiven->in_step;
        evd_rank_put(list, kept++, rank);
    }
    list->count = kept;
    return EVD_OK;
}
