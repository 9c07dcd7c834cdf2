#include "align/divergences.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "outcome/signature.h"

/* Room for `more` in all arrays. */
static bool make_room(struct evd_divergence_list *list, size_t more)
{
    if (more <= list->capacity - list->count)
        return true;
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : 8;
    capacity = capacity > list->count + more ? capacity : list->count + more;
    size_t bytes;
    if (__builtin_mul_overflow(capacity, sizeof *list->divergences, &bytes))
        return false;
    void *divergences = evd_arena_grow(list->divergences, bytes);
    if (divergences != NULL)
        list->divergences = divergences;
    void *ranks = reallocarray(list->ranks, capacity, sizeof *list->ranks);
    if (ranks != NULL)
        list->ranks = ranks;
    void *natures = reallocarray(list->natures.natures, capacity, sizeof *list->natures.natures);
    if (natures != NULL)
        list->natures.natures = natures;
    if (divergences == NULL || ranks == NULL || natures == NULL)
        return false;
    list->capacity = capacity;
    return true;
}

bool evd_divergences_add(struct evd_divergence_list *list, const struct evd_divergence *divergence,
                         const struct evd_divergence_nature *nature, struct evd_divergence_rank rank)
{
    if (!make_room(list, 1))
        return false;
    list->divergences[list->count] = *divergence;
    list->natures.natures[list->count] = *nature;
    list->ranks[list->count++] = rank;
    return true;
}

static enum evd_divergence_class mirrored(enum evd_divergence_class class_)
{
    switch (class_) {
    case EVD_CLASS_MISSING: return EVD_CLASS_EXTRA;
    case EVD_CLASS_EXTRA: return EVD_CLASS_MISSING;
    default: return class_;
    }
}

static uint64_t sign(const struct evd_call_text *calls, enum evd_divergence_class class_, uint32_t call,
                     struct evd_text field, const uint32_t before[EVD_FAMILY_BEFORE_MAX])
{
    uint64_t before_hash[EVD_FAMILY_BEFORE_MAX];
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        before_hash[i] = before[i] == EVD_NO_CALL ? 0 : calls[before[i]].kind_hash;
    return evd_signature_of_hashes(class_, calls[call].hash, field, before_hash);
}

/* What is on one side only is told from that side whichever it is. */
void evd_divergences_sign(struct evd_divergence_list *list, size_t index)
{
    struct evd_divergence_nature *nature = &list->natures.natures[index];
    const enum evd_divergence_class class_ = list->divergences[index].class_;
    nature->signature = sign(list->natures.calls, class_, nature->call, nature->field, nature->before);
    nature->mirrored = sign(list->natures.calls, mirrored(class_), nature->call, nature->field, nature->before);
}

void evd_divergences_sign_mirrored(struct evd_divergence_list *list, size_t index, uint32_t call,
                                   const uint32_t before[EVD_FAMILY_BEFORE_MAX])
{
    struct evd_divergence_nature *nature = &list->natures.natures[index];
    nature->mirrored =
        sign(list->natures.calls, mirrored(list->divergences[index].class_), call, nature->field, before);
}

struct evd_call_text *evd_divergences_call(struct evd_divergence_list *list, uint64_t hash, uint32_t *index,
                                           bool *is_new)
{
    struct evd_nature_list *natures = &list->natures;
    void *calls = evd_grow(natures->calls, natures->call_count, &list->call_capacity, sizeof *natures->calls);
    if (calls == NULL)
        return NULL;
    natures->calls = calls;
    const uint64_t *known = evd_table_put(&list->call_indexes, hash, natures->call_count, is_new);
    if (known == NULL)
        return NULL;
    *index = (uint32_t)*known;
    if (*is_new)
        natures->calls[natures->call_count++] = (struct evd_call_text){.hash = hash};
    return &natures->calls[*index];
}

/* The indexes here of another list's calls, to be freed by the caller; NULL when memory runs out. */
static uint32_t *map_calls(struct evd_divergence_list *list, const struct evd_nature_list *other)
{
    uint32_t *map = malloc((other->call_count + 1) * sizeof *map);
    for (size_t i = 0; map != NULL && i < other->call_count; i++) {
        bool is_new;
        struct evd_call_text *call = evd_divergences_call(list, other->calls[i].hash, &map[i], &is_new);
        if (call == NULL) {
            free(map);
            return NULL;
        }
        if (is_new)
            *call = other->calls[i];
    }
    return map;
}

bool evd_divergences_append(struct evd_divergence_list *list, const struct evd_divergence_list *other, uint64_t matched)
{
    uint32_t *map = map_calls(list, &other->natures);
    const bool is_done = map != NULL && make_room(list, other->count);
    for (size_t i = 0; is_done && i < other->count; i++) {
        struct evd_divergence_nature nature = other->natures.natures[i];
        struct evd_divergence_rank rank = other->ranks[i];
        nature.call = map[nature.call];
        for (int j = 0; j < EVD_FAMILY_BEFORE_MAX; j++)
            nature.before[j] = nature.before[j] == EVD_NO_CALL ? EVD_NO_CALL : map[nature.before[j]];
        rank.matched += matched;
        list->divergences[list->count] = other->divergences[i];
        list->natures.natures[list->count] = nature;
        list->ranks[list->count++] = rank;
    }
    free(map);
    return is_done;
}

bool evd_divergences_merge(struct evd_divergence_list *list, size_t from)
{
    struct evd_divergence_list merged = {0};
    size_t left = 0, right = from;
    bool is_done = true;
    while (is_done && (left < from || right < list->count)) {
        const bool is_right =
            left == from || (right < list->count && list->ranks[right].matched < list->ranks[left].matched);
        const size_t next = is_right ? right++ : left++;
        is_done =
            evd_divergences_add(&merged, &list->divergences[next], &list->natures.natures[next], list->ranks[next]);
    }
    struct evd_divergence_list emptied = is_done ? *list : merged;
    evd_arena_drop(emptied.divergences);
    free(emptied.ranks);
    free(emptied.natures.natures);
    if (!is_done)
        return false;
    list->divergences = merged.divergences;
    list->ranks = merged.ranks;
    list->natures.natures = merged.natures.natures;
    list->capacity = merged.capacity;
    return true;
}

struct evd_divergence *evd_divergences_keep(struct evd_divergence_list *list, uint64_t matched, struct evd_arena *arena)
{
    struct evd_divergence *divergences = list->divergences;
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_divergence_rank *rank = &list->ranks[i];
        const uint64_t next = i + 1 < list->count ? list->ranks[i + 1].matched : matched;
        divergences[i].matched_after = next - rank->matched - rank->is_pair;
    }
    /* There may be millions of them, and of pairs that have a few: what room is left over is given back. */
    void *cut = divergences == NULL ? NULL : evd_arena_grow(divergences, list->count * sizeof *divergences);
    if (cut != NULL)
        divergences = cut;
    evd_arena_keep(arena, divergences);
    free(list->ranks);
    list->divergences = NULL;
    list->ranks = NULL;
    list->capacity = 0;
    return divergences;
}

void evd_divergences_release(struct evd_divergence_list *list)
{
    evd_arena_drop(list->divergences);
    free(list->ranks);
    free(list->natures.natures);
    free(list->natures.calls);
    evd_table_release(&list->call_indexes);
    *list = (struct evd_divergence_list){0};
}
