#include "rules/path.h"

#include <string.h>

#include "json/key.h"

/* Reads one name up to a dot, a bracket or the end, without its backslashes. What is wrong, or NULL. */
static const char *read_name(struct evd_string text, size_t *at, char *out, struct evd_path_step *step)
{
    size_t length = 0;
    bool has_star = false;
    for (; *at < text.length && text.bytes[*at] != '.' && text.bytes[*at] != '['; ++*at) {
        if (text.bytes[*at] == '*')
            has_star = true;
        if (text.bytes[*at] == '\\' && ++*at == text.length)
            return "ends with a backslash";
        out[length++] = text.bytes[*at];
    }
    step->name = (struct evd_string){out, length};
    if (length == 0)
        return "has an empty name";
    if (!has_star)
        return NULL;
    step->form = length == 1 ? EVD_STEP_ANY : EVD_STEP_DEEP;
    if (length > 2 || out[0] != '*' || out[length - 1] != '*')
        return "has a star beside other letters; \"*\" is any member, \"**\" any depth, \"\\*\" a star";
    return NULL;
}

const char *evd_path_read(struct evd_arena *arena, struct evd_string text, struct evd_path *path)
{
    struct evd_path_step *steps = evd_arena_array(arena, EVD_PATH_STEPS_MAX, sizeof *steps);
    char *names = evd_arena_alloc(arena, text.length + 1);
    const char *wrong = NULL;
    *path = (struct evd_path){0};
    if (steps == NULL || names == NULL)
        return NULL;
    size_t count = 0;
    for (size_t at = 0; wrong == NULL;) {
        if (count == EVD_PATH_STEPS_MAX)
            return "has more than 32 steps";
        steps[count] = (struct evd_path_step){.form = EVD_STEP_MEMBER};
        const size_t from = at;
        wrong = read_name(text, &at, names + from, &steps[count++]);
        while (wrong == NULL && at < text.length && text.bytes[at] == '[') {
            if (count == EVD_PATH_STEPS_MAX)
                return "has more than 32 steps";
            if (at + 1 == text.length || text.bytes[at + 1] != ']')
                return "has a \"[\" that is not followed by \"]\"";
            steps[count++] = (struct evd_path_step){.form = EVD_STEP_ITEM};
            at += 2;
        }
        if (at == text.length)
            break;
        if (wrong == NULL && text.bytes[at] != '.')
            wrong = "has letters behind \"[]\"";
        at++;
    }
    if (wrong == NULL)
        *path = (struct evd_path){steps, count};
    return wrong;
}

/* A step of any depth may be none at all. */
static uint64_t pass_deep(const struct evd_path *path, uint64_t places)
{
    for (size_t i = 0; i < path->count; i++)
        if (places >> i & 1 && path->steps[i].form == EVD_STEP_DEEP)
            places |= (uint64_t)1 << (i + 1);
    return places;
}

uint64_t evd_path_start(const struct evd_path *path)
{
    return pass_deep(path, 1);
}

uint64_t evd_path_step_in(const struct evd_path *path, uint64_t places, const struct evd_string *key)
{
    uint64_t next = 0;
    for (size_t i = 0; i < path->count; i++) {
        if (!(places >> i & 1))
            continue;
        const struct evd_path_step *step = &path->steps[i];
        if (step->form == EVD_STEP_DEEP)
            next |= (uint64_t)1 << i;
        else if (key == NULL ? step->form == EVD_STEP_ITEM
                             : step->form == EVD_STEP_ANY ||
                                   (step->form == EVD_STEP_MEMBER && evd_string_equal(step->name, *key)))
            next |= (uint64_t)1 << (i + 1);
    }
    return pass_deep(path, next);
}

