#include "align/divergences.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pages.h"
#include "outcome/signature.h"
#include "json/key.h"

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
    void *of = reallocarray(list->natures.of, capacity, sizeof *list->natures.of);
    if (of != NULL)
        list->natures.of = of;
    if (divergences == NULL || of == NULL)
        return false;
    list->capacity = capacity;
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
                     const uint32_t before[EVD_FAMILY_BEFORE_MAX], struct evd_text field)
{
    uint64_t before_hash[EVD_FAMILY_BEFORE_MAX];
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        before_hash[i] = before[i] == EVD_NO_CALL ? 0 : calls[before[i]].kind_hash;
    return evd_signature_of_hashes(class_, calls[call].hash, field, before_hash);
}

static bool are_same_calls(const uint32_t a[EVD_FAMILY_BEFORE_MAX], const uint32_t b[EVD_FAMILY_BEFORE_MAX])
{
    return memcmp(a, b, EVD_FAMILY_BEFORE_MAX * sizeof *a) == 0;
}

/* All but the signatures, which are made of it. */
static bool is_same(const struct evd_divergence_nature *a, const struct evd_divergence_nature *b)
{
    return a->class_ == b->class_ && a->call == b->call && are_same_calls(a->before, b->before) &&
           a->swapped.call == b->swapped.call && are_same_calls(a->swapped.before, b->swapped.before) &&
           a->run_hash == b->run_hash && a->field.length == b->field.length &&
           (a->field.length == 0 || memcmp(a->field.bytes, b->field.bytes, a->field.length) == 0);
}

static uint64_t hash_nature(const struct evd_divergence_nature *nature)
{
    uint64_t hash = evd_hash_pair((uint64_t)nature->class_ << 32 | nature->call, nature->swapped.call);
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        hash = evd_hash_pair(hash, (uint64_t)nature->before[i] << 32 | nature->swapped.before[i]);
    hash = evd_hash_pair(hash, nature->run_hash);
    return evd_hash_pair(hash, XXH3_64bits(nature->field.bytes, nature->field.length));
}

/* Most divergences have a nature that was met lately. */
static uint32_t *recent_nature(struct evd_divergence_list *list, const struct evd_divergence_nature *nature)
{
    const uint32_t calls = nature->call + 5 * nature->before[0] + 11 * nature->before[1] + 23 * nature->swapped.call;
    const size_t length = nature->field.length;
    const uint32_t last = length == 0 ? 0 : (unsigned char)nature->field.bytes[length - 1];
    return &list->recent_natures[(calls + 3 * last + 7 * (uint32_t)length) % EVD_RECENT_NATURES];
}

void evd_nature_sign(const struct evd_nature_list *natures, struct evd_divergence_nature *nature)
{
    nature->signature = sign(natures->calls, nature->class_, nature->call, nature->before, nature->field);
    nature->mirrored =
        sign(natures->calls, mirrored(nature->class_), nature->swapped.call, nature->swapped.before, nature->field);
}

/* The index of a nature, which is signed where it is new. What is on one side only is told from that side whichever it is.
 * False when memory runs out. */
static bool number_nature(struct evd_divergence_list *list, const struct evd_divergence_nature *nature, uint32_t *index)
{
    struct evd_nature_list *natures = &list->natures;
    uint32_t *recent = recent_nature(list, nature);
    if (*recent > 0 && is_same(&natures->natures[*recent - 1], nature)) {
        *index = *recent - 1;
        return true;
    }
    /* Of natures whose hashes are equal each has the next number that is free. */
    for (uint64_t hash = hash_nature(nature);; hash++) {
        bool is_new;
        const uint64_t *known = evd_table_put(&list->nature_indexes, hash, natures->nature_count, &is_new);
        if (known == NULL)
            return false;
        *index = (uint32_t)*known;
        if (!is_new && is_same(&natures->natures[*index], nature)) {
            *recent = *index + 1;
            return true;
        }
        if (is_new)
            break;
    }
    void *grown = evd_grow(natures->natures, natures->nature_count, &list->nature_capacity, sizeof *natures->natures);
    if (grown == NULL)
        return false;
    natures->natures = grown;
    struct evd_divergence_nature *added = &natures->natures[natures->nature_count++];
    *added = *nature;
    *recent = *index + 1;
    evd_nature_sign(natures, added);
    return true;
}

bool evd_divergences_add(struct evd_divergence_list *list, const struct evd_divergence *divergence,
                         const struct evd_divergence_nature *nature, struct evd_divergence_rank rank)
{
    struct evd_divergence_nature classed = *nature;
    classed.class_ = divergence->class_;
    if (!make_room(list, 1) || !number_nature(list, &classed, &list->natures.of[list->count]))
        return false;
    list->divergences[list->count] = *divergence;
    evd_rank_put(list, list->count++, rank);
    return true;
}

bool evd_divergences_change(struct evd_divergence_list *list, size_t index, enum evd_divergence_class class_,
                            uint64_t run_hash)
{
    struct evd_divergence_nature nature = *evd_nature_of(&list->natures, index);
    nature.class_ = list->divergences[index].class_ = class_;
    nature.run_hash = run_hash;
    return number_nature(list, &nature, &list->natures.of[index]);
}

