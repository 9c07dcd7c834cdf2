#include "outcome/places.h"

#include <stdlib.h>

bool evd_places_find(struct evd_places *places, const struct evd_outcome *outcome)
{
    size_t total = 0;
    *places = (struct evd_places){.first = calloc(outcome->family_count + 2, sizeof *places->first)};
    if (places->first == NULL)
        return false;
    /* Counted one place higher, and filled from there, so that each beginning ends up where it belongs. */
    size_t *next = places->first + 1;
    for (size_t i = 0; outcome->family_count > 0 && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++, total++)
            next[outcome->pairs[i].divergences[j].family + 1]++;
    places->list = malloc((total + 1) * sizeof *places->list);
    if (places->list == NULL)
        return false;
    for (size_t i = 0; i < outcome->family_count; i++)
        next[i + 1] += next[i];
    for (size_t i = 0; outcome->family_count > 0 && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            places->list[next[outcome->pairs[i].divergences[j].family]++] = (struct evd_place){i, j};
    return true;
}

const struct evd_place *evd_places_of(const struct evd_places *places, size_t family, size_t *count)
{
    *count = places->first[family + 1] - places->first[family];
    return places->list + places->first[family];
}

void evd_places_release(struct evd_places *places)
{
    free(places->first);
    free(places->list);
    *places = (struct evd_places){.first = NULL};
}
