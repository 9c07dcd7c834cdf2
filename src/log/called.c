#include "log/called.h"

#include <string.h>

/* Whether another member is to have the name that one is given. */
static bool is_given_twice(const struct evd_value *object, const struct evd_given_name *given, size_t index)
{
    const struct evd_string name = given[index].rule->operations[0].called;
    for (size_t i = 0; i < object->object.count; i++)
        if (i != index && given[i].rule != NULL && evd_string_equal(given[i].rule->operations[0].called, name))
            return true;
    return false;
}

bool evd_called_give(struct evd_arena *arena, struct evd_value *object, struct evd_given_name *given)
{
    const size_t count = object->object.count;
    uint32_t *has_name = evd_arena_array(arena, count, sizeof *has_name);
    if (has_name == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        has_name[i] = given[i].rule != NULL && evd_value_get(object, given[i].rule->operations[0].called) == NULL &&
                      !is_given_twice(object, given, i);
    for (size_t i = 0; i < count; i++) {
        if (has_name[i])
            object->object.members[i].key = given[i].rule->operations[0].called;
        else
            given[i].rule = NULL;
    }
    return evd_value_order_keys(arena, object);
}

bool evd_called_keep(struct evd_arena *arena, const struct evd_given_name *given, const struct evd_string *outer,
                     const struct evd_called **list)
{
    if (given->rule == NULL)
        return true;
    struct evd_called *called = evd_arena_alloc(arena, sizeof *called);
    if (called == NULL)
        return false;
    *called = (struct evd_called){
        .next = *list,
        .is_inner = outer != NULL,
        .outer = outer != NULL ? *outer : (struct evd_string){"", 0},
        .was = given->was,
        .now = given->rule->operations[0].called};
    *list = called;
    return true;
}

static bool copy_object(struct evd_arena *arena, const struct evd_value *object, struct evd_value *copy)
{
    const size_t count = object->object.count;
    *copy = *object;
    copy->object.members = evd_arena_array(arena, count, sizeof *copy->object.members);
    copy->object.by_key = evd_arena_array(arena, count, sizeof *copy->object.by_key);
    if (copy->object.members == NULL || copy->object.by_key == NULL)
        return false;
    memcpy(copy->object.members, object->object.members, count * sizeof *copy->object.members);
    return true;
}

static struct evd_member *member_of(struct evd_value *object, struct evd_string key)
{
    for (size_t i = 0; i < object->object.count; i++)
        if (evd_string_equal(object->object.members[i].key, key))
            return &object->object.members[i];
    return NULL;
}

bool evd_called_show(struct evd_arena *arena, const struct evd_called *called, const struct evd_value *payload,
                     struct evd_value *named)
{
    if (!copy_object(arena, payload, named))
        return false;
    /* What is inside first: it is told by what the log calls the object that it is in. */
    for (const struct evd_called *one = called; one != NULL; one = one->next) {
        struct evd_member *outer = one->is_inner ? member_of(named, one->outer) : NULL;
        if (outer == NULL || outer->value.type != EVD_JSON_OBJECT)
            continue;
        struct evd_value copy;
        if (!copy_object(arena, &outer->value, &copy))
            return false;
        struct evd_member *member = member_of(&copy, one->was);
        if (member != NULL)
            member->key = one->now;
        outer->value = copy;
        if (!evd_value_order_keys(arena, &outer->value))
            return false;
    }
    for (const struct evd_called *one = called; one != NULL; one = one->next) {
        struct evd_member *member = one->is_inner ? NULL : member_of(named, one->was);
        if (member != NULL)
            member->key = one->now;
    }
    return evd_value_order_keys(arena, named);
}
