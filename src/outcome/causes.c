#include "outcome/causes.h"

/* What stands for the number of a root that is not known. */
static const uint32_t UNKNOWN = UINT32_MAX, ON_THE_WAY = UINT32_MAX - 1;

bool evd_causes_make_room(struct evd_outcome *outcome, struct evd_arena *arena)
{
    uint32_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        struct evd_pair_outcome *pair = &outcome->pairs[i];
        pair->divergence_begin = count;
        if (pair->divergence_count >= ON_THE_WAY - count)
            return false;
        count += (uint32_t)pair->divergence_count;
    }
    outcome->causes = evd_arena_array(arena, count, sizeof *outcome->causes);
    outcome->roots = evd_arena_array(arena, count, sizeof *outcome->roots);
    return outcome->causes != NULL && outcome->roots != NULL;
}

uint32_t evd_number_of(const struct evd_outcome *outcome, size_t pair, size_t divergence)
{
    return outcome->pairs[pair].divergence_begin + (uint32_t)divergence;
}

void evd_cause_put(struct evd_outcome *outcome, size_t pair, size_t divergence, enum evd_cause cause,
                   struct evd_cause_place place)
{
    outcome->pairs[pair].divergences[divergence].cause = cause;
    outcome->causes[evd_number_of(outcome, pair, divergence)] = evd_number_of(outcome, place.pair, place.divergence);
}

static struct evd_cause_place place_of(const struct evd_outcome *outcome, size_t pair, uint32_t number)
{
    const size_t begin = outcome->pairs[pair].divergence_begin;
    if (number >= begin && number - begin < outcome->pairs[pair].divergence_count)
        return (struct evd_cause_place){pair, number - begin};
    /* The last pair that begins there or before; those that have no divergence begin where the next one does. */
    size_t low = 0, high = outcome->pair_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (outcome->pairs[middle].divergence_begin <= number)
            low = middle;
        else
            high = middle;
    }
    return (struct evd_cause_place){low, number - outcome->pairs[low].divergence_begin};
}

struct evd_cause_place evd_divergence_numbered(const struct evd_outcome *outcome, uint32_t number)
{
    return place_of(outcome, 0, number);
}

size_t evd_count_numbered(const struct evd_outcome *outcome)
{
    if (outcome->pair_count == 0)
        return 0;
    const struct evd_pair_outcome *last = &outcome->pairs[outcome->pair_count - 1];
    return last->divergence_begin + last->divergence_count;
}

struct evd_cause_place evd_cause_of(const struct evd_outcome *outcome, size_t pair, size_t divergence)
{
    return place_of(outcome, pair, outcome->causes[evd_number_of(outcome, pair, divergence)]);
}

struct evd_cause_place evd_root_of(const struct evd_outcome *outcome, size_t pair, size_t divergence)
{
    return place_of(outcome, pair, outcome->roots[evd_number_of(outcome, pair, divergence)]);
}

static uint32_t *root_at(struct evd_outcome *outcome, struct evd_cause_place at)
{
    return &outcome->roots[evd_number_of(outcome, at.pair, at.divergence)];
}

static bool has_cause(const struct evd_outcome *outcome, struct evd_cause_place at)
{
    return outcome->pairs[at.pair].divergences[at.divergence].cause != EVD_CAUSE_NONE;
}

/* Goes back over those whose root is not known yet, and then tells it to all of them. */
static bool find_root(struct evd_outcome *outcome, struct evd_cause_place begin)
{
    struct evd_cause_place at = begin;
    for (; *root_at(outcome, at) == UNKNOWN && has_cause(outcome, at);
         at = evd_cause_of(outcome, at.pair, at.divergence))
        *root_at(outcome, at) = ON_THE_WAY;
    if (*root_at(outcome, at) == ON_THE_WAY)
        return false;
    if (*root_at(outcome, at) == UNKNOWN)
        *root_at(outcome, at) = evd_number_of(outcome, at.pair, at.divergence);
    const uint32_t root = *root_at(outcome, at);
    for (at = begin; *root_at(outcome, at) == ON_THE_WAY; at = evd_cause_of(outcome, at.pair, at.divergence))
        *root_at(outcome, at) = root;
    return true;
}

bool evd_roots_find(struct evd_outcome *outcome, struct evd_cause_place *circle)
{
    for (size_t i = 0; i < evd_count_numbered(outcome); i++)
        outcome->roots[i] = UNKNOWN;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            if (!find_root(outcome, (struct evd_cause_place){i, j})) {
                if (circle != NULL)
                    *circle = (struct evd_cause_place){i, j};
                return false;
            }
    return true;
}
