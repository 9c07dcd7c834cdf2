#include "walk/first_divergence.h"

#include <assert.h>

#include "base/fail.h"
#include "outcome/text.h"
#include "walk/quote.h"
#include "walk/tell_value.h"

/* What one call works on. */
struct quoting {
    struct evd_walker *walker;
    struct evd_buffer *scratch;
    struct evd_arena *arena;
};

static enum evd_status quote_at(const struct quoting *quoting, int side, uint64_t position, bool has_json,
                                struct evd_quoted_event *quoted, struct evd_error *error)
{
    struct evd_walker *walker = quoting->walker;
    struct evd_cursor *cursor = &walker->side[side];
    struct evd_event_view view;
    enum evd_status status = evd_cursor_ordinals(cursor, position, walker->lookahead_ordinals, error);
    if (status == EVD_OK)
        status = evd_reader_read(&walker->block_reader, cursor->log, evd_stream_event(cursor->stream, position),
                                 walker->lookahead_ordinals, &view, error);
    if (status == EVD_OK && !evd_quote(&view, has_json, quoting->scratch, quoting->arena, quoted))
        status = evd_fail_memory(error);
    return status;
}

static_assert((int)EVD_BLOCK_EVENTS_MIN >= (int)EVD_CONTEXT_MAX, "one block has a whole context");

/* Finds those of the last `count` matching pairs that are in blocks that were passed over. */
static enum evd_status find_passed_over(struct evd_walker *walker, size_t count, struct evd_error *error)
{
    struct evd_walk_context *context = &walker->context;
    const uint64_t matched = walker->counts.matched;
    if (context->passed_over <= matched - count)
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        uint64_t position = context->went_on_at[side];
        if (evd_cursor_event(cursor, position - 1) == NULL)
            return evd_cursor_fail(cursor, error);
        for (uint64_t n = context->passed_over; n > matched - count; n--) {
            /* A forged index may claim that more events take part than do. */
            do
                position -= position > 0;
            while (position > 0 && evd_event_tag(evd_stream_event(cursor->stream, position)) == EVD_TAG_ENGINE_LOCAL);
            context->positions[(n - 1) % EVD_CONTEXT_MAX][side] = position;
        }
    }
    return EVD_OK;
}

/* What the events are called, where the difference is told by that. */
static bool tell_name(const struct quoting *quoting, struct evd_first_divergence *divergence)
{
    const struct evd_walker *walker = quoting->walker;
    const struct evd_string kind = walker->side[EVD_CANARY].view.fields.rule->kind;
    struct evd_string field;
    const struct evd_value *name =
        evd_difference_name(&walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &field);
    if (!evd_copy_text(quoting->arena, (struct evd_text){kind.bytes, kind.length}, &divergence->kind))
        return false;
    if (name == NULL)
        return true;
    evd_buffer_clear(quoting->scratch);
    evd_value_json(quoting->scratch, name);
    return evd_copy_text(quoting->arena, (struct evd_text){field.bytes, field.length}, &divergence->name_field) &&
           evd_keep_text(quoting->arena, quoting->scratch, &divergence->name);
}

static bool tell_difference(const struct quoting *quoting, struct evd_first_divergence *divergence)
{
    const struct evd_difference *difference = &quoting->walker->difference;
    divergence->form = difference->form;
    evd_buffer_clear(quoting->scratch);
    evd_difference_path(difference, quoting->scratch);
    if (!evd_keep_text(quoting->arena, quoting->scratch, &divergence->path))
        return false;
    if ((difference->form == EVD_DIFFERENCE_PRIORITY || difference->form == EVD_DIFFERENCE_NAME ||
         difference->form == EVD_DIFFERENCE_NULL) &&
        !tell_name(quoting, divergence))
        return false;
    return evd_tell_values(difference->value, EVD_EXTENT_WHOLE, quoting->scratch, quoting->arena, divergence->value);
}

/* The divergent event of one side, the one behind it and those that match before. */
static enum evd_status quote_side(const struct quoting *quoting, int side, struct evd_first_divergence *divergence,
                                  struct evd_error *error)
{
    const struct evd_walker *walker = quoting->walker;
    const struct evd_cursor *cursor = &walker->side[side];
    const uint64_t position = cursor->position;
    enum evd_status status = quote_at(quoting, side, position, true, &divergence->event[side], error);
    divergence->has_next[side] = position + 1 < cursor->stream->count;
    if (status == EVD_OK && divergence->has_next[side])
        status = quote_at(quoting, side, position + 1, false, &divergence->next[side], error);
    for (size_t i = 0; status == EVD_OK && i < divergence->context_count; i++) {
        const uint64_t n = walker->counts.matched - divergence->context_count + i;
        status = quote_at(quoting, side, walker->context.positions[n % EVD_CONTEXT_MAX][side], false,
                          &divergence->context[i][side], error);
    }
    return status;
}

enum evd_status evd_quote_first_divergence(struct evd_walker *walker, const struct evd_broken_renaming *breaks,
                                           struct evd_buffer *scratch, struct evd_arena *arena,
                                           struct evd_first_divergence *divergence, struct evd_error *error)
{
    const struct quoting quoting = {walker, scratch, arena};
    const uint64_t matched = walker->counts.matched;
    *divergence = (struct evd_first_divergence){
        .kind = {"", 0},
        .name_field = {"", 0},
        .name = {"", 0},
        .breaks = breaks,
        .context_count = matched < EVD_CONTEXT_MAX ? (size_t)matched : (size_t)EVD_CONTEXT_MAX};
    if (!tell_difference(&quoting, divergence))
        return evd_fail_memory(error);
    enum evd_status status = find_passed_over(walker, divergence->context_count, error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = quote_side(&quoting, side, divergence, error);
    return status;
}
