#include "batch/family_words.h"

#include "batch/plan.h"
#include "report/describe.h"
#include "report/root.h"
#include "report/values.h"

const char *evd_settle(struct evd_arena *arena, struct evd_buffer *text)
{
    const char *kept = text->failed ? NULL : evd_keep_string(arena, text->data != NULL ? text->data : "", text->length);
    evd_buffer_clear(text);
    return kept;
}

/* Both values, where there are two. */
static bool settle_sides(struct evd_arena *arena, const struct evd_family *family,
                         const struct evd_divergence *divergence, struct evd_night_family *told)
{
    struct evd_buffer sides[EVD_SIDES] = {{0}, {0}};
    bool is_kept = true;
    if (divergence->value == NULL)
        return true;
    evd_append_values(sides, divergence->value, family->shown_as);
    for (int side = 0; side < EVD_SIDES; side++) {
        told->sides[side] = evd_settle(arena, &sides[side]);
        is_kept &= told->sides[side] != NULL;
        evd_buffer_release(&sides[side]);
    }
    return is_kept;
}

bool evd_night_describe_family(struct evd_arena *arena, const char *folder, const struct evd_outcome *outcome,
                               const struct evd_family *family, struct evd_night_family *told)
{
    struct evd_buffer text = {0};
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_describe_root_name(&text, family, EVD_WHAT_LETTERS_MAX);
    told->what = evd_settle(arena, &text);
    evd_describe_shown_difference(&text, divergence, family->shown_as);
    told->difference = evd_settle(arena, &text);
    evd_describe_place(&text, outcome, pair, index);
    told->place = evd_settle(arena, &text);
    evd_describe_show(&text, outcome, pair, index, folder);
    told->show = evd_settle(arena, &text);
    evd_buffer_release(&text);
    return told->what != NULL && told->difference != NULL && told->place != NULL && told->show != NULL &&
           settle_sides(arena, family, divergence, told);
}
