#include "selftest/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "selftest/excerpt.h"

enum { BLOCK_EVENTS = 8192 };

/* Part of a stretch, the work of one task. */
struct block {
    size_t stretch;
    uint64_t from, to;
};

struct worker {
    struct evd_excerpt_reader reader;
    struct evd_candidates found;
    bool has_failed;
};

struct gathering {
    const struct evd_log *ours;
    const struct evd_stretch_list *stretches;
    uint64_t seed;
    size_t most;
    struct block *blocks;
    struct worker *workers;
};

void evd_candidates_release(struct evd_candidates *candidates)
{
    for (size_t i = 0; i < candidates->kind_count; i++)
        free(candidates->kinds[i].items);
    free(candidates->kinds);
    evd_table_release(&candidates->by_hash);
    evd_arena_release(&candidates->arena);
    *candidates = (struct evd_candidates){0};
}

static int by_draw(const void *a, const void *b)
{
    const struct evd_candidate *left = a, *right = b;
    if (left->draw != right->draw)
        return left->draw < right->draw ? -1 : 1;
    if (left->stretch != right->stretch)
        return left->stretch < right->stretch ? -1 : 1;
    return (left->position > right->position) - (left->position < right->position);
}

static void keep_lowest(struct evd_candidate_kind *kind, size_t most)
{
    qsort(kind->items, kind->count, sizeof *kind->items, by_draw);
    if (kind->count > most)
        kind->count = most;
}

/* Adds a candidate; now and then those that can't be among the lowest are dropped. */
static bool add(struct evd_candidate_kind *kind, const struct evd_candidate *candidate, size_t most)
{
    if (kind->count == kind->capacity && kind->capacity >= 2 * most)
        keep_lowest(kind, most);
    void *items = evd_grow(kind->items, kind->count, &kind->capacity, sizeof *kind->items);
    if (items == NULL)
        return false;
    kind->items = items;
    kind->items[kind->count++] = *candidate;
    return true;
}

/* The kind of that hash, made when it is new; NULL when memory runs out. */
static struct evd_candidate_kind *find_kind(struct evd_candidates *candidates, uint64_t hash, bool *is_new)
{
    uint64_t *index = evd_table_put(&candidates->by_hash, hash, candidates->kind_count, is_new);
    if (index == NULL)
        return NULL;
    if (!*is_new)
        return &candidates->kinds[*index];
    void *kinds =
        evd_grow(candidates->kinds, candidates->kind_count, &candidates->kind_capacity, sizeof *candidates->kinds);
    if (kinds == NULL)
        return NULL;
    candidates->kinds = kinds;
    struct evd_candidate_kind *kind = &candidates->kinds[candidates->kind_count++];
    *kind = (struct evd_candidate_kind){.hash = hash};
    return kind;
}

static bool copy_name(struct evd_arena *arena, struct evd_string name, struct evd_string *copy)
{
    char *bytes = evd_arena_alloc(arena, name.length + 1);
    if (bytes == NULL)
        return false;
    if (name.length > 0)
        memcpy(bytes, name.bytes, name.length);
    *copy = (struct evd_string){bytes, name.length};
    return true;
}

static bool spell_name(struct evd_arena *arena, struct evd_string kind, struct evd_string *name)
{
    struct evd_buffer spelled = {0};
    evd_append_spelled(&spelled, kind);
    const bool is_kept = !spelled.failed && copy_name(arena, (struct evd_string){spelled.data, spelled.length}, name);
    evd_buffer_release(&spelled);
    return is_kept;
}

static bool gather(const struct gathering *gathering, struct worker *worker, const struct block *block)
{
    const struct evd_stretch *stretch = &gathering->stretches->items[block->stretch];
    const uint64_t seed = evd_stable_hash_pair(gathering->seed, block->stretch);
    for (uint64_t i = block->from; i < block->to; i++) {
        struct evd_excerpt excerpt;
        bool is_new;
        if (!evd_excerpt_read(&worker->reader, gathering->ours, evd_stream_event(stretch->stream[EVD_OURS], i),
                              &excerpt))
            return false;
        struct evd_candidate_kind *kind = find_kind(&worker->found, evd_hash_string(excerpt.kind), &is_new);
        if (kind == NULL || (is_new && !spell_name(&worker->found.arena, excerpt.kind, &kind->name)))
            return false;
        const struct evd_candidate candidate = {evd_stable_hash_pair(seed, i), block->stretch, i};
        if (!add(kind, &candidate, gathering->most))
            return false;
    }
    return true;
}

