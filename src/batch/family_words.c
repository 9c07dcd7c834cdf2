#include "batch/family_words.h"

#include "batch/plan.h"
#include "report/describe.h"
#include "report/root.h"
#include "report/text.h"
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

/* Of what people look at; of the rest nobody would, and there is much of it. */
static bool is_looked_at(enum evd_standing standing)
{
    const int state = evd_night_state_of(standing);
    return state >= 0 && state != EVD_NIGHT_FIXED && state != EVD_NIGHT_FLAKY && state != EVD_NIGHT_FOLLOWER;
}

/* The events around the place, where the outcome quotes them. */
static bool settle_events(struct evd_arena *arena, const struct evd_outcome *outcome,
                          const struct evd_quotation *quotation, struct evd_night_family *told)
{
    static const struct evd_report_options OPTIONS = {.width = EVD_NIGHT_EVENTS_WIDTH};
    struct evd_buffer text = {0}, line = {0};
    struct evd_output out = {.write = evd_buffer_take, .context = &text};
    evd_text_render_change(outcome, quotation, &OPTIONS, &out);
    evd_text_put_arguments(quotation, &OPTIONS, &line, &out);
    text.failed |= line.failed;
    evd_output_flush(&out);
    text.failed |= out.buffer.failed;
    told->events = evd_settle(arena, &text);
    evd_buffer_release(&out.buffer);
    evd_buffer_release(&line);
    evd_buffer_release(&text);
    return told->events != NULL;
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
    (void)evd_describe_show(&text, outcome, pair, index, folder); /* logs of a night are files */
    told->show = evd_settle(arena, &text);
    evd_buffer_release(&text);
    const struct evd_quotation *quotation =
        is_looked_at(told->standing) ? evd_quotation_at(outcome, (size_t)(family - outcome->families), pair, index)
                                     : NULL;
    if (quotation != NULL && !settle_events(arena, outcome, quotation, told))
        return false;
    return told->what != NULL && told->difference != NULL && told->place != NULL && told->show != NULL &&
           settle_sides(arena, family, divergence, told);
}
