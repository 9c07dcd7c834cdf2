/* A judgement in the words of reports, which see no ledger. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/fail.h"
#include "evdiff/judge.h"

struct owned_known {
    struct evd_known known; /* first, so that a pointer to it is one to the whole */
    struct evd_arena arena;
};

static bool is_told(enum evd_standing standing)
{
    return standing <= EVD_STANDING_GROWN;
}

void evd_list_entry(const struct evd_ledger_entry *entry, struct evd_listed_family *listed)
{
    *listed = (struct evd_listed_family){
        .state = evd_ledger_state_name(entry->state),
        .news = "",
        .bug = entry->bug,
        .owner = entry->owner,
        .reason = entry->reason,
        .until = entry->until,
    };
}

void evd_list_family(const struct evd_judged_family *judged, struct evd_listed_family *listed)
{
    *listed = (struct evd_listed_family){.bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    if (judged->entry != NULL)
        evd_list_entry(judged->entry, listed);
    listed->standing = evd_standing_name(judged->standing);
    listed->summary = evd_standing_summary(judged->standing);
    listed->news = evd_family_news_summary(judged->news);
    listed->is_told = is_told(judged->standing);
    listed->fails = judged->fails;
    listed->moved_from = judged->moved_from != NULL ? judged->moved_from->signature : 0;
}

/* By their standings, those that fail first; of one standing in the order of the outcome. */
static void order_told(struct evd_known *known, const struct evd_judgement *judgement)
{
    for (int fails = 1; fails >= 0; fails--)
        for (int standing = 0; standing < EVD_STANDINGS; standing++)
            for (size_t i = 0; i < judgement->family_count; i++) {
                const struct evd_judged_family *judged = &judgement->families[i];
                if ((int)judged->standing != standing || judged->fails != (fails != 0) || !is_told(judged->standing))
                    continue;
                known->told[known->told_count++] = judged->family;
                known->fail_count += judged->fails;
            }
}

enum evd_status evd_known_make(const struct evd_judgement *judgement, const struct evd_outcome *outcome,
                               struct evd_known **known, struct evd_error *error)
{
    struct owned_known *owned = calloc(1, sizeof *owned);
    *known = NULL;
    if (owned == NULL)
        return evd_fail_memory(error);
    struct evd_known *made = &owned->known;
    made->family_count = outcome->family_count;
    made->families = evd_arena_array(&owned->arena, outcome->family_count, sizeof *made->families);
    made->told = evd_arena_array(&owned->arena, judgement->family_count, sizeof *made->told);
    if (made->families == NULL || made->told == NULL) {
        evd_known_free(made);
        return evd_fail_memory(error);
    }
    for (size_t i = 0; i < outcome->family_count; i++)
        made->families[i] = (struct evd_listed_family){.standing = NULL};
    for (size_t i = 0; i < judgement->family_count; i++)
        evd_list_family(&judgement->families[i], &made->families[judgement->families[i].family]);
    order_told(made, judgement);
    *known = made;
    return EVD_OK;
}

void evd_known_free(struct evd_known *known)
{
    struct owned_known *owned = (struct owned_known *)known;
    if (owned == NULL)
        return;
    evd_arena_release(&owned->arena);
    free(owned);
}
