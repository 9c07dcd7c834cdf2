#define XXH_INLINE_ALL
#include "rules/when.h"

#include <string.h>
#include <xxhash.h>

#include "rules/pattern.h"

static bool read_number(struct evd_arena *arena, const struct evd_value *value, struct evd_quantity *number,
                        bool *failed)
{
    bool is_one = false;
    if (!evd_quantity_read(arena, value, EVD_BARE_DECIMAL, number, &is_one))
        *failed = true;
    return is_one && !*failed;
}

bool evd_given_fits(struct evd_arena *arena, const struct evd_given_value *given, const struct evd_value *value,
                    bool *failed)
{
    struct evd_quantity number;
    if (!given->is_number)
        return given->value.type == value->type && evd_value_equal(&given->value, value);
    return read_number(arena, value, &number, failed) && evd_quantity_compare(&number, &given->number) == 0;
}

static bool is_listed(const struct evd_string *patterns, size_t count, struct evd_string text)
{
    for (size_t i = 0; i < count; i++)
        if (evd_pattern_fits(patterns[i], text))
            return true;
    return false;
}

/* A few are tried faster than a text is hashed. */
enum { TRIED_MAX = 4 };

static size_t place_of(const struct evd_pattern_set *set, struct evd_string text)
{
    return XXH3_64bits_withSeed(text.length > 0 ? text.bytes : "", text.length, set->seed) & set->mask;
}

bool evd_pattern_set_fill(struct evd_arena *arena, const struct evd_string *patterns, size_t count, uint64_t seed,
                          struct evd_pattern_set *set)
{
    size_t capacity = 2 * TRIED_MAX;
    *set = (struct evd_pattern_set){.patterns = patterns, .count = count, .seed = seed};
    if (count <= TRIED_MAX || count > UINT32_MAX / 4)
        return true;
    while (capacity < 2 * count)
        capacity *= 2;
    uint32_t *table = evd_arena_array(arena, capacity, sizeof *table);
    struct evd_string *others = evd_arena_array(arena, count, sizeof *others);
    if (table == NULL || others == NULL)
        return false;
    memset(table, 0, capacity * sizeof *table);
    set->table = table;
    set->mask = capacity - 1;
    set->others = others;
    for (size_t i = 0; i < count; i++) {
        if (!evd_pattern_is_plain(patterns[i])) {
            others[set->other_count++] = patterns[i];
            continue;
        }
        size_t place = place_of(set, patterns[i]);
        while (table[place] != 0)
            place = (place + 1) & set->mask;
        table[place] = (uint32_t)i + 1;
    }
    return true;
}

bool evd_pattern_set_fits(const struct evd_pattern_set *set, struct evd_string text)
{
    if (set->table == NULL)
        return is_listed(set->patterns, set->count, text);
    size_t place = place_of(set, text);
    for (uint32_t index; (index = set->table[place]) != 0; place = (place + 1) & set->mask) {
        const struct evd_string *plain = &set->patterns[index - 1];
        if (plain->length == text.length && (text.length == 0 || memcmp(plain->bytes, text.bytes, text.length) == 0))
            return true;
    }
    return is_listed(set->others, set->other_count, text);
}

/* What is asked of a value that is there. */
static bool holds(struct evd_arena *arena, const struct evd_condition *asked, const struct evd_value *value,
                  bool *failed)
{
    bool is_one = asked->one_of_count == 0;
    for (size_t i = 0; i < asked->one_of_count && !is_one; i++)
        is_one = evd_given_fits(arena, &asked->one_of[i], value, failed);
    if (!is_one || (asked->like_count > 0 &&
                    (value->type != EVD_JSON_STRING || !is_listed(asked->like, asked->like_count, value->string))))
        return false;
    if (asked->has_least || asked->has_most || asked->has_mask) {
        struct evd_quantity number;
        if (!read_number(arena, value, &number, failed) ||
            (asked->has_least && evd_quantity_compare(&number, &asked->at_least) < 0) ||
            (asked->has_most && evd_quantity_compare(&number, &asked->at_most) > 0) ||
            (asked->has_mask && (evd_quantity_low64(&number) & asked->mask) != asked->is))
            return false;
    }
    return asked->is_not == NULL || !holds(arena, asked->is_not, value, failed);
}

/* A search for values at a path. */
struct search {
    struct evd_arena *arena;
    const struct evd_when_field *field;
    bool is_any; /* a value that is not null will do */
    bool *failed;
};

static bool is_found(const struct search *search, const struct evd_value *value, uint64_t places, unsigned depth)
{
    const struct evd_path *path = &search->field->path;
    if (places == 0)
        return false;
    if (evd_path_ends(path, places) &&
        (search->is_any ? value->type != EVD_JSON_NULL
                        : holds(search->arena, &search->field->condition, value, search->failed)))
        return true;
    if (depth == EVD_PATH_DEPTH_MAX)
        return false;
    if (value->type == EVD_JSON_OBJECT)
        for (size_t i = 0; i < value->object.count; i++) {
            const struct evd_member *member = &value->object.members[i];
            if (is_found(search, &member->value, evd_path_step_in(path, places, &member->key), depth + 1))
                return true;
        }
    if (value->type == EVD_JSON_ARRAY)
        for (size_t i = 0; i < value->array.count; i++)
            if (is_found(search, &value->array.items[i], evd_path_step_in(path, places, NULL), depth + 1))
                return true;
    return false;
}

bool evd_condition_holds(struct evd_arena *arena, const struct evd_condition *asked, const struct evd_value *value,
                         bool *failed)
{
    return holds(arena, asked, value, failed);
}

bool evd_condition_fits_null(const struct evd_condition *asked)
{
    bool is_one = asked->one_of_count == 0;
    if (asked->asks_absence || asked->like_count > 0 || asked->has_least || asked->has_most || asked->has_mask)
        return false;
    for (size_t i = 0; i < asked->one_of_count; i++)
        is_one |= !asked->one_of[i].is_number && asked->one_of[i].value.type == EVD_JSON_NULL;
    return is_one && (asked->is_not == NULL || !evd_condition_fits_null(asked->is_not));
}

bool evd_when_has_kind(const struct evd_when *when, struct evd_string kind)
{
    return when->kind_count == 0 || is_listed(when->kinds, when->kind_count, kind);
}

bool evd_when_holds(struct evd_arena *arena, const struct evd_when *when, struct evd_string kind,
                    struct evd_string call, const struct evd_value *payload, bool *failed)
{
    if (!evd_when_has_kind(when, kind) ||
        (when->calls.count > 0 && (call.length == 0 || !evd_pattern_set_fits(&when->calls, call))))
        return false;
    for (size_t i = 0; i < when->field_count; i++) {
        const struct evd_when_field *field = &when->fields[i];
        const struct search search = {arena, field, field->condition.asks_absence, failed};
        const bool is_wanted = !field->condition.asks_absence || !field->condition.is_absent;
        if (is_found(&search, payload, evd_path_start(&field->path), 0) != is_wanted)
            return false;
    }
    return true;
}
