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
