#include "names/name_break.h"

#include <stdlib.h>

#include "base/grow.h"

bool evd_name_break_add(struct evd_name_break_list *list, const struct evd_name_break *break_)
{
    struct evd_name_break *breaks = evd_grow(list->breaks, list->count, &list->capacity, sizeof *breaks);
    if (breaks == NULL)
        return false;
    list->breaks = breaks;
    breaks[list->count++] = *break_;
    return true;
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
    *difference = (struct evd_difference){.form = EVD_DIFFERENCE_NAME};
    const struct evd_member *field = find_path(canary->payload, 0, break_->path), *member = NULL;
    for (size_t i = 0; field == NULL && i < canary->payload->object.count; i++) {
        const struct evd_member *outer = &canary->payload->object.members[i];
        if (outer->value.type == EVD_JSON_OBJECT)
            member = find_path(&outer->value, evd_hash_string(outer->key), break_->path);
        if (member != NULL)
            field = outer;
    }
    if (field == NULL)
        return false;
    difference->field = field->key;
    difference->value[EVD_CANARY] = member == NULL ? &field->value : &member->value;
    difference->value[EVD_OURS] = evd_value_get(ours->payload, field->key);
    if (member == NULL)
        return difference->value[EVD_OURS] != NULL;
    difference->has_member = true;
    difference->member = member->key;
    difference->value[EVD_OURS] = evd_value_get(difference->value[EVD_OURS], member->key);
    return difference->value[EVD_OURS] != NULL;
}

void evd_name_break_explain(const struct evd_name_break *break_, const struct evd_rules *rules, struct evd_buffer *out)
{
    const struct evd_name_pair *earlier = &break_->earlier;
    const struct evd_value name = {.type = EVD_JSON_STRING, .string = rules->name_classes[break_->class_index].name};
    evd_buffer_string(out, "breaks ");
    evd_value_str(out, &name);
    evd_buffer_format(out, " 0x%llx = 0x%llx", (unsigned long long)earlier->value[EVD_CANARY],
                      (unsigned long long)earlier->value[EVD_OURS]);
    if (earlier->size[EVD_CANARY] > 1 || earlier->size[EVD_OURS] > 1)
        evd_buffer_format(out, " (%llu and %llu bytes)", (unsigned long long)earlier->size[EVD_CANARY],
                          (unsigned long long)earlier->size[EVD_OURS]);
    evd_buffer_format(out, " learnt at canary tid %lld idx %lld", (long long)earlier->at.tid,
                      (long long)earlier->at.tid_event_idx);
}
