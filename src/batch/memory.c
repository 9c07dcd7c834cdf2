#include "batch/memory.h"

#include <stdlib.h>
#include <string.h>

#include "batch/document.h"
#include "report/json_facts.h"

enum { NIGHTS_MAX = 1000000 };

/* ── Reading ── */

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* null stands for more of them than are kept. */
static bool read_seen(struct evd_arena *arena, const struct evd_value *object, const char *key, struct evd_seen *seen)
{
    const struct evd_value *value = evd_value_get(object, evd_string_of(key));
    if (value == NULL)
        return true;
    seen->is_too_long = value->type == EVD_JSON_NULL;
    if (seen->is_too_long)
        return true;
    if (value->type != EVD_JSON_ARRAY || value->array.count > EVD_MEMORY_LIST_MAX)
        return false;
    seen->list = evd_arena_array(arena, value->array.count, sizeof *seen->list);
    for (; seen->list != NULL && seen->count < value->array.count; seen->count++)
        if (!evd_value_hash(&value->array.items[seen->count], &seen->list[seen->count]))
            return false;
    if (seen->count > 0)
        qsort(seen->list, seen->count, sizeof *seen->list, by_number);
    return seen->list != NULL;
}

static bool read_place(const struct evd_value *object, struct evd_memory *memory)
{
    const struct evd_value *place = evd_member_object(object, "at");
    memory->has_place = place != NULL;
    return place == NULL || (evd_member_signed(place, "tid", &memory->place.tid) &&
                             evd_member_signed(place, "tid_event_idx", &memory->place.tid_event_idx) &&
                             evd_member_bool(place, "is_between", &memory->place.is_between));
}

static bool read_counts(const struct evd_value *object, struct evd_memory *memory)
{
    const struct evd_value *counts = evd_member_array(object, "counts");
    if (counts == NULL)
        return evd_value_get(object, evd_string_of("counts")) == NULL;
    for (size_t i = 0; i < counts->array.count; i++) {
        const struct evd_value *one = &counts->array.items[i];
        uint64_t count = 0;
        if (one->type != EVD_JSON_INTEGER || one->integer.length == 0 || one->integer.length > 19)
            return false;
        for (size_t j = 0; j < one->integer.length; j++) {
            if (one->integer.bytes[j] < '0' || one->integer.bytes[j] > '9')
                return false;
            count = 10 * count + (uint64_t)(one->integer.bytes[j] - '0');
        }
        evd_memory_count(memory, count);
    }
    return true;
}

/* A number of nights; 0 where the document says nothing. */
static bool read_nights(const struct evd_value *object, const char *key, uint64_t *nights)
{
    *nights = 0;
    return evd_value_get(object, evd_string_of(key)) == NULL ||
           (evd_member_unsigned(object, key, nights) && *nights <= NIGHTS_MAX);
}

bool evd_memory_read(struct evd_arena *arena, const struct evd_value *object, struct evd_memory *memory)
{
    *memory = (struct evd_memory){.first = ""};
    return evd_member_text(arena, object, "first", &memory->first) && read_nights(object, "nights", &memory->nights) &&
           read_nights(object, "root_nights", &memory->root_nights) &&
           read_nights(object, "passed_nights", &memory->passed_nights) && read_place(object, memory) &&
           read_counts(object, memory) && read_seen(arena, object, "tids", &memory->tids) &&
           read_seen(arena, object, "values", &memory->values);
}

/* ── Writing ── */

/* As text: many a reader of JSON keeps only 53 bits of a number. */
static void write_seen(struct evd_json_writer *json, const char *key, const struct evd_seen *seen)
{
    if (seen->is_too_long) {
        evd_json_null(json, key);
        return;
    }
    if (seen->list == NULL)
        return;
    evd_json_begin(json, key, '[');
    for (size_t i = 0; i < seen->count; i++)
        evd_json_hash(json, NULL, seen->list[i]);
    evd_json_end(json, ']');
}

void evd_memory_write(struct evd_json_writer *json, const struct evd_memory *memory)
{
    evd_json_string(json, "first", memory->first);
    evd_json_unsigned(json, "nights", memory->nights);
    evd_json_unsigned(json, "root_nights", memory->root_nights);
    if (memory->passed_nights > 0)
        evd_json_unsigned(json, "passed_nights", memory->passed_nights);
    if (memory->has_place) {
        evd_json_begin(json, "at", '{');
        evd_json_signed(json, "tid", memory->place.tid);
        evd_json_signed(json, "tid_event_idx", memory->place.tid_event_idx);
        evd_json_bool(json, "is_between", memory->place.is_between);
        evd_json_end(json, '}');
    }
    if (memory->count_count > 0) {
        evd_json_begin(json, "counts", '[');
        for (size_t i = 0; i < memory->count_count; i++)
            evd_json_unsigned(json, NULL, memory->counts[i]);
        evd_json_end(json, ']');
    }
    write_seen(json, "tids", &memory->tids);
    write_seen(json, "values", &memory->values);
}

/* ── For judging ── */

struct evd_past_family evd_memory_past(const struct evd_memory *memory, const struct evd_ledger_key *key)
{
    struct evd_past_family past = {
        .key = *key,
        .has_place = memory->has_place,
        .place = memory->place,
        .root_nights = memory->root_nights,
        .passed_nights = memory->passed_nights,
        .tids = (const int64_t *)memory->tids.list,
        .tid_count = memory->tids.count,
        .values = memory->values.list,
        .value_count = memory->values.count,
    };
    for (size_t i = 0; i < memory->count_count; i++)
        if (memory->counts[i] > past.count_max)
            past.count_max = memory->counts[i];
    return past;
}

void evd_memory_count(struct evd_memory *memory, uint64_t count)
{
    if (memory->count_count == EVD_MEMORY_NIGHTS_MAX) {
        memmove(memory->counts, memory->counts + 1, (EVD_MEMORY_NIGHTS_MAX - 1) * sizeof *memory->counts);
        memory->count_count--;
    }
    memory->counts[memory->count_count++] = count;
}

bool evd_seen_add(struct evd_arena *arena, struct evd_seen *seen, const uint64_t *numbers, size_t count)
{
    if (seen->is_too_long)
        return true;
    uint64_t *all = malloc((seen->count + count + 1) * sizeof *all);
    if (all == NULL)
        return false;
    if (seen->count > 0)
        memcpy(all, seen->list, seen->count * sizeof *all);
    if (count > 0)
        memcpy(all + seen->count, numbers, count * sizeof *all);
    const size_t total = seen->count + count;
    size_t kept = 0;
    qsort(all, total, sizeof *all, by_number);
    for (size_t i = 0; i < total; i++)
        if (kept == 0 || all[kept - 1] != all[i])
            all[kept++] = all[i];
    seen->is_too_long = kept > EVD_MEMORY_LIST_MAX;
    seen->list = seen->is_too_long ? NULL : evd_arena_array(arena, kept, sizeof *seen->list);
    seen->count = seen->list != NULL ? kept : 0;
    if (seen->count > 0)
        memcpy(seen->list, all, kept * sizeof *all);
    free(all);
    return seen->is_too_long || seen->list != NULL;
}