static void gather_block(void *context, size_t task, unsigned worker_index)
{
    struct gathering *gathering = context;
    struct worker *worker = &gathering->workers[worker_index];
    if (!worker->has_failed)
        worker->has_failed = !gather(gathering, worker, &gathering->blocks[task]);
}

static struct block *cut_into_blocks(const struct evd_stretch_list *stretches, size_t *count)
{
    size_t capacity = 1;
    for (size_t i = 0; i < stretches->count; i++)
        capacity += (stretches->items[i].plant_to - stretches->items[i].from[EVD_OURS]) / BLOCK_EVENTS + 1;
    struct block *blocks = malloc(capacity * sizeof *blocks);
    *count = 0;
    for (size_t i = 0; blocks != NULL && i < stretches->count; i++)
        for (uint64_t from = stretches->items[i].from[EVD_OURS]; from < stretches->items[i].plant_to;) {
            const uint64_t rest = stretches->items[i].plant_to - from;
            const uint64_t to = from + (rest < BLOCK_EVENTS ? rest : BLOCK_EVENTS);
            blocks[(*count)++] = (struct block){i, from, to};
            from = to;
        }
    return blocks;
}

static int by_name(const void *a, const void *b)
{
    const struct evd_candidate_kind *left = a, *right = b;
    return evd_string_compare(left->name, right->name);
}

/* All workers' findings as one. */
static bool merge(const struct gathering *gathering, size_t worker_count, struct evd_candidates *candidates)
{
    for (size_t i = 0; i < worker_count; i++) {
        const struct evd_candidates *found = &gathering->workers[i].found;
        for (size_t j = 0; j < found->kind_count; j++) {
            const struct evd_candidate_kind *part = &found->kinds[j];
            bool is_new;
            struct evd_candidate_kind *kind = find_kind(candidates, part->hash, &is_new);
            if (kind == NULL || (is_new && !copy_name(&candidates->arena, part->name, &kind->name)))
                return false;
            for (size_t k = 0; k < part->count; k++)
                if (!add(kind, &part->items[k], gathering->most))
                    return false;
        }
    }
    for (size_t i = 0; i < candidates->kind_count; i++)
        keep_lowest(&candidates->kinds[i], gathering->most);
    if (candidates->kind_count > 0)
        qsort(candidates->kinds, candidates->kind_count, sizeof *candidates->kinds, by_name);
    evd_table_release(&candidates->by_hash);
    return true;
}

bool evd_candidates_find(struct evd_pool *pool, const struct evd_log *ours, const struct evd_stretch_list *stretches,
                         uint64_t seed, size_t most, struct evd_candidates *candidates, bool *has_changed)
{
    const unsigned worker_count = evd_pool_size(pool);
    struct gathering gathering = {.ours = ours, .stretches = stretches, .seed = seed, .most = most};
    size_t block_count;
    *candidates = (struct evd_candidates){0};
    *has_changed = false;
    gathering.workers = calloc(worker_count, sizeof *gathering.workers);
    gathering.blocks = cut_into_blocks(stretches, &block_count);
    bool is_done = gathering.workers != NULL && gathering.blocks != NULL;
    for (unsigned i = 0; gathering.workers != NULL && i < worker_count; i++)
        is_done = evd_excerpt_reader_init(&gathering.workers[i].reader) && is_done;
    if (is_done)
        evd_pool_run(pool, block_count, gather_block, &gathering);
    for (unsigned i = 0; gathering.workers != NULL && i < worker_count; i++) {
        is_done = !gathering.workers[i].has_failed && is_done;
        *has_changed |= gathering.workers[i].reader.has_changed;
    }
    is_done = is_done && merge(&gathering, worker_count, candidates);
    for (unsigned i = 0; gathering.workers != NULL && i < worker_count; i++) {
        evd_excerpt_reader_release(&gathering.workers[i].reader);
        evd_candidates_release(&gathering.workers[i].found);
    }
    free(gathering.workers);
    free(gathering.blocks);
    return is_done;
}
