#include "batch/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/stable_hash.h"
#include "batch/document.h"

struct evd_night_family *evd_families_add(struct evd_night_families *families)
{
    struct evd_night_family *list =
        evd_grow(families->list, families->count, &families->capacity, sizeof *families->list);
    if (list == NULL)
        return NULL;
    families->list = list;
    return &list[families->count++];
}

struct evd_night_line *evd_lines_add(struct evd_night_lines *lines)
{
    struct evd_night_line *list = evd_grow(lines->list, lines->count, &lines->capacity, sizeof *lines->list);
    if (list == NULL)
        return NULL;
    lines->list = list;
    return &list[lines->count++];
}

static const struct evd_value *name_of(const struct evd_value *job)
{
    const struct evd_value *name = evd_value_get(job, evd_string_of("name"));
    return name != NULL && name->type == EVD_JSON_STRING ? name : NULL;
}

bool evd_before_index(struct evd_before *before, const struct evd_value *document)
{
    *before = (struct evd_before){.jobs = evd_member_array(document, "jobs")};
    for (size_t i = 0; before->jobs != NULL && i < before->jobs->array.count; i++) {
        const struct evd_value *name = name_of(&before->jobs->array.items[i]);
        if (name != NULL &&
            evd_table_put(&before->by_name, evd_stable_hash(name->string.bytes, name->string.length), i, NULL) == NULL)
            return false;
    }
    return true;
}

void evd_before_release(struct evd_before *before)
{
    evd_table_release(&before->by_name);
    *before = (struct evd_before){.jobs = NULL};
}

/* The first with a name. */
static const struct evd_value *find_job(const struct evd_before *before, const char *name)
{
    const struct evd_string wanted = evd_string_of(name);
    const uint64_t *first = evd_table_get(&before->by_name, evd_stable_hash(wanted.bytes, wanted.length));
    /* Another name may have the hash: then the one that is sought comes behind it. */
    for (size_t i = first != NULL ? *first : SIZE_MAX; first != NULL && i < before->jobs->array.count; i++) {
        const struct evd_value *found = name_of(&before->jobs->array.items[i]);
        if (found != NULL && evd_string_equal(found->string, wanted))
            return &before->jobs->array.items[i];
    }
    return NULL;
}

static bool read_standing(struct evd_arena *arena, const struct evd_value *object, enum evd_standing *standing)
{
    const char *state;
    if (!evd_member_text(arena, object, "state", &state))
        return false;
    int which = 0;
    while (which < EVD_STANDINGS && strcmp(state, evd_standing_name((enum evd_standing)which)) != 0)
        which++;
    *standing = (enum evd_standing)which;
    return which < EVD_STANDINGS;
}

/* A text that may be absent. */
static const char *read_text(struct evd_arena *arena, const struct evd_value *object, const char *key)
{
    const char *text = "";
    return evd_member_text(arena, object, key, &text) ? text : "";
}

/* What is no family or line is passed over. */
static bool read_family(struct evd_arena *arena, const struct evd_value *object, struct evd_night_family *family)
{
    uint64_t runs, run = 0;
    *family = (struct evd_night_family){0};
    if (object->type != EVD_JSON_OBJECT || !evd_member_hash(object, "signature", &family->signature) ||
        !read_standing(arena, object, &family->standing) || !evd_memory_read(arena, object, &family->memory) ||
        !evd_member_unsigned(object, "runs", &runs) || runs > EVD_RUNS_MAX)
        return false;
    if (evd_member_unsigned(object, "run", &run) && run >= EVD_RUNS_MAX)
        return false;
    family->runs = (size_t)runs;
    family->run = (size_t)run;
    family->what = read_text(arena, object, "what");
    family->difference = read_text(arena, object, "difference");
    family->place = read_text(arena, object, "place");
    family->show = read_text(arena, object, "show");
    family->note = read_text(arena, object, "note");
    if (!evd_member_unsigned(object, "count", &family->count))
        family->count = 0;
    if (!evd_member_hash(object, "follows", &family->follows))
        family->follows = 0;
    return true;
}

static bool read_line(struct evd_arena *arena, const struct evd_value *object, struct evd_night_line *line)
{
    *line = (struct evd_night_line){0};
    if (object->type != EVD_JSON_OBJECT || !evd_member_hash(object, "signature", &line->signature) ||
        !read_standing(arena, object, &line->standing) || !evd_memory_read(arena, object, &line->memory))
        return false;
    line->what = read_text(arena, object, "what");
    line->note = read_text(arena, object, "note");
    return true;
}

static bool read_families(struct evd_arena *arena, const struct evd_value *job, struct evd_night_families *families)
{
    const struct evd_value *array = evd_member_array(job, "families");
    for (size_t i = 0; array != NULL && i < array->array.count; i++) {
        struct evd_night_family family;
        if (!read_family(arena, &array->array.items[i], &family))
            continue;
        struct evd_night_family *added = evd_families_add(families);
        if (added == NULL)
            return false;
        *added = family;
    }
    return true;
}

static bool read_lines(struct evd_arena *arena, const struct evd_value *job, struct evd_night_lines *lines)
{
    const struct evd_value *array = evd_member_array(job, "lines");
    for (size_t i = 0; array != NULL && i < array->array.count; i++) {
        struct evd_night_line line;
        if (!read_line(arena, &array->array.items[i], &line))
            continue;
        struct evd_night_line *added = evd_lines_add(lines);
        if (added == NULL)
            return false;
        *added = line;
    }
    return true;
}

static bool index_all(struct evd_job_past *past)
{
    for (size_t i = 0; i < past->families.count; i++)
        if (evd_table_put(&past->by_signature, past->families.list[i].signature, i, NULL) == NULL)
            return false;
    for (size_t i = 0; i < past->lines.count; i++)
        if (evd_table_put(&past->by_signature, past->lines.list[i].signature, past->families.count + i, NULL) == NULL)
            return false;
    return true;
}

bool evd_past_read(struct evd_arena *arena, const struct evd_before *before, const char *name,
                   struct evd_job_past *past)
{
    const struct evd_value *job = find_job(before, name);
    *past = (struct evd_job_past){.canary = NULL};
    if (job == NULL)
        return true;
    evd_member_text(arena, job, "canary", &past->canary);
    return read_families(arena, job, &past->families) && read_lines(arena, job, &past->lines) && index_all(past);
}

const struct evd_memory *evd_past_find(const struct evd_job_past *past, uint64_t signature)
{
    const uint64_t *index = evd_table_get(&past->by_signature, signature);
    if (index == NULL)
        return NULL;
    return *index < past->families.count ? &past->families.list[*index].memory
                                         : &past->lines.list[*index - past->families.count].memory;
}

void evd_past_release(struct evd_job_past *past)
{
    free(past->families.list);
    free(past->lines.list);
    evd_table_release(&past->by_signature);
    *past = (struct evd_job_past){.canary = NULL};
}