bool evd_divergences_tell_field(struct evd_divergence_list *list, size_t index, struct evd_text field)
{
    struct evd_divergence_nature nature = *evd_nature_of(&list->natures, index);
    nature.field = field;
    return number_nature(list, &nature, &list->natures.of[index]);
}

void evd_divergences_move(struct evd_divergence_list *list, size_t from, size_t to)
{
    if (from == to)
        return;
    list->divergences[to] = list->divergences[from];
    list->natures.of[to] = list->natures.of[from];
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

static void map_place(const uint32_t *calls, uint32_t *call, uint32_t before[EVD_FAMILY_BEFORE_MAX])
{
    *call = calls[*call];
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        before[i] = before[i] == EVD_NO_CALL ? EVD_NO_CALL : calls[before[i]];
}

/* The same of its natures. */
static uint32_t *map_natures(struct evd_divergence_list *list, const struct evd_nature_list *other,
                             const uint32_t *calls)
{
    uint32_t *map = malloc((other->nature_count + 1) * sizeof *map);
    for (size_t i = 0; map != NULL && i < other->nature_count; i++) {
        struct evd_divergence_nature nature = other->natures[i];
        map_place(calls, &nature.call, nature.before);
        map_place(calls, &nature.swapped.call, nature.swapped.before);
        if (!number_nature(list, &nature, &map[i])) {
            free(map);
            return NULL;
        }
    }
    return map;
}

enum { BLOCK = 1 << 14 }; /* divergences that are taken over before their memory is given back */

bool evd_divergences_expect(struct evd_divergence_list *list, const struct evd_divergence_list *other, uint64_t matched,
                            struct evd_divergence_place *place)
{
    uint32_t *calls = map_calls(list, &other->natures);
    *place = (struct evd_divergence_place){.natures = calls == NULL ? NULL : map_natures(list, &other->natures, calls),
                                           .first = list->count,
                                           .matched = matched};
    free(calls);
    if (place->natures == NULL || !make_room(list, other->count))
        return false;
    list->count += other->count;
    return true;
}

void evd_divergences_move_in(struct evd_divergence_list *list, struct evd_divergence_list *other,
                             struct evd_divergence_place *place)
{
    for (size_t i = 0; i < other->count; i++) {
        struct evd_divergence_rank rank = evd_rank_of(other, i);
        rank.matched += place->matched;
        list->divergences[place->first + i] = other->divergences[i];
        list->natures.of[place->first + i] = place->natures[other->natures.of[i]];
        evd_rank_put(list, place->first + i, rank);
        if ((i + 1) % BLOCK == 0) {
            evd_pages_forget(&other->divergences[i + 1 - BLOCK], BLOCK * sizeof *other->divergences);
            evd_pages_forget(&other->natures.of[i + 1 - BLOCK], BLOCK * sizeof *other->natures.of);
        }
    }
    free(place->natures);
    place->natures = NULL;
}

bool evd_divergences_merge(struct evd_divergence_list *list, size_t from)
{
    struct evd_divergence_list merged = {0};
    size_t left = 0, right = from;
    if (from == list->count)
        return true;
    const bool is_done = make_room(&merged, list->count);
    while (is_done && (left < from || right < list->count)) {
        const bool is_right =
            left == from || (right < list->count && evd_rank_of(list, right).matched < evd_rank_of(list, left).matched);
        const size_t next = is_right ? right++ : left++;
        merged.divergences[merged.count] = list->divergences[next];
        merged.natures.of[merged.count++] = list->natures.of[next];
    }
    struct evd_divergence_list emptied = is_done ? *list : merged;
    evd_arena_drop(emptied.divergences);
    free(emptied.natures.of);
    if (!is_done)
        return false;
    list->divergences = merged.divergences;
    list->natures.of = merged.natures.of;
    list->capacity = merged.capacity;
    return true;
}

struct evd_divergence *evd_divergences_keep(struct evd_divergence_list *list, uint64_t matched, struct evd_arena *arena)
{
    struct evd_divergence *divergences = list->divergences;
    for (size_t i = 0; i < list->count; i++) {
        const struct evd_divergence_rank rank = evd_rank_of(list, i);
        const uint64_t next = i + 1 < list->count ? evd_rank_of(list, i + 1).matched : matched;
        divergences[i].matched_after = next - rank.matched - rank.is_pair;
    }
    /* There may be millions of them, and of pairs that have a few: what room is left over is given back. */
    void *cut = divergences == NULL ? NULL : evd_arena_grow(divergences, list->count * sizeof *divergences);
    if (cut != NULL)
        divergences = cut;
    evd_arena_keep(arena, divergences);
    list->divergences = NULL;
    list->capacity = 0;
    return divergences;
}

void evd_divergences_release(struct evd_divergence_list *list)
{
    evd_arena_drop(list->divergences);
    free(list->natures.natures);
    free(list->natures.of);
    free(list->natures.calls);
    evd_table_release(&list->call_indexes);
    evd_table_release(&list->nature_indexes);
    *list = (struct evd_divergence_list){0};
}
