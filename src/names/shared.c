#include "names/shared.h"

#include <stdlib.h>

#include "base/fail.h"
#include "log/operators.h"
#include "names/merge.h"
#include "names/sided_values.h"
#include "names/stand_in.h"
#include "names/unordered.h"

enum { WITHOUT_MAX = 1 << 18 };

struct check {
    struct evd_walker *walker;
    const struct evd_log *log[EVD_SIDES];
    const struct evd_names_pair *pairs;
    struct evd_name_break_list *found; /* one a pair */
    struct evd_table without;          /* keys of events that have no such values */
    struct evd_stand_ins names;
    struct evd_arena arena; /* of the event at hand */
    bool failed;            /* memory ran out */
};

static enum evd_status read_event(struct check *check, int side, const struct evd_merged_event *event,
                                  struct evd_error *error)
{
    struct evd_cursor *cursor = &check->walker->side[side];
    const struct evd_stream *stream = check->pairs[event->pair].stream[side];
    return evd_reader_read(
        &cursor->reader, check->log[side], evd_stream_event(stream, event->position[side]), NULL, &cursor->view, error);
}

/* What the names of an event belong to, as its log has it. */
static uint64_t scope_of(void *context, const struct evd_compare_rule *rule, int side)
{
    struct check *check = context;
    const struct evd_event_view *view = &check->walker->side[side].view;
    struct evd_value payload;
    if (!rule->has_scope_field)
        return 0;
    if (view->fields.rule == NULL || !view->fields.rule->has_names)
        return evd_path_hash(&rule->scope_field, view->payload);
    if (!evd_event_view_payload(view, &payload)) {
        check->failed = true;
        return 0;
    }
    return evd_path_hash(&rule->scope_field, &payload);
}

/* True when names in two values stand for each other, and when there are none, or other operators say more. */
static bool hold(struct check *check, const struct evd_sided_value *canary, const struct evd_sided_value *ours)
{
    struct evd_arena *arena = &check->walker->block_reader.arena;
    const struct evd_compare_rule *rule = canary->rule;
    const uint64_t scope[EVD_SIDES] = {scope_of(check, rule, EVD_CANARY), scope_of(check, rule, EVD_OURS)};
    bool holds = true, is_listed = false;
    if (canary->value.name != 0 || ours->value.name != 0)
        return true;
    for (size_t i = rule->own_count; i < rule->operation_count; i++) {
        const struct evd_operation *operation = &rule->operations[i];
        if (operation->op == EVD_AS_PAIRS)
            is_listed = evd_sided_is_pair(arena, operation, &canary->value, &ours->value, &check->failed);
        if (operation->op == EVD_AS_RENAMED && evd_operator_is_name(arena, operation, &canary->value, &check->failed) &&
            evd_operator_is_name(arena, operation, &ours->value, &check->failed))
            holds = evd_stand_in_are(&check->names, rule, scope, &canary->value, &ours->value) && holds;
        if (operation->op == EVD_AS_RENAMED_PARTS && canary->value.type == EVD_JSON_STRING &&
            ours->value.type == EVD_JSON_STRING)
            holds =
                evd_stand_in_have_parts(&check->names, rule, scope, operation, &canary->value, &ours->value) && holds;
    }
    evd_arena_reset(arena);
    return holds || is_listed;
}

static bool has_shared(const struct evd_canon *canon)
{
    for (size_t i = 0; canon != NULL && i < canon->sided_count; i++)
        if (canon->sided[i].rule->is_shared)
            return true;
    return false;
}

static enum evd_status check_event(struct check *check, const struct evd_merged_event *event, struct evd_error *error)
{
    const struct evd_cursor *canary = &check->walker->side[EVD_CANARY], *ours = &check->walker->side[EVD_OURS];
    const struct evd_stream *stream = check->pairs[event->pair].stream[EVD_CANARY];
    const uint64_t key = evd_stream_event(stream, event->position[EVD_CANARY])->key;
    if (evd_table_get(&check->without, key) != NULL)
        return EVD_OK;
    enum evd_status status = read_event(check, EVD_CANARY, event, error);
    if (status != EVD_OK)
        return status;
    const struct evd_canon *values = canary->view.canon;
    if (canary->view.fields.compare->count == 0 && check->without.count < WITHOUT_MAX)
        check->failed |= evd_table_put(&check->without, key, 0, NULL) == NULL;
    if (!has_shared(values))
        return EVD_OK;
    status = read_event(check, EVD_OURS, event, error);
    if (status != EVD_OK || ours->view.canon == NULL)
        return status;
    struct evd_name_break found = {
        .rank = event->rank,
        .position = {event->position[0], event->position[1]},
        .is_sided = true,
        .is_renamed_anew = true};
    struct evd_table index = {0};
    bool is_broken = false;
    struct evd_canon arranged;
    const struct evd_unordered asked = {
        .known = &check->names, .names = EVD_UNORDERED_SHARED, .scope = scope_of, .context = check};
    evd_unordered_arrange(&asked, &check->arena, values, ours->view.canon, &arranged, &check->failed);
    for (size_t i = 0; !check->failed && i < values->sided_count; i++) {
        const struct evd_sided_value *value = &values->sided[i];
        const struct evd_sided_value *other =
            value->rule->is_shared ? evd_sided_counterpart(&arranged, value, i, &index, &check->failed) : NULL;
        if (other == NULL || hold(check, value, other))
            continue;
        if (is_broken)
            evd_name_break_also(&found, value->shown);
        else
            found.path = value->shown;
        is_broken = true;
    }
    evd_table_release(&index);
    evd_arena_reset(&check->arena);
    if (is_broken)
        check->failed |= !evd_name_break_add(&check->found[event->pair], &found);
    return EVD_OK;
}

enum evd_status evd_shared_check(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                                 const struct evd_names_pair *pairs, size_t pair_count, struct evd_error *error)
{
    struct check check = {.walker = walker, .log = {log[EVD_CANARY], log[EVD_OURS]}, .pairs = pairs};
    struct evd_merge merge;
    struct evd_merged_event event;
    enum evd_status status = EVD_OK;
    check.found = calloc(pair_count + 1, sizeof *check.found);
    check.failed = !evd_merge_init(&merge, pairs, pair_count) || check.found == NULL;
    while (status == EVD_OK && !check.failed && !check.names.failed && evd_merge_next(&merge, NULL, &event))
        status = check_event(&check, &event, error);
    check.failed |= check.names.failed;
    for (size_t i = 0; check.found != NULL && i < pair_count; i++) {
        if (status == EVD_OK && !check.failed && check.found[i].count > 0)
            check.failed = !evd_name_breaks_merge(pairs[i].breaks, &check.found[i]);
        evd_name_break_list_release(&check.found[i]);
    }
    if (status == EVD_OK && check.failed)
        status = evd_fail_memory(error);
    free(check.found);
    evd_merge_release(&merge);
    evd_table_release(&check.without);
    evd_stand_ins_release(&check.names);
    evd_arena_release(&check.arena);
    return status;
}