static const struct evd_value *first_at(const struct evd_path *path, uint64_t places, const struct evd_value *value,
                                        unsigned depth)
{
    const struct evd_value *found = NULL;
    if (evd_path_ends(path, places))
        return value;
    if (places == 0 || depth == EVD_PATH_DEPTH_MAX)
        return NULL;
    if (value->type == EVD_JSON_OBJECT)
        for (size_t i = 0; found == NULL && i < value->object.count; i++) {
            const struct evd_member *member = &value->object.members[i];
            found = first_at(path, evd_path_step_in(path, places, &member->key), &member->value, depth + 1);
        }
    if (value->type == EVD_JSON_ARRAY)
        for (size_t i = 0; found == NULL && i < value->array.count; i++)
            found = first_at(path, evd_path_step_in(path, places, NULL), &value->array.items[i], depth + 1);
    return found;
}

const struct evd_value *evd_path_first(const struct evd_path *path, const struct evd_value *payload)
{
    return first_at(path, evd_path_start(path), payload, 0);
}

static uint64_t hash_at(const struct evd_path *path, uint64_t places, const struct evd_value *value, unsigned depth)
{
    uint64_t hash = evd_path_ends(path, places) ? evd_hash_pair(1, evd_hash_tree(value)) : 0;
    if (places == 0 || depth == EVD_PATH_DEPTH_MAX)
        return hash;
    if (value->type == EVD_JSON_OBJECT)
        for (size_t i = 0; i < value->object.count; i++) {
            const struct evd_member *member = &value->object.members[i];
            hash += hash_at(path, evd_path_step_in(path, places, &member->key), &member->value, depth + 1);
        }
    if (value->type == EVD_JSON_ARRAY)
        for (size_t i = 0; i < value->array.count; i++)
            hash = evd_hash_pair(
                hash, hash_at(path, evd_path_step_in(path, places, NULL), &value->array.items[i], depth + 1));
    return hash;
}

uint64_t evd_path_hash(const struct evd_path *path, const struct evd_value *payload)
{
    return hash_at(path, evd_path_start(path), payload, 0);
}

/* What is left of a value, whose places in each path are `places`. */
static uint64_t hash_left(const struct evd_path *paths, size_t count, const uint64_t *places,
                          const struct evd_value *value, unsigned depth);

/* The same one step further in; 0 when it is left out. */
static uint64_t hash_inner(const struct evd_path *paths, size_t count, const uint64_t *places,
                           const struct evd_string *key, const struct evd_value *value, unsigned depth)
{
    uint64_t inner[EVD_PATHS_MAX];
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++) {
        any |= inner[i] = evd_path_step_in(&paths[i], places[i], key);
        if (evd_path_ends(&paths[i], inner[i]))
            return 0;
    }
    return any == 0 || depth == EVD_PATH_DEPTH_MAX
               ? evd_hash_pair(1, evd_hash_tree(value))
               : hash_left(paths, count, inner, value, depth);
}

static uint64_t hash_left(const struct evd_path *paths, size_t count, const uint64_t *places,
                          const struct evd_value *value, unsigned depth)
{
    uint64_t hash = value->type + UINT64_C(2);
    if (value->name != 0 || (value->type != EVD_JSON_OBJECT && value->type != EVD_JSON_ARRAY))
        return evd_hash_pair(1, evd_hash_tree(value));
    if (value->type == EVD_JSON_OBJECT)
        for (size_t i = 0; i < value->object.count; i++) {
            const struct evd_member *member = &value->object.members[i];
            const uint64_t inner = hash_inner(paths, count, places, &member->key, &member->value, depth + 1);
            hash += inner == 0 ? 0 : evd_hash_pair(evd_hash_string(member->key), inner);
        }
    else
        for (size_t i = 0; i < value->array.count; i++)
            hash = evd_hash_pair(hash, hash_inner(paths, count, places, NULL, &value->array.items[i], depth + 1));
    return evd_hash_pair(3, hash);
}

uint64_t evd_path_hash_without(const struct evd_path *paths, size_t count, const struct evd_value *payload)
{
    uint64_t places[EVD_PATHS_MAX];
    for (size_t i = 0; i < count; i++)
        places[i] = evd_path_start(&paths[i]);
    return hash_left(paths, count, places, payload, 0);
}
