#include "walk/same.h"

#include "base/fail.h"
#include "log/canon.h"
#include "json/null.h"

/* The question of memos that is no rule's: whether a key tells all of an event. */
enum { IS_TOLD = -1 };

/* Takes out of a payload what its kind's rules leave out, and what they make canonical: whether that is null is left. */
static bool leave_out(struct evd_arena *arena, const struct evd_event_view *view, struct evd_value *payload)
{
    const struct evd_kind_rule *rule = view->fields.rule;
    uint32_t *left_out = evd_arena_array(arena, payload->object.count, sizeof *left_out);
    if (left_out == NULL)
        return false;
    for (size_t i = 0; i < payload->object.count; i++) {
        struct evd_member *member = &payload->object.members[i];
        const struct evd_field_rule *field =
            rule == NULL ? NULL : evd_kind_field(rule, member->key.bytes, member->key.length);
        const uint32_t roles = field == NULL ? 0 : field->roles;
        const bool is_return = view->summary.tag >= EVD_TAG_ORDINALS && roles & (EVD_FIELD_SET | EVD_FIELD_REPLACED);
        const bool is_heap = roles & EVD_FIELD_HEAP && member->value.type == EVD_JSON_STRING;
        left_out[i] = (roles & EVD_FIELD_SKIPPED) != 0;
        if (is_return || is_heap)
            member->value = (struct evd_value){
                .type =
                    roles & EVD_FIELD_POINTER && evd_is_null_value(&member->value) ? EVD_JSON_FALSE : EVD_JSON_TRUE};
    }
    evd_value_leave_out(payload, left_out);
    return true;
}

/* A hash of what an event counts as among those of its side, without what is at the paths; *is_told: all events with its
 * key have the same one where there are no paths. */
static enum evd_status hash_alone(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                  const struct evd_path *paths, size_t count, uint64_t *hash, bool *is_told,
                                  struct evd_error *error)
{
    struct evd_event_view view;
    struct evd_arena *arena = &walker->block_reader.arena;
    struct evd_canon canon = {.payload = {.type = EVD_JSON_OBJECT}};
    struct evd_cursor *cursor = &walker->side[side];
    const struct evd_event *event = evd_cursor_event(cursor, position);
    if (event == NULL)
        return evd_cursor_fail(cursor, error);
    const enum evd_status status = evd_reader_read(&walker->block_reader, cursor->log, event, NULL, &view, error);
    if (status != EVD_OK)
        return status;
    *is_told = view.fields.rule == NULL || !view.fields.rule->has_names;
    for (size_t i = 0; i < view.fields.compare->count; i++) {
        const struct evd_compare_rule *rule = view.fields.compare->rules[i];
        *is_told = *is_told && rule->own_count == rule->operation_count;
    }
    if (view.fields.payload != 0 &&
        (!evd_canon_make_alone(arena, view.tape, &view.fields, &canon) || !leave_out(arena, &view, &canon.payload)))
        return evd_fail_memory(error);
    *hash = evd_hash_pair(evd_hash_string(view.fields.kind), evd_path_hash_without(paths, count, &canon.payload));
    return EVD_OK;
}

enum evd_status evd_events_are_same(struct evd_walker *walker, enum evd_side side, const uint64_t positions[2],
                                    const struct evd_path *except, size_t except_count, bool *are_same,
                                    struct evd_error *error)
{
    const struct evd_event *event[2];
    for (int i = 0; i < 2; i++) {
        event[i] = evd_cursor_event(&walker->side[side], positions[i]);
        if (event[i] == NULL)
            return evd_cursor_fail(&walker->side[side], error);
    }
    const uint64_t key = event[0]->key;
    const bool have_key = key == event[1]->key;
    *are_same = have_key && evd_event_tag(event[0]) == evd_event_tag(event[1]);
    if ((*are_same && !evd_keys_leave_open(walker->rules)) || (!*are_same && except_count == 0))
        return EVD_OK;
    struct evd_absorber_memo *memo = &walker->memos[(key ^ key >> 32) % EVD_ABSORBER_MEMOS];
    if (*are_same && memo->key == key && memo->question == (uint32_t)IS_TOLD && memo->aim == walker->aim &&
        !walker->is_plain)
        return EVD_OK;
    uint64_t hash[2];
    bool is_told = false;
    for (int i = 0; i < 2; i++) {
        const enum evd_status status =
            hash_alone(walker, side, positions[i], except, except_count, &hash[i], &is_told, error);
        if (status != EVD_OK)
            return status;
        if (*are_same && is_told) {
            *memo = (struct evd_absorber_memo){
                .key = key, .aim = walker->aim, .question = (uint32_t)IS_TOLD, .is_so = true};
            return EVD_OK;
        }
    }
    *are_same = hash[0] == hash[1];
    return EVD_OK;
}

enum evd_status evd_event_hash_alone(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                     const struct evd_path *except, size_t except_count, uint64_t *hash,
                                     struct evd_error *error)
{
    bool is_told;
    return hash_alone(walker, side, position, except, except_count, hash, &is_told, error);
}
