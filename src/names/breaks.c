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
    return evd_log_check(walker->side[EVD_CANARY].log, true, error);
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

static enum evd_status add_break(const struct evd_name_break *break_, struct evd_recorder *recorder,
                                 struct evd_error *error)
{
    struct evd_walker *walker = recorder->walker;
    go_to(break_, walker);
    const enum evd_status status = evd_name_break_read(break_, walker, error);
    if (status != EVD_OK)
        return status;
    const struct evd_broken_renaming *breaks =
        evd_name_break_tell(break_, walker->rules, &recorder->text, recorder->arena);
    if (breaks == NULL)
        return evd_fail_memory(error);
    recorder->matched = break_->rank;
    return evd_record_value(recorder, break_->position, true, breaks, error);
}

enum evd_status evd_breaks_add(const struct evd_name_break_list *breaks, struct evd_recorder *recorder,
                               struct evd_error *error)
{
    const size_t from = recorder->list->count;
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < breaks->count; i++)
        status = add_break(&breaks->breaks[i], recorder, error);
    if (status == EVD_OK && !evd_divergences_merge(recorder->list, from))
        status = evd_fail_memory(error);
    return status;
}
