#include "selftest/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "outcome/text.h"
#include "selftest/change.h"

struct planner {
    struct evd_selftest_plan *plan;
    const struct evd_log *ours;
    struct evd_excerpt_reader readers[2];
    struct evd_buffer payload, field;
    struct evd_table lost; /* pairs whose threads of ours are to be lost */
};

static const struct evd_event *event_at(const struct planner *planner, struct evd_place place)
{
    return evd_stream_event(planner->plan->stretches.items[place.stretch].stream[EVD_OURS], place.position);
}

static bool is_engine_local(const struct planner *planner, struct evd_place place)
{
    return evd_event_tag(event_at(planner, place)) == EVD_TAG_ENGINE_LOCAL;
}

static bool read_at(struct planner *planner, int reader, struct evd_place place, struct evd_excerpt *excerpt)
{
    return evd_excerpt_read(&planner->readers[reader], planner->ours, event_at(planner, place), excerpt);
}

/* Finds what to swap an event with; *is_possible is false at the end of a stretch and between events that are
 * spelled alike, where nothing would change. */
static bool choose_swap(struct planner *planner, struct evd_mutant *mutant, bool *is_possible)
{
    const uint64_t to = planner->plan->stretches.items[mutant->at.stretch].plant_to;
    const bool passes_engine_local = !is_engine_local(planner, mutant->at);
    struct evd_place *other = &mutant->other;
    other->position++;
    while (other->position < to && passes_engine_local && is_engine_local(planner, *other))
        other->position++;
    *is_possible = false;
    if (other->position >= to)
        return true;
    struct evd_excerpt first, second;
    if (!read_at(planner, 0, mutant->at, &first) || !read_at(planner, 1, *other, &second))
        return false;
    *is_possible = !evd_string_equal(first.kind, second.kind) || !evd_string_equal(first.payload, second.payload);
    return true;
}

static bool choose_change(struct planner *planner, struct evd_mutant *mutant, uint64_t draw, bool *is_possible)
{
    struct evd_excerpt excerpt;
    if (!read_at(planner, 0, mutant->at, &excerpt) ||
        !evd_change_payload(&planner->readers[1], &excerpt, draw, &planner->payload, &planner->field))
        return false;
    *is_possible = planner->payload.length > 0;
    struct evd_arena *arena = &planner->plan->arena;
    return !*is_possible || (evd_keep_text(arena, &planner->payload, &mutant->payload) &&
                             evd_keep_text(arena, &planner->field, &mutant->field));
}

