#include "align/shared.h"

#include <stdlib.h>

#include "base/table.h"

enum {
    AHEAD = 12, /* symbols looked up ahead: a large table is in no cache */
    FILTER_BITS =
        8, /* at least, for each symbol of the longer side: of those that are alone one in eight stays, at most */
    SYMBOLS_MIN = 1 << 10, /* fewer of both sides need no filter */
};

/* Symbols that one table is for. */
struct part {
    struct evd_table table; /* symbols of side 0 → number + 1; 0: side 1 does not have it, as far as is known */
    int32_t count;          /* of its numbers */
    int32_t first;          /* what its numbers are counted from */
    bool failed;
};

struct sharing {
    const uint64_t *const *symbols;
    const size_t *count;
    struct evd_shared_side *side; /* symbols: number + 1 in the part, at the symbol's own place; 0: not shared */
    struct evd_seed seed;
    uint64_t *filter[2]; /* of each side, or NULL */
    uint64_t filter_mask;
    struct part *parts;
    size_t part_count;
};

/* By the high bits: a table and a filter take the low ones. */
static size_t part_of(const struct sharing *sharing, uint64_t hash)
{
    return (size_t)((hash >> 32) * sharing->part_count >> 32);
}

static void mark_side(void *context, size_t side, unsigned worker)
{
    const struct sharing *sharing = context;
    (void)worker;
    for (size_t i = 0; i < sharing->count[side]; i++) {
        const uint64_t bit = evd_seed_mix(sharing->seed, sharing->symbols[side][i]) & sharing->filter_mask;
        sharing->filter[side][bit / 64] |= (uint64_t)1 << bit % 64;
    }
}

/* Which symbols of a side may be shared and are a part's, to be freed by the caller; NULL when memory runs out. Without a
 * branch that depends on them, for nobody can foretell it. */
static uint32_t *list_part(const struct sharing *sharing, size_t part, size_t side, size_t *listed)
{
    const uint64_t *symbols = sharing->symbols[side], *filter = sharing->filter[!side];
    size_t count = 0;
    uint32_t *list = malloc((sharing->count[side] + 1) * sizeof *list);
    for (size_t i = 0; list != NULL && i < sharing->count[side]; i++) {
        const uint64_t hash = evd_seed_mix(sharing->seed, symbols[i]), bit = hash & sharing->filter_mask;
        list[count] = (uint32_t)i;
        count += (filter == NULL || filter[bit / 64] >> bit % 64 & 1) & (part_of(sharing, hash) == part);
    }
    *listed = count;
    return list;
}

/* Numbers the symbols of a part: first those of side 0 are put down, then those of side 1 are told that are there. */
static void number_part(void *context, size_t task, unsigned worker)
{
    const struct sharing *sharing = context;
    struct part *part = &sharing->parts[task];
    uint32_t *lists[2];
    size_t listed[2];
    (void)worker;
    for (size_t side = 0; side < 2; side++) {
        lists[side] = list_part(sharing, task, side, &listed[side]);
        part->failed |= lists[side] == NULL;
    }
    for (int pass = 0; !part->failed && pass < 3; pass++) {
        const size_t side = pass == 1, count = listed[side];
        const uint64_t *symbols = sharing->symbols[side];
        for (size_t k = 0; k < count; k++) {
            const uint32_t i = lists[side][k];
            if (count - k > AHEAD)
                evd_table_prefetch(&part->table, symbols[lists[side][k + AHEAD]]);
            uint64_t *number =
                pass == 0 ? evd_table_put(&part->table, symbols[i], 0, NULL) : evd_table_get(&part->table, symbols[i]);
            if (pass == 0 && number == NULL) {
                part->failed = true;
                break;
            }
            if (pass == 1 && number != NULL && *number == 0)
                *number = (uint64_t)++part->count;
            if (pass > 0 && number != NULL)
                sharing->side[side].symbols[i] = (int32_t)*number;
        }
    }
    for (size_t side = 0; side < 2; side++)
        free(lists[side]);
    evd_table_release(&part->table);
}

/* Leaves only what is shared. */
static void list_side(void *context, size_t task, unsigned worker)
{
    const struct sharing *sharing = context;
    struct evd_shared_side *side = &sharing->side[task];
    (void)worker;
    for (size_t i = 0; i < sharing->count[task]; i++) {
        const int32_t number = side->symbols[i];
        if (number == 0)
            continue;
        const struct part *part =
            &sharing->parts[part_of(sharing, evd_seed_mix(sharing->seed, sharing->symbols[task][i]))];
        side->symbols[side->count] = part->first + number - 1;
        side->positions[side->count++] = (int32_t)i;
    }
}

static void run(struct evd_pool *pool, size_t count, evd_task *task, struct sharing *sharing)
{
    if (pool != NULL)
        evd_pool_run(pool, count, task, sharing);
    for (size_t i = 0; pool == NULL && i < count; i++)
        task(sharing, i, 0);
}

/* Where there are few symbols there is none. */
static bool make_filter(struct sharing *sharing)
{
    const size_t longer = sharing->count[sharing->count[1] > sharing->count[0]];
    size_t bits = 64;
    if (sharing->count[0] + sharing->count[1] < SYMBOLS_MIN)
        return true;
    while (bits / FILTER_BITS < longer)
        bits *= 2;
    sharing->filter_mask = bits - 1;
    for (int s = 0; s < 2; s++)
        sharing->filter[s] = calloc(bits / 64, sizeof *sharing->filter[s]);
    return sharing->filter[0] != NULL && sharing->filter[1] != NULL;
}

bool evd_share(const uint64_t *const symbols[2], const size_t count[2], struct evd_pool *pool,
               struct evd_shared_side side[2], int32_t *different)
{
    struct sharing sharing = {
        .symbols = symbols,
        .count = count,
        .side = side,
        .seed = evd_seed_of_process(),
        .part_count = pool == NULL ? 1 : evd_pool_size(pool)};
    bool is_done = make_filter(&sharing);
    *different = 0;
    for (int s = 0; s < 2; s++) {
        side[s].symbols = calloc(count[s] + 1, sizeof *side[s].symbols);
        side[s].positions = calloc(count[s] + 1, sizeof *side[s].positions);
        is_done = is_done && side[s].symbols != NULL && side[s].positions != NULL;
    }
    sharing.parts = calloc(sharing.part_count, sizeof *sharing.parts);
    is_done = is_done && sharing.parts != NULL;
    if (is_done && sharing.filter[0] != NULL)
        run(pool, 2, mark_side, &sharing);
    if (is_done)
        run(pool, sharing.part_count, number_part, &sharing);
    for (size_t i = 0; is_done && i < sharing.part_count; i++)
        is_done = !sharing.parts[i].failed;
    for (size_t i = 0; is_done && i < sharing.part_count; i++) {
        sharing.parts[i].first = *different;
        *different += sharing.parts[i].count;
    }
    if (is_done)
        run(pool, 2, list_side, &sharing);
    for (size_t i = 0; sharing.parts != NULL && i < sharing.part_count; i++)
        evd_table_release(&sharing.parts[i].table);
    free(sharing.parts);
    for (int s = 0; s < 2; s++)
        free(sharing.filter[s]);
    return is_done;
}

void evd_shared_release(struct evd_shared_side side[2])
{
    for (int s = 0; s < 2; s++) {
        free(side[s].symbols);
        free(side[s].positions);
        side[s] = (struct evd_shared_side){0};
    }
}
