#include "report/consequences.h"

#include <stdlib.h>

#include "report/describe.h"

static bool make_room(struct evd_consequences *c, size_t pairs, size_t divergences)
{
    size_t **const lists[] = {&c->pairs, &c->heads, &c->nexts, &c->counts};
    *c = (struct evd_consequences){.first = calloc(pairs + 1, sizeof *c->first)};
    bool is_made = c->first != NULL;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *lists[i] = calloc(divergences + 1, sizeof **lists[i]);
        is_made = is_made && *lists[i] != NULL;
    }
    return is_made;
}

bool evd_consequences_find(struct evd_consequences *c, const struct evd_outcome *outcome)
{
    const size_t count = evd_divergence_count(outcome);
    if (!make_room(c, outcome->pair_count, count))
        return false;
    size_t number = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        c->first[i] = number;
        number += outcome->pairs[i].divergence_count;
    }
    for (size_t i = 0; i < count; i++)
        c->heads[i] = c->nexts[i] = EVD_NO_DIVERGENCE;
    /* From the last one on, so that each is put before those that follow from the same root. */
    for (size_t i = outcome->pair_count; i-- > 0;)
        for (size_t j = outcome->pairs[i].divergence_count; j-- > 0;) {
            const struct evd_cause_place at = evd_root_of(outcome, i, j);
            const size_t root = c->first[at.pair] + at.divergence;
            number = c->first[i] + j;
            c->pairs[number] = i;
            if (root == number)
                continue;
            c->nexts[number] = c->heads[root];
            c->heads[root] = number;
            c->counts[root]++;
        }
    return true;
}

void evd_consequences_release(struct evd_consequences *c)
{
    free(c->first);
    free(c->pairs);
    free(c->heads);
    free(c->nexts);
    free(c->counts);
    *c = (struct evd_consequences){0};
}
