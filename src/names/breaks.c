#include "names/breaks.h"

#include <string.h>

#include "base/fail.h"
#include "outcome/text.h"

enum evd_status evd_name_break_read(const struct evd_name_break *break_, struct evd_walker *walker,
                                    struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return evd_cursor_fail(cursor, error);
        cursor->is_read = false;
        const enum evd_status status = evd_cursor_read(cursor, error);
        if (status != EVD_OK)
            return status;
    }
    if (evd_name_break_find(break_, &walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &walker->difference))
        return EVD_OK;
    /* The side whose event is not what it was when its names were listed. */
    const enum evd_side side = walker->difference.value[EVD_CANARY] == NULL ? EVD_CANARY : EVD_OURS;
    return evd_log_check(walker->side[side].log, true, error);
}

/* Puts the cursors at a break; ordinals do not matter there. */
static void go_to(const struct evd_name_break *break_, struct evd_walker *walker)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        cursor->position = break_->position[side];
        memset(cursor->ordinals, 0, walker->rules->slot_count * sizeof *cursor->ordinals);
    }
}

/* Reads two events and tells of the null in them; how they differ is in the walker's difference. */
static enum evd_status tell_null(const struct evd_null *null, struct evd_recorder *recorder,
                                 const struct evd_marked_null **told, struct evd_error *error)
{
    struct evd_walker *walker = recorder->walker;
    struct evd_marked_null *marked = evd_arena_alloc(recorder->arena, sizeof *marked);
    if (marked == NULL)
        return evd_fail_memory(error);
    const enum evd_status status = evd_null_read(null, walker->side, &walker->difference, &marked->side, error);
    if (status != EVD_OK)
        return status;
    evd_buffer_clear(&recorder->text);
    evd_difference_path(&walker->difference, &recorder->text);
    *told = marked;
    return evd_keep_text(recorder->arena, &recorder->text, &marked->field) ? EVD_OK : evd_fail_memory(error);
}

/* Adds two events in which a name breaks the renaming, a null is hidden, or both; the other is NULL. */
static enum evd_status add_events(const struct evd_name_break *break_, const struct evd_null *null,
                                  struct evd_recorder *recorder, struct evd_error *error)
{
    struct evd_walker *walker = recorder->walker;
    const struct evd_broken_renaming *breaks = NULL;
    const struct evd_marked_null *marked_null = NULL;
    enum evd_status status = null == NULL ? EVD_OK : tell_null(null, recorder, &marked_null, error);
    if (status == EVD_OK && break_ != NULL) {
        go_to(break_, walker);
        status = evd_name_break_read(break_, walker, error);
        if (status != EVD_OK)
            return status;
        if (!break_->is_sided)
            breaks = evd_name_break_tell(break_, walker->rules, &recorder->text, recorder->arena);
        if (breaks == NULL && !break_->is_sided)
            return evd_fail_memory(error);
    }
    if (status != EVD_OK)
        return status;
    recorder->matched = break_ != NULL ? break_->rank : null->rank;
    return evd_record_value(recorder, break_ != NULL ? break_->position : null->position, true, breaks, marked_null,
                            break_ != NULL && break_->is_renamed_anew, error);
}

enum evd_status evd_breaks_add(const struct evd_name_break_list *breaks, const struct evd_null_list *nulls,
                               struct evd_recorder *recorder, struct evd_error *error)
{
    const size_t from = recorder->list->count;
    enum evd_status status = EVD_OK;
    for (size_t b = 0, n = 0; status == EVD_OK && (b < breaks->count || n < nulls->count);) {
        const struct evd_name_break *break_ = b < breaks->count ? &breaks->breaks[b] : NULL;
        const struct evd_null *null = n < nulls->count ? &nulls->nulls[n] : NULL;
        if (break_ != NULL && null != NULL && break_->rank != null->rank) {
            break_ = break_->rank < null->rank ? break_ : NULL;
            null = break_ == NULL ? null : NULL;
        }
        status = add_events(break_, null, recorder, error);
        b += break_ != NULL;
        n += null != NULL;
    }
    if (status == EVD_OK && !evd_divergences_merge(recorder->list, from))
        status = evd_fail_memory(error);
    return status;
}
