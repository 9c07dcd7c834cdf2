#include "diff/sided_fields.h"

#include "base/table.h"
#include "names/name_break.h"
#include "names/sided_values.h"
#include "outcome/text.h"
#include "walk/tell_value.h"

static bool renames(const struct evd_compare_rule *rule)
{
    for (size_t i = rule->own_count; i < rule->operation_count; i++)
        if (rule->operations[i].op == EVD_AS_RENAMED)
            return true;
    return false;
}

/* Whether counterparts in the list without order that begins at the value `first` may be those whose names stand for each other. */
static bool is_list_named(const struct evd_canon *canon, size_t first)
{
    const uint32_t group = canon->sided[first].level.group;
    for (size_t i = first; group != 0 && i < canon->sided_count && canon->sided[i].level.group == group; i++)
        if (renames(canon->sided[i].rule))
            return true;
    return false;
}

/* Adds the field at a path, with both values. */
static bool add(const struct evd_event_view views[EVD_SIDES], uint64_t path, struct evd_buffer *scratch,
                struct evd_arena *arena, struct evd_field_list *list, bool *are_told)
{
    const struct evd_name_break found = {.path = path, .is_sided = true};
    struct evd_difference difference;
    if (list->count == list->capacity ||
        !evd_name_break_find(&found, &views[EVD_CANARY], &views[EVD_OURS], &difference)) {
        *are_told = false;
        return true;
    }
    struct evd_differing_field *told = &list->fields[list->count++];
    *told = (struct evd_differing_field){.path = {"", 0}};
    evd_buffer_clear(scratch);
    evd_difference_path(&difference, scratch);
    return evd_keep_text(arena, scratch, &told->path) &&
           evd_tell_values(difference.value, EVD_EXTENT_DIFFERENCE, scratch, arena, told->value);
}

bool evd_find_sided_fields(const struct evd_event_view views[EVD_SIDES], struct evd_buffer *scratch,
                           struct evd_arena *arena, struct evd_field_list *list, bool *are_told)
{
    const struct evd_canon *canary = views[EVD_CANARY].canon, *ours = views[EVD_OURS].canon;
    struct evd_table index = {0};
    bool failed = false, is_named = false;
    for (size_t i = 0; canary != NULL && ours != NULL && !failed && i < canary->sided_count; i++) {
        const struct evd_sided_value *value = &canary->sided[i];
        if (i == 0 || value->level.group != value[-1].level.group)
            is_named = is_list_named(canary, i);
        const struct evd_sided_value *other = is_named ? NULL : evd_sided_counterpart(ours, value, i, &index, &failed);
        if (other == NULL || failed || evd_sided_may_be_equal(arena, value, other, &failed))
            continue;
        failed |= !add(views, value->shown, scratch, arena, list, are_told);
    }
    evd_table_release(&index);
    return !failed;
}
