#include "explain/noisy_places.h"

#include <stdlib.h>

#include "base/grow.h"
#include "explain/in_step.h"
#include "json/key.h"

static uint64_t hash_thread(enum evd_side side, int64_t tid)
{
    return evd_hash_pair(side, (uint64_t)tid);
}

static uint64_t last_of(struct evd_run run)
{
    return run.count > 0 ? run.position + run.count - 1 : run.position;
}

static bool add_stretch(struct evd_noisy_places *places, uint64_t thread, struct evd_run run, bool is_parted)
{
    void *stretches = evd_grow(places->stretches, places->count, &places->capacity, sizeof *places->stretches);
    if (stretches == NULL)
        return false;
    places->stretches = stretches;
    places->stretches[places->count++] = (struct evd_noisy_stretch){thread, run.position, last_of(run), is_parted};
    return true;
}

/* What has moved may stand before what comes before it. */
static void widen(struct evd_noisy_stretch *stretch, uint64_t first, uint64_t last)
{
    stretch->first = first < stretch->first ? first : stretch->first;
    stretch->last = last > stretch->last ? last : stretch->last;
}

static bool add_pair(struct evd_noisy_places *places, enum evd_side side, const struct evd_pair_outcome *pair,
                     const struct evd_nature_list *natures)
{
    const uint64_t thread = hash_thread(side, pair->tid[EVD_CANARY]);
    struct evd_steps steps = {.has_first = false};
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *divergence = &pair->divergences[i];
        const struct evd_run run = evd_run_of(divergence, EVD_CANARY);
        const uint64_t matched = i > 0 ? pair->divergences[i - 1].matched_after : 0;
        const bool is_parted = evd_is_other_path(divergence);
        if (divergence->class_ != EVD_CLASS_TRUNCATED &&
            evd_steps_add(&steps, pair->divergences, natures, i, matched)) {
            widen(&places->stretches[places->count - 1], run.position, last_of(run));
            places->stretches[places->count - 1].is_parted |= is_parted;
        } else if (!add_stretch(places, thread, run, is_parted)) {
            return false;
        }
    }
    return true;
}

bool evd_noisy_places_add(struct evd_noisy_places *places, enum evd_side side, const struct evd_outcome *outcome,
                          const struct evd_nature_list *natures)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (!add_pair(places, side, &outcome->pairs[i], &natures[i]))
            return false;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct evd_noisy_stretch *left = a, *right = b;
    if (left->thread != right->thread)
        return left->thread < right->thread ? -1 : 1;
    if (left->is_parted != right->is_parted)
        return left->is_parted ? 1 : -1;
    return (left->first > right->first) - (left->first < right->first);
}

void evd_noisy_places_seal(struct evd_noisy_places *places)
{
    size_t kept = 0;
    if (places->count == 0)
        return;
    qsort(places->stretches, places->count, sizeof *places->stretches, by_place);
    for (size_t i = 1; i < places->count; i++) {
        struct evd_noisy_stretch *before = &places->stretches[kept];
        const struct evd_noisy_stretch *next = &places->stretches[i];
        if (next->thread == before->thread && next->is_parted == before->is_parted && next->first <= before->last)
            widen(before, next->first, next->last);
        else
            places->stretches[++kept] = *next;
    }
    places->count = kept + 1;
}

/* True when a stretch lies before a place, by the order that they are in. */
static bool is_before(const struct evd_noisy_stretch *stretch, const struct evd_noisy_stretch *place)
{
    if (stretch->thread != place->thread)
        return stretch->thread < place->thread;
    return stretch->is_parted != place->is_parted ? place->is_parted : stretch->last < place->first;
}

bool evd_is_noisy_place(const struct evd_noisy_places *places, enum evd_side side, int64_t tid, struct evd_run run,
                        bool is_parted)
{
    const struct evd_noisy_stretch place = {hash_thread(side, tid), run.position, last_of(run), is_parted};
    size_t low = 0, high = places->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (is_before(&places->stretches[middle], &place))
            low = middle + 1;
        else
            high = middle;
    }
    const struct evd_noisy_stretch *found = low < places->count ? &places->stretches[low] : NULL;
    return found != NULL && found->thread == place.thread && found->is_parted == is_parted &&
           found->first <= place.last;
}

void evd_noisy_places_release(struct evd_noisy_places *places)
{
    free(places->stretches);
    *places = (struct evd_noisy_places){0};
}