/* The first stretch of a pair or, when there is none, of the next one that has any. */
static size_t first_of_pair(const struct evd_stretch_list *stretches, size_t pair)
{
    size_t low = 0, high = stretches->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (stretches->items[middle].pair < pair)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Draws a place in another thread; false when there is none, or the drawn stretch has no room or is of the same
 * thread of ours, which a map may give to two of canary's. */
static bool choose_other_thread(struct planner *planner, struct evd_mutant *mutant, uint64_t draw)
{
    const struct evd_stretch_list *stretches = &planner->plan->stretches;
    const size_t pair = stretches->items[mutant->at.stretch].pair;
    const size_t first = first_of_pair(stretches, pair);
    const size_t own = first_of_pair(stretches, pair + 1) - first;
    if (own == stretches->count)
        return false;
    size_t index = draw % (stretches->count - own);
    index += index < first ? 0 : own;
    const struct evd_stretch *stretch = &stretches->items[index];
    const uint64_t from = stretch->from[EVD_OURS];
    if (stretch->plant_to == from || stretch->stream[EVD_OURS] == stretches->items[mutant->at.stretch].stream[EVD_OURS])
        return false;
    mutant->other = (struct evd_place){index, from + evd_stable_hash_pair(draw, index) % (stretch->plant_to - from)};
    return true;
}

static bool complete(struct planner *planner, struct evd_mutant *mutant, uint64_t draw, bool *is_possible)
{
    *is_possible = true;
    mutant->other = mutant->at;
    switch (mutant->mutation) {
    case EVD_MUTATION_SWAP: return choose_swap(planner, mutant, is_possible);
    case EVD_MUTATION_CHANGE: return choose_change(planner, mutant, draw, is_possible);
    case EVD_MUTATION_SWAP_THREADS: *is_possible = choose_other_thread(planner, mutant, draw); return true;
    case EVD_MUTATION_LOSE_THREAD:
        return evd_table_put(&planner->lost, planner->plan->stretches.items[mutant->at.stretch].pair, 0, is_possible) !=
               NULL;
    default: return true;
    }
}

static bool add(struct evd_selftest_plan *plan, const struct evd_mutant *mutant)
{
    void *mutants = evd_grow(plan->mutants, plan->mutant_count, &plan->mutant_capacity, sizeof *plan->mutants);
    if (mutants == NULL)
        return false;
    plan->mutants = mutants;
    plan->mutants[plan->mutant_count++] = *mutant;
    return true;
}

/* Takes a kind's candidates one by one until the mutation is possible at one. */
static bool plan_at_kind(struct planner *planner, enum evd_mutation mutation, size_t kind, size_t *next,
                         bool *is_planned)
{
    const struct evd_candidate_kind *candidates = &planner->plan->candidates.kinds[kind];
    *is_planned = false;
    while (!*is_planned && *next < candidates->count) {
        const struct evd_candidate *candidate = &candidates->items[(*next)++];
        struct evd_mutant mutant = {
            .mutation = mutation, .kind = kind, .at = {candidate->stretch, candidate->position}};
        const uint64_t draw = evd_stable_hash_pair(candidate->draw, mutation);
        if (!complete(planner, &mutant, draw, is_planned) || (*is_planned && !add(planner->plan, &mutant)))
            return false;
    }
    return true;
}

static bool plan_mutation(struct planner *planner, enum evd_mutation mutation, uint64_t samples, size_t *next)
{
    const size_t kind_count = planner->plan->candidates.kind_count;
    memset(next, 0, kind_count * sizeof *next);
    uint64_t planned = 0;
    for (bool is_any = true; is_any && planned < samples;) {
        is_any = false;
        for (size_t kind = 0; kind < kind_count && planned < samples; kind++) {
            bool is_planned;
            if (!plan_at_kind(planner, mutation, kind, &next[kind], &is_planned))
                return false;
            planned += is_planned;
            is_any |= is_planned;
        }
    }
    return true;
}

bool evd_plan_mutants(struct evd_selftest_plan *plan, const struct evd_log *ours, uint64_t samples, bool *has_changed)
{
    struct planner planner = {.plan = plan, .ours = ours};
    size_t *next = calloc(plan->candidates.kind_count + 1, sizeof *next);
    bool is_done = next != NULL;
    for (int i = 0; i < 2; i++)
        is_done = evd_excerpt_reader_init(&planner.readers[i]) && is_done;
    const uint64_t lost = evd_lost_most(ours->stream_count);
    for (int mutation = 0; is_done && mutation < EVD_MUTATIONS; mutation++) {
        const bool is_bounded = mutation == EVD_MUTATION_LOSE_THREAD && lost < samples;
        is_done = plan_mutation(&planner, (enum evd_mutation)mutation, is_bounded ? lost : samples, next);
    }
    *has_changed = planner.readers[0].has_changed || planner.readers[1].has_changed;
    for (int i = 0; i < 2; i++)
        evd_excerpt_reader_release(&planner.readers[i]);
    evd_buffer_release(&planner.payload);
    evd_buffer_release(&planner.field);
    evd_table_release(&planner.lost);
    free(next);
    return is_done;
}

void evd_selftest_plan_release(struct evd_selftest_plan *plan)
{
    free(plan->stretches.items);
    evd_candidates_release(&plan->candidates);
    free(plan->mutants);
    evd_arena_release(&plan->arena);
    *plan = (struct evd_selftest_plan){0};
}
