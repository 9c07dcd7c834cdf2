/* Root families: those that do not follow from others, so the ones that a person reads. */
#include <stdlib.h>

#include "explain/family.h"
#include "json/key.h"

/* What is known of a family on the way. */
struct progress {
    uint64_t following; /* divergences with their roots in other families */
    uint64_t most;      /* of those, in the family that it follows from most */
    size_t visit;       /* + 1: the walk along `follows` that came by; 0: none */
};

/* Counts in which families the roots of each family's divergences are. */
static bool count_roots(struct evd_outcome *outcome, struct progress *progress)
{
    struct evd_table counts = {0}; /* hash of a family and that of a root → divergences */
    bool is_done = true;
    for (size_t i = 0; i < outcome->pair_count && is_done; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count && is_done; j++) {
            const size_t family = outcome->pairs[i].divergences[j].family;
            const size_t root = evd_root_divergence(outcome, i, j)->family;
            if (root == family)
                continue;
            uint64_t *count = evd_table_put(&counts, evd_hash_pair(family, root), 0, NULL);
            is_done = count != NULL;
            if (!is_done)
                break;
            progress[family].following++;
            outcome->families[root].follower_count++;
            if (++*count > progress[family].most) {
                progress[family].most = *count;
                outcome->families[family].follows = root;
            }
        }
    evd_table_release(&counts);
    return is_done;
}

/* Families that follow from each other in a circle would have no root. */
static void break_circles(struct evd_outcome *outcome, struct progress *progress)
{
    for (size_t i = 0; i < outcome->family_count; i++) {
        size_t at = i;
        while (!outcome->families[at].is_root && progress[at].visit == 0) {
            progress[at].visit = i + 1;
            at = outcome->families[at].follows;
        }
        if (!outcome->families[at].is_root && progress[at].visit == i + 1)
            outcome->families[at].is_root = true;
    }
}

bool evd_find_root_families(struct evd_outcome *outcome)
{
    struct progress *progress = calloc(outcome->family_count + 1, sizeof *progress);
    if (progress == NULL)
        return false;
    const bool is_done = count_roots(outcome, progress);
    for (size_t i = 0; i < outcome->family_count; i++)
        outcome->families[i].is_root = 4 * progress[i].following < EVD_FOLLOWING_QUARTERS * outcome->families[i].count;
    break_circles(outcome, progress);
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        outcome->root_family_count += family->is_root;
        if (family->is_root)
            family->follows = 0;
    }
    free(progress);
    return is_done;
}
