#include "walk/nulls.h"

#include <stdlib.h>

#include "base/grow.h"
#include "json/null.h"

void evd_null_list_add(struct evd_null_list *list, uint64_t matched, uint64_t canary, uint64_t ours)
{
    if (list->failed)
        return;
    struct evd_null *nulls = evd_grow(list->nulls, list->count, &list->capacity, sizeof *nulls);
    list->failed = nulls == NULL;
    if (nulls == NULL)
        return;
    list->nulls = nulls;
    nulls[list->count++] = (struct evd_null){matched + list->matched_in_gaps, {canary, ours}};
}

void evd_null_list_clear(struct evd_null_list *list)
{
    list->count = 0;
    list->matched_in_gaps = 0;
}

void evd_null_list_release(struct evd_null_list *list)
{
    free(list->nulls);
    *list = (struct evd_null_list){0};
}

/* The first pointer, in the order of the rules, that is null on one side only; false when there is none. */
static bool find_null(const struct evd_cursor side[EVD_SIDES], struct evd_difference *difference,
                      enum evd_side *null_side)
{
    const struct evd_kind_rule *rule = side[EVD_CANARY].view.fields.rule;
    for (size_t i = 0; rule != NULL && i < rule->field_count; i++) {
        const struct evd_field_rule *field = &rule->fields[i];
        if (!(field->roles & EVD_FIELD_POINTER))
            continue;
        const struct evd_value *canary = evd_value_get(side[EVD_CANARY].view.payload, field->name);
        const struct evd_value *ours = evd_value_get(side[EVD_OURS].view.payload, field->name);
        if (evd_is_null_value(canary) == evd_is_null_value(ours))
            continue;
        *null_side = evd_is_null_value(canary) ? EVD_CANARY : EVD_OURS;
        *difference =
            (struct evd_difference){.form = EVD_DIFFERENCE_NULL, .field = field->name, .value = {canary, ours}};
        return true;
    }
    return false;
}

enum evd_status evd_null_read(const struct evd_null *null, struct evd_cursor side[EVD_SIDES],
                              struct evd_difference *difference, enum evd_side *null_side, struct evd_error *error)
{
    for (int i = 0; i < EVD_SIDES; i++) {
        struct evd_cursor *cursor = &side[i];
        cursor->is_read = false;
        const struct evd_event *event = evd_cursor_event(cursor, null->position[i]);
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        const enum evd_status status = evd_reader_read(&cursor->reader, cursor->log, event, NULL, &cursor->view, error);
        if (status != EVD_OK)
            return status;
    }
    return find_null(side, difference, null_side) ? EVD_OK : evd_cursor_fail(&side[EVD_CANARY], error);
}
