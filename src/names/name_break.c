#include "names/name_break.h"

#include <stdlib.h>

#include "base/grow.h"
#include "outcome/text.h"

bool evd_name_break_add(struct evd_name_break_list *list, const struct evd_name_break *break_)
{
    struct evd_name_break *breaks = evd_grow(list->breaks, list->count, &list->capacity, sizeof *breaks);
    if (breaks == NULL)
        return false;
    list->breaks = breaks;
    breaks[list->count++] = *break_;
    return true;
}

void evd_name_break_also(struct evd_name_break *break_, uint64_t path)
{
    bool is_known = break_->path == path;
    for (uint32_t i = 0; i < break_->other_count && i < EVD_BREAK_OTHERS_MAX; i++)
        is_known |= break_->other_paths[i] == path;
    if (is_known || break_->other_count > EVD_BREAK_OTHERS_MAX)
        return;
    if (break_->other_count < EVD_BREAK_OTHERS_MAX)
        break_->other_paths[break_->other_count] = path;
    break_->other_count++;
}

/* The same of all that breaks by another list. */
static void add_others(struct evd_name_break *break_, const struct evd_name_break *found)
{
    evd_name_break_also(break_, found->path);
    for (uint32_t i = 0; i < found->other_count && i < EVD_BREAK_OTHERS_MAX; i++)
        evd_name_break_also(break_, found->other_paths[i]);
    if (found->other_count > EVD_BREAK_OTHERS_MAX)
        break_->other_count = EVD_BREAK_OTHERS_MAX + 1;
}

void evd_name_break_list_release(struct evd_name_break_list *list)
{
    free(list->breaks);
    *list = (struct evd_name_break_list){0};
}

/* The member of an object whose path, below `above` (0: the payload itself), is the one looked for. */
static const struct evd_member *find_path(const struct evd_value *object, uint64_t above, uint64_t path)
{
    for (size_t i = 0; i < object->object.count; i++) {
        const struct evd_member *member = &object->object.members[i];
        const uint64_t hash = evd_hash_string(member->key);
        if ((above == 0 ? hash : evd_hash_pair(above, hash)) == path)
            return member;
    }
    return NULL;
}

bool evd_name_break_find(const struct evd_name_break *break_, const struct evd_event_view *canary,
                         const struct evd_event_view *ours, struct evd_difference *difference)
{
    *difference = (struct evd_difference){.form = break_->is_sided ? EVD_DIFFERENCE_FIELD : EVD_DIFFERENCE_NAME};
    const struct evd_member *field = find_path(canary->named, 0, break_->path), *member = NULL;
    for (size_t i = 0; field == NULL && i < canary->named->object.count; i++) {
        const struct evd_member *outer = &canary->named->object.members[i];
        if (outer->value.type == EVD_JSON_OBJECT)
            member = find_path(&outer->value, evd_hash_string(outer->key), break_->path);
        if (member != NULL)
            field = outer;
    }
    if (field == NULL)
        return false;
    difference->field = field->key;
    difference->value[EVD_CANARY] = member == NULL ? &field->value : &member->value;
    difference->value[EVD_OURS] = evd_value_get(ours->named, field->key);
    const struct evd_value *other = difference->value[EVD_OURS];
    if (member == NULL || other == NULL)
        return other != NULL;
    if (other->type == EVD_JSON_STRING) {
        /* Ours has it in a text that spells the same: the two are shown whole. */
        difference->value[EVD_CANARY] = &field->value;
        return true;
    }
    other = evd_value_get(other, member->key);
    difference->has_member = true;
    difference->member = member->key;
    difference->value[EVD_OURS] = other;
    return other != NULL;
}

const struct evd_broken_renaming *evd_name_break_tell(const struct evd_name_break *break_,
                                                      const struct evd_rules *rules, struct evd_buffer *scratch,
                                                      struct evd_arena *arena)
{
    const struct evd_name_pair *earlier = &break_->earlier;
    const struct evd_value name = {.type = EVD_JSON_STRING, .string = rules->name_classes[break_->class_index].name};
    struct evd_broken_renaming *told = evd_arena_alloc(arena, sizeof *told);
    evd_buffer_clear(scratch);
    evd_value_str(scratch, &name);
    if (told == NULL || !evd_keep_text(arena, scratch, &told->name_class))
        return NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        told->value[side] = earlier->value[side];
        told->size[side] = earlier->size[side];
    }
    told->tid = earlier->at.tid;
    told->tid_event_idx = earlier->at.tid_event_idx;
    return told;
}

bool evd_name_breaks_merge(struct evd_name_break_list *breaks, const struct evd_name_break_list *found)
{
    struct evd_name_break_list merged = {0};
    bool is_done = true;
    for (size_t i = 0, j = 0; is_done && (i < breaks->count || j < found->count);) {
        const bool is_found =
            j < found->count && (i == breaks->count || found->breaks[j].rank < breaks->breaks[i].rank);
        const struct evd_name_break *next = is_found ? &found->breaks[j] : &breaks->breaks[i];
        is_done = evd_name_break_add(&merged, next);
        if (is_done && !is_found && j < found->count && found->breaks[j].rank == next->rank)
            add_others(&merged.breaks[merged.count - 1], &found->breaks[j]);
        j += j < found->count && found->breaks[j].rank == next->rank;
        i += !is_found;
    }
    if (!is_done) {
        evd_name_break_list_release(&merged);
        return false;
    }
    evd_name_break_list_release(breaks);
    *breaks = merged;
    return true;
}
